"""`rekey audit` as people and scripts use it."""

from __future__ import annotations

import asyncio
import csv
import json
import os
import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest
from pypdf import PdfReader

from bots.engine.settings import ROOT
from bots.engine.store.database.database import SqliteDatabase

from .conftest import sql_desk
from .desk import PROCESS, Clock
from .story import story


@pytest.fixture
async def home(tmp_path: Path) -> Path:
    """A home with the whole story in it, some years ago."""
    clock = Clock()
    clock.now -= 3 * 365 * 86_400
    desk = await sql_desk(SqliteDatabase(tmp_path / "rekey.db"), clock)
    await story(desk)
    await desk.queue.close()
    return tmp_path


async def rekey(home: Path, *words: str, status: int = 0) -> str:
    """What `rekey audit ...` said."""
    environment = {name: value for name, value in os.environ.items() if not name.startswith("REKEY_")}
    done = await asyncio.to_thread(
        subprocess.run,
        [sys.executable, "-m", "bots", "audit", *words],
        cwd=ROOT,
        env=environment | {"REKEY_HOME": str(home), "COLUMNS": "200"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert "Traceback" not in done.stdout + done.stderr
    assert done.returncode == status, done.stdout + done.stderr
    return done.stdout + done.stderr


async def test_from_whole_to_tampered(home: Path) -> None:
    facts = home / "facts.json"
    assert "The store is whole" in await rekey(home, "verify", "--json", str(facts))
    found = json.loads(facts.read_text())
    assert (found["whole"], found["findings"], found["checkpoints"]) == (True, [], 0)
    line = json.loads(await rekey(home, "checkpoint"))
    [copy] = (home / "checkpoints").glob("*.json")
    assert json.loads(copy.read_text()) == line
    with sqlite3.connect(home / "rekey.db") as database:
        database.execute("UPDATE receipts SET reference = 'C-other' WHERE reference = 'C-1'")
    database.close()
    said = await rekey(home, "verify", "--against", str(home / "checkpoints"), "--json", str(facts), status=1)
    assert "NOT whole" in said
    [finding] = json.loads(facts.read_text())["findings"]
    assert (finding["tamper"], finding["table"], finding["row"]) == ("changed", "receipts", "log")


async def test_a_folder_that_is_not_there(home: Path) -> None:
    assert "There is no folder" in await rekey(home, "verify", "--against", str(home / "no"), status=2)


async def test_erasing_is_rehearsed_first(home: Path) -> None:
    facts = home / "facts.json"
    asked = ("erase", PROCESS, "--older-than", "30", "--why", "Kept for a month", "--json", str(facts))
    await rekey(home, *asked, "--dry-run")
    would = json.loads(facts.read_text())
    assert would["rehearsed"]
    await rekey(home, *asked)
    assert json.loads(facts.read_text())["items"] == would["items"] != []
    await rekey(home, *asked)
    assert json.loads(facts.read_text())["items"] == []
    assert "The store is whole" in await rekey(home, "verify")


async def test_what_an_auditor_gets(home: Path) -> None:
    with sqlite3.connect(home / "rekey.db") as database:
        [item] = database.execute("SELECT item FROM receipts WHERE reference = 'L-2'").fetchone()
    database.close()
    table, pack = home / "history.csv", home / "pack.pdf"
    await rekey(home, "export", "--item", item, "--csv", str(table), "--pdf", str(pack))
    with table.open(encoding="utf-8-sig", newline="") as file:
        rows = list(csv.DictReader(file))
    assert {row["item"] for row in rows} == {item}
    assert [row["event"] for row in rows] == [
        "state", "state", "intent", "receipt", "intent", "receipt", "state",
    ]  # fmt: skip
    assert (rows[5]["step"], rows[5]["account"], rows[5]["reference"]) == ("letter", "svc-post", "L-2")
    told = "".join(page.extract_text() for page in PdfReader(pack).pages)
    assert item in told
    assert "history of this case is whole" in told
    await rekey(home, "export", PROCESS, "--csv", str(table), "--pdf", str(home / "packs"))
    assert len(list((home / "packs").glob("*.pdf"))) > 10


@pytest.mark.parametrize(
    "words",
    [
        ("export", PROCESS),
        ("export", "--csv", "x.csv"),
        ("export", "no-such-process", "--csv", "x.csv"),
        ("export", "--item", "no-such-item", "--csv", "x.csv"),
        ("erase", "no-such-process", "--older-than", "1", "--why", "x"),
    ],
)
async def test_unusable_words_are_told_in_a_sentence(home: Path, words: tuple[str, ...]) -> None:
    assert (await rekey(home, *words, status=2)).strip().endswith(".")
