"""Figures that a council can stand by: what the page says is what happened, and no hour is given back that
nobody measured and signed off."""

from __future__ import annotations

import asyncio
import csv
import io
import re
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import cast

import pytest
from playwright.async_api import Page, expect
from typer.testing import CliRunner, Result

from bots.assembly.worker import open_rekey
from bots.cli.baseline import baseline_app
from bots.engine.core.errors import BusinessException, ConfigurationError
from bots.engine.core.item import State
from bots.engine.core.limits import LONDON
from bots.engine.core.people import Role
from bots.engine.settings import Settings
from bots.engine.store.database.database import connect
from tests import staff
from tests.console import Office, accessible, an_office, pictured
from tests.contract.conftest import sql_desk
from tests.contract.desk import Clock, Desk, row
from tests.town import MOVES, PROCESS, Town

OWNER = (Role.OWNER, PROCESS)
ELSEWHERE = (Role.OWNER, MOVES)
NARROW = {"viewport": {"width": 390, "height": 844}}
PACE = (3, 4, 4, 4, 5)
"""By how much the queue shrank on each of the last five working days."""
WAITING, DONE = 60, 6
"""Items that wait since a while, and those that the bot did today."""


@dataclass(frozen=True, kw_only=True)
class Day:
    """An office with two weeks behind it, and a desk at which a test is the bot."""

    office: Office
    desk: Desk

    async def raised(self, reference: str) -> str:
        wrong = row(reference, code="property-not-found", sentence="Nobody knows this property.")
        [(_, item)] = await self.desk.hand_in(wrong)
        return item


@pytest.fixture(scope="module")
async def day(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Day]:
    home = tmp_path_factory.mktemp("figures")
    (home / "keyring.key").write_text("a key for tests only", encoding="utf-8")
    async with open_rekey(Settings(home=home)) as store:
        database, clock = connect(store.settings.database_url), Clock()
        desk = await sql_desk(database, clock)
        await two_weeks(desk, clock)
        # No council is needed: what a bot would do is done by hand.
        async with an_office(cast(Town, None), store) as office:
            yield Day(office=office, desk=desk)
        await database.close()


async def two_weeks(desk: Desk, clock: Clock) -> None:
    """Much came at once; since then a little comes each working day, and more is finished."""
    today = datetime.now(LONDON).replace(hour=0, minute=0, second=1)
    days = [today - timedelta(days=number) for number in range(12, 0, -1)]
    working = [one for one in days if one.weekday() < 5][-len(PACE) :]
    clock.now = days[0].timestamp()
    first = [row(f"ZZ{n:03}", code="too-long", sentence="Look.") for n in range(WAITING + sum(PACE) + 5)]
    items = [item for _, item in await desk.hand_in(*first)]
    for number, one in enumerate(working):
        clock.now = one.timestamp()
        await desk.hand_in(row(f"YY{number}", code="too-long", sentence="Look."))
        for _ in range(PACE[number] + 1):
            await staff.withdraw(desk.queue, items.pop(), "w1", "not needed")
    clock.now = today.timestamp()
    for number in range(DONE):
        await desk.done(f"XX{number}", f"C-{number}")
    lease = await desk.leased("XX-clerks")
    await desk.receipt(lease, "C-clerks", adopted=True)
    await desk.end(lease, State.DONE)


async def fill(page: Page, **texts: str) -> None:
    for label, text in texts.items():
        await page.get_by_label(_LABELS[label], exact=False).fill(text)


_LABELS = {
    "minutes": "Minutes for one case by hand",
    "cases": "How many cases were timed",
    "timed_by": "Who timed them",
    "first": "First day of timing",
    "last": "Last day of timing",
    "staff_hour": "Cost of an hour of staff",
    "a_year": "Cost of running the bot",
}
SIGN = "I own this process"


async def lines(page: Page, query: str = "") -> list[dict[str, str]]:
    answer = await page.request.get(f"/figures.csv?{query}")
    return list(csv.DictReader(io.StringIO((await answer.body()).decode("utf-8-sig"))))


