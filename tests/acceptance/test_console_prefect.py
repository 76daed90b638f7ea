"""How the bots are run, as process owners see and change it: a real Prefect server, a real browser, a real
council. What the console says of a schedule is compared with what Prefect itself keeps.

One server and one office serve the whole module.
"""

from __future__ import annotations

import re
import socket
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest
from openpyxl import load_workbook
from playwright.async_api import Page, expect

from bots.assembly.alerts import watch_of
from bots.assembly.console import console_of
from bots.engine.console.services.planner import Kind, Run, Stage
from bots.engine.console.services.rendering import LONDON
from bots.engine.console.web.routes import cookie_name
from bots.engine.core.brake import SIGN_IN, STOPS, Seen, Trouble
from bots.engine.core.errors import BusinessException
from bots.engine.core.item import Ending, NewItem, State
from bots.engine.core.people import EVERYWHERE, Role
from bots.engine.core.timetable import timetable
from bots.engine.settings import ROOT
from bots.prefect_host.access import PrefectAccess
from bots.prefect_host.environment import WORK_POOL
from bots.prefect_host.planner import PrefectPlanner
from bots.prefect_host.server import PrefectServer
from tests import staff
from tests.acceptance.stand_in import until
from tests.console import Office, accessible, an_office, pictured
from tests.hands import Hands, Way
from tests.moves import MOVES, verdict, workbook
from tests.prefect_homes import PrefectHomes
from tests.town import PROCESS, a_town, edit_map, rekeyed

DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
NARROW = {"viewport": {"width": 390, "height": 844}}


@dataclass(frozen=True, kw_only=True)
class Service:
    """An office over a Prefect server of its own."""

    office: Office
    prefect: PrefectServer
    planner: PrefectPlanner

    def owner(self, login: str = "olive", scope: str = EVERYWHERE, **options: Any) -> Any:
        return self.office.staff(login, (Role.OWNER, scope), **options)

    async def schedules(self, name: str) -> dict[str, tuple[bool, str]]:
        """As Prefect keeps them: by slug whether it is on, and its line of cron."""
        found = await self.prefect.api.deployment(name)
        return {one["slug"]: (one["active"], one["schedule"]["cron"]) for one in found["schedules"]}

    async def asked_for(self, process: str) -> list[Run]:
        """The runs that are coming, without those that the scheduler had made before it was paused."""
        return [one for one in await self.planner.coming([process], 200) if not one.by_itself]

    async def log(self, scope: str) -> list[tuple[str, str, str]]:
        told = await self.office.rekey.operations.noted(scope)
        return [(one.who, one.what, one.why) for one in told]


@pytest.fixture(scope="module")
async def service(
    tmp_path_factory: pytest.TempPathFactory, prefect_homes: PrefectHomes
) -> AsyncIterator[Service]:
    folder = tmp_path_factory.mktemp("service")
    async with a_town(folder, 4, 7, "--moves", "4") as town, rekeyed(town) as rekey:
        settings = town.settings()
        # Waste management is open tomorrow only, and not before then.
        tomorrow = DAYS[(datetime.now(LONDON) + timedelta(days=1)).weekday()]
        hours = f'hours: {{{tomorrow}: "07:00-19:00"}}\nsessions:'
        edit_map(settings.root, "waste/system.yaml", "sessions:", hours)
        await prefect_homes.furnish(settings.home)
        store = (await rekey.queue.store()).id
        extra = {f"REKEY_URLS__{name.upper()}": url for name, url in settings.urls.items()}
        extra |= {"REKEY_PATIENCE": "8", "REKEY_LEASE_SECONDS": "3", "REKEY_LOOK_AGAIN_SECONDS": "2"}
        async with PrefectServer(home=settings.home, root=ROOT, store=store, extra=extra) as prefect:
            await prefect.pause_schedules(True)
            planner = PrefectPlanner(prefect.access)
            async with an_office(town, rekey, planner) as office:
                yield Service(office=office, prefect=prefect, planner=planner)


