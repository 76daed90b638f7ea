"""Applications that nobody here wrote: clean records are keyed once, whatever pages send besides."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from bots.engine.core.item import State
from tests.foreign.app import Case, Foreign
from tests.foreign.apps import APPS
from tests.foreign.bench import a_bench
from tests.foreign.records import records


def installed(app: Foreign) -> Foreign:
    if not app.there():
        pytest.skip(f"{app.name} is not installed; the extra `foreign` has it")
    return app


@pytest.mark.parametrize("name", APPS)
async def test_clean_records_are_keyed_once_and_nobody_stays_signed_in(tmp_path: Path, name: str) -> None:
    async with a_bench(installed(APPS[name]), tmp_path / name) as bench:
        await bench.add(records(5))
        summary = await bench.work()
        assert summary.stopped == ""
        assert {item.state for item in await bench.items()} == {State.DONE}
        assert (await bench.judged()).clean
        assert len(bench.app.saved(bench.folder)) == 5
        assert (await bench.seen())["sockets"] == 0
        assert bench.app.sessions(bench.folder) == bench.app.locks(bench.folder) == 0


@pytest.mark.parametrize("name", APPS)
async def test_what_is_not_declared_stops_the_first_record(tmp_path: Path, name: str) -> None:
    async with a_bench(installed(APPS[name]), tmp_path / name, learned=False) as bench:
        await bench.add(records(5))
        summary = await bench.work(sessions=1)
        assert f"add to harmless in {name}/system.yaml: - {{method: " in summary.stopped
        assert {item.state for item in await bench.items()} == {State.NEW}
        assert bench.app.saved(bench.folder) == []


@pytest.mark.parametrize("name", APPS)
async def test_a_rehearsal_writes_the_lines_that_are_missing(tmp_path: Path, name: str) -> None:
    async with a_bench(installed(APPS[name]), tmp_path / name, learned=False) as bench:
        await bench.add(records(1))
        found = await bench.rehearse()
        assert bench.app.saved(bench.folder) == []
        whole = bench.app.maps()
        [saves] = found.saves
        wanted = whole["new"]["actions"]["save"]["saves"]
        assert saves["path"] == wanted["path"]
        named = {name for how in ("kept", "ignored") for name in saves.get(how, ())}
        assert named == {name for how in ("kept", "ignored", "constants") for name in wanted.get(how, ())}
        lines = {(one.get("method", "POST"), one["path"]) for one in found.others}
        declared = {(one.get("method", "POST"), one["path"]) for one in whole["system"]["harmless"]}
        assert lines <= declared
        assert lines >= {("POST", "/planted/beacon"), ("WEBSOCKET", "/planted/chat")}


async def test_a_list_that_shows_only_its_first_page_is_not_believed(tmp_path: Path) -> None:
    """The case is there, on the second page of what the search shows: without the list's own count in its map
    it would be keyed twice."""
    async with a_bench(installed(APPS["django_admin"]), tmp_path / "django_admin") as bench:
        case = Case(key="K1", name="Ann")
        _there(bench.folder / bench.app.file, ["K1", *(f"K1{number:03}" for number in range(150))])
        await bench.add([case])
        await bench.work(sessions=1)
        assert [item.code for item in await bench.items()] == ["list-incomplete"]
        assert (await bench.judged()).twice == []


def _there(file: Path, keys: list[str]) -> None:
    rows = [(key, "Ann", "", "Pest", "2026-03-01", 0) for key in keys]
    with closing(sqlite3.connect(file, timeout=30)) as database, database:
        database.executemany(
            "INSERT INTO cases_case(key, name, note, kind, day, paid) VALUES (?, ?, ?, ?, ?, ?)", rows
        )
