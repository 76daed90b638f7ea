"""The exception console as staff use it: a real browser, a real council, and the bot that keys what was put
right. What became of a case is read from the council's own books."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from unittest.mock import patch

import pytest
from playwright.async_api import Locator, Page, expect

from bots.engine.core.item import State, WorkItem
from bots.engine.core.limits import LONDON, Limits
from bots.engine.core.people import Role
from bots.engine.keying.lookup import LookingUp
from bots.processes.registry import find
from tests import staff
from tests.console import NOWHERE, Office, accessible, an_office, confirmed, pictured, reported_wrongly
from tests.hands import Hands, Way, either_way
from tests.town import MOVES, PROCESS, a_town, rekeyed

REPORTS = 44
SAVE = "Save and let the bot key it"


@dataclass(frozen=True, kw_only=True)
class Day:
    """An office whose bot has been through the reports once."""

    office: Office
    wrong: list[str]  # numbers of reports whose property was reported wrongly, not touched by a test yet

    async def next(self) -> WorkItem:
        """One of them, for one test."""
        number = self.wrong.pop()
        [item] = [one for one in await self.office.rekey.queue.items(PROCESS) if one.reference == number]
        assert item.code == "property-not-found"
        return item

    def right(self, item: WorkItem) -> str:
        uprn: str = self.office.town.answers()[item.reference]["values"]["uprn"]
        return uprn

    async def work(self, **change: Any) -> None:
        """`change`: of the settings of this run."""
        rekey = self.office.rekey
        with patch.object(rekey, "settings", rekey.settings.model_copy(update=change)):
            await rekey.work(PROCESS, sessions=1)

    async def look(self) -> None:
        """Answer what people asked, and key nothing."""
        rekey = self.office.rekey
        async with rekey.systems_of(find(PROCESS)) as systems:
            looking_up = LookingUp(
                process=find(PROCESS), queue=rekey.queue, systems=systems, lookups=rekey.lookups, seconds=9.0
            )
            while await looking_up.one("test/1"):
                pass


@pytest.fixture(scope="module")
async def day(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Day]:
    folder = tmp_path_factory.mktemp("office")
    async with a_town(folder, REPORTS) as town, rekeyed(town) as rekey:
        async with rekeyed(town, "scratch") as scratch:
            wrong = await reported_wrongly(town, rekey, scratch, 31)
        await rekey.work(PROCESS, sessions=2)
        async with an_office(town, rekey) as office:
            yield Day(office=office, wrong=wrong)


async def opened(page: Page, item: WorkItem) -> None:
    await page.goto(f"/items/{item.id}")
    await expect(page.get_by_role("heading", name="Property not known")).to_be_visible()


# ---- journeys -------------------------------------------------------------------------------
@either_way
async def test_correct_and_retry_to_done(day: Day, way: Way) -> None:
    item, office = await day.next(), day.office
    async with office.reviewer() as page:
        hands = Hands(page, way)
        await page.goto("/")
        await accessible(page)
        await pictured(page, "work-list")
        row = page.get_by_role("row").filter(has_text=item.reference)
        await hands.press(row.get_by_role("link"))
        await expect(page.get_by_role("heading", name="Property not known")).to_be_visible()
        await expect(page.get_by_text("Values on it are hidden on purpose.")).to_be_visible()
        await accessible(page)
        await pictured(page, "item")
        await hands.write(page.get_by_label("Uprn"), day.right(item))
        await hands.press(page.get_by_role("button", name=SAVE))
        await confirmed(page, item, "was sent to the bot to be keyed.")
    found = await office.item(item.id)
    assert (found.state, found.version, found.data["uprn"]) == (State.NEW, 2, day.right(item))
    last = (await office.rekey.queue.history(item.id))[-1]
    assert (last.who, last.why) == ("person/ann", "Corrected in the console.")
    await day.work()
    assert (await office.item(item.id)).state is State.DONE
    assert len(office.saved(item.reference)) == 1


async def test_the_same_without_scripts(day: Day) -> None:
    item, office = await day.next(), day.office
    async with office.reviewer(java_script_enabled=False) as page:
        await page.goto("/")
        await page.get_by_label("Reference or item").fill(item.reference)
        await page.get_by_role("button", name="Show").click()
        await page.get_by_role("link", name="Property not known").click()
        await page.get_by_label("Uprn").fill(day.right(item))
        await page.get_by_role("button", name=SAVE).click()
        await confirmed(page, item, "was sent to the bot to be keyed.")
    await day.work()
    assert (await office.item(item.id)).state is State.DONE
    assert len(office.saved(item.reference)) == 1


async def test_one_of_several_is_taken(day: Day) -> None:
    """By keyboard alone: the target has two properties at that address, and a person knows which is meant."""
    office = day.office
    [item] = [one for one in await office.rekey.queue.items(PROCESS) if one.code == "property-ambiguous"]
    async with office.reviewer() as page:
        hands = Hands(page, Way.KEYBOARD)
        await page.goto(f"/items/{item.id}")
        which = page.get_by_role("table", name="Which one is meant?")
        buttons = which.get_by_role("button", name="This one")
        await expect(buttons).to_have_count(2)
        await accessible(page)
        await pictured(page, "several")
        meant = await buttons.nth(1).get_attribute("value")
        await hands.write(page.get_by_label("Notes (optional)"), "The bin at the back.")
        await hands.press(buttons.nth(1))
        await confirmed(page, item, "was sent to the bot to be keyed.")
    found = await office.item(item.id)
    assert (found.data["uprn"], found.data["notes"]) == (meant, "The bin at the back.")
    await day.work()
    assert (await office.item(item.id)).state is State.DONE
    told = ("uprn", "collection", "missed_on")
    [saved] = [one for one in office.town.saves() if all(one[name] == found.data[name] for name in told)]
    [kept] = await office.rekey.queue.receipts_of(item.id)
    assert kept.reference == saved["reference"]


async def test_what_is_too_long_is_counted_as_one_types(day: Day) -> None:
    office = day.office
    [item] = [one for one in await office.rekey.queue.items(PROCESS) if one.code == "too-long"]
    async with office.reviewer() as page:
        await page.goto(f"/items/{item.id}")
        field = page.get_by_label("Reported by")
        over = len(await field.input_value()) - 30
        many = f"You have {over} character{'s' if over > 1 else ''} too many"
        await expect(page.get_by_text(many).first).to_be_visible()
        await page.get_by_role("button", name=SAVE).click()
        await led_to(page, field, "It is longer than the 30 characters")
        await field.fill("Wilhelmina Placeholder")
        await expect(page.get_by_text("You have 8 characters remaining").first).to_be_visible()
        await accessible(page)
        await pictured(page, "too-long")
        await page.get_by_role("button", name=SAVE).click()
        await confirmed(page, item, "was sent to the bot to be keyed.")
    await day.work()
    assert (await office.item(item.id)).state is State.DONE


@either_way
async def test_already_in_the_target(day: Day, way: Way) -> None:
    """A clerk keyed it: the item is closed with the system's reference, and nothing is keyed again."""
    item, office = await day.next(), day.office
    [clerks] = (await office.town.ask("/clerk", numbers=[item.reference]))["keyed"]
    async with office.reviewer() as page:
        hands = Hands(page, way)
        await opened(page, item)
        await hands.press(page.get_by_text("It is in the system already"))
        await hands.write(page.get_by_label("The system's reference for this case"), clerks["reference"])
        await hands.write(page.get_by_label("How do you know?"), "I found it by the address.")
        await hands.press(page.get_by_role("button", name="Close it with this reference"))
        await confirmed(page, item, "was closed: it is in the system.")
        await page.goto(f"/keyed?batch={item.batch}")
        row = page.get_by_role("row").filter(has_text=item.reference)
        await expect(row).to_contain_text("Said by staff")  # no bot has seen it there yet
    assert (await office.item(item.id)).state is State.WITHDRAWN
    [kept] = await office.rekey.queue.receipts_of(item.id)
    assert kept.reference == clerks["reference"]
    await day.work()
    assert len(office.saved(item.reference)) == 1


