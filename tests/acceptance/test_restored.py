"""A store that was restored: alone, with its home, and as a snapshot of both. Nothing is keyed twice."""

from __future__ import annotations

import asyncio
import os
import re
import shutil
import sqlite3
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, closing
from pathlib import Path
from unittest.mock import patch

import pytest

from bots.assembly.worker import Rekey, open_rekey
from bots.engine.core.item import IntentStatus, State
from bots.engine.core.points import Point
from bots.engine.core.queue import RESTORED
from bots.engine.keying import runner
from bots.engine.reconcile.strays import Strays
from bots.engine.settings import ROOT
from bots.engine.store.work.lives import GAP
from bots.processes.missed_bins.steps import LogCase
from tests import staff
from tests.chaos.workers import struck_at
from tests.town import PROCESS, Town, a_town, rekeyed

_NO_SEARCH = "This sample target has no search."
_RUNBOOK = ROOT / "runbooks" / "restore.md"


@asynccontextmanager
async def forgetful(tmp_path: Path, *, before_intake: bool = False) -> AsyncIterator[tuple[Town, Path]]:
    """A council in which a bot keyed on after a backup of everything in the home; the backup."""
    async with a_town(tmp_path, items=16) as town:
        await town.fault("accepts_duplicates")  # nothing but what the bot knows stands in the way
        async with rekeyed(town) as rekey:
            if not before_intake:
                await town.reported(rekey)
                await rekey.work(PROCESS, sessions=2, max_items=4)
                # On a busy machine a save may take too long. What is in doubt would explain its own entry.
                while (await rekey.queue.counts(PROCESS))[State.IN_DOUBT]:
                    await rekey.work(PROCESS, max_items=1)
        backup = _backed_up(town)
        async with rekeyed(town) as rekey:
            if before_intake:
                await town.reported(rekey)
            await rekey.work(PROCESS, sessions=2)
        assert len(town.saves()) > 8
        yield town, backup


def _backed_up(town: Town) -> Path:
    backup = town.folder / "backup"
    shutil.copytree(town.settings().home, backup)
    return backup


def _database_put_back(town: Town, backup: Path) -> None:
    home = town.settings().home
    for file in home.glob("rekey.db*"):
        file.unlink()
    shutil.copy(backup / "rekey.db", home / "rekey.db")


def _home_put_back(town: Town, backup: Path) -> None:
    home = town.settings().home
    shutil.rmtree(home)
    shutil.copytree(backup, home)


def _a_while_ago(town: Town) -> None:
    """Some time passes without a sign of life, and nobody has to wait for it."""
    with closing(sqlite3.connect(town.settings().home / "rekey.db")) as store, store:
        store.execute("UPDATE workers SET seen = seen - ?", (2 * GAP,))


async def held(rekey: Rekey) -> list[str]:
    return [hold.scope for hold in await rekey.queue.holds() if hold.who == RESTORED]


async def test_a_restored_database_is_held_and_then_keys_nothing_again(tmp_path: Path) -> None:
    """The target holds more than the store knows: it is found by looking first, and taken as the receipt."""
    async with forgetful(tmp_path) as (town, backup):
        saved = len(town.saves())
        _database_put_back(town, backup)
        for _ in range(2):  # whoever only looks sees it, and takes nothing away from who comes next
            async with open_rekey(town.settings(), reading=True) as rekey:
                assert await rekey.marks.lost(rekey.restores)
                assert not await rekey.queue.holds()
        async with rekeyed(town) as rekey:
            assert await held(rekey) == ["all"]
            assert (await rekey.work(PROCESS)).blocked
            await rekey.queue.release("all", "ann", "looked at")
            assert (await rekey.work(PROCESS)).taken == 0
            assert await held(rekey) == ["system:waste"], "it is asked, too"
            await rekey.queue.release("system:waste", "ann", "looked at")
            summary = await rekey.work(PROCESS, sessions=2)
            assert (summary.keyed, len(town.saves())) == (0, saved)
            assert summary.adopted > 5
            assert (await rekey.reconcile(PROCESS)).clean
            assert await rekey.queue.trusted(PROCESS) is not None
            assert (await town.verdict(rekey)).clean
        async with rekeyed(town) as rekey:
            assert not await rekey.queue.holds(), "nobody is told twice"


