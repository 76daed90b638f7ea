"""Figures that a council can stand by: what the page counts is what the store and the council's books hold,
and no hour is given back that nobody measured and signed off."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import AsyncIterator
from dataclasses import dataclass

import pytest
from playwright.async_api import Page, expect

from bots.engine.core.item import State, WorkItem
from bots.engine.core.people import Role
from tests.console import Office, accessible, an_office, pictured, reported_wrongly
from tests.town import MOVES, PROCESS, a_town, rekeyed

REPORTS = 14
OWNER = (Role.OWNER, PROCESS)
NARROW = {"viewport": {"width": 390, "height": 844}}


@dataclass(frozen=True, kw_only=True)
class Day:
    """An office whose bot has been through the reports once."""

    office: Office
    wrong: list[str]

    async def next(self) -> WorkItem:
        number = self.wrong.pop()
        [item] = [one for one in await self.office.rekey.queue.items(PROCESS) if one.reference == number]
        return item

    async def items(self, *states: State) -> int:
        return sum(item.state in states for item in await self.office.rekey.queue.items(PROCESS, limit=1000))


@pytest.fixture(scope="module")
async def day(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Day]:
    folder = tmp_path_factory.mktemp("figures")
    async with a_town(folder, REPORTS) as town, rekeyed(town) as rekey:
        async with rekeyed(town, "scratch") as scratch:
            wrong = await reported_wrongly(town, rekey, scratch, 4)
        await rekey.work(PROCESS, sessions=2)
        async with an_office(town, rekey) as office:
            yield Day(office=office, wrong=wrong)


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


async def test_what_the_page_counts_is_what_the_store_holds(day: Day) -> None:
    office = day.office
    items = await office.rekey.queue.items(PROCESS, limit=1000)
    done = await day.items(State.DONE)
    async with office.staff("vera", (Role.VIEWER, PROCESS)) as page:
        await page.goto("/figures")
        await expect(page.get_by_role("heading", name="Council tax moves")).to_have_count(0)
        today, whole = await page.locator(".rekey-numbers").all()
        await expect(today).to_contain_text(
            re.compile(rf"Received today\s*{len(items)}\s*Done today\s*{done}(?!\d)")
        )
        await expect(today).to_contain_text(re.compile(rf"Waits for people\s*{len(items) - done}(?!\d)"))
        await expect(whole).to_contain_text(re.compile(rf"Done\s*{done}\s*Without any person\s*100%"))
        await expect(page.get_by_text("Not known yet")).to_be_visible()
        rows = page.get_by_role("table", name="Missed bins by day").get_by_role("row")
        await expect(rows).to_have_count(15)
        [*_, last] = await lines(page, "days=30")
        assert len(await lines(page, "days=30")) == 30
        assert (last["Received"], last["Done"]) == (str(len(items)), str(done))
        keyed = {save["reference"] for save in office.town.saves() if save["by"] == "rekey.bot"}
        assert int(last["Keyed by the bot"]) == len(keyed)
        body = await (await page.request.get("/figures/reasons.csv")).text()
        assert f"property-not-found,{body.split('property-not-found,')[1].split()[0]}" in body
        assert sum(int(line.rsplit(",", 1)[1]) for line in body.splitlines()[1:]) == len(items) - done
        await page.get_by_label("Period").select_option("12 months")
        await page.get_by_label("By", exact=True).select_option("Month")
        await page.get_by_role("button", name="Show").click()
        await expect(page.get_by_role("table", name="Missed bins by month").get_by_role("row")).to_have_count(
            13
        )
        await accessible(page)
        assert sum(int(line["Done"]) for line in await lines(page, "days=91&by=week")) == done


async def test_no_baseline_no_figure_until_the_owner_signs_one_off(day: Day) -> None:
    office, item = day.office, await day.next()
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
        await page.goto(f"/items/{item.id}")
        await page.get_by_role("button", name="Take it", exact=True).click()
        await page.get_by_text("It is not needed").click()
        await (
            page.get_by_role("group").filter(has_text="It is not needed").get_by_label("Why").fill("A test.")
        )
        await page.get_by_role("button", name="Close it").last.click()
        await page.wait_for_url(lambda url: item.id not in url)
        assert (await office.item(item.id)).state is State.WITHDRAWN
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
    async with day.office.staff("rita", (Role.APPROVER, PROCESS), OWNER_ELSEWHERE) as page:
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


OWNER_ELSEWHERE = (Role.OWNER, MOVES)


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