async def test_not_needed(day: Day) -> None:
    item, office = await day.next(), day.office
    async with office.reviewer() as page:
        await opened(page, item)
        await page.get_by_text("It is not needed").click()
        await page.get_by_role("button", name="Close it: not needed").click()
        await led_to(page, page.get_by_label("Why is it not needed?"), "Say why")
        await accessible(page)
        await pictured(page, "no-reason")
        await page.get_by_label("Why is it not needed?").fill("The resident rang: it was found.")
        await page.get_by_role("button", name="Close it: not needed").click()
        await confirmed(page, item, "was closed: not needed.")
        await expect(page.get_by_text("This is the next one.")).to_be_visible()
        await accessible(page)
        await pictured(page, "confirmed")
        await page.get_by_role("link", name=item.reference).click()
        await expect(page.get_by_role("heading", name="Closed by staff")).to_be_visible()
        await expect(page.locator("strong", has_text=item.reference)).to_be_visible()
        await expect(page.get_by_role("alert")).to_have_count(0)
    assert (await office.item(item.id)).state is State.WITHDRAWN
    await day.work()
    assert not office.saved(item.reference)


async def led_to(page: Page, field: Locator, problem: str) -> None:
    """What is wrong stands above the page and at its field, and the one leads to the other."""
    link = page.get_by_role("alert").get_by_role("link")
    await expect(link).to_contain_text(problem)
    await link.click()
    await expect(field).to_be_focused()
    await expect(field).to_have_accessible_description(re.compile(rf"Error:\s+{problem}"))


