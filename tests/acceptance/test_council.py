"""The demo council does what it says: its screens, its faults, its log, its samples, its judge."""

from __future__ import annotations

import asyncio
import json
import re
import sqlite3
import stat
import sys
import time
from collections.abc import AsyncIterator
from itertools import count
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import httpx
import pytest

from fixtures.council.clerk import PAUSE_SECONDS
from fixtures.council.gazetteer import Property
from fixtures.council.make_samples import make_samples
from fixtures.council.serve import RunningCouncil, running_council

ROOT = Path(__file__).parents[2]
PROPERTIES = make_samples().properties
# Every case of these tests has a property of its own, so that no test meets another's cases.
_next_property = count(20)


@pytest.fixture(scope="session")
async def council(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[RunningCouncil]:
    async with running_council(tmp_path_factory.mktemp("council")) as running:
        yield running


@pytest.fixture
async def waste(council: RunningCouncil) -> AsyncIterator[httpx.AsyncClient]:
    async with httpx.AsyncClient(base_url=council.waste, follow_redirects=True) as client:
        account = council.town.accounts.waste
        await client.post("/login", data={"txtUser": account.username, "txtPass": account.password})
        yield client
    council.town.board.clear()
    council.town.waste.sign_ins.unlock_all()


@pytest.fixture
async def control(council: RunningCouncil) -> AsyncIterator[httpx.AsyncClient]:
    async with httpx.AsyncClient(base_url=council.control) as client:
        yield client


def new_property() -> Property:
    return PROPERTIES[next(_next_property)]


def form(place: Property, **changes: str) -> dict[str, str]:
    fields = {
        "txtUPRN": place.uprn,
        "txtAddr": place.address,
        "ddlColl": "REF",
        "txtDate": "05/03/2026",
        "txtRep": "Zoë O'Sample-Testerton",
        "ddlSrc": "Web",
        "txtNotes": "",
        "btnSave": "Save",
    }
    return fields | changes


async def arm(control: httpx.AsyncClient, fault: str, value: Any = None, **more: Any) -> None:
    answer = await control.post("/faults", json={"app": "waste", "fault": fault, "value": value} | more)
    assert answer.status_code == 200, answer.text


def saves(council: RunningCouncil, place: Property) -> int:
    """By the log, which is what the judge goes by."""
    with sqlite3.connect(council.town.home.waste_db) as connection:
        rows = connection.execute("SELECT values_json FROM save_log").fetchall()
    return sum(place.uprn in row[0] for row in rows)


# --- The waste system ---------------------------------------------------------------------------


async def test_a_case_is_saved_once_and_its_double_refused(
    council: RunningCouncil, waste: httpx.AsyncClient
) -> None:
    place = new_property()
    first = await waste.post("/cases/new", data=form(place, txtNotes="one\r\ntwo"))
    reference = re.search(r'<span id="caseref">(W-\d{6})</span>', first.text)
    assert reference
    second = await waste.post("/cases/new", data=form(place, txtRep="Somebody Else"))
    assert f"A case already exists for this property, collection and date: {reference[1]}." in second.text
    assert saves(council, place) == 1
    view = await waste.get(f"/cases/view/{reference[1]}")
    assert "Zoë O&#39;Sample-Testerton" in view.text
    assert "one\ntwo</td>" in view.text


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"txtUPRN": "123"}, "Please select a property"),
        ({"ddlColl": ""}, "Please select a collection"),
        ({"txtDate": "31/02/2026"}, "Date must be dd/mm/yyyy"),
        ({"txtRep": " "}, "Reporter name is required"),
        ({"btnSave": ""}, "No action"),
    ],
)
async def test_the_server_checks_the_form_again(
    council: RunningCouncil, waste: httpx.AsyncClient, changes: dict[str, str], sentence: str
) -> None:
    place = new_property()
    answer = await waste.post("/cases/new", data=form(place, **changes))
    assert f">{sentence}<" in answer.text
    assert saves(council, place) == 0


async def test_searching_pages_its_results(waste: httpx.AsyncClient, control: httpx.AsyncClient) -> None:
    place = new_property()
    for day in range(1, 13):
        await waste.post("/cases/new", data=form(place, txtDate=f"{day:02}/01/2026"))
    found = await waste.get("/cases/search", params={"txtUPRN": place.uprn})
    assert "12 cases found" in found.text
    assert "Page 1 of 2" in found.text
    following = re.search(r'<a href="([^"]+)">Next</a>', found.text)
    assert following
    second = await waste.get(following[1].replace("&amp;", "&"))
    assert len(re.findall(r"/cases/view/", second.text)) == 2
    await arm(control, "search_first_page")
    assert ">Next<" not in (await waste.get("/cases/search", params={"txtUPRN": place.uprn})).text
    await arm(control, "search_lags", 2)
    assert "10 cases found" in (await waste.get("/cases/search", params={"txtUPRN": place.uprn})).text
    await arm(control, "search_lags", {"seconds": 600})
    assert "No cases found" in (await waste.get("/cases/search", params={"txtUPRN": place.uprn})).text


async def test_accounts_lock_after_three_wrong_tries(
    council: RunningCouncil, waste: httpx.AsyncClient, control: httpx.AsyncClient
) -> None:
    account = council.town.accounts.waste
    wrong = {"txtUser": account.username, "txtPass": "wrong"}
    right = {"txtUser": account.username, "txtPass": account.password}
    texts = [(await waste.post("/login", data=wrong)).text for _ in range(3)]
    assert ["Logon refused" in text for text in texts] == [True, True, False]
    assert "Account locked" in (await waste.post("/login", data=right)).text
    await control.post("/reset-accounts")
    assert "<frameset" in (await waste.post("/login", data=right)).text


