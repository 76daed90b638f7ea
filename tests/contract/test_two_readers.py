"""One file makes one hand-in: of two that read it at once, and of one that dies at the worst moment."""

from __future__ import annotations

import asyncio
import csv
import os
import sys
from collections.abc import AsyncIterator
from contextlib import aclosing, asynccontextmanager
from email.message import EmailMessage
from pathlib import Path

import pytest

from bots.assembly.console import FilesIn
from bots.assembly.worker import Rekey, open_rekey
from bots.engine.console.services.uploads import SentFile
from bots.engine.core.summary import HandInSummary, Verdict
from bots.engine.intake.claiming import digest_of
from bots.engine.settings import ROOT, Settings

from .reader import POINTS, PROCESS

ROWS = 600
"""More than a reader queues at once."""
HEADINGS = ("Account no", "Tenant", "Leaving address", "Leaving postcode", "Date left", "New address")
MORE = ("New postcode", "Moving in")
LONG = 60.0


def workbook(path: Path, rows: int = ROWS) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file)
        writer.writerow((*HEADINGS, *MORE))
        for number in range(rows):
            old, new = f"{number} Old Lane", f"{number} New Lane"
            row = (10_000_000 + number, "Asha Testerton", old, "ZZ1 4AB", "02/02/2026", new)
            writer.writerow((*row, "ZZ1 5AB", "03/02/2026"))
    os.utime(path, (0, 0))  # nobody is still writing it
    return path


@asynccontextmanager
async def opened(home: Path, patience: float = LONG) -> AsyncIterator[Rekey]:
    async with open_rekey(Settings(home=home, file_patience=patience)) as rekey:
        yield rekey


async def child(home: Path, point: str, how: str, *files: Path) -> asyncio.subprocess.Process:
    """A reader that has come to the point."""
    started = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "tests.contract.reader", str(home), point, how, *map(str, files)),
        cwd=ROOT,
        stdout=asyncio.subprocess.PIPE,
    )
    assert started.stdout is not None
    assert (await asyncio.wait_for(started.stdout.readline(), LONG)).decode().strip() == point
    return started


async def rest_of(process: asyncio.subprocess.Process) -> str:
    out, _ = await asyncio.wait_for(process.communicate(), LONG)
    return out.decode()


async def one_hand_in(rekey: Rekey) -> str:
    """Of the file, with every row of it once; nothing of it lies about twice."""
    [batch] = await rekey.queue.batches(PROCESS)
    rows = await rekey.queue.batch_rows(batch.id)
    assert [row.origin["row"] for row in rows] == list(range(2, ROWS + 2))
    assert len({row.item.id for row in rows}) == ROWS == len(await rekey.queue.items(PROCESS, limit=10_000))
    kept = rekey.settings.home / "handed-in" / PROCESS
    assert [path.name for path in kept.iterdir()] == [batch.detail["kept"]]
    assert (await rekey.audit.verify()).whole
    return batch.id


def lying(home: Path) -> dict[str, int]:
    """How many files each folder of the inbox holds."""
    inbox = home / "inboxes" / PROCESS
    found = {name: inbox / name for name in ("reading", "done", "problems")} | {"": inbox}
    counts = {
        name: len([one for one in where.iterdir() if one.is_file()]) if where.is_dir() else 0
        for name, where in found.items()
    }
    return {name: count for name, count in counts.items() if count}


@pytest.mark.parametrize("point", POINTS)
async def test_a_reader_that_is_killed_loses_and_doubles_nothing(point: str, tmp_path: Path) -> None:
    workbook(tmp_path / "inboxes" / PROCESS / "moves.csv")
    killed = await child(tmp_path, point, "die")
    await rest_of(killed)
    assert killed.returncode != 0
    async with opened(tmp_path) as rekey:
        found = await rekey.collect(PROCESS)
        batch = await one_hand_in(rekey)
        if point in ("put away", "ended"):
            assert not found, "there was nothing left to do"
        else:
            [summary] = found
            assert summary.rows is not None
            counted = (summary.rows.batch, summary.rows.source, summary.rows.added)
            assert counted == (batch, ROWS, ROWS), "also of what the dead one had queued"
        assert lying(tmp_path) == {"done": 1}
        assert not await rekey.collect(PROCESS)


@pytest.mark.parametrize("point", ["claimed", "half queued"])
async def test_a_named_file_whose_reader_is_killed(point: str, tmp_path: Path) -> None:
    file = workbook(tmp_path / "desk" / "moves.csv")
    await rest_of(await child(tmp_path / "home", point, "die", file))
    async with opened(tmp_path / "home") as rekey:
        [summary] = await rekey.hand_in(PROCESS, [file], who="person/ann")
        assert await one_hand_in(rekey) == summary.rows.batch if summary.rows else False
        # Later it is another hand-in, which adds nothing.
        [again] = await rekey.hand_in(PROCESS, [file], who="person/ann")
        assert again.rows is not None
        assert (again.rows.added, again.rows.same) == (0, ROWS)
        assert len(await rekey.queue.batches(PROCESS)) == 2