async def test_a_snapshot_of_both_is_found_by_asking_the_target(tmp_path: Path) -> None:
    """Nobody says anything, no mark is missing, and the target cannot be searched."""
    async with forgetful(tmp_path) as (town, backup):
        saved = len(town.saves())
        _home_put_back(town, backup)
        _a_while_ago(town)
        with patch.object(LogCase, "not_searchable_because", _NO_SEARCH):
            async with rekeyed(town) as rekey:
                summary = await rekey.work(PROCESS, sessions=2)
                assert (summary.taken, summary.blocked) == (0, True)
                assert await held(rekey) == ["system:waste"]
                strays = {stray.reference for stray in await rekey.restores.strays()}
                known = {receipt.reference for receipt in await rekey.queue.receipts(PROCESS)}
                assert (
                    strays
                    == {save["reference"] for save in town.saves() if save["by"] == "rekey.bot"} - known
                )
                await rekey.queue.release("system:waste", "ann", "let it go on")
                summary = await rekey.work(PROCESS, sessions=2)
                assert len(town.saves()) == saved
                told = [one.code for one in summary.raised]
                assert told.count("cannot-tell-after-restore") >= len(strays)
                assert (await town.verdict(rekey)).twice == []


async def test_what_comes_in_again_was_perhaps_there_before(tmp_path: Path) -> None:
    """The backup is from before the intake: the same reports are new once more."""
    async with forgetful(tmp_path, before_intake=True) as (town, backup):
        saved = len(town.saves())
        _home_put_back(town, backup)
        _a_while_ago(town)
        with patch.object(LogCase, "not_searchable_because", _NO_SEARCH):
            async with rekeyed(town) as rekey:
                await town.reported(rekey)
                assert (await rekey.work(PROCESS)).taken == 0
                await rekey.queue.release("system:waste", "ann", "let it go on")
                await rekey.work(PROCESS, sessions=2)
            assert len(town.saves()) == saved


async def test_good_work_is_not_held(tmp_path: Path) -> None:
    """Asked at every start, a target that holds what the store knows stops nothing."""
    async with a_town(tmp_path) as town:
        async with rekeyed(town) as rekey:
            await town.reported(rekey)
        for _ in range(3):
            _a_while_ago(town)
            async with rekeyed(town) as rekey:
                await rekey.work(PROCESS, sessions=2, max_items=4)
                assert not await rekey.queue.holds()
                assert await rekey.restores.to_ask(PROCESS, [LogCase.name]) == []
                assert (await town.verdict(rekey)).twice == []


async def test_what_people_were_told_of_is_no_sign_of_a_backup(tmp_path: Path) -> None:
    """One case was saved with other values: its item is in doubt, and somebody looks at it already."""
    async with a_town(tmp_path) as town:
        await town.fault("truncate", times=1, value={"field": "reported_by", "to": 3})
        async with rekeyed(town) as rekey:
            await town.reported(rekey)
            await rekey.work(PROCESS, sessions=1)
            [doubtful] = await rekey.queue.items(PROCESS, [State.IN_DOUBT])
            assert doubtful.code == "saved-differently"
        _a_while_ago(town)
        async with rekeyed(town) as rekey:
            await rekey.work(PROCESS)
            assert await held(rekey) == []
            await staff.decide(rekey.queue, doubtful.id, "ann", "a clerk takes that entry away", None)
            await staff.withdraw(rekey.queue, doubtful.id, "ann", "keyed on paper")
        _a_while_ago(town)
        async with rekeyed(town) as rekey:
            await rekey.work(PROCESS)
            assert await held(rekey) == [], "what they then decided makes it no sign of a backup either"
            assert len(await rekey.restores.strays()) == 1, "it is known now, also when history is erased"


@pytest.mark.parametrize("stopped", [True, False])
async def test_a_question_that_is_never_answered_ends(tmp_path: Path, stopped: bool) -> None:
    async def never(*_: object) -> None:
        await asyncio.Event().wait()

    async with a_town(tmp_path) as town, rekeyed(town) as rekey:
        await town.reported(rekey)
        stop = asyncio.Event()
        if stopped:
            stop.set()
        with patch.object(Strays, "look", never), patch.object(runner, "ASKING", 600.0 if stopped else 0.1):
            summary = await asyncio.wait_for(rekey.work(PROCESS, stop=stop), 60)
        assert summary.taken == 0
        assert summary.blocked is not stopped
        assert ("did not answer in time" in summary.stopped) is not stopped


