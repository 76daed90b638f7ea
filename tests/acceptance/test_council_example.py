"""The Register, the demo council's system to try new processes on: its form, its searches, its faults."""

from __future__ import annotations

import json
import re
from collections.abc import AsyncIterator
from itertools import count
from pathlib import Path
from typing import Any

import httpx
import pytest

from fixtures.council.accounts import open_accounts
from fixtures.council.home import Home, read_json, write_json
from fixtures.council.serve import RunningCouncil, running_council
from fixtures.council.site import Environment

_next = count(1)


@pytest.fixture(scope="module")
async def council(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[RunningCouncil]:
    async with running_council(tmp_path_factory.mktemp("council"), items=10) as running:
        yield running


@pytest.fixture
async def register(council: RunningCouncil) -> AsyncIterator[httpx.AsyncClient]:
    async with httpx.AsyncClient(base_url=council.example, follow_redirects=True) as client:
        account = council.town.accounts.example
        await client.post("/sign-in", data={"username": account.username, "password": account.password})
        yield client
    council.town.board.clear()
    council.town.example.sign_ins.unlock_all()


async def arm(council: RunningCouncil, fault: str, **more: Any) -> None:
    async with httpx.AsyncClient(base_url=council.control) as control:
        answer = await control.post("/faults", json={"app": "example", "fault": fault, **more})
    assert answer.status_code == 200, answer.text


def form(**changes: str) -> dict[str, str]:
    fields = {
        "reference": f"DL-{next(_next):04d}",
        "name": "Asha Testerton",
        "date": "14/11/2026",
        "amount": "£1,012.50",
        "kind": "New",
        "notes": "First line\r\nand <b>second</b>",
    }
    return fields | changes


def log(council: RunningCouncil) -> list[dict[str, Any]]:
    rows = council.town.databases[-1].rows("SELECT * FROM save_log ORDER BY id")
    return [{"saved": r["kind"], "number": r["reference"]} | json.loads(r["values_json"]) for r in rows]


def number_in(answer: httpx.Response) -> str:
    found = re.search(r'<h1>Entry saved</h1>.*<b id="entryref">(E-[0-9]{6})</b>', answer.text, re.DOTALL)
    assert found, answer.text
    return found[1]


async def test_an_entry_is_saved_logged_and_found(
    council: RunningCouncil, register: httpx.AsyncClient
) -> None:
    given = form()
    number = number_in(await register.post("/entries/new", data=given))
    assert log(council)[-1] == {
        "saved": "entry",
        "number": number,
        "reference": given["reference"],
        "name": "Asha Testerton",
        "date": "2026-11-14",
        "amount": "1012.50",
        "kind": "New",
        "notes": "First line\nand <b>second</b>",
    }
    entry = (await register.get(f"/entries/{number}")).text
    assert "<td>£1,012.50</td>" in entry
    assert "&lt;b&gt;second" in entry
    found = (await register.get("/entries", params={"reference": given["reference"].lower()})).text
    assert "1 entry found" in found
    assert f"/entries/{number}" in found
    assert "No entries found" in (await register.get("/entries", params={"reference": "DL-none"})).text


async def test_a_reference_is_there_once(council: RunningCouncil, register: httpx.AsyncClient) -> None:
    given = form()
    number = number_in(await register.post("/entries/new", data=given))
    before = log(council)
    again = await register.post("/entries/new", data=given)
    sentence = f"An entry with this reference exists already: {number}. Nothing was saved."
    assert sentence in again.text
    assert log(council) == before


REFUSED = [
    ({"reference": " "}, "Reference is required"),
    ({"name": ""}, "Name is required"),
    ({"date": "2026-11-14"}, "Date must be dd/mm/yyyy"),
    ({"date": "31/02/2026"}, "Date must be dd/mm/yyyy"),
    ({"amount": "twelve"}, "Amount must be pounds and pence"),
    ({"amount": "1,23.00"}, "Amount must be pounds and pence"),
    ({"kind": "Other"}, "Please choose a kind"),
]


@pytest.mark.parametrize(("change", "sentence"), REFUSED)
async def test_the_form_refuses(
    council: RunningCouncil, register: httpx.AsyncClient, change: dict[str, str], sentence: str
) -> None:
    before = log(council)
    answer = (await register.post("/entries/new", data=form(**change))).text
    assert f'<p class="error">{sentence}' in answer
    assert "&lt;b&gt;second" in answer, "what was typed stands there still"
    assert log(council) == before


async def test_the_list_has_pages(council: RunningCouncil, register: httpx.AsyncClient) -> None:
    for _ in range(26):
        await register.post("/entries/new", data=form(name="Page Sample"))
    first = (await register.get("/entries/list")).text
    total = int(re.search(r"(\d+) entries found", first)[1])  # type: ignore[index]
    assert "Page 1 of 2" in first
    second = (await register.get("/entries/list", params={"page": "2"})).text
    assert (first + second).count('<td><a href="/entries/E-') == total
    found = (await register.get("/entries", params={"name": "page sample"})).text
    assert "Page 1 of 3" in found
    assert 'href="/entries?name=page+sample&amp;page=2">Next</a>' in found


async def test_nobody_sees_it_without_signing_in(council: RunningCouncil) -> None:
    async with httpx.AsyncClient(base_url=council.example, follow_redirects=True) as stranger:
        for path in ("/entries", "/entries/new", "/entries/list", "/entries/E-000001"):
            assert "Please sign in again" in (await stranger.get(path)).text
        for said in ("Sign-in refused", "Sign-in refused", "Account locked"):
            wrong = {"username": "rekey.bot", "password": "wrong"}
            assert said in (await stranger.post("/sign-in", data=wrong)).text
    council.town.example.sign_ins.unlock_all()


async def test_it_says_which_environment_it_is(council: RunningCouncil, register: httpx.AsyncClient) -> None:
    assert '<div id="environment">TEST SYSTEM</div>' in (await register.get("/entries/new")).text
    council.town.example.environment = Environment.LIVE
    assert "LIVE SYSTEM" in (await register.get("/entries")).text
    council.town.example.environment = Environment.TEST


async def test_cut_after_save(council: RunningCouncil, register: httpx.AsyncClient) -> None:
    await arm(council, "cut_after_save", times=1)
    given, before = form(), len(log(council))
    with pytest.raises(httpx.TransportError):
        await register.post("/entries/new", data=given)
    assert log(council)[before:][0]["reference"] == given["reference"]


async def test_faults_of_the_save(council: RunningCouncil, register: httpx.AsyncClient) -> None:
    before = len(log(council))
    await arm(council, "success_without_save", times=1)
    number_in(await register.post("/entries/new", data=form()))
    assert len(log(council)) == before
    await arm(council, "accepts_duplicates", times=2)
    given = form()
    numbers = {number_in(await register.post("/entries/new", data=given)) for _ in range(2)}
    assert len(numbers) == 2
    await arm(council, "truncate", times=1, value={"field": "notes", "to": 5})
    await register.post("/entries/new", data=form())
    assert log(council)[-1]["notes"] == "First"


async def test_faults_of_the_search(council: RunningCouncil, register: httpx.AsyncClient) -> None:
    given = form()
    await register.post("/entries/new", data=given)
    asked = {"reference": given["reference"]}
    for fault, more in (("search_empty", {}), ("search_lags", {"value": 1})):
        await arm(council, fault, times=1, **more)
        assert "No entries found" in (await register.get("/entries", params=asked)).text
        assert "1 entry found" in (await register.get("/entries", params=asked)).text


async def test_the_session_ends(council: RunningCouncil, register: httpx.AsyncClient) -> None:
    await arm(council, "session_expired", times=1)
    assert "Please sign in again" in (await register.get("/entries/new")).text


def test_an_older_home_gets_the_account(tmp_path: Path) -> None:
    home = Home(folder=tmp_path)
    first = open_accounts(home)
    held = read_json(home.accounts)
    del held["example"]
    write_json(home.accounts, held)
    again = open_accounts(home)
    assert again.waste == first.waste
    assert again.example.password != first.example.password
    assert open_accounts(home) == again
