"""API tokens as staff make, see and revoke them, with a browser."""

from __future__ import annotations

import time
from collections.abc import AsyncIterator
from typing import Any, cast

import httpx
import pytest
import sqlalchemy as sa
from playwright.async_api import Page, expect

from bots.engine.console.people.tokens_page import JUST_SIGNED_IN
from bots.engine.core.people import EVERYWHERE, Event, Role, TokenScope
from bots.engine.store.people import tables as t
from tests.api import an_api
from tests.console import Office, accessible, an_office, pictured
from tests.town import PROCESS, Town

MAKE = "Make the token"


@pytest.fixture(scope="module")
async def office(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Office]:
    async with (
        an_api(tmp_path_factory.mktemp("tokens")) as api,
        an_office(cast(Town, None), api.rekey) as office,
    ):
        yield office


async def answers(office: Office, token: str, path: str = "/processes") -> int:
    async with httpx.AsyncClient(base_url=f"{office.address}/api/v1") as program:
        return (await program.get(path, headers={"Authorization": f"Bearer {token}"})).status_code


async def made(page: Page, name: str, *uses: str, **more: str) -> str:
    await page.get_by_label("Name").fill(name)
    for words in uses:
        await page.get_by_label(words).check()
    for label, text in more.items():
        await page.get_by_label(label.replace("_", " ")).fill(text)
    await page.get_by_role("button", name=MAKE).click()
    return await page.locator(".rekey-token__text").inner_text()


@pytest.mark.parametrize("scripts", [True, False], ids=["scripts", "none"])
async def test_made_shown_once_used_and_revoked(office: Office, scripts: bool) -> None:
    async with office.reviewer("ann", java_script_enabled=scripts) as page:
        await page.goto("/")
        await page.get_by_role("link", name="API tokens").click()
        token = await made(page, f"nightly {scripts}", "Read items", "Hand in files")
        if scripts:  # the checks of axe are one
            await accessible(page)
        await pictured(page, f"tokens-made-{scripts}")
        assert await answers(office, token) == 200
        [known] = [one for one in await tokens(office, "ann") if one.name == f"nightly {scripts}"]
        assert known.scopes == {TokenScope.READ, TokenScope.HAND_IN}
        assert 89.9 < (known.expires - known.created) / 86_400 < 90.1
        await page.goto("/tokens")
        assert token not in await page.content()
        row = page.get_by_role("row").filter(has_text=f"nightly {scripts}")
        await expect(row).to_contain_text("read, hand-in")
        await expect(row).not_to_contain_text("Never")
        await row.get_by_role("button", name=f"Revoke nightly {scripts}").click()
        await expect(page.get_by_role("status")).to_contain_text("revoked")
        await expect(row).to_contain_text("Revoked")
        if scripts:
            await accessible(page)
        await pictured(page, f"tokens-{scripts}")
        assert await answers(office, token) == 401
    log = [one.what for one in await office.rekey.people.entries(known.person.id)]
    assert log[:2] == [Event.TOKEN_REVOKED, Event.TOKEN_MADE]


async def tokens(office: Office, login: str) -> list[Any]:
    person = await office.rekey.people.by_login(login)
    assert person is not None
    return await office.rekey.people.tokens(person.id)


async def test_a_mistake_keeps_what_was_typed(office: Office) -> None:
    async with office.staff("bea", (Role.REVIEWER, PROCESS), viewport={"width": 390, "height": 844}) as page:
        await page.goto("/tokens")
        await page.get_by_label("Name").fill("to try")
        await page.get_by_label("In which process?").select_option(label="Missed bins")
        await page.get_by_role("button", name=MAKE).click()
        alert = page.get_by_role("alert")
        await expect(alert).to_contain_text("Say what the token may be used for")
        await accessible(page)
        await pictured(page, "tokens-mistake")
        await alert.get_by_role("link").click()
        await expect(page.get_by_label("Read items")).to_be_focused()
        await page.get_by_label("Decide about items").check()
        await page.get_by_label("For how many days?").fill("400")
        await page.get_by_role("button", name=MAKE).click()
        await expect(alert).to_contain_text("1 to 366 days")
        await expect(page.get_by_label("Decide about items")).to_be_checked()
        await expect(page.get_by_label("In which process?")).to_have_value(PROCESS)
        for odd in ("soon", "-1", "0", "1e2", "²", "99999999999"):
            await page.get_by_label("For how many days?").fill(odd)
            await page.get_by_role("button", name=MAKE).click()
            await expect(alert).to_contain_text("1 to 366 days")
        await page.get_by_label("For how many days?").fill("7")
        await page.get_by_label("Name").fill(" ")
        await page.get_by_role("button", name=MAKE).click()
        await expect(alert).to_contain_text("A name has 1 to")
        await page.get_by_label("Name").fill("to try")
        await page.get_by_role("button", name=MAKE).click()
        await expect(page.locator(".rekey-token__text")).to_contain_text("rekey_")
        await pictured(page, "tokens-narrow")
    [one] = await tokens(office, "bea")
    assert (one.name, one.process, one.scopes) == ("to try", PROCESS, {TokenScope.DECIDE})


async def test_a_screen_that_was_left_makes_no_token(office: Office) -> None:
    async with office.reviewer("cleo") as page:
        await page.goto("/tokens")
        long_ago = {"created": time.time() - JUST_SIGNED_IN - 1, "fresh": time.time() - JUST_SIGNED_IN - 1}
        [cleo] = [one for one in await office.rekey.people.everyone() if one.login == "cleo"]
        change = sa.update(t.sessions).where(t.sessions.c.person == cleo.id).values(**long_ago)
        await office.rekey.people._database.run(lambda c: c.execute(change))
        await page.get_by_label("Name").fill("nightly")
        await page.get_by_label("Read items").check()
        await page.get_by_role("button", name=MAKE).click()
        await expect(page.get_by_role("alert")).to_contain_text("You signed in some time ago")
        await expect(page.get_by_label("Name")).to_have_value("nightly")
        await accessible(page)
        await page.goto("/tokens")
        await expect(page.get_by_role("button", name=MAKE)).to_have_count(0)
        await expect(page.get_by_text("within a quarter of an hour of signing in")).to_be_visible()
        await accessible(page)
        await pictured(page, "tokens-long-ago")
    assert await tokens(office, "cleo") == []


async def test_an_administrator_revokes_anybodys_and_others_their_own(office: Office) -> None:
    people = office.rekey.people
    dan = await people.add("dan", "Dan Sample", "test")
    secret = await people.make_token(dan.id, "left behind", [TokenScope.READ], 5, "test")
    [token] = await people.tokens(dan.id)
    async with office.reviewer("ann") as page:
        await page.goto("/tokens")
        assert "left behind" not in await page.content()
        csrf = await page.locator("input[name=token]").first.get_attribute("value")
        path = f"/tokens/{token.id}/revoke"
        answer = await page.request.post(path, form={"token": csrf or ""})
        assert answer.status == 404
        none = await page.request.post("/tokens/token-none/revoke", form={"token": csrf or ""})
        assert await none.text() == await answer.text()
        assert await answers(office, secret) == 200
    async with office.staff("root", (Role.ADMINISTRATOR, EVERYWHERE)) as page:
        await page.goto("/tokens")
        await accessible(page)
        await pictured(page, "tokens-administrator")
        await page.get_by_role("button", name="Revoke left behind of Dan Sample").click()
        await expect(page.get_by_role("status")).to_contain_text("revoked")
        assert await answers(office, secret) == 401
    assert (await people.entries(dan.id))[0].who == "person/root"