@pytest.mark.long
@pytest.mark.parametrize("what", ["database", "home"])
async def test_the_runbook_to_the_letter(tmp_path: Path, what: str) -> None:
    """Every command of it, dry run included, with a step that cannot be searched."""
    async with forgetful(tmp_path) as (town, backup):
        saved = len(town.saves())
        copy = town.folder / "check"
        shutil.copytree(backup, copy)
        before = (copy / "rekey.db").read_bytes()
        for line in _commands("Dry run"):
            status, said = await _shell(town, line.replace("/srv/rekey/check", str(copy)))
            assert status == 0, said
        with closing(sqlite3.connect(copy / "rekey.db")) as looked_at:
            assert looked_at.execute("SELECT restored, home FROM store").fetchone() == _store_of(backup)
        assert (copy / "rekey.db").read_bytes() == before, "both commands only read"
        put_back = {"database": _database_put_back, "home": _home_put_back}[what]
        put_back(town, backup)
        stopped = []
        for line in _commands("Live run"):
            status, said = await _shell(town, line)
            assert status in (0, 1), said
            if status:
                stopped.append(line)
        assert [line for line in stopped if "doctor" not in line][:1] == [
            "rekey work missed-bins --max-items 10"
        ]
        async with rekeyed(town) as rekey:
            verdict = await town.verdict(rekey)
            reasons = await rekey.queue.reasons(PROCESS)
        assert (verdict.twice, len(town.saves())) == ([], saved)
        assert reasons["cannot-tell-after-restore"] > 5


def _store_of(backup: Path) -> object:
    with closing(sqlite3.connect(backup / "rekey.db")) as kept:
        return kept.execute("SELECT restored, home FROM store").fetchone()


def _commands(heading: str) -> list[str]:
    section = _RUNBOOK.read_text(encoding="utf-8").partition(f"## {heading}\n")[2].partition("\n## ")[0]
    blocks = re.findall(r"```\n(.*?)```", section, re.DOTALL)
    return [line.strip() for block in blocks for line in block.splitlines() if line.strip()]


_BOTH = (
    "from bots.processes.missed_bins.steps import LogCase; "
    f"LogCase.not_searchable_because = {_NO_SEARCH!r}; from bots.cli.main import main; main()"
)


async def _shell(town: Town, line: str) -> tuple[int, str]:
    """A line of the runbook, as it stands, where `rekey` is the real command on a target without a search."""
    made = town.settings()
    environment = {name: value for name, value in os.environ.items() if not name.startswith("REKEY_")}
    environment |= {"REKEY_HOME": str(made.home), "REKEY_ROOT": str(made.root), "COLUMNS": "200"}
    environment |= {f"REKEY_URLS__{name.upper()}": url for name, url in made.urls.items()}
    environment |= {
        "REKEY_LEASE_SECONDS": "3",
        "REKEY_PATIENCE": "4",
        "BOTH": _BOTH,
        "PYTHON": sys.executable,
    }
    script = f'rekey() {{ "$PYTHON" -c "$BOTH" "$@"; }}\n{line}'
    process = await asyncio.create_subprocess_exec(
        *("bash", "-c", script), cwd=ROOT, env=environment, stdout=-1, stderr=asyncio.subprocess.STDOUT
    )
    said = (await asyncio.wait_for(process.communicate(), 180))[0].decode()
    assert process.returncode is not None
    return process.returncode, f"{line}\n{said}"


async def test_what_cannot_be_searched_is_never_tried_again(tmp_path: Path) -> None:
    """The worker died in its save and the target has no search: a person looks, nothing is keyed again."""
    async with a_town(tmp_path) as town:
        await town.fault("accepts_duplicates")
        async with rekeyed(town) as rekey:
            await town.reported(rekey)
        await struck_at(town.settings(), Point.ANSWERED, "KILL")
        async with rekeyed(town) as rekey:
            with patch.object(LogCase, "not_searchable_because", _NO_SEARCH):
                await rekey.work(PROCESS, sessions=1)
                [doubtful] = await rekey.queue.items(PROCESS, [State.IN_DOUBT])
                assert doubtful.code == "cannot-be-searched"
                await rekey.work(PROCESS, sessions=1)
            [intent] = await rekey.queue.intents(doubtful.id)
            assert intent.status is IntentStatus.OPEN, "one commit, and no other"
            saved = [s for s in town.saves() if s["reported_by"] == doubtful.data["reported_by"]]
            assert len(saved) <= 1
            assert (await town.verdict(rekey)).twice == []