async def test_an_email_whose_reader_is_killed_between_two_attachments(tmp_path: Path) -> None:
    """Each attachment is one hand-in still."""
    message, inbox = EmailMessage(), tmp_path / "inboxes" / PROCESS
    message["From"], message["To"] = "lettings@example.org", "desk@example.org"
    message["Subject"] = "Moves"
    for number in range(2):
        content = workbook(tmp_path / "desk" / f"{number}.csv", rows=20 + number).read_bytes()
        message.add_attachment(content, maintype="text", subtype="csv", filename=f"{number}.csv")
    inbox.mkdir(parents=True)
    (inbox / "mail.eml").write_bytes(message.as_bytes())
    os.utime(inbox / "mail.eml", (0, 0))
    await rest_of(await child(tmp_path, "half queued", "die"))
    async with opened(tmp_path) as rekey:
        found = await rekey.collect(PROCESS)
        assert [one.rows.source for one in found if one.rows] == [20, 21]
        batches = await rekey.queue.batches(PROCESS)
        rows = [len(await rekey.queue.batch_rows(batch.id)) for batch in batches]
        assert sorted(rows) == [20, 21]
        kept = rekey.settings.home / "handed-in" / PROCESS
        assert sorted(path.name for path in kept.iterdir()) == sorted(b.detail["kept"] for b in batches)
    assert lying(tmp_path) == {"done": 1}


async def from_the_inbox(rekey: Rekey) -> list[HandInSummary]:
    return await rekey.collect(PROCESS)


async def named(rekey: Rekey) -> list[HandInSummary]:
    return await rekey.hand_in(PROCESS, [workbook(rekey.settings.home / "desk" / "same.csv")])


async def uploaded(rekey: Rekey) -> list[HandInSummary]:
    path = workbook(rekey.settings.home / "uploads" / "u-1" / "f-1.csv")
    sent = SentFile(file=path.name, name="same.csv", size=1, digest=digest_of(path))
    async with aclosing(FilesIn(rekey).hand_in(PROCESS, [(path, sent)], "person/bo")) as given:
        return [one async for summaries in given for one in summaries]


SECOND = {"inbox": from_the_inbox, "named": named, "uploaded": uploaded}


@pytest.mark.parametrize("second", SECOND)
async def test_who_comes_second_says_who_reads_it(second: str, tmp_path: Path) -> None:
    """First impatiently, then until the first has read it."""
    workbook(tmp_path / "inboxes" / PROCESS / "moves.csv")
    go_on = tmp_path / "go on"
    first = await child(tmp_path, "half queued", str(go_on))
    async with opened(tmp_path, patience=0.0) as rekey:
        [told] = await SECOND[second](rekey)
        assert (told.code, told.rows, told.needs_person) == ("being-read", None, False)
        assert told.sentence is not None
        assert told.sentence.startswith("Another intake is reading this very file, since ")
        assert lying(tmp_path) == {"reading": 1}, "it stays with its reader"
    async with opened(tmp_path) as rekey:
        waiting = asyncio.ensure_future(SECOND[second](rekey))
        await asyncio.sleep(0.5)
        go_on.touch()
        [meanwhile] = await waiting
        assert f"read {ROWS}" in await rest_of(first)
        batch = await one_hand_in(rekey)
        assert (meanwhile.code, meanwhile.rows) == ("read-meanwhile", None)
        assert meanwhile.sentence is not None
        assert f"hand-in {batch}." in meanwhile.sentence
        assert not meanwhile.needs_person
        assert lying(tmp_path) == {"done": 1}


async def test_a_reader_that_was_only_held_up_writes_nothing_more(tmp_path: Path) -> None:
    """It counted as dead, and another one went on: no row is queued twice by the first."""
    file = workbook(tmp_path / "inboxes" / PROCESS / "moves.csv")
    go_on = tmp_path / "go on"
    first = await child(tmp_path, "half queued", f"frozen:{go_on}")
    async with opened(tmp_path) as rekey:
        [summary] = await rekey.collect(PROCESS)
        assert summary.verdict is Verdict.READ
        go_on.touch()
        assert "taken-over" in await rest_of(first)
        assert first.returncode == 0
        await one_hand_in(rekey)
    assert not file.exists()
    assert lying(tmp_path) == {"done": 1}


async def test_two_commands_at_once(tmp_path: Path) -> None:
    """Neither ends with a traceback or a failure, and each file makes one hand-in."""
    inbox = tmp_path / "inboxes" / PROCESS
    files = [workbook(inbox / f"{number}.csv", rows=300 + number) for number in range(4)]
    async with opened(tmp_path):
        pass
    environment = {k: v for k, v in os.environ.items() if not k.startswith("REKEY_")}
    commands = [
        await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "bots", "intake", PROCESS),
            cwd=ROOT,
            env=environment | {"REKEY_HOME": str(tmp_path), "COLUMNS": "200"},
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.STDOUT,
        )
        for _ in range(3)
    ]
    said = [await rest_of(command) for command in commands]
    assert [command.returncode for command in commands] == [0, 0, 0], said
    async with opened(tmp_path) as rekey:
        assert len(await rekey.queue.batches(PROCESS)) == len(files), said
    assert lying(tmp_path) == {"done": len(files)}