async def test_today_over_time_and_when_the_queue_is_empty(day: Day) -> None:
    async with day.office.staff("vera", (Role.VIEWER, PROCESS)) as page:
        await page.goto("/figures")
        today, whole, doubts = await page.locator(".rekey-numbers").all()
        await expect(doubts).to_contain_text(f"Saves{DONE}Came into doubt0Of 1,000 saves0.0")
        await expect(doubts).to_contain_text("Usual time to settlenothing to settle")
        await expect(today).to_contain_text(f"Received today{DONE + 1}Done today{DONE + 1}Times to people")
        await expect(whole).to_contain_text(f"Closed by staff{sum(PACE) + 5}")
        await expect(
            page.get_by_text(re.compile(r"Between \d+ \w+ 20\d\d and \d+ \w+ 20\d\d"))
        ).to_be_visible()
        table = page.get_by_role("table", name="Missed bins by")
        await expect(table.get_by_role("row")).to_have_count(15)
        last = (await lines(page, "days=30"))[-1]
        assert (last["Done"], last["Keyed by the bot"]) == (str(DONE + 1), str(DONE)), "one was a clerk's"
        await page.get_by_label("Period").select_option("12 months")
        await page.get_by_label("By", exact=True).select_option("Month")
        await page.get_by_role("button", name="Show").click()
        await expect(table.get_by_role("row")).to_have_count(13)
        await accessible(page)
        came = WAITING + sum(PACE) + 10
        for query in ("days=30", "days=91&by=week", "days=365"):
            assert sum(int(line["Received"]) for line in await lines(page, query)) == came + DONE + 1
        reasons = (await (await page.request.get("/figures/reasons.csv")).text()).splitlines()[1:]
        assert sum(int(line.rsplit(",", 1)[1]) for line in reasons if ",too-long," in line) == came


async def test_no_baseline_no_figure_until_the_owner_signs_one_off(day: Day) -> None:
    office, item = day.office, await day.raised("WW1")
    async with office.staff("olga", OWNER) as page:
        await page.goto("/figures")
        await expect(
            page.get_by_text("No baseline is signed off, so no hours given back are shown")
        ).to_be_visible()
        await expect(page.get_by_text("Hours given back", exact=True)).to_have_count(0)
        assert {line["Given back (hours)"] for line in await lines(page)} == {""}
        await pictured(page, "figures-without")
        await page.get_by_role("link", name="Baseline of Missed bins").click()
        await accessible(page)
        await page.get_by_role("button", name="Sign off").click()
        alert = page.get_by_role("alert")
        await expect(alert).to_contain_text("Minutes for one case by hand is blank")
        await expect(alert).to_contain_text("Tick the box")
        await accessible(page)
        await pictured(page, "baseline-mistakes")
        await fill(
            page, minutes="6", cases="40", timed_by="Waste services", first="02/11/2026", last="31/02/2026"
        )
        await page.get_by_label(SIGN).check()
        await page.get_by_role("button", name="Sign off").click()
        await expect(alert).to_contain_text("Last day of timing is a day that does not exist")
        await expect(page.get_by_label("Who timed them")).to_have_value("Waste services")
        await expect(page.get_by_label(SIGN)).to_be_checked()
        await fill(page, first="07/11/2026", last="06/11/2026")
        await page.get_by_role("button", name="Sign off").click()
        await expect(alert).to_contain_text("before the first one")
        await fill(page, first="02/11/2026")
        await page.get_by_role("button", name="Sign off").click()
        await expect(page.get_by_role("table")).to_contain_text(
            "40 cases, 2 November 2026 to 6 November 2026"
        )
        await expect(page.get_by_role("table")).to_contain_text("Olga Sample")
        await accessible(page)
        await pictured(page, "baseline")
        await page.goto("/figures")
        keyed = int((await lines(page))[-1]["Keyed by the bot"])
        await expect(page.get_by_text(f"{keyed} cases that the bot keyed")).to_be_visible()
        await expect(page.get_by_text("No cost is shown")).to_be_visible()
        assert float((await lines(page))[-1]["Given back (hours)"]) == pytest.approx(keyed * 0.1, abs=0.01)

        # A person decides: what that takes is measured, and subtracted.
        await page.goto(f"/items/{item}")
        await page.get_by_role("button", name="Take it", exact=True).click()
        await page.get_by_text("It is not needed").click()
        await (
            page.get_by_role("group").filter(has_text="It is not needed").get_by_label("Why").fill("A test.")
        )
        await page.get_by_role("button", name="Close it").last.click()
        await page.wait_for_url(re.compile(rf"decided={item}"))
        assert (await office.item(item)).state is State.WITHDRAWN
        [today] = await office.rekey.figures.reviewed([PROCESS], 0, 9e9)
        assert (today.decisions, today.timed) == (1, 1)
        assert 0 < today.seconds < 60
        await page.goto("/figures")
        await expect(page.get_by_text("Review took people")).to_be_visible()
        await accessible(page)
        await pictured(page, "figures")
        last = (await lines(page))[-1]
        assert (last["Closed by staff"], last["Decisions timed"]) == ("1", "1")


