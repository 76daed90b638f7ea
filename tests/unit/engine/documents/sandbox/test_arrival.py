"""A file is read only when it is whole and nobody has it open."""

from __future__ import annotations

import asyncio
import os
import time
from pathlib import Path

import pytest

from bots.engine.core.errors import BusinessException
from bots.engine.documents.sandbox import arrival
from bots.engine.documents.sandbox.arrival import settled
from tests.unit.moves_workbook import HEADINGS, ROW, workbook

SHORT = 0.25
LONG = 10.0


@pytest.fixture
def whole(tmp_path: Path) -> Path:
    """A workbook that has been there for a minute."""
    return aged(workbook(tmp_path / "moves.xlsx", Moves=[HEADINGS, *([ROW] * 200)]))


def aged(path: Path) -> Path:
    minute_ago = time.time() - 60
    os.utime(path, (minute_ago, minute_ago))
    return path


async def refusal(path: Path) -> str:
    with pytest.raises(BusinessException) as caught:
        await settled(path, SHORT)
    assert path.name not in caught.value.sentence
    return caught.value.code


async def test_a_whole_file_is_taken_after_two_looks(whole: Path) -> None:
    began = time.monotonic()
    await settled(whole, LONG)
    assert 0.1 <= time.monotonic() - began < 2


async def test_without_any_patience_two_looks_are_enough(whole: Path) -> None:
    await settled(whole, 0)


async def test_a_file_that_is_not_there(tmp_path: Path) -> None:
    assert await refusal(tmp_path / "moves.xlsx") == "no-such-file"
    assert await refusal(tmp_path) == "no-such-file"


@pytest.mark.parametrize("lock", ["~$moves.xlsx", ".~lock.moves.xlsx#"])
async def test_a_file_that_somebody_has_open(lock: str, whole: Path) -> None:
    whole.with_name(lock).write_bytes(b"clerk")
    assert await refusal(whole) == "file-in-use"


async def test_a_lock_that_goes_away_in_time(whole: Path) -> None:
    lock = whole.with_name("~$moves.xlsx")
    lock.write_bytes(b"clerk")
    waiting = asyncio.create_task(settled(whole, LONG))
    await asyncio.sleep(0)
    assert not waiting.done()
    lock.unlink()
    await waiting


async def test_a_file_that_may_not_be_opened(whole: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """As Windows refuses a file that Excel has open; elsewhere it is its owner who lets nobody in."""

    def refuse(*_: object, **__: object) -> None:
        raise PermissionError(13, "The process cannot access the file")

    monkeypatch.setattr(Path, "open", refuse)
    for closed, code in ((arrival._IN_USE, "file-in-use"), (arrival._NOT_OURS, "file-not-readable")):
        monkeypatch.setattr(arrival, "_REFUSED", closed)
        assert await refusal(whole) == code


PARTS = [0, 2, 100, 2000, -1]


@pytest.mark.parametrize("size", PARTS)
async def test_a_part_of_a_workbook(size: int, whole: Path) -> None:
    whole.write_bytes(whole.read_bytes()[:size])
    assert await refusal(aged(whole)) == "file-incomplete"


async def test_a_workbook_whose_middle_has_not_come_yet(whole: Path) -> None:
    content = whole.read_bytes()
    whole.write_bytes(b"PK" + b"\0" * (len(content) - 2002) + content[-2000:])
    assert await refusal(aged(whole)) == "file-incomplete"


async def test_a_copy_that_is_finished_in_time(whole: Path) -> None:
    content = whole.read_bytes()
    whole.write_bytes(content[:1000])
    waiting = asyncio.create_task(settled(whole, LONG))
    await asyncio.sleep(0)
    whole.write_bytes(content)
    await waiting


async def test_a_file_that_grows_is_not_taken(tmp_path: Path) -> None:
    path = tmp_path / "letters.csv"
    path.write_text("a")
    waiting = asyncio.create_task(refusal(path))
    while not waiting.done():
        with path.open("a") as file:
            file.write("a")
        await asyncio.sleep(0.02)
    assert waiting.result() == "file-incomplete"


async def test_a_clock_that_is_ahead_does_not_matter(whole: Path) -> None:
    later = time.time() + 3600
    os.utime(whole, (later, later))
    await settled(whole, LONG)


async def test_what_is_no_zip_is_taken_as_it_is(tmp_path: Path) -> None:
    path = tmp_path / "letter.pdf"
    path.write_bytes(b"%PDF-1.7")
    await settled(aged(path), LONG)
