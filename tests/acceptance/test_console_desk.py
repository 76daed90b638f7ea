"""The work list and who does what, as staff use it: filters, colleagues, questions, due dates, and what goes
back to its source. Without a bot: what waits is handed in as it is."""

from __future__ import annotations

import sqlite3
import time
from collections.abc import AsyncIterator, Sequence
from contextlib import closing
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path
from typing import Any

import pytest
from openpyxl import Workbook, load_workbook
from playwright.async_api import Page, expect

from bots.engine.console.work_list import views as work_page
from bots.engine.core.item import SENT_BACK, NewItem, State, WorkItem
from bots.engine.core.people import EVERYWHERE, Role
from bots.engine.core.work_list import DAY, NOBODY
from bots.engine.core.working_days import begins, day_of, ends
from tests import staff
from tests.console import Office, accessible, an_office, confirmed, pictured
from tests.town import MOVES, PROCESS, a_town, rekeyed

NARROW = {"width": 390, "height": 800}
REPORT = {
    "house": "14",
    "postcode": "ZZ1 4AB",
    "collection": "Refuse",
    "missed_on": "2026-11-02",
    "received_on": "2026-11-03",
    "reported_by": "Asha Testerton",
    "notes": "",
}
HEADINGS = (
    *("Account no", "Tenant", "Leaving address", "Leaving postcode", "Date left"),
    *("New address", "New postcode", "Moving in"),
)
MOVE = ("00412345", "Asha Testerton", "1 Example Street", "ZZ1 4AB", "31/02/2026")
TO = ("2 Sample Road", "ZZ2 5CD", "06/10/2026")


@dataclass(frozen=True, kw_only=True)
class Morning:
    """An office with nothing in its list yet."""

    office: Office
    numbers: Any = field(default_factory=lambda: count(1))

    async def waiting(self, *, age: float = 0.0, **more: Any) -> WorkItem:
        """A report that waits for a person. `age`: seconds since it came in."""
        queue = self.office.rekey.queue
        number = f"MB-7Q2K-{next(self.numbers):04}"
        wrong = {"code": "property-not-found", "sentence": "Waste management knows no such property."} | more
        batch = await queue.open_batch(PROCESS, "portal", "test")
        row = NewItem(reference=number, data={**REPORT, "number": number}, **wrong)
        [(_, item)] = await queue.add(PROCESS, batch, [row])
        if age:  # nobody waits for days
            with closing(sqlite3.connect(self.office.rekey.settings.home / "rekey.db")) as connection:
                connection.execute("UPDATE items SET created = created - ? WHERE id = ?", (age, item))
                connection.commit()
        return await self.office.item(item)

    async def person(self, login: str) -> str:
        found = await self.office.rekey.people.by_login(login)
        assert found is not None
        return found.id


@pytest.fixture(scope="module")
async def morning(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Morning]:
    folder = tmp_path_factory.mktemp("office")
    async with a_town(folder, 4) as town, rekeyed(town) as rekey, an_office(town, rekey) as office:
        # So that every test has its colleagues, whichever of them it begins with.
        for login in ("ann", "bob", "cleo"):
            person = await rekey.people.add(login, f"{login.title()} Sample", "test")
            await rekey.people.grant(person.id, EVERYWHERE, Role.REVIEWER, "test")
        yield Morning(office=office)


async def opened(page: Page, item: WorkItem) -> None:
    await page.goto(f"/items/{item.id}")
    await expect(page.get_by_role("heading", name="Property not known")).to_be_visible()


async def lists(page: Page, *, there: Sequence[WorkItem], gone: Sequence[WorkItem]) -> None:
    for item in there:
        await expect(page.get_by_role("row").filter(has_text=item.reference)).to_be_visible()
    for item in gone:
        await expect(page.get_by_role("row").filter(has_text=item.reference)).to_have_count(0)


