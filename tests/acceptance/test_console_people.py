"""People and history in the console, as an administrator and an auditor use them in a real browser."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import AsyncIterator
from typing import cast

import httpx
import pyotp
import pytest
from playwright.async_api import Page, expect

from bots.assembly.worker import open_rekey
from bots.engine.core.item import NewItem
from bots.engine.core.people import EVERYWHERE, Event, Person, Role
from bots.engine.settings import Settings
from tests import staff
from tests.acceptance.test_console_routes import REPORT
from tests.console import Office, accessible, an_office, pictured
from tests.town import PROCESS, Town

ADMINISTRATOR, AUDITOR = (Role.ADMINISTRATOR, EVERYWHERE), (Role.AUDITOR, EVERYWHERE)
NARROW = {"viewport": {"width": 390, "height": 844}}
PASSWORD = "correct staple horse"


@pytest.fixture(scope="module")
async def office(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Office]:
    home = tmp_path_factory.mktemp("people")
    (home / "keyring.key").write_text("a key for tests only", encoding="utf-8")
    async with open_rekey(Settings(home=home)) as rekey:
        batch = await rekey.queue.open_batch(PROCESS, "portal", "host/1/worker")
        wrong = {"code": "property-not-found", "sentence": "Nobody knows this property."}
        rows = [
            NewItem(reference=f"MB-2026-{n:04}", data={**REPORT, "number": f"MB-2026-{n:04}"}, **wrong)
            for n in range(130)
        ]
        await rekey.queue.add(PROCESS, batch, rows)
        first, second, *_ = await rekey.queue.items(PROCESS)
        await staff.retry(rekey.queue, first.id, "person/ann", "it exists now")
        await staff.withdraw(rekey.queue, second.id, "person/bob", "=not needed")
        # No council is needed: nothing is keyed here.
        async with an_office(cast(Town, None), rekey) as office:
            yield office


async def known(office: Office, login: str) -> Person:
    found = await office.rekey.people.by_login(login)
    assert found is not None
    return found


async def told(office: Office, login: str) -> list[str]:
    return [one.what for one in await office.rekey.people.entries((await known(office, login)).id)]


async def opened(page: Page, name: str) -> None:
    await page.goto("/people")
    await page.get_by_role("link", name=name).click()
    await expect(page.get_by_role("heading", name=name, level=1)).to_be_visible()


# ---- people ---------------------------------------------------------------------------------
async def test_from_the_link_to_the_first_sign_in(office: Office) -> None:
    """Added, given a role, and in: with the link that was shown once."""
    async with office.staff("ada", ADMINISTRATOR) as page:
        await page.goto("/")
        await page.get_by_role("link", name="people and their roles").click()
        await accessible(page)
        await page.get_by_role("button", name="Add, and make the link").click()
        await expect(page.get_by_role("alert")).to_contain_text("A login is one word")
        await expect(page.get_by_role("alert")).to_contain_text("A name has 1 to 200 characters")
        await accessible(page)
        await page.get_by_label("Sign-in name").fill("Cleo.Hart")
        await page.get_by_label("Name", exact=True).fill("Cleo Hart")
        await page.get_by_role("button", name="Add, and make the link").click()
        link = await page.locator("#link").inner_text()
        await accessible(page)
        await pictured(page, "person-link")
        await page.get_by_label("Role", exact=True).select_option("reviewer")
        await page.get_by_label("Process").select_option(PROCESS)
        await page.get_by_role("button", name="Give the role").click()
        await expect(page.get_by_role("alert")).to_contain_text("The role is given.")
        await expect(page.get_by_role("list").filter(has_text="Reviewer of Missed bins")).to_be_visible()
        assert link.rsplit("/", 1)[1] not in await page.content(), "shown this one time"
        await accessible(page)
        await pictured(page, "person")
        context = await office.browser.new_context(base_url=office.address)
        cleos = await context.new_page()
        await cleos.goto(link)
        await cleos.get_by_label("Password", exact=True).fill(PASSWORD)
        await cleos.get_by_label("The same password again").fill(PASSWORD)
        await cleos.get_by_role("button", name="Continue").click()
        secret = (await cleos.locator("strong.rekey-code").inner_text()).replace(" ", "")
        await cleos.get_by_label("Code").fill(pyotp.TOTP(secret).now())
        await cleos.get_by_role("button", name="Continue").click()
        await expect(cleos.get_by_role("heading", name="Work list")).to_be_visible()
        await context.close()
        await opened(page, "Cleo Hart")
        await expect(page.get_by_text("set up", exact=True)).to_be_visible()
        await page.goto("/people")
        await pictured(page, "people")
    person = await known(office, "cleo.hart")
    assert person.roles == {PROCESS: frozenset({Role.REVIEWER})}
    entries = await office.rekey.people.entries(person.id)
    by_ada = {one.what for one in entries if one.who == "person/ada"}
    assert by_ada == {Event.ADDED, Event.INVITED, Event.GRANTED}


async def test_somebody_leaves_and_comes_back(office: Office) -> None:
    async with (
        office.staff("dora", (Role.REVIEWER, PROCESS)) as doras,
        office.staff("ada", ADMINISTRATOR) as page,
    ):
        await doras.goto("/")
        await expect(doras.get_by_role("heading", name="Work list")).to_be_visible()
        await opened(page, "Dora Sample")
        await page.get_by_text("Shut this person out").click()
        await page.get_by_role("button", name="Shut out").click()
        await expect(page.get_by_role("alert")).to_contain_text("shut out")
        await doras.goto("/")
        await expect(doras.get_by_role("heading", name="Sign in")).to_be_visible()
        await page.get_by_role("button", name="Let in again").click()
        await expect(page.get_by_role("alert")).to_contain_text("may sign in again")
        await page.get_by_role("button", name=re.compile("Take away.*Reviewer of Missed bins")).click()
        await expect(page.get_by_text("Whoever has no role sees nothing")).to_be_visible()
    assert (await told(office, "dora"))[:3] == [Event.REVOKED, Event.ACTIVATED, Event.DEACTIVATED]


async def test_a_lost_phone_and_ended_sessions(office: Office) -> None:
    people = office.rekey.people
    async with (
        office.staff("emil", (Role.VIEWER, PROCESS)) as emils,
        office.staff("ada", ADMINISTRATOR) as page,
    ):
        await people.set_code_secret((await known(office, "emil")).id, b"sealed", "test")
        await opened(page, "Emil Sample")
        await page.get_by_text("End all sessions").first.click()
        await page.get_by_role("button", name="End all sessions").click()
        await expect(page.get_by_role("alert")).to_contain_text("All sessions are ended")
        await emils.goto("/")
        await expect(emils.get_by_role("heading", name="Sign in")).to_be_visible()
        await page.get_by_text("A new second factor").click()
        await page.get_by_role("button", name="Take both away").click()
        link = await page.locator("#link").inner_text()
        assert (await people.credentials((await known(office, "emil")).id)).code_secret is None
        assert (await httpx.AsyncClient().get(link)).status_code == 200
        await page.get_by_text("A new link", exact=True).click()
        await page.get_by_role("button", name="Make a new link").click()
        newer = await page.locator("#link").inner_text()
        assert newer != link
        async with httpx.AsyncClient() as client:
            assert (await client.get(link)).status_code == 410, "only the newest is good"
            assert (await client.get(newer)).status_code == 200


async def test_the_last_administrator_stays(office: Office) -> None:
    """And what may not be is told on the page, with what was chosen."""
    async with office.staff("ada", ADMINISTRATOR) as page:
        await opened(page, "Ada Sample")
        await page.get_by_role("button", name=re.compile("Take away.*Administrator")).click()
        await expect(page.get_by_role("alert")).to_contain_text("This is the last active administrator")
        await accessible(page)
        await page.get_by_text("Shut this person out").click()
        await expect(page.get_by_text("This is you")).to_be_visible()
        await page.get_by_role("button", name="Shut out").click()
        await expect(page.get_by_role("alert")).to_contain_text("This is the last active administrator")
        await page.get_by_label("Role", exact=True).select_option("owner")
        await page.get_by_role("button", name="Give the role").click()
        await expect(page.get_by_role("alert")).to_contain_text("Choose the process in which the role holds")
        await expect(page.get_by_label("Role", exact=True)).to_have_value("owner")
        await pictured(page, "person-refused")
        await page.goto("/people")
        await page.get_by_label("Sign-in name").fill("ADA")
        await page.get_by_label("Name", exact=True).fill("Ada Another")
        await page.get_by_role("button", name="Add, and make the link").click()
        await expect(page.get_by_role("alert")).to_contain_text("There is a person with this login already")
        await expect(page.get_by_label("Name", exact=True)).to_have_value("Ada Another")
    assert (await known(office, "ada")).is_a(Role.ADMINISTRATOR)


async def test_people_on_a_phone_and_without_scripts(office: Office) -> None:
    async with office.staff("ada", ADMINISTRATOR, java_script_enabled=False, **NARROW) as page:
        await office.rekey.people.add("flo", "Flo Sample", "test")
        await opened(page, "Flo Sample")
        await page.get_by_label("Role", exact=True).select_option("auditor")
        await page.get_by_role("button", name="Give the role").click()
        await expect(page.get_by_role("alert")).to_contain_text("The role is given.")
        await pictured(page, "person-narrow")
    assert (await known(office, "flo")).is_a(Role.AUDITOR)


# ---- history --------------------------------------------------------------------------------
async def rows(page: Page, address: str) -> list[dict[str, str]]:
    answer = await page.request.get(address)
    assert answer.status == 200
    return list(csv.DictReader(io.StringIO((await answer.body()).decode("utf-8-sig"))))


async def test_an_auditor_reads_every_history_and_changes_nothing(office: Office) -> None:
    items = await office.rekey.queue.items(PROCESS, limit=1000)
    moved = sum([len(await office.rekey.queue.history(item.id)) for item in items])
    async with office.staff("greta", AUDITOR) as page:
        await page.goto("/")
        await page.get_by_role("link", name="history", exact=True).click()
        await pictured(page, "history")
        await expect(page.get_by_role("row")).to_have_count(101)
        await page.get_by_role("link", name="Older").click()
        await expect(page.get_by_role("row")).to_have_count(moved - 100 + 1)
        assert len(await rows(page, "/history.csv")) == moved
        await page.goto("/history")
        await page.get_by_label("Person").fill("bob")
        await page.get_by_role("button", name="Show").click()
        await expect(page.get_by_role("row")).to_have_count(2)
        await expect(page.get_by_role("table")).to_contain_text("Needs a person → Closed by staff")
        [row] = await rows(page, "/history.csv?person=bob")
        assert (row["who"], row["why"]) == ("person/bob", "'=not needed")
        await page.get_by_role("table").get_by_role("link").first.click()
        await expect(page.get_by_text("2 rows are as they were written, none is missing")).to_be_visible()
        await expect(page.get_by_role("row")).to_have_count(3)
        await accessible(page)
        await page.goto("/history?after=soon")
        await expect(page.get_by_role("alert")).to_contain_text("Write the days as in")
        await page.goto("/history?after=01/01/2001&before=02/01/2001")
        await expect(page.get_by_text("Nothing in the history fits that")).to_be_visible()
        assert await page.locator("main form[method=post]").count() == 0
        for path in (f"/items/{items[0].id}", "/people"):
            answer = await page.goto(path)
            assert answer is not None
            assert answer.status in (403, 404), path


async def test_what_was_done_about_people_is_history_too(office: Office) -> None:
    async with office.staff("greta", AUDITOR) as page:
        await page.goto("/history/people")
        await accessible(page)
        await expect(page.get_by_role("table")).to_contain_text("administrator")
        await page.get_by_label("Sign-in name").fill("ada")
        await page.get_by_role("button", name="Show").click()
        found = await rows(page, "/history/people.csv?person=ada")
        assert {row["person"] for row in found} == {"ada"}
        await expect(page.get_by_role("row")).to_have_count(len(found) + 1)
        assert "history downloaded" in await told(office, "greta")
        await page.goto("/history/people?person=nobody.at.all")
        await expect(page.get_by_text("Nothing yet")).to_be_visible()


async def test_a_changed_row_is_told(office: Office) -> None:
    import sqlite3
    from contextlib import closing

    item = (await office.rekey.queue.items(PROCESS, limit=1000))[-1]
    with closing(sqlite3.connect(office.rekey.settings.home / "rekey.db")) as connection:
        connection.execute("UPDATE history SET who = 'person/mallory' WHERE item = ?", (item.id,))
        connection.commit()
    async with office.staff("greta", AUDITOR) as page:
        await page.goto(f"/history?item={item.id}")
        await expect(page.get_by_text(re.compile("not as they were written"))).to_be_visible()