async def test_what_is_missing_is_said_at_its_field(day: Day) -> None:
    item, office = await day.next(), day.office
    async with office.reviewer("bob"), office.reviewer(java_script_enabled=False) as page:
        await opened(page, item)
        await page.get_by_text("It is in the system already").click()
        await page.get_by_label("How do you know?").fill("I found it.")
        await page.get_by_role("button", name="Close it with this reference").click()
        await led_to(page, page.get_by_label("The system's reference for this case"), "Give the reference")
        await page.get_by_text("Ask a colleague").click()
        await page.get_by_role("button", name="Ask", exact=True).click()
        await led_to(page, page.get_by_label("Ask whom?"), "Choose a colleague")
        await page.get_by_text("Not now").click()
        await page.get_by_label("For how many days?").fill("some")
        await page.get_by_role("button", name="Put it off").click()
        await led_to(page, page.get_by_label("For how many days?"), "Say for how many days")
        await page.get_by_role("button", name="Add the note").click()
        await led_to(page, page.get_by_label("Add a note"), "Write the note first")
    assert (await office.item(item.id)).state is State.EXCEPTION


async def doubtful(day: Day, was_saved: bool) -> WorkItem:
    """An item in doubt, in a council that works well again."""
    item, office = await day.next(), day.office
    await staff.retry(
        office.rekey.queue, item.id, "test", "right now", {**item.data, "uprn": day.right(item)}
    )
    await office.town.fault("cut_after_save" if was_saved else "cut_before_save", times=1)
    for late in ("search_lags", "list_lags"):
        await office.town.fault(late, value=1)
    await day.work(patience=3.0)  # nothing settles it, however long the run looks
    await office.town.mend()
    found = await office.item(item.id)
    assert found.state is State.IN_DOUBT
    assert len(office.saved(item.reference)) == was_saved
    return found


@either_way
@pytest.mark.parametrize("was_saved", [True, False], ids=["saved", "not saved"])
async def test_in_doubt(day: Day, was_saved: bool, way: Way) -> None:
    """A bot looks for the person, who then says what was found."""
    item, office = await doubtful(day, was_saved), day.office
    saved = office.saved(item.reference)
    async with office.reviewer() as page:
        hands = Hands(page, way)
        await page.goto(f"/items/{item.id}")
        await hands.press(page.get_by_role("button", name="Let a bot look now"))
        await expect(page.get_by_text("A bot was asked to look")).to_be_visible()
        await hands.write(page.get_by_label("How did you look?"), "half a word")
        await day.look()
        told = "All values are equal" if was_saved else "The search shows nothing for this case"
        await expect(page.get_by_text(told)).to_be_visible()
        await expect(page.get_by_label("How did you look?")).to_have_value("half a word")
        await page.reload()
        await expect(page.get_by_text("What was about to be saved")).to_be_visible()
        await accessible(page)
        await pictured(page, f"in-doubt-{was_saved}")
        if was_saved:
            await expect(page.get_by_label("The system's reference for it")).to_have_value(
                saved[0]["reference"]
            )
            await hands.write(page.get_by_label("How do you know?"), "It is in the list.")
            await hands.press(page.get_by_role("button", name="It is saved"))
        else:
            await hands.write(page.get_by_label("How did you look?"), "By the address: there is none.")
            await hands.press(page.get_by_role("button", name="it is not there"))
        what = "is saved: the bot goes on from there." if was_saved else "was sent to the bot to be keyed."
        await confirmed(page, item, what)
    await day.work()
    assert (await office.item(item.id)).state is State.DONE
    assert len(office.saved(item.reference)) == 1


