"""What a comparison finds reaches those who work the exceptions, and not only those who watch the runs."""

from __future__ import annotations

import sqlite3
from collections.abc import AsyncIterator
from contextlib import closing
from dataclasses import dataclass, replace
from typing import Any

import pytest
from playwright.async_api import expect

from bots.engine.console.history.comparisons import TO_DO
from bots.engine.core.errors import SystemException
from bots.engine.core.item import State
from bots.engine.core.people import Role
from bots.engine.core.summary import Reconciliation, Why
from bots.processes.registry import find
from tests.console import Office, accessible, an_office, pictured
from tests.hands import Hands, Way
from tests.town import MOVES, PROCESS, Town, a_town, rekeyed

NARROW = {"viewport": {"width": 390, "height": 844}}


@dataclass(frozen=True, kw_only=True)
class Night:
    office: Office
    gone: tuple[str, str]  # the item whose case somebody deleted, and its reference
    changed: tuple[str, str]


@pytest.fixture(scope="module")
async def night(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Night]:
    """Cases were keyed, and staff changed two of them before the comparison."""
    async with a_town(tmp_path_factory.mktemp("night"), 12) as town, rekeyed(town) as rekey:
        await town.reported(rekey)
        await rekey.work(PROCESS, sessions=2)
        [first, second, *_] = await rekey.queue.items(PROCESS, (State.DONE,))
        proofs = [(await rekey.queue.receipts_of(item.id))[0].reference for item in (first, second)]
        async with an_office(town, rekey) as office:
            gone, changed = (first.id, proofs[0]), (second.id, proofs[1])
            yield Night(office=office, gone=gone, changed=changed)


def tampered(town: Town, *statements: str) -> None:
    with closing(sqlite3.connect(town.council / "waste.db")) as waste, waste:
        for statement in statements:
            waste.execute(statement)


async def test_from_the_comparison_to_what_somebody_found_out(night: Night) -> None:
    office, rekey = night.office, night.office.rekey
    (gone, lost), (changed, _) = night.gone, night.changed
    async with office.reviewer() as page:
        hands = Hands(page, Way.KEYBOARD)
        await page.goto("/comparisons")
        await expect(page.get_by_text("It was not compared yet.")).to_have_count(3)
        assert (await rekey.reconcile(PROCESS)).clean
        await page.goto("/")
        await expect(page.get_by_text("The comparison of both sides found")).to_have_count(0)
        numbers = [int("".join(filter(str.isdigit, ref))) for _, ref in (night.gone, night.changed)]
        tampered(
            office.town,
            f"DELETE FROM cases WHERE id = {numbers[0]}",
            f"UPDATE cases SET notes = 'Seen by the depot' WHERE id = {numbers[1]}",
        )
        assert not (await rekey.reconcile(PROCESS)).clean

        await page.goto("/")
        await accessible(page)
        await pictured(page, "found")
        await hands.press(page.get_by_role("link", name="The comparison of both sides found something"))
        await expect(page.get_by_text("2 to see to")).to_be_visible()
        row = page.get_by_role("row").filter(has_text=lost)
        await expect(row).to_contain_text("Missing. No longer in the target")
        await expect(row).to_contain_text(TO_DO[Why.GONE])
        await expect(row.get_by_role("link", name=gone)).to_have_attribute("href", f"/items/{gone}")
        await accessible(page)
        await pictured(page, "comparisons")

        other = page.get_by_role("row").filter(has_text="Does not show what was keyed: Notes")
        await expect(other.get_by_role("link", name=changed)).to_be_visible()
        await hands.press(other.get_by_text("I have seen to it"))
        await hands.press(other.get_by_role("button", name="It is seen to"))
        await expect(page.get_by_role("alert")).to_contain_text("Say what you found out")
        await page.get_by_role("alert").get_by_role("link").click()
        field = other.get_by_label("What did you find out?")
        await expect(field).to_be_focused()
        await accessible(page)
        await hands.write(field, "The depot added a note, rightly.")
        await hands.press(other.get_by_role("button", name="It is seen to"))
        await expect(page.get_by_text("1 to see to")).to_be_visible()
        await expect(other).to_contain_text("Ann Sample")
        await expect(other).to_contain_text("The depot added a note, rightly.")

    assert not (await rekey.reconcile(PROCESS)).clean
    tampered(office.town, f"UPDATE cases SET notes = 'Removed by nobody' WHERE id = {numbers[1]}")
    await rekey.reconcile(PROCESS)
    async with office.reviewer("bob") as page:
        await page.goto("/comparisons")
        await expect(page.get_by_text("2 to see to")).to_be_visible()  # the same field, and another value
    tampered(office.town, f"UPDATE cases SET notes = 'Seen by the depot' WHERE id = {numbers[1]}")
    await rekey.reconcile(PROCESS)
    async with office.reviewer("bob") as page:
        await page.goto("/comparisons")
        row = page.get_by_role("row").filter(has_text="Does not show what was keyed: Notes")
        await row.get_by_text("I have seen to it").click()
        await row.get_by_label("What did you find out?").fill("As before.")
        await row.get_by_role("button", name="It is seen to").click()
        await expect(page.get_by_text("1 to see to")).to_be_visible()
    async with office.reviewer(java_script_enabled=False, **NARROW) as page:
        await page.goto("/")
        await page.get_by_role("link", name="The comparison of both sides found something").click()
        await expect(page.get_by_text("1 to see to")).to_be_visible()
        row = page.locator("tr", has_text=lost)
        await row.get_by_text("I have seen to it").click()
        await row.get_by_label("What did you find out?").fill("A clerk deleted it: it was a test.")
        await row.get_by_role("button", name="It is seen to").click()
        await expect(page.get_by_text("All seen to")).to_be_visible()
        await pictured(page, "comparisons-narrow")
        await page.goto("/")
        await expect(page.get_by_text("The comparison of both sides found")).to_have_count(0)