# ---- the whole way ----------------------------------------------------------------------------
async def test_upload_check_schedule_and_the_workbook_comes_back(service: Service) -> None:
    office, queue = service.office, service.office.rekey.queue
    async with office.reviewer() as page:
        await _handed_in_for_tomorrow(page, Way.MOUSE, workbook(office.town))
        await expect(page.get_by_text("at 6:30am").first).to_be_visible()
        await expect(page.get_by_text("A run is planned for it")).to_be_visible()
        await accessible(page)
        await pictured(page, "one-hand-in-later")
        [batch] = await queue.batches(MOVES)
        assert batch.begins is not None
        [run] = await service.asked_for(MOVES)
        assert (run.kind, run.expected) == (Kind.WORK, datetime.fromtimestamp(batch.begins, LONDON))

        # Another run drains the queue: nothing of this is touched.
        await office.rekey.work(MOVES, sessions=1)
        assert not office.town.saves("revenues")

        await _begins_at(page, office, batch.id)
        assert len(await service.asked_for(MOVES)) <= 1, "the run for tomorrow is gone"

        async def ended() -> bool:
            return await _ended(service, batch.id)

        await until(ended)
        [run, *_] = await service.planner.past([MOVES], 5)
        assert (run.stage, run.kind) == (Stage.ENDED, Kind.WORK)
        await page.goto(f"/hand-ins/{batch.id}")
        await expect(page.get_by_role("row", name=re.compile("^Done"))).to_be_visible()
        async with page.expect_download() as coming:
            await page.get_by_role("link", name="Download what goes back").click()
        with (await (await coming.value).path()).open("rb") as file:
            outcomes = {row[-5].value for row in load_workbook(file)["Moves"].iter_rows(min_row=6)}
        assert "Done" in outcomes
        assert "Waiting" not in outcomes
    assert (await verdict(office.town)).clean
    await _shown_among_the_runs(service)


async def test_the_same_by_keyboard_alone(service: Service) -> None:
    """Up to the workbook that goes back; until tomorrow nothing is keyed."""
    office, queue = service.office, service.office.rekey.queue
    saved = len(office.town.saves("revenues"))
    async with office.reviewer() as page:
        await _handed_in_for_tomorrow(page, Way.KEYBOARD, workbook(office.town))
        batch = page.url.rpartition("/")[2]
        found = await queue.batch(batch)
        assert found is not None
        assert found.begins is not None
        async with page.expect_download() as coming:
            await Hands(page, Way.KEYBOARD).press(page.get_by_role("link", name="Download what goes back"))
        assert (await coming.value).suggested_filename == f"moves-{batch}.xlsx"
    assert len(office.town.saves("revenues")) == saved
    await service.planner.unplan(MOVES, found.begins)


async def _handed_in_for_tomorrow(page: Page, way: Way, file: Path) -> None:
    hands = Hands(page, way)
    await page.goto("/hand-in")
    await hands.choose(page.get_by_label("Council tax moves"))
    await hands.give(page.get_by_role("button", name=re.compile("Choose files")), file)
    await hands.press(page.get_by_role("button", name="Send and check"))
    await expect(page.get_by_role("status")).to_contain_text("The check is done", timeout=30_000)
    await hands.choose(page.get_by_label("At another time"))
    await hands.press(page.get_by_role("button", name="Queue these"))
    await expect(page.get_by_role("alert")).to_contain_text("Write the day like 30/11/2026")
    await accessible(page)
    tomorrow = datetime.now(LONDON) + timedelta(days=1)
    await hands.write(page.get_by_label("Day, such as 30/11/2026"), f"{tomorrow:%d/%m/%Y}")
    await hands.write(page.get_by_label("Time, such as 07:30"), "6.30am")
    await pictured(page, "hand-in-later")
    await hands.press(page.get_by_role("button", name="Queue these"))
    await page.wait_for_url(re.compile(r"/hand-ins/b-"), timeout=30_000)


async def _begins_at(page: Page, office: Office, batch: str) -> None:
    """In a few seconds: sooner than a person could write, so the moment is put into what is offered."""
    soon = int(await office.rekey.queue.now()) + 3
    first = page.get_by_role("radio").nth(1)
    await first.evaluate("(radio, value) => { radio.value = value; radio.checked = true; }", str(soon))
    await page.get_by_role("button", name="Change it").click()
    found = await office.rekey.queue.batch(batch)
    assert found is not None
    assert found.begins == soon