@either_way
async def test_in_doubt_left_to_the_bot(day: Day, way: Way) -> None:
    """Nobody can tell: the item stays in doubt until the bot has found what it saved."""
    item, office = await doubtful(day, was_saved=True), day.office
    async with office.reviewer() as page:
        hands = Hands(page, way)
        await page.goto(f"/items/{item.id}")
        await hands.press(page.get_by_role("button", name="Let the bot try to settle it"))
        await expect(page.get_by_role("alert")).to_contain_text("Say why, in a few words")
        await hands.write(page.get_by_label("What changed, or what do you wait for?"), "The system is back.")
        await hands.press(page.get_by_role("button", name="Let the bot try to settle it"))
        await confirmed(page, item, "stays in doubt: the bot tries to settle it.")
    assert (await office.item(item.id)).state is State.IN_DOUBT
    await day.work()
    [receipt] = await office.rekey.queue.receipts_of(item.id)
    assert ((await office.item(item.id)).state, receipt.adopted) == (State.DONE, True)
    assert len(office.saved(item.reference)) == 1


async def test_what_the_search_finds(day: Day) -> None:
    """Of an item that a bot could not key. A run of the bots answers before it takes items."""
    differs, office = await day.next(), day.office
    await office.town.ask("/clerk", numbers=[differs.reference])
    data = {**differs.data, "uprn": day.right(differs), "notes": "By the gate"}
    await staff.retry(office.rekey.queue, differs.id, "test", "right now", data)
    await day.work()
    assert (await office.item(differs.id)).state is State.EXCEPTION
    async with office.reviewer() as page:
        await page.goto(f"/items/{differs.id}")
        await page.get_by_role("textbox", name="Notes").fill("By the back gate")
        await page.get_by_role("button", name="Let a bot look now").click()
        await expect(page.get_by_text("A bot was asked to look")).to_be_visible()
        await expect(page.get_by_role("link", name="Refresh")).to_be_focused()
        await day.work()
        await expect(page.get_by_text("The search shows 1 entry")).to_be_visible()
        await expect(page.get_by_role("button", name="Look again now")).to_be_focused()
        await expect(page.get_by_role("textbox", name="Notes")).to_have_value("By the back gate")
        await page.reload()
        looked = page.locator("#looked + div")
        await expect(looked.get_by_text("(differs)")).to_be_visible()
        await accessible(page)
        await pictured(page, "looked-up")
    async with office.staff("vera", (Role.VIEWER, PROCESS)) as page:
        await page.goto(f"/items/{differs.id}")
        await expect(page.get_by_role("button", name="Look again now")).to_have_count(0)


async def test_asking_a_bot_loses_nothing_when_it_cannot_be_sent(day: Day) -> None:
    item, office = await day.next(), day.office
    async with office.reviewer("drew") as page:
        await opened(page, item)
        await page.get_by_label("House").fill("the blue door")
        [drew] = [one for one in await office.rekey.people.everyone() if one.login == "drew"]
        await office.rekey.people.end_sessions(drew.id, "test")
        await page.get_by_role("button", name="Let a bot look now").click()
        await expect(page.get_by_role("alert")).to_contain_text("This was not sent")
        await expect(page.get_by_label("House")).to_have_value("the blue door")


async def test_what_cannot_be_searched_says_why(day: Day) -> None:
    item, office = await day.next(), day.office
    async with office.reviewer(java_script_enabled=False) as page:
        await opened(page, item)
        await page.get_by_role("button", name="Let a bot look now").click()
        await day.look()
        await page.get_by_role("link", name="Refresh").click()
        await page.reload()
        looked = page.locator("#looked + div")
        await expect(looked.get_by_text(item.sentence or "")).to_be_visible()


async def test_a_mistake_shows_as_one_types(day: Day) -> None:
    item, office = await day.next(), day.office
    async with office.reviewer() as page:
        await opened(page, item)
        missed = page.get_by_label("Missed on")
        await missed.fill("31/02/2026")
        await page.keyboard.press("Tab")
        await expect(page.locator("#error-missed_on")).to_contain_text("Missed on")
        await expect(missed).to_have_accessible_description(re.compile("Error: "))
        await accessible(page)
        await pictured(page, "mistake-as-typed")
        await missed.fill("02/11/2026")
        await page.keyboard.press("Tab")
        await expect(page.locator("#error-missed_on")).to_have_count(0)
    assert (await office.item(item.id)).version == 1


