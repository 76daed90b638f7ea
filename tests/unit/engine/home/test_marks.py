"""Marks outside of the store: true for ever, in several folders, whoever writes them in whatever order."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from bots.engine.home.marks import FOLDER, Marks
from bots.engine.store.audit.restores import Mark

ODD = ["", "{}", "[]", "null", '{"number": "x", "hash": "y"}', '{"number": 1']


class Restores:
    """What the store has, and what it was told that it lacks."""

    def __init__(self, *has: Mark) -> None:
        self.has = list(has)
        self.told: list[Mark] = []

    async def mark(self) -> Mark | None:
        return self.has[-1] if self.has else None

    async def lacks(self, marks: set[Mark]) -> list[Mark]:
        return [mark for mark in marks if mark not in self.has and mark not in self.told]

    async def found(self, lost: list[Mark]) -> None:
        self.told += lost


def row(number: int, line: str = "a") -> Mark:
    return Mark(number=number, hash=f"{line}{number}")


@pytest.fixture
def marks(tmp_path: Path) -> Marks:
    return Marks([tmp_path / "home", tmp_path / "checkpoints"], "store-1")


async def kept(marks: Marks, *has: Mark) -> None:
    await marks.keep(Restores(*has))  # type: ignore[arg-type]


async def restored(marks: Marks, store: Restores) -> bool:
    return await marks.check(store)  # type: ignore[arg-type]


async def test_a_store_that_grew_is_none_that_was_restored(marks: Marks) -> None:
    assert not await restored(marks, Restores())
    await kept(marks, row(1))
    assert not await restored(marks, Restores(row(1)))
    assert not await restored(marks, Restores(row(1), row(2)))


async def test_a_store_that_fell_back_is_told_once(marks: Marks) -> None:
    await kept(marks, row(1), row(2))
    store = Restores(row(1))
    assert await restored(marks, store)
    assert not await restored(marks, store)


async def test_one_that_fell_back_and_grew_past_the_mark(marks: Marks) -> None:
    await kept(marks, row(1), row(2))
    assert await restored(marks, Restores(row(1), row(2, "other"), row(3, "other")))


async def test_each_place_alone_is_enough(marks: Marks, tmp_path: Path) -> None:
    await kept(marks, row(1), row(2))
    for gone in ("home", "checkpoints"):
        shutil.move(tmp_path / gone, tmp_path / "away")
        assert await restored(marks, Restores(row(1)))
        shutil.move(tmp_path / "away", tmp_path / gone)


async def test_an_older_process_that_writes_late_lowers_nothing(marks: Marks, tmp_path: Path) -> None:
    await kept(marks, row(1), row(2))
    await kept(Marks([tmp_path / "home"], "store-1"), row(1))
    assert await restored(marks, Restores(row(1))), "the checkpoints have the later one"
    assert not await restored(marks, Restores(row(1), row(2)))


async def test_another_store_has_marks_of_its_own(marks: Marks, tmp_path: Path) -> None:
    await kept(marks, row(1))
    other = Marks([tmp_path / "home", tmp_path / "checkpoints"], "store-2")
    assert not await restored(other, Restores())


@pytest.mark.parametrize("text", ODD)
async def test_a_mark_that_cannot_be_read_is_none(marks: Marks, tmp_path: Path, text: str) -> None:
    await kept(marks, row(1))
    for file in (tmp_path / "home" / FOLDER).iterdir():
        file.write_text(text, encoding="utf-8")
    assert await restored(marks, Restores()), "the other folder still tells"
    for file in (tmp_path / "checkpoints" / FOLDER).iterdir():
        file.write_text(text, encoding="utf-8")
    assert not await restored(marks, Restores())


async def test_a_folder_that_cannot_be_written_stops_nothing(tmp_path: Path) -> None:
    (tmp_path / "checkpoints").write_text("a file where a folder should be")
    marks = Marks([tmp_path / "home", tmp_path / "checkpoints"], "store-1")
    await kept(marks, row(1))
    assert await restored(marks, Restores())


async def test_the_files_do_not_grow_without_end(tmp_path: Path) -> None:
    folder = tmp_path / FOLDER
    folder.mkdir()
    for hour in range(200):
        (folder / f"store-1-{hour:08}.json").write_text('{"number": 1, "hash": "a1"}')
    await kept(Marks([tmp_path], "store-1"), row(1), row(2))
    assert len(list(folder.iterdir())) <= 50