async def test_sessions_end_and_the_marker_changes(
    council: RunningCouncil, waste: httpx.AsyncClient, control: httpx.AsyncClient
) -> None:
    assert "TEST SYSTEM" in (await waste.get("/menu")).text
    await control.post("/environment", json={"app": "waste", "value": "live"})
    assert "LIVE SYSTEM" in (await waste.get("/menu")).text
    await control.post("/environment", json={"app": "waste", "value": "test"})
    await control.post("/sessions/expire", json={"app": "waste"})
    assert "Your session has ended" in (await waste.get("/cases/new")).text
    assert "Log On" in (await waste.get("/")).text


# --- Faults -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("fault", "value", "shown", "saved"),
    [
        ("error_500", None, "Server Error", 0),
        ("maintenance", None, "The system is closed for maintenance", 0),
        ("session_expired", None, "Your session has ended", 0),
        ("success_without_save", None, "Case saved", 0),
        ("error_after_save", None, "Server Error", 1),
        ("truncate", {"field": "reported_by", "to": 4}, "Case saved", 1),
    ],
)
async def test_a_fault_meets_one_save(
    council: RunningCouncil,
    waste: httpx.AsyncClient,
    control: httpx.AsyncClient,
    fault: str,
    value: Any,
    shown: str,
    saved: int,
) -> None:
    place = new_property()
    await arm(control, fault, value, times=1, match={"method": "POST", "path": "/cases/new"})
    assert shown in (await waste.post("/cases/new", data=form(place))).text
    assert saves(council, place) == saved
    assert (await control.get("/faults")).json()["armed"][0]["met"] == 1
    if fault == "truncate":
        assert [case.reported_by for case in council.town.cases.search({"uprn": place.uprn})] == ["Zoë "]


@pytest.mark.parametrize("fault", ["latency", "slow_save"])
async def test_slow_answers(
    council: RunningCouncil, waste: httpx.AsyncClient, control: httpx.AsyncClient, fault: str
) -> None:
    place = new_property()
    await arm(control, fault, 0.5, times=1)
    began = time.monotonic()
    posting = asyncio.create_task(waste.post("/cases/new", data=form(place)))
    await asyncio.sleep(0.25)
    assert saves(council, place) == (1 if fault == "slow_save" else 0)
    assert "Case saved" in (await posting).text
    assert time.monotonic() - began >= 0.5


@pytest.mark.parametrize(("fault", "saved"), [("cut_before_save", 0), ("cut_after_save", 1)])
async def test_a_cut_leaves_no_byte_on_a_connection_used_before(
    council: RunningCouncil, waste: httpx.AsyncClient, control: httpx.AsyncClient, fault: str, saved: int
) -> None:
    place = new_property()
    await arm(control, fault)
    host, port = council.waste.removeprefix("http://").split(":")
    reader, writer = await asyncio.open_connection(host, int(port))
    cookie = "; ".join(f"{name}={value}" for name, value in waste.cookies.items())
    common = f"Host: {host}\r\nCookie: {cookie}\r\n"
    writer.write(f"GET /cases/new HTTP/1.1\r\n{common}\r\n".encode())
    head = await reader.readuntil(b"\r\n\r\n")
    assert b"New case" in await reader.readexactly(int(re.findall(rb"content-length: (\d+)", head)[0]))
    body = urlencode(form(place))
    kind = "Content-Type: application/x-www-form-urlencoded\r\n"
    writer.write(
        f"POST /cases/new HTTP/1.1\r\n{common}{kind}Content-Length: {len(body)}\r\n\r\n{body}".encode()
    )
    assert await asyncio.wait_for(reader.read(), 5) == b""
    writer.close()
    assert saves(council, place) == saved


async def test_impossible_faults_are_refused(control: httpx.AsyncClient) -> None:
    for ask in (
        {"app": "waste", "fault": "gremlins"},
        {"app": "portal", "fault": "search_empty"},
        {"app": "waste", "fault": "latency", "value": "soon"},
        {"app": "waste", "fault": "truncate", "value": {"field": "colour", "to": 3}},
        {"app": "waste", "fault": "error_500", "surprise": 1},
    ):
        assert (await control.post("/faults", json=ask)).status_code == 422, ask


# --- The clerk and the command ------------------------------------------------------------------


async def test_the_clerk_starts_when_a_bot_is_at_work(tmp_path: Path) -> None:
    async with running_council(tmp_path, items=12, clerk=True) as council:
        await asyncio.sleep(0.1)
        assert not council.town.clerk.keyed
        async with httpx.AsyncClient(base_url=council.waste, follow_redirects=True) as client:
            account = council.town.accounts.waste
            await client.post("/login", data={"txtUser": account.username, "txtPass": account.password})
            await client.get("/cases/search", params={"txtUPRN": "1"})
        await asyncio.sleep(PAUSE_SECONDS[1] + 0.5)
        assert [case.keyed_by for case in council.town.cases.search({})] == ["pat.sample"]


async def test_the_command_starts_tells_its_addresses_and_stops(tmp_path: Path) -> None:
    command = (sys.executable, "-m", "fixtures.council", "--home", str(tmp_path), "--items", "12")
    child = await asyncio.create_subprocess_exec(*command, stdout=asyncio.subprocess.PIPE, cwd=ROOT)
    assert child.stdout is not None
    addresses = json.loads(await asyncio.wait_for(child.stdout.readline(), 20))
    assert addresses == json.loads((tmp_path / "council.json").read_text())
    assert stat.S_IMODE((tmp_path / "accounts.json").stat().st_mode) == 0o600
    async with httpx.AsyncClient() as client:
        assert (await client.get(addresses["portal"])).status_code == 200
    child.terminate()
    assert await asyncio.wait_for(child.wait(), 10) == 0
    assert not (tmp_path / "council.json").exists()