async def test_who_only_looks_sees_no_reference_and_decides_nothing(night: Night) -> None:
    office = night.office
    tampered(
        office.town, f"DELETE FROM cases WHERE id = {int(''.join(filter(str.isdigit, night.changed[1])))}"
    )
    await office.rekey.reconcile(PROCESS)
    async with office.staff("vera", (Role.VIEWER, PROCESS)) as page:
        await page.goto("/comparisons")
        await expect(page.get_by_text("1 to see to")).to_be_visible()
        assert night.changed[1] not in await page.content()
        await expect(page.get_by_text("I have seen to it")).to_have_count(0)
    async with office.staff("mona", (Role.REVIEWER, MOVES)) as page:
        await page.goto("/comparisons")
        await expect(page.get_by_role("heading", name="Council tax moves")).to_be_visible()
        await expect(page.get_by_role("heading", name="Missed bins")).to_have_count(0)
        await page.goto("/")
        await expect(page.get_by_text("The comparison of both sides found")).to_have_count(0)


async def test_one_of_long_ago_does_not_say_how_it_is_now(night: Night) -> None:
    comparisons, agreed = night.office.rekey.comparisons, Reconciliation(process=MOVES, source=3, in_target=6)
    async with night.office.staff("mona", (Role.REVIEWER, MOVES)) as page:
        for days, tag in ((4, "Not compared since"), (0, "Agrees")):
            await comparisons.keep(agreed, await comparisons.now() - days * 86_400)
            await page.goto("/comparisons")
            await expect(page.locator(".govuk-tag", has_text=tag)).to_be_visible()
            await expect(page.locator("main .govuk-tag")).to_have_count(1)


async def test_a_row_that_could_not_be_read_is_no_clean_comparison(
    night: Night, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nobody knows whether its source says something else by now."""
    kind = type(find(PROCESS).source)
    real = kind.rows
    [item] = [one for one in await night.office.rekey.queue.items(PROCESS) if one.id == night.gone[0]]

    async def rows(self: Any, screens: Any) -> AsyncIterator[Any]:
        async for row in real(self, screens):
            broken = SystemException("no-page", "Its page did not open.")
            yield replace(row, failed=broken) if row.reference == item.reference else row

    monkeypatch.setattr(kind, "rows", rows)
    assert not (await night.office.rekey.reconcile(PROCESS)).clean
    [known] = await night.office.rekey.comparisons.latest([PROCESS])
    assert [one.difference.item for one in known.findings if one.difference.why is Why.UNREAD] == [item.id]


def test_every_finding_says_what_to_do() -> None:
    """What others keyed is none."""
    assert set(TO_DO) == set(Why) - {Why.OTHERS}