async def filtered(page: Page, **chosen: str) -> None:
    """By its form, as a person does it."""
    await page.goto("/")
    for label, value in chosen.items():
        field = page.get_by_label(label.replace("_", " "), exact=True)
        if value == "yes":
            await field.check()
        else:
            await field.select_option(label=value)
    await page.get_by_role("button", name="Show").click()


# ---- the list -------------------------------------------------------------------------------
async def test_filters(morning: Morning) -> None:
    office, now = morning.office, time.time()
    today = day_of(now)
    old = await morning.waiting(age=30 * DAY)
    late = await morning.waiting(due=begins(today) - 1)
    due = await morning.waiting(due=ends(today))
    unsure = await morning.waiting(code="value-to-check", sentence="A value is hard to read.")
    urgent = await morning.waiting(urgent=True, due=ends(today) + 9 * DAY)
    plain = await morning.waiting()
    await office.rekey.work_list.take(plain.id, await morning.person("bob"))
    await office.rekey.work_list.snooze(old.id, now + DAY, await morning.person("bob"), "A photo is to come.")
    everything = [old, late, due, unsure, urgent, plain]

    def others(*those: WorkItem) -> list[WorkItem]:
        return [one for one in everything if one not in those]

    async with office.reviewer("ann") as page:
        await page.goto("/")
        await lists(page, there=others(old), gone=[old])
        rows = await page.get_by_role("row").all_inner_texts()
        [first] = [number for number, text in enumerate(rows) if urgent.reference in text]
        assert "Urgent" in rows[first]
        assert not any(late.reference in text for text in rows[:first]), "late, and not urgent"
        await expect(page.get_by_role("row").filter(has_text=late.reference)).to_contain_text("Overdue")
        await filtered(page, Received="More than 5 working days ago", Also_those_put_off="yes")
        await lists(page, there=[old], gone=others(old))
        await expect(page.get_by_role("row").filter(has_text=old.reference)).to_contain_text("Put off until")
        await filtered(page, Due="Overdue")
        await lists(page, there=[late], gone=others(late))
        await filtered(page, Due="Today")
        await lists(page, there=[due], gone=others(due))
        await filtered(page, Only_with_values_to_check="yes")
        await lists(page, there=[unsure], gone=others(unsure))
        await filtered(page, Taken_by="Bob Sample")
        await lists(page, there=[plain], gone=others(plain))
        await filtered(page, Taken_by="Nobody", Order="By due date")
        await lists(page, there=others(old, plain), gone=[old, plain])
        await page.goto("/?holder=zz")  # nobody is called so
        await expect(page.get_by_text("Nothing matches this filter")).to_be_visible()
        await page.goto("/?due=tomorrow&age=-3&order=odd&state=odd")
        await lists(page, there=others(old), gone=[old])
        await accessible(page)
        await pictured(page, "desk-list")
        await page.set_viewport_size(NARROW)
        await pictured(page, "desk-list-narrow")