@either_way
async def test_four_eyes(day: Day, way: Way) -> None:
    """Corrected by ann, shown by the bot before it saves: ann may not agree to it, bob does."""
    item, office = await day.next(), day.office
    queue = office.rekey.queue
    await queue.set_limits(PROCESS, Limits(approve_first=1), "test", "a new bot")
    roles = ((Role.REVIEWER, PROCESS), (Role.APPROVER, PROCESS))
    async with office.staff("ann", *roles) as anns, office.staff("bob", *roles) as bobs:
        ann, bob = Hands(anns, way), Hands(bobs, way)
        await opened(anns, item)
        await ann.write(anns.get_by_label("Uprn"), day.right(item))
        await ann.press(anns.get_by_role("button", name=SAVE))
        await confirmed(anns, item, "was sent to the bot to be keyed.")
        await day.work()
        assert (await office.item(item.id)).state is State.AWAITING_APPROVAL
        assert not office.saved(item.reference)
        await anns.goto(f"/items/{item.id}")
        await accessible(anns)
        await pictured(anns, "approval")
        await ann.press(anns.get_by_role("button", name="I agree"))
        await expect(anns.get_by_role("alert")).to_contain_text("You corrected this record yourself")
        await bobs.goto(f"/items/{item.id}")
        await bob.press(bobs.get_by_role("button", name="I agree"))
        await confirmed(bobs, item, "was agreed to.")
    await day.work()
    await queue.set_limits(PROCESS, Limits(), "test", "no longer new")
    assert (await office.item(item.id)).state is State.DONE
    assert len(office.saved(item.reference)) == 1


async def test_taken_and_put_off(day: Day) -> None:
    item, office = await day.next(), day.office
    async with office.reviewer("ann") as anns, office.reviewer("bob") as bobs:
        await opened(anns, item)
        await anns.get_by_role("button", name="Take it", exact=True).click()
        await expect(anns.get_by_text("You have taken this item")).to_be_visible()
        await bobs.goto(f"/?text={item.reference}")
        await expect(bobs.get_by_role("row").filter(has_text="Ann Sample")).to_be_visible()
        await opened(bobs, item)
        await expect(bobs.get_by_text("Ann Sample has taken this item")).to_be_visible()
        await accessible(bobs)
        await anns.get_by_role("button", name="Give it back").click()
        await expect(anns.get_by_role("button", name="Take it", exact=True)).to_be_visible()
        await anns.get_by_text("Not now").click()
        await anns.get_by_label("For how many days?").fill("a week")
        await anns.get_by_label("What is it waiting for?").fill("The resident sends a photo.")
        await anns.get_by_role("button", name="Put it off").click()
        await expect(anns.get_by_role("alert")).to_contain_text("Say for how many days")
        await anns.get_by_label("For how many days?").fill("7")
        await anns.get_by_role("button", name="Put it off").click()
        await expect(anns.get_by_role("alert")).to_have_count(0)
        await anns.goto(f"/?text={item.reference}")
        await expect(anns.get_by_text("Nothing matches this filter")).to_be_visible()


async def test_many_at_once(day: Day) -> None:
    """Each on its own: the one that a colleague changed meanwhile is left as it is."""
    first, second, office = await day.next(), await day.next(), day.office
    async with office.reviewer() as page:
        await page.goto("/?order=newest")
        for item in (first, second):
            row = page.get_by_role("row").filter(has_text=item.reference)
            await row.get_by_role("checkbox").check()
        await staff.retry(office.rekey.queue, second.id, "person/bob", "it exists now")
        await page.get_by_label("Why?").fill("Sent by mistake.")
        await page.get_by_role("button", name="Close: not needed").click()
        await expect(page.get_by_text("1 closed as not needed")).to_be_visible()
        await expect(page.get_by_text("1 not changed: Someone else changed this item")).to_be_visible()
        await accessible(page)
    assert (await office.item(first.id)).state is State.WITHDRAWN
    assert (await office.item(second.id)).state is State.NEW


