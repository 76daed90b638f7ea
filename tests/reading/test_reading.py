"""A small run of `python -m tests.reading`: nothing is read wrongly in silence."""

from __future__ import annotations

from pathlib import Path

import pytest
from rich.console import Console
from rich.progress import Progress

from fixtures.council.samples.benefit_change import Paper
from tests.reading.__main__ import read_paper
from tests.reading.workbooks import read_workbooks

COUNT = {Paper.FILLED: 20, Paper.PRINTED: 20, Paper.SCANNED: 3}


@pytest.mark.parametrize("paper", list(Paper), ids=lambda paper: paper.value)
async def test_nothing_is_wrong_in_silence(paper: Paper, tmp_path: Path) -> None:
    with Progress(console=Console(quiet=True)) as progress:
        tally = await read_paper(paper, COUNT[paper], 5, tmp_path, progress)
    assert (tally.silent, tally.missed) == ([], [])
    assert tally.right > 0.9 * tally.values


async def test_nothing_of_a_workbook_is_wrong_in_silence(tmp_path: Path) -> None:
    tally = await read_workbooks(2, 5, tmp_path, lambda: None)
    assert (tally.silent, tally.missed, tally.sent) == ([], [], 0)
    assert tally.right > 0.98 * tally.values