async def _ended(service: Service, batch: str) -> bool:
    rows = await service.office.rekey.queue.batch_rows(batch)
    states = {row.item.state for row in rows}
    runs = await service.planner.past([MOVES], 5)
    return not states & {State.NEW, State.IN_PROGRESS} and all(run.ended for run in runs)


async def _shown_among_the_runs(service: Service) -> None:
    async with service.owner() as page:
        await page.goto("/runs")
        row = page.get_by_role("region", name="Runs that have begun").get_by_role("row").nth(1)
        await expect(row).to_contain_text(
            re.compile(r"Key what waits.*Council tax moves\s+Ended.*\d+ done", re.DOTALL)
        )
        link = row.get_by_role("link")
        assert str(await link.get_attribute("href")).startswith(f"{service.prefect.ui_url}/runs/flow-run/")
        await accessible(page)
        await pictured(page, "runs")


async def test_a_hand_in_is_begun_now_by_its_page(service: Service) -> None:
    queue, api = service.office.rekey.queue, service.prefect.api
    batch = await queue.open_batch(MOVES, "moves.xlsx", "person/ann", {"file": "held-back.xlsx"})
    at = float(int(await queue.now()) + 86_400)
    await queue.begin(batch, at, "person/ann", seen=None)
    await service.planner.plan(MOVES, at)
    await service.planner.plan(MOVES, at)
    assert len(await service.asked_for(MOVES)) == 1, "planned twice it is one run"
    assert await service.planner.planned(MOVES, at)
    async with service.owner() as page:
        # Nothing is in it, so its page offers no change: what is sent is what the form would send.
        await page.goto(f"/hand-ins/{batch}")
        await expect(page.get_by_text("A run is planned for it")).to_be_visible()
        token = await page.locator("input[name=token]").first.input_value()
        await api.pause_pool(WORK_POOL, True)  # the run is looked at, not carried out
        sent = {"token": token, "seen": repr(at), "begins": "now"}
        await page.request.post(f"/hand-ins/{batch}/begin", form=sent)
        again = await page.request.post(f"/hand-ins/{batch}/begin", form=sent)
        assert (again.status, "Somebody else changed" in await again.text()) == (409, True)
        await page.goto(f"/runs?process={MOVES}")
        row = page.get_by_role("region", name="Runs that are coming").get_by_role("row").nth(1)
        await expect(row).to_contain_text("Planned")
        await expect(row).to_contain_text("somebody asked for it")
        await accessible(page)
    found = await queue.batch(batch)
    assert found is not None
    assert found.begins is None
    [run] = await service.asked_for(MOVES)
    assert run.stage is Stage.PLANNED
    assert run.expected is not None
    assert run.expected.timestamp() < at - 3600
    await api.drop_run(run.url.rpartition("/")[2])
    await api.pause_pool(WORK_POOL, False)


async def test_asking_a_bot_to_look_starts_a_run(service: Service) -> None:
    rekey, api = service.office.rekey, service.prefect.api
    batch = await rekey.queue.open_batch(PROCESS, "portal", "test")
    why = {"code": "property-not-found", "sentence": "Nobody knows this property."}
    wrong = NewItem(reference="MB-LOOK-0001", data={"number": "MB-LOOK-0001"}, **why)
    [(_, item)] = await rekey.queue.add(PROCESS, batch, [wrong])
    await api.pause_pool(WORK_POOL, True)  # the run is looked at, not carried out
    async with service.owner() as page:
        await page.goto(f"/items/{item}")
        await page.get_by_role("button", name="Let a bot look now").click()
        await expect(page.get_by_text("A bot was asked to look")).to_be_visible()
    [run] = await service.asked_for(PROCESS)
    assert (run.kind, run.stage) == (Kind.WORK, Stage.PLANNED)
    assert await rekey.lookups.waiting(PROCESS) == 1
    await staff.withdraw(rekey.queue, item, "test", "only looked at")
    await api.drop_run(run.url.rpartition("/")[2])
    await api.pause_pool(WORK_POOL, False)