# ---- mistakes -------------------------------------------------------------------------------
async def test_a_mistake_keeps_what_was_typed(day: Day) -> None:
    item, office = await day.next(), day.office
    async with office.reviewer() as page:
        await opened(page, item)
        await page.get_by_label("Missed on").fill("31/02/2026")
        await page.get_by_label("House").fill("Flat 2, 14")
        await page.get_by_role("button", name=SAVE).click()
        alert = page.get_by_role("alert")
        await expect(alert).to_contain_text("Missed on is a day that does not exist")
        await accessible(page)
        await pictured(page, "mistake")
        assert await page.get_by_label("Missed on").input_value() == "31/02/2026"
        assert await page.get_by_label("House").input_value() == "Flat 2, 14"
        await alert.get_by_role("link").click()
        await expect(page.get_by_label("Missed on")).to_be_focused()
    assert (await office.item(item.id)).version == 1, "nothing was changed"


async def test_a_change_made_meanwhile_is_not_overwritten(day: Day) -> None:
    item, office = await day.next(), day.office
    async with office.reviewer("ann") as anns, office.reviewer("bob") as bobs:
        await opened(anns, item)
        await opened(bobs, item)
        await bobs.get_by_text("It is not needed").click()
        await bobs.get_by_label("Why is it not needed?").fill("Reported twice.")
        await bobs.get_by_role("button", name="Close it: not needed").click()
        await confirmed(bobs, item, "was closed: not needed.")
        await anns.get_by_label("House").fill("99")
        await anns.get_by_role("button", name=SAVE).click()
        await expect(anns.get_by_role("alert")).to_contain_text("Someone else changed this item")
        await expect(anns.get_by_text("Reported twice.")).to_be_visible()
        # Both are shown: what she typed, beside what the record is.
        both = anns.get_by_role("table", name="What you typed was not saved").get_by_role("row", name="House")
        await expect(both).to_contain_text("99")
        await expect(both).to_contain_text(item.data["house"])
        await accessible(anns)
        await pictured(anns, "meanwhile")
    assert (await office.item(item.id)).state is State.WITHDRAWN


async def test_a_session_that_ends_in_the_middle_loses_nothing(day: Day) -> None:
    item, office = await day.next(), day.office
    people = office.rekey.people
    async with office.reviewer("cleo") as page:
        await opened(page, item)
        await page.get_by_label("House").fill("the blue door")
        [cleo] = [one for one in await people.everyone() if one.login == "cleo"]
        await people.end_sessions(cleo.id, "test")
        await page.get_by_role("button", name=SAVE).click()
        await expect(page.get_by_role("heading", name="Sign in")).to_be_visible()
        await expect(page.get_by_text("what you typed is kept")).to_be_visible()
        assert "blue door" not in await page.content(), "it is sealed"
        await way_in(page, office, cleo.id)
        await expect(page.get_by_label("House")).to_have_value("the blue door")
        await expect(page.get_by_role("alert")).to_contain_text("signed out before this was sent")
    assert (await office.item(item.id)).version == 1, "nothing was sent by itself"


def _today(*times: float) -> int:
    """How many of them lie on this day: the other tests of this office may have begun before midnight."""
    day = datetime.now(LONDON).date()
    return sum(datetime.fromtimestamp(each, LONDON).date() == day for each in times)


async def test_figures(day: Day) -> None:
    """What the page counts is what the store and the council's own books hold."""
    office = day.office
    items = await office.rekey.queue.items(PROCESS)
    done = [item for item in items if item.state is State.DONE]
    came, went = _today(*(i.created for i in items)), _today(*(i.updated for i in done))
    async with office.staff("vera", (Role.VIEWER, PROCESS)) as page:
        await page.goto("/figures")
        await expect(page.get_by_role("heading", name="Council tax moves")).to_have_count(0)
        today, whole, _ = await page.locator(".rekey-numbers").all()
        await expect(today).to_contain_text(f"Received today{came}Done today{went}Times to people")
        await expect(whole).to_contain_text(f"Received{len(items)}Done{len(done)}Without")
        lines = (await (await page.request.get("/figures.csv?days=30")).text()).splitlines()
        assert len(lines) == 31
        last = dict(zip(lines[0].split(","), lines[-1].split(","), strict=True))
        assert (last["Received"], last["Done"]) == (str(came), str(went))
        bots = {save["reference"] for save in office.town.saves() if save["by"] == "rekey.bot"}
        mine = [one for one in await office.rekey.queue.receipts(PROCESS) if one.reference in bots]
        assert int(last["Keyed by the bot"]) == _today(*(one.at for one in mine))


