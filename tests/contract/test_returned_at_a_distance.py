"""The workbook that goes back is written in a process of its own: it is the sender's, opened once more."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

import pytest
from openpyxl import load_workbook

from bots.engine.core.errors import BusinessException
from bots.engine.documents.answers.answer import Answer
from bots.engine.documents.sandbox.sandbox import Limits, Sandbox
from tests.unit.moves_workbook import HEADINGS, ROW, workbook


def reply(row: int) -> Answer:
    when = datetime(2026, 11, 2, 9, 30)
    return Answer(
        sheet="Moves", row=row, outcome="Done", reference=f"CT-{row}", reason="", when=when, item=f"i-{row}"
    )


async def test_a_return_is_written_at_a_distance(tmp_path: Path) -> None:
    original = workbook(tmp_path / "moves.xlsx", Moves=[HEADINGS, ROW])
    async with Sandbox() as sandbox:
        path = await sandbox.answer(original, tmp_path / "back.xlsx", {"Moves": 1}, [reply(2)])
    assert path == tmp_path / "back.xlsx"
    row = [cell.value for cell in load_workbook(path)["Moves"][2]]
    assert row[len(HEADINGS) :] == ["Done", "CT-2", None, datetime(2026, 11, 2, 9, 30), "i-2"]


async def test_a_return_that_takes_too_much_is_refused(tmp_path: Path) -> None:
    """Its process is ended, and the next return goes on."""
    large = workbook(tmp_path / "large.xlsx", Moves=[HEADINGS, *[ROW] * 30_000])
    small = workbook(tmp_path / "small.xlsx", Moves=[HEADINGS, ROW])
    async with Sandbox(Limits(megabytes=90)) as narrow:
        with pytest.raises(BusinessException, match="too-large"):
            await narrow.answer(large, tmp_path / "a.xlsx", {"Moves": 1}, [reply(2)])
        await narrow.answer(small, tmp_path / "b.xlsx", {"Moves": 1}, [reply(2)])