# ---- schedules --------------------------------------------------------------------------------
async def test_an_owner_lets_a_schedule_go_on_and_pauses_it(service: Service) -> None:
    name, scope = f"work-{PROCESS}", f"schedule:work-{PROCESS}"
    async with service.owner() as page:
        await page.goto("/")
        await page.get_by_role("link", name="Bots").click()
        await expect(page.get_by_text("Paused").first).to_be_visible()
        await page.get_by_role("link", name="Change when to key what waits: Missed bins").click()
        await page.get_by_role("button", name="Let it go on").click()
        await expect(page.get_by_role("alert")).to_contain_text("Say why")
        await accessible(page)
        await page.get_by_label("Why", exact=True).first.fill("The new year's work may begin")
        await page.get_by_role("button", name="Let it go on").click()
        assert not (await service.prefect.api.deployment(name))["paused"]
        await expect(
            page.get_by_text("Every 15 minutes from 7:05am to 6:50pm, Monday to Friday")
        ).to_be_visible()
        await expect(page.get_by_text("Let it go on").first).to_be_visible()
        await accessible(page)
        await pictured(page, "schedule")
        [_, work, _] = await service.planner.deployed([PROCESS])
        await service.planner.set_times(PROCESS, Kind.WORK, timetable(range(7), 450), work.seen)
        await page.goto("/schedules")
        row = page.get_by_role("region", name="Schedules of Missed bins").get_by_role(
            "row", name="Key what waits"
        )
        await expect(row.get_by_role("listitem")).to_have_count(3)
        await _marked_where_closed(row)
        await accessible(page)
        await pictured(page, "schedules")
        await row.get_by_role("link").click()
        await page.get_by_label("Why", exact=True).first.fill("Stock-taking")
        await page.get_by_role("button", name="Pause").click()
        await expect(page.get_by_text("Nothing begins by itself")).to_be_visible()
    assert (await service.prefect.api.deployment(name))["paused"]
    assert await service.log(scope) == [
        ("person/olive", "paused", "Stock-taking"),
        ("person/olive", "resumed", "The new year's work may begin"),
    ]


async def _marked_where_closed(row: Any) -> None:
    """Waste management is open on one day of the week: on others a run meets a closed door."""
    tomorrow = f"{datetime.now(LONDON) + timedelta(days=1):%A}"
    texts = await row.get_by_role("listitem").all_inner_texts()
    assert {text.split()[0] for text in texts if "Closed then" not in text} == {tomorrow}
    assert len(texts) == 3


async def test_other_times_are_set_and_taken_back(service: Service) -> None:
    name = f"reconcile-{MOVES}"
    async with service.owner() as page:
        await page.goto(f"/schedules/{MOVES}/reconcile")
        await page.get_by_label("Monday").uncheck()
        await page.get_by_label("Again and again").check()
        await page.get_by_label("From").fill("seven")
        await page.get_by_label("Until").fill("9:30am")
        await page.get_by_role("button", name="Set these times").click()
        alert = page.get_by_role("alert")
        await expect(alert).to_contain_text("seven is not a time. Write it like 07:30 or 7:30am.")
        await expect(alert).to_contain_text("Say why")
        await expect(page.get_by_label("From")).to_have_value("seven")
        await expect(page.get_by_label("Monday")).not_to_be_checked()
        await accessible(page)
        await pictured(page, "schedule-mistakes")
        await page.get_by_label("From").fill("7.45am")
        await page.get_by_label("Every").select_option("30 minutes")
        await page.get_by_label("Why", exact=True).nth(1).fill("Auditors are here")
        await page.get_by_role("button", name="Set these times").click()
        words = "Every 30 minutes from 7:45am to 9:15am, Tuesday to Sunday"
        await expect(page.get_by_role("paragraph").filter(has_text=words)).to_be_visible()
        assert await service.schedules(name) == {
            "daily": (False, "45 18 * * *"),
            "set-in-console": (True, "45 7 * * 2,3,4,5,6,7"),
            "set-in-console-2": (True, "15,45 8 * * 2,3,4,5,6,7"),
            "set-in-console-3": (True, "15 9 * * 2,3,4,5,6,7"),
        }
        await _prefect_plans_them(service, name, {"07:45", "08:15", "08:45", "09:15"})

        await page.get_by_label("Why", exact=True).last.fill("They left")
        await page.get_by_role("button", name="Go back to those").click()
        await expect(page.get_by_role("paragraph").filter(has_text="At 6:45pm, every day")).to_be_visible()
    assert await service.schedules(name) == {"daily": (True, "45 18 * * *")}
    assert [what for _, what, _ in await service.log(f"schedule:{name}")] == ["delivered", "times"]