async def test_what_was_keyed_is_found(day: Day) -> None:
    """With the references that the council itself gave, on the page and in the whole list."""
    office = day.office
    async with office.reviewer() as page:
        await page.goto("/keyed")
        await accessible(page)
        await page.get_by_label("System").select_option("waste")
        await page.get_by_role("button", name="Find").click()
        await expect(page.get_by_role("table")).to_be_visible()
        await accessible(page)
        await pictured(page, "keyed")
        body = await (await page.request.get("/keyed.csv?system=waste")).text()
        listed = {line.split(",")[7] for line in body.splitlines()[1:]}
        receipts = await office.rekey.queue.receipts(PROCESS)
        assert listed == {receipt.reference for receipt in receipts}
        assert {save["reference"] for save in office.town.saves() if save["by"] == "rekey.bot"} <= listed
        # By what one of them was keyed: its hand-in, and the version of rules and maps that was in force.
        for name in ("hand-in", "rules", "maps"):
            await page.goto("/keyed?system=waste")
            await page.get_by_role("table").get_by_role("link", name=name).first.click()
            await expect(page.get_by_role("row")).to_have_count(len(listed) + 1)
        await page.goto("/keyed?system=waste&versions=0123456789ab")
        await expect(page.get_by_text("Nothing in the systems fits that")).to_be_visible()
        await page.get_by_label("Keyed from").fill("soon")
        await page.get_by_role("button", name="Find").click()
        await expect(page.get_by_role("alert")).to_contain_text("Write the days as in")
    async with office.staff("mona", (Role.REVIEWER, MOVES)) as other:
        answer = await other.goto("/keyed?system=waste")
        assert answer is not None
        assert receipts[0].reference not in await other.content()


# ---- who may what ---------------------------------------------------------------------------
async def test_a_viewer_sees_masked_values_and_decides_nothing(day: Day) -> None:
    item, office = await day.next(), day.office
    async with office.staff("vera", (Role.VIEWER, PROCESS)) as page:
        await opened(page, item)
        assert await page.get_by_role("button", name=SAVE).count() == 0
        assert item.data["reported_by"] not in await page.content()
        await page.goto("/")
        assert item.reference not in await page.content()


async def test_what_became_of_an_item_is_for_who_may_see_it(day: Day) -> None:
    item, office = await day.next(), day.office
    await staff.retry(office.rekey.queue, item.id, "person/bob", "it exists now")
    async with office.staff("vera", (Role.VIEWER, PROCESS)) as page:
        await page.goto(f"/?decided={item.id}")
        await expect(page.get_by_role("alert")).to_contain_text("••• was sent to the bot to be keyed.")
        assert item.reference not in await page.content()
        for name in ("nobody", "%00", ""):
            await page.goto(f"/?decided={name}")
            await expect(page.get_by_role("alert")).to_have_count(0)
    async with office.staff("mona", (Role.REVIEWER, MOVES)) as page:
        await page.goto(f"/?decided={item.id}")
        await expect(page.get_by_role("alert")).to_have_count(0)


async def test_of_another_process_nothing_is_seen(day: Day) -> None:
    item, office = await day.next(), day.office
    async with office.staff("mona", (Role.REVIEWER, MOVES)) as page:
        await page.goto("/")
        await expect(page.get_by_text("Nothing waits for a person")).to_be_visible()
        answer = await page.goto(f"/items/{item.id}")
        assert answer is not None
        assert answer.status == 404
        assert NOWHERE not in await page.content()


async def test_without_a_role_there_is_nothing(day: Day) -> None:
    async with day.office.staff("nick") as page:
        await page.goto("/")
        await expect(page.get_by_text("You have no role in any process yet")).to_be_visible()
        await accessible(page)


async def way_in(page: Page, office: Office, person: str) -> None:
    """A password and a code, for somebody who has had neither yet."""
    from bots.engine.console.services.passwords import hash_password
    from bots.engine.console.services.totp import new_secret, seal
    from bots.engine.credentials import Credentials

    secret, people = new_secret(), office.rekey.people
    key = Credentials(office.rekey.settings).key("console", lambda: "")
    await people.set_password(person, hash_password("correct staple horse"), "test")
    await people.set_code_secret(person, seal(secret, key, person), "test")
    import pyotp

    await page.get_by_label("Sign-in name").fill("cleo")
    await page.get_by_label("Password").fill("correct staple horse")
    await page.get_by_label("Code from").fill(pyotp.TOTP(secret).now())
    await page.get_by_role("button", name="Sign in").click()