async def test_counts_lead_to_what_they_count(morning: Morning, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(work_page, "COUNTED_WITHIN", 0.0)
    office = morning.office
    mine = await morning.waiting(code="value-to-check", sentence="A value is hard to read.")
    late = await morning.waiting(due=begins(day_of(time.time())) - 1)
    await office.rekey.work_list.take(mine.id, await morning.person("cleo"))
    asleep = await morning.waiting()
    await office.rekey.work_list.snooze(asleep.id, time.time() + DAY, await morning.person("bob"), "Later.")
    async with office.reviewer("cleo") as page:
        await page.goto("/")
        for name, there, gone in (
            ("Mine (1)", mine, late),
            ("Overdue", late, mine),
            ("Values to check", mine, late),
            ("Put off", asleep, mine),
            ("Nobody's", late, mine),
        ):
            await (
                page.get_by_role("navigation", name="Parts of the list")
                .get_by_role("link", name=name)
                .click()
            )
            await lists(page, there=[there], gone=[gone])
            current = page.locator(".rekey-parts [aria-current]")
            await expect(current).to_contain_text(name)
        count = int((await current.inner_text()).partition("(")[2].rstrip(")"))
        assert count == await page.get_by_role("row").count() - 1


async def test_reasons_are_named_as_their_process_does(
    morning: Morning, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(work_page, "COUNTED_WITHIN", 0.0)
    await morning.waiting(code="too-long", sentence="The notes are longer than the screen takes.")
    async with morning.office.reviewer("ann") as page:
        reason = page.get_by_label("Reason").locator("option[value=too-long]")
        await page.goto("/")
        await expect(reason).to_have_text("Too long for the system / Notes too long for benefits (1)")
        await page.goto(f"/?process={PROCESS}")
        await expect(reason).to_have_text("Too long for the system (1)")


async def test_what_was_dealt_with_is_found_again(morning: Morning) -> None:
    item, office = await morning.waiting(), morning.office
    await staff.withdraw(office.rekey.queue, item.id, "person/bob", "reported twice")
    async with office.reviewer("ann") as page:
        await page.goto("/")
        for text in (item.reference, item.id):
            await page.get_by_label("Reference or item").fill(text)
            await page.get_by_role("button", name="Show").click()
            await expect(page.get_by_text("Nothing matches this filter")).to_be_visible()
            row = page.get_by_role("table", name="Not waiting for people").get_by_role("row").last
            await expect(row).to_contain_text("Closed by staff")
        await accessible(page)
        await pictured(page, "desk-settled")
        await row.get_by_role("link", name=item.reference).click()
        await expect(page.get_by_role("heading", name="Closed by staff")).to_be_visible()
    async with office.staff("vera", (Role.VIEWER, PROCESS)) as page:
        await page.goto(f"/?text={item.reference}")
        await expect(page.get_by_text("Nothing matches this filter")).to_be_visible()
        await expect(page.get_by_role("table")).to_have_count(0)


async def test_a_filter_is_kept_opened_and_deleted(morning: Morning) -> None:
    office = morning.office
    await morning.waiting()
    async with office.reviewer("ann", java_script_enabled=False) as page:
        await page.goto("/?text=MB-7Q2K&due=overdue&holder=mine&order=newest")
        await page.get_by_text("Keep this filter").click()
        await page.get_by_role("button", name="Keep it").click()
        await expect(page.get_by_role("alert")).to_contain_text("Give the filter a name")
        await expect(page.get_by_label("Reference or item")).to_have_value("MB-7Q2K")
        await page.get_by_label("Its name").fill("Mine and late")
        await page.get_by_role("button", name="Keep it").click()
        parts = page.get_by_role("navigation", name="Parts of the list")
        await page.goto("/")
        await parts.get_by_role("link", name="Mine and late").click()
        await expect(page.get_by_label("Due", exact=True)).to_have_value("overdue")
        await expect(page.get_by_label("Taken by")).to_have_value("mine")
        await expect(page.get_by_label("Reference or item")).to_have_value("")
    [kept] = await office.rekey.work_list.filters(await morning.person("ann"))
    assert "MB-7Q2K" not in kept.query, "a reference may be personal data"
    async with office.reviewer("bob") as bobs:
        await bobs.goto("/")
        await expect(bobs.get_by_role("link", name="Mine and late")).to_have_count(0)
    async with office.reviewer("ann") as page:
        await page.goto(f"/?{kept.query}")
        await page.get_by_text("Keep this filter").click()
        await accessible(page)
        await page.get_by_role("button", name="Delete this filter").click()
        await expect(page.get_by_role("link", name="Mine and late")).to_have_count(0)
    assert not await office.rekey.work_list.filters(await morning.person("ann"))


async def test_what_waits_for_nobody_has_no_sentence(morning: Morning) -> None:
    waits, closed, queue = await morning.waiting(), await morning.waiting(), morning.office.rekey.queue
    await staff.retry(queue, waits.id, "person/bob", "it exists now")
    await staff.withdraw(queue, closed.id, "person/bob", "reported twice")
    async with morning.office.reviewer("ann") as page:
        for item, state in ((waits, "Waiting"), (closed, "Closed by staff")):
            await page.goto(f"/items/{item.id}")
            await expect(page.get_by_role("heading", name=state, exact=True)).to_be_visible()
            await expect(page.get_by_text("None", exact=True)).to_have_count(0)


# ---- colleagues -----------------------------------------------------------------------------
async def test_given_to_a_colleague(morning: Morning) -> None:
    """With a note; what a third one took meanwhile is left to them, and the note is kept."""
    item, office = await morning.waiting(), morning.office
    async with office.reviewer("ann") as anns, office.reviewer("bob") as bobs:
        await opened(anns, item)
        await office.rekey.work_list.take(item.id, await morning.person("cleo"))
        await anns.get_by_text("Give it to a colleague").click()
        await anns.get_by_label("To whom?").select_option(label="Bob Sample")
        await anns.get_by_label("Hand-over note").last.fill("Ring the depot first.")
        await anns.get_by_role("button", name="Give it to this colleague").click()
        await expect(anns.get_by_role("alert")).to_contain_text("A colleague has taken this item")
        await expect(anns.get_by_label("Hand-over note").last).to_have_value("Ring the depot first.")
        await expect(anns.get_by_text("Cleo Sample has taken this item, until")).to_be_visible()
        await anns.get_by_role("button", name="Give it to this colleague").click()  # now ann has seen it
        await expect(anns.get_by_text("Bob Sample has taken this item, until")).to_be_visible()
        await bobs.goto("/?holder=mine")
        await bobs.get_by_role("row").filter(has_text=item.reference).get_by_role("link").first.click()
        await expect(bobs.get_by_text("Ann Sample gave it to you")).to_be_visible()
        await expect(bobs.get_by_text("Ring the depot first.")).to_be_visible()
        await bobs.get_by_label("Note for whoever takes it next").fill("They do not answer.")
        await bobs.get_by_role("button", name="Give it back").click()
        notes = bobs.get_by_role("region", name="Notes of colleagues")
        await expect(notes.get_by_text("They do not answer.")).to_be_visible()
        await expect(notes.get_by_text("Hand-over", exact=True)).to_have_count(2)
        await accessible(bobs)
        await pictured(bobs, "desk-item")
        await bobs.set_viewport_size(NARROW)
        await pictured(bobs, "desk-item-narrow")
    assert await office.rekey.work_list.holder(item.id) is None


async def test_many_are_given_to_a_colleague(morning: Morning) -> None:
    """But for those that a third one took meanwhile, and for a colleague who may not work on them."""
    first, second, office = await morning.waiting(), await morning.waiting(), morning.office
    async with office.staff("mona", (Role.REVIEWER, MOVES)):
        pass
    async with office.reviewer("ann") as page:
        for name, told in (
            ("Mona Sample", "2 not changed: Choose a colleague who may work on this process"),
            ("Bob Sample", "1 given to Bob Sample"),
        ):
            await page.goto("/?order=newest")
            for item in (first, second):
                row = page.get_by_role("row").filter(has_text=item.reference)
                await row.get_by_role("checkbox").check()
            await page.get_by_label("Colleague", exact=True).select_option(label=name)
            await page.get_by_label("Why?").fill("I am away.")
            if name == "Bob Sample":
                await office.rekey.work_list.take(second.id, await morning.person("cleo"))
            await page.get_by_role("button", name="Give to this colleague").click()
            await expect(page.get_by_text(told)).to_be_visible()
        await expect(page.get_by_text("1 not changed: A colleague has taken this item")).to_be_visible()
    held = [await office.rekey.work_list.holder(item.id) for item in (first, second)]
    assert [one and one.person for one in held] == [await morning.person(who) for who in ("bob", "cleo")]
    [note] = await office.rekey.work_list.comments(first.id)
    assert note.text == "I am away."


async def test_nobody_is_given_what_they_may_not_see(morning: Morning) -> None:
    item, office = await morning.waiting(), morning.office
    async with office.staff("mona", (Role.REVIEWER, MOVES)):
        pass
    async with office.reviewer("ann") as page:
        await opened(page, item)
        await page.get_by_text("Give it to a colleague").click()
        names = await page.get_by_label("To whom?").locator("option").all_inner_texts()
        assert "Bob Sample" in names
        assert not {"Mona Sample", "Ann Sample"} & set(names)
        mona = await morning.person("mona")
        await page.get_by_label("To whom?").evaluate("(field, to) => { field.options[1].value = to }", mona)
        await page.get_by_label("To whom?").select_option(value=mona)
        await page.get_by_role("button", name="Give it to this colleague").click()
        await expect(page.get_by_role("alert")).to_contain_text("Choose a colleague who may work on this")
    assert await office.rekey.work_list.holder(item.id) is None


async def test_a_colleague_is_asked_and_answers(morning: Morning) -> None:
    item, office = await morning.waiting(), morning.office
    async with (
        office.reviewer("ann", java_script_enabled=False) as anns,
        office.reviewer("bob") as bobs,
    ):
        await opened(anns, item)
        await anns.get_by_text("Ask a colleague").click()
        await anns.get_by_label("Your question").fill("Is the depot closed?")
        await anns.get_by_role("button", name="Ask", exact=True).click()
        await expect(anns.get_by_role("alert")).to_contain_text("Choose a colleague")
        await expect(anns.get_by_label("Your question")).to_have_value("Is the depot closed?")
        await anns.get_by_label("Ask whom?").select_option(label="Bob Sample")
        await anns.get_by_role("button", name="Ask", exact=True).click()
        await expect(anns.get_by_text("Question not answered")).to_be_visible()
        await bobs.goto("/")
        await bobs.get_by_role("link", name="Questions to you (1)").click()
        await expect(bobs.get_by_text("Is the depot closed?")).to_be_visible()
        await accessible(bobs)
        await pictured(bobs, "desk-questions")
        await bobs.get_by_role("link", name=item.reference).click()
        await accessible(bobs)
        await bobs.get_by_role("button", name="Answer", exact=True).click()
        await expect(bobs.get_by_role("alert")).to_contain_text("Write something first")
        await bobs.get_by_label("Answer this question").fill("Until May.")
        await bobs.get_by_role("button", name="Answer", exact=True).click()
        await expect(bobs.get_by_text("Question not answered")).to_have_count(0)
        await expect(bobs.get_by_text("Until May.")).to_be_visible()
        await bobs.goto("/questions")
        await expect(bobs.get_by_text("No question waits for your answer")).to_be_visible()
        await bobs.goto("/")
        await expect(bobs.get_by_role("link", name="Questions to you")).to_have_count(0)
        await opened(anns, item)
        await expect(anns.get_by_text("Until May.")).to_be_visible()


async def test_what_its_holder_left_alone_goes_back(morning: Morning) -> None:
    item, office = await morning.waiting(), morning.office
    work = office.rekey.work_list
    await work.take(item.id, await morning.person("cleo"), life=0.0)  # as long ago as can be
    async with office.reviewer("ann") as page:
        await opened(page, item)
        await expect(page.get_by_text("Cleo Sample had taken this item. It went back")).to_be_visible()
        await accessible(page)
        await page.get_by_role("button", name="Take it", exact=True).click()
        await expect(page.get_by_text("It is yours until")).to_be_visible()
        await expect(page.get_by_text("Cleo Sample had taken")).to_have_count(0)


async def test_put_off_and_brought_back(morning: Morning) -> None:
    item, office = await morning.waiting(), morning.office
    async with office.reviewer("ann") as page:
        await opened(page, item)
        await page.get_by_text("Not now").click()
        await page.get_by_label("What is it waiting for?").fill("The resident sends a photo.")
        await page.get_by_role("button", name="Put it off").click()
        await expect(page.get_by_text("The resident sends a photo.")).to_be_visible()
        await page.get_by_role("button", name="Back into the list now").click()
        await expect(page.get_by_text("The resident sends a photo.")).to_have_count(0)
        await page.goto("/?order=newest")
        await lists(page, there=[item], gone=[])


# ---- back to the source ---------------------------------------------------------------------
def agents_workbook(path: Path, left: str) -> Path:
    book = Workbook()
    book.active.title = "Moves"
    for row in (HEADINGS, (*MOVE[:4], left, *TO)):
        book.active.append(row)
    book.save(path)
    return path


async def test_sent_back_to_its_source_and_put_right(morning: Morning, tmp_path: Path) -> None:
    """The row says so in what goes back; put right and handed in again, the bot goes on with it."""
    rekey = morning.office.rekey
    [summary] = await rekey.hand_in(MOVES, [agents_workbook(tmp_path / "moves.xlsx", "31/02/2026")])
    [item] = await rekey.queue.items(MOVES)
    assert (item.state, summary.rows.added) == (State.EXCEPTION, 1)
    entry = await rekey.work_list.entry(item.id)
    assert entry is not None
    assert entry.due == rekey.working_days.due(item.created, 10), "ten working days from receipt"
    async with morning.office.reviewer("ann") as page:
        await page.goto(f"/items/{item.id}")
        await expect(page.get_by_text("Due", exact=True)).to_be_visible()
        await page.get_by_text("Return it to its sender: they must put it right first").click()
        await accessible(page)
        await page.get_by_role("button", name="Return it to its sender").click()
        await expect(page.get_by_role("alert")).to_contain_text("Say why")
        await page.get_by_label("What must they put right?").fill("There is no such day.")
        await page.get_by_role("button", name="Return it to its sender").click()
        await confirmed(page, item, "was returned to its sender.")
        await accessible(page)
        await page.goto(f"/items/{item.id}")
        await expect(page.get_by_role("heading", name="Returned to its sender")).to_be_visible()
        await expect(page.get_by_role("cell", name="There is no such day.", exact=True)).to_be_visible()
        await pictured(page, "desk-sent-back")
    found = await morning.office.item(item.id)
    assert (found.state, found.code) == (State.WITHDRAWN, SENT_BACK)
    returned = load_workbook(await rekey.give_back(MOVES, item.batch))["Moves"]
    assert [returned.cell(2, column).value for column in (9, 11)] == [
        "Sent back",
        "Sent back: There is no such day.",
    ]
    await rekey.hand_in(MOVES, [agents_workbook(tmp_path / "again.xlsx", "28/02/2026")])
    found = await morning.office.item(item.id)
    assert (found.state, found.version, found.data["moved_out"]) == (State.NEW, 2, "2026-02-28")


async def test_what_a_viewer_may(morning: Morning) -> None:
    """See who does what; decide nothing, ask nothing, and read no references."""
    item, office = await morning.waiting(), morning.office
    await office.rekey.work_list.assign(
        item.id, await morning.person("bob"), await morning.person("ann"), note="For you.", seen=NOBODY
    )
    async with office.staff("vera", (Role.VIEWER, PROCESS)) as page:
        await page.goto("/?order=newest")
        await expect(page.get_by_role("cell", name="Bob Sample").first).to_be_visible()
        assert item.reference not in await page.content()
        await expect(page.get_by_role("button", name="Give to this colleague")).to_have_count(0)
        await opened(page, item)
        for name in ("Ask", "Give it to this colleague", "Take it over", "Add the note"):
            await expect(page.get_by_role("button", name=name)).to_have_count(0)