async def _prefect_plans_them(service: Service, name: str, wanted: set[str]) -> None:
    """Its own scheduler makes the runs, at those times on the clock in the United Kingdom."""
    found = await service.prefect.api.deployment(name)
    await service.prefect.api.pause_deployment(found["id"], False)

    async def planned() -> set[str]:
        runs = await service.planner.coming([MOVES], 50)
        mine = [run.expected for run in runs if run.kind is Kind.RECONCILE and run.expected]
        return {f"{one.astimezone(LONDON):%H:%M}" for one in mine}

    times = await until(planned)
    assert times <= wanted
    await service.prefect.api.pause_deployment(found["id"], True)


async def test_a_change_made_meanwhile_is_not_overwritten(service: Service) -> None:
    name, api = f"intake-{MOVES}", service.prefect.api
    async with service.owner() as page:
        await page.goto(f"/schedules/{MOVES}/intake")
        found = await api.deployment(name)
        one = f"/deployments/{found['id']}/schedules/{found['schedules'][0]['id']}"
        theirs = {"cron": "0 8 * * 1-5", "timezone": "Europe/London"}
        await api._ask("PATCH", one, {"schedule": theirs})  # somebody with Prefect's own pages
        await page.get_by_label("Why", exact=True).nth(1).fill("Earlier")
        await page.get_by_role("button", name="Set these times").click()
        await expect(page.get_by_role("alert")).to_contain_text(
            "Somebody else changed this schedule just now"
        )
        await expect(page.get_by_text("At 8am, Monday to Friday")).to_be_visible()
    assert await service.schedules(name) == {"working-hours": (True, "0 8 * * 1-5")}
    [told, wanted] = await service.log(f"schedule:{name}")
    assert (told[1], wanted[1:]) == ("not done", ("times", "Earlier"))


async def test_a_rule_that_is_no_timetable_is_shown_as_it_is(service: Service) -> None:
    api = service.prefect.api
    found = await api.deployment("intake-benefit-changes")
    other = {"slug": "by-hand", "schedule": {"interval": 5400.0, "timezone": "Europe/London"}, "active": True}
    await api.set_schedules(found["id"], [other])
    [intake, *_] = await service.planner.deployed(["benefit-changes"])
    assert intake.others == ["every 90 minutes"]
    with pytest.raises(BusinessException, match="changed-meanwhile"):
        await service.planner.set_times("benefit-changes", Kind.INTAKE, timetable([0], 420), "what was")
    await service.planner.set_times("benefit-changes", Kind.INTAKE, timetable([0], 420), intake.seen)
    now = await api.deployment(found["name"])
    assert {one["slug"]: one["active"] for one in now["schedules"]} == {
        "working-hours": False,
        "by-hand": False,
        "set-in-console": True,
    }