async def test_a_newer_baseline_follows_and_costs_are_shown(day: Day) -> None:
    office = day.office
    async with office.staff("olga", OWNER) as page, office.staff("oscar", OWNER) as other:
        for each in (page, other):
            await each.goto(f"/figures/{PROCESS}/baseline")
            await fill(each, minutes="7.5", cases="52", timed_by="Ann", first="09/11/2026", last="13/11/2026")
            await fill(each, staff_hour="24.50", a_year="9,000")
            await each.get_by_label(SIGN).check()
        await page.get_by_role("button", name="Sign off").click()
        await expect(page.get_by_role("row")).to_have_count(3 if len(await _kept(office)) == 2 else 2)
        await other.get_by_role("button", name="Sign off").click()
        await expect(other.get_by_role("alert")).to_contain_text("Somebody signed off a newer baseline")
        await expect(other.get_by_label("How many cases")).to_have_value("52")
        await page.goto("/figures")
        await expect(page.get_by_text("Cost of a case", exact=True)).to_be_visible()
        await expect(page.locator(".rekey-numbers").last).to_contain_text(re.compile(r"by hand\s*£3.06"))
    async with office.staff("olga", OWNER, **NARROW) as page:
        await page.goto("/figures")
        await accessible(page)
        await pictured(page, "figures-narrow")
        assert await page.evaluate("document.documentElement.scrollWidth") <= 390
        await page.goto(f"/figures/{PROCESS}/baseline")
        await pictured(page, "baseline-narrow")
        assert await page.evaluate("document.documentElement.scrollWidth") <= 390


async def _kept(office: Office) -> list[object]:
    return [*await office.rekey.figures.baselines([PROCESS])]


async def test_who_is_no_owner_sees_it_and_signs_nothing(day: Day) -> None:
    async with day.office.staff("rita", (Role.APPROVER, PROCESS), ELSEWHERE) as page:
        await page.goto(f"/figures/{PROCESS}/baseline")
        await expect(page.get_by_role("button", name="Sign off")).to_have_count(0)
        before = await _kept(day.office)
        await page.goto(f"/figures/{MOVES}/baseline")
        token = await page.locator("input[name=token]").last.input_value()
        form = {
            "token": token,
            "minutes": "900",
            "cases": "1",
            "timed_by": "me",
            "signed": "yes",
            "number": "0",
        }
        days = {"first": "02/11/2026", "last": "02/11/2026"}
        answer = await page.request.post(f"/figures/{PROCESS}/baseline", form={**form, **days})
        assert answer.status == 403
        assert await _kept(day.office) == before


async def test_without_scripts(day: Day) -> None:
    async with day.office.staff("vera", (Role.VIEWER, PROCESS), java_script_enabled=False) as page:
        await page.goto("/figures")
        await page.get_by_label("By", exact=True).select_option("Week")
        await page.get_by_role("button", name="Show").click()
        await expect(page.get_by_role("table", name="Missed bins by week")).to_be_visible()


async def test_less_than_nothing_says_so(day: Day) -> None:
    """Review that took longer than all of it would have taken by hand."""
    figures, queue = day.office.rekey.figures, day.office.rekey.queue
    now = await queue.now()
    for number in range(12):
        await figures.decided(PROCESS, f"person-{number}", now - 1750, failed=number % 2 == 0)
    async with day.office.staff("olga", OWNER) as page:
        await page.goto("/figures")
        await expect(page.get_by_text("This is less than nothing")).to_be_visible()
        await expect(page.locator(".rekey-numbers").last).to_contain_text(re.compile("minus"))
        await accessible(page)
        await pictured(page, "figures-negative")
        assert float((await lines(page))[-1]["Given back (hours)"]) < 0


async def test_a_baseline_by_command(day: Day, monkeypatch: pytest.MonkeyPatch) -> None:
    """By an owner of the process, as this machine calls them."""
    monkeypatch.setattr("bots.cli.authorise.login", lambda: "petra")
    env = {"REKEY_HOME": str(day.office.rekey.settings.home), "COLUMNS": "200"}
    people, before = day.office.rekey.people, await _kept(day.office)

    async def said(*words: str) -> Result:
        return await asyncio.to_thread(CliRunner().invoke, baseline_app, words, env=env)

    petra = await people.add("petra", "Petra Sample", "test")
    given = {"minutes": "8", "cases": "30", "timed-by": "Petra", "from": "2/11/2026", "until": "6/11/2026"}
    words = [word for name, text in given.items() for word in (f"--{name}", text)]
    none = await said("set", PROCESS, *words)
    assert isinstance(none.exception, BusinessException)
    assert none.exception.sentence.startswith("petra is no owner of missed-bins")
    await people.grant(petra.id, PROCESS, Role.OWNER, "test")
    wrong = await said("set", PROCESS, *words, "--until", "31/2/2026")
    assert isinstance(wrong.exception, ConfigurationError)
    assert "after --until is a day that does not exist" in wrong.exception.sentence
    assert await _kept(day.office) == before
    made = await said("set", PROCESS, *words)
    assert (made.exit_code, made.exception) == (0, None)
    shown = await said("show", PROCESS)
    # The table is as wide as the terminal: its cells may be broken into lines.
    assert all(word in shown.stdout for word in ("Petra", "02/11/2026", "06/11/2026"))
    [newest, *_] = await day.office.rekey.figures.baselines([PROCESS])
    assert (newest.who, str(newest.measured.minutes)) == ("person/petra", "8")
    assert len(await _kept(day.office)) == len(before) + 1