# ---- Prefect is away ----------------------------------------------------------------------------
async def test_with_prefect_away_every_page_says_so_and_nothing_is_lost(service: Service) -> None:
    rekey = service.office.rekey
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        nowhere = PrefectPlanner(PrefectAccess(address=f"http://127.0.0.1:{free.getsockname()[1]}"))
    for planner, told in ((nowhere, "does not answer just now"), (None, "knows no Prefect server")):
        transport = httpx.ASGITransport(console_of(rekey, planner))
        async with httpx.AsyncClient(transport=transport, base_url="http://localhost") as client:
            session = await _session(service, client)
            for path in ("/schedules", f"/schedules/{PROCESS}/work", "/runs"):
                answer = await client.get(path)
                assert (answer.status_code, told in answer.text) == (200, True), path
            sent = {"token": session, "why": "Stock-taking", "seen": "x"}
            answer = await client.post(f"/schedules/{PROCESS}/reconcile/pause", data=sent)
            assert (answer.status_code, told in answer.text) == (503, True)
            await _later_all_the_same(service, client, session)
    assert [what for _, what, _ in await service.log(f"schedule:reconcile-{PROCESS}")] == [
        "not done",
        "paused",
    ]
    await nowhere.close()


async def _session(service: Service, client: httpx.AsyncClient) -> str:
    people = service.office.rekey.people
    person = await people.by_login("orla") or await people.add("orla", "Orla Sample", "test")
    await people.grant(person.id, EVERYWHERE, Role.OWNER, "test")
    token = await people.begin_session(person.id, fresh=True)
    client.headers["Cookie"] = f"{cookie_name(False)}={token}"
    session = await people.session(token)
    assert session is not None
    return session.csrf


async def _later_all_the_same(service: Service, client: httpx.AsyncClient, csrf: str) -> None:
    """The store holds a hand-in back by itself; its page says that no run is planned."""
    queue = service.office.rekey.queue
    batch = await queue.open_batch(MOVES, "moves.xlsx", "person/ann", {"file": "away.xlsx"})
    at = int(await queue.now()) + 7200
    answer = await client.post(
        f"/hand-ins/{batch}/begin", data={"token": csrf, "seen": "", "begins": str(at)}
    )
    assert answer.status_code == 303
    found = await queue.batch(batch)
    assert found is not None
    assert found.begins == at
    page = await client.get(answer.headers["location"])
    assert "the first run after that" in page.text.lower()


# ---- systems --------------------------------------------------------------------------------------
async def braked(service: Service, system: str, place: str) -> None:
    """Three items of the process were stopped at the same place, and are put off then."""
    queue = service.office.rekey.queue
    batch = await queue.open_batch(PROCESS, "test", "test")
    for number in range(STOPS):
        row = NewItem(reference=f"stopped-{place}-{number}", data={"stopped": number}, urgent=True)
        await queue.add(PROCESS, batch, [row])
        lease = await queue.take(PROCESS, "w", 60)
        assert lease is not None
        began = await queue.now()
        seen = Seen(kind=Trouble.STOP, code="no-answer", system=system, place=place, began=began)
        await queue.finish(lease, Ending(state=State.EXCEPTION, trouble=seen), [])
        await staff.defer(queue, lease.item.id, "test", "only for the brake", 1e6)


async def test_an_owner_releases_what_the_brake_holds(service: Service) -> None:
    queue = service.office.rekey.queue
    await braked(service, "waste", "new_case")
    async with service.office.staff("vic", (Role.VIEWER, PROCESS)) as page:
        await page.goto("/systems")
        await expect(page.get_by_text("the same stop was met 3 times (new_case): no-answer")).to_be_visible()
        assert await page.get_by_role("button", name="Release").count() == 0, "a viewer may not"
    async with service.owner(scope=PROCESS, login="oona") as page:
        await page.goto("/systems")
        button = page.get_by_role("button", name="Release missed bins")
        await button.click()
        await expect(page.get_by_role("alert")).to_contain_text("Say why")
        await accessible(page)
        await page.get_by_label("Why missed bins may go on").fill("The map was mended")
        await button.click()
        await expect(button).to_have_count(0)
    assert await queue.holds() == []
    assert await service.log(f"process:{PROCESS}") == [("person/oona", "released", "The map was mended")]


async def test_an_owner_releases_a_system_and_allows_its_sign_in(service: Service) -> None:
    queue = service.office.rekey.queue
    await braked(service, "waste", SIGN_IN)
    await queue.begin_sign_in("waste", "svc", "w", 60)
    await queue.end_sign_in("waste", "svc", "w", refused=True)
    await queue.note_drift(
        {"waste.new_case.uprn[0]": 12, "waste.new_case.save[2]": 1, "revenues.end.date[0]": 4}
    )
    await queue.note_drift({'waste.request - {method: POST, path: "/track"}': 7})
    await queue.take_licence("waste", 2, "w", 600)
    async with service.office.staff("vic", (Role.VIEWER, PROCESS)) as page:
        await page.goto("/systems")
        waste = page.get_by_role("region", name="Waste management", exact=True)
        await expect(waste).to_contain_text("Closed")
        await expect(waste).to_contain_text(re.compile(r"It opens on \w+ at 07:00"))
        await expect(waste).to_contain_text("Rekey’s brake")
        await expect(waste).to_contain_text("1 of ")
        await expect(
            waste.get_by_role("row", name="new_case uprn the first, which is preferred 12")
        ).to_be_visible()
        await expect(waste.get_by_role("row", name='- {method: POST, path: "/track"} 7')).to_be_visible()
        assert await page.get_by_role("button", name="Release").count() == 0, "a viewer may not"
        assert await page.get_by_text("Revenues").count() == 0, "and sees no system of other processes"
    await watch_of(service.office.rekey).round()
    async with service.owner(scope=PROCESS, login="oona") as page:
        await page.goto("/systems")
        await expect(page.locator("#alerts")).to_contain_text("2 problems are open.")
        await pictured(page, "systems")
        await page.get_by_role("button", name="Release waste management").click()
        await expect(page.get_by_role("alert")).to_contain_text("Say why")
        await accessible(page)
        await queue.hold("system:waste", "person/bob", "The test team is in it")
        await page.get_by_label("Why it may go on").fill("Its server was started again")
        await page.get_by_role("button", name="Release waste management").click()
        await expect(page.get_by_text("The test team is in it")).to_be_visible()
        assert [one.who for one in await queue.holds(["system:waste"])] == ["person/bob"]
        await page.get_by_label("What was put right").fill("ICT unlocked the account")
        await page.get_by_role("button", name="Allow the sign-in to waste management again").click()
        await expect(page.get_by_text("Its sign-in was refused")).to_have_count(0)
        await accessible(page)
    assert await queue.refused_sign_ins() == []
    assert await queue.release("system:waste", "test", "over") == 1
    assert await service.log("system:waste") == [
        ("person/oona", "sign-in allowed", "ICT unlocked the account"),
        ("person/oona", "released", "Its server was started again"),
    ]
    assert (await service.office.rekey.operations.states(["waste"]))["waste"].failures == 0


async def test_what_is_not_as_it_was_seen_stays_as_it_is(service: Service) -> None:
    queue = service.office.rekey.queue
    async with service.owner() as page:
        await queue.begin_sign_in("revenues", "svc", "w", 60)
        await queue.end_sign_in("revenues", "svc", "w", refused=True)
        await page.goto("/systems")
        token = await page.locator("input[name=token]").first.input_value()
        for system, act, seen in (
            ("revenues", "sign-in", "1.0"),
            ("revenues", "sign-in", "nan"),
            ("revenues", "release", "9e12"),
        ):
            sent = {"token": token, "why": "because", "seen": seen}
            answer = await page.request.post(f"/systems/{system}/{act}", form=sent)
            assert answer.status == 409, (act, seen)
        assert await queue.refused_sign_ins() == ["revenues"]
        await queue.allow_sign_in("revenues", "test")
    async with service.owner(scope=MOVES, login="otto") as page:
        await page.goto("/systems")
        sent = {"token": await page.locator("input[name=token]").first.input_value(), "why": "x", "seen": "1"}
        answer = await page.request.post("/systems/waste/release", form=sent)
        assert answer.status == 404, "of a process that is not theirs"


async def test_in_a_narrow_window_no_page_scrolls_sideways(service: Service) -> None:
    async with service.owner(**NARROW) as page:
        for path in ("/schedules", f"/schedules/{PROCESS}/work", "/runs", "/systems"):
            await page.goto(path)
            assert await page.evaluate("document.documentElement.scrollWidth") <= 390, path
            await accessible(page)
            await pictured(page, f"narrow{path.replace('/', '-')}")
