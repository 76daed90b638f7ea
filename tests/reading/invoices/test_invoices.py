"""Real invoices, read with one general layout: each value right or a person's, none wrong in silence."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest

from bots.engine.settings import ROOT
from tests.reading.invoices.__main__ import read_all
from tests.reading.invoices.compare import Verdict
from tests.reading.invoices.made import make

MADE = 60
SHARED = ROOT.parent / "shared" / "data" / "pdf-invoices"


@pytest.mark.skipif(not SHARED.exists(), reason="the shared data is not here")
async def test_no_invoice_is_read_wrongly_in_silence() -> None:
    found = await read_all(SHARED)
    assert not [each for each in found if each.verdict is Verdict.WRONG]
    assert not [each for each in found if each.why == "breaks-the-reader"]
    assert all(each.why for each in found if each.verdict is Verdict.PERSON)
    counts = Counter(each.verdict for each in found)
    assert counts[Verdict.RIGHT] >= 0.8 * len(found), counts


async def test_traps_do_not_lead_astray(tmp_path: Path) -> None:
    make(tmp_path, MADE, seed=3)
    found = await read_all(tmp_path)
    assert not [each for each in found if each.verdict is Verdict.WRONG]
    counts = Counter(each.verdict for each in found)
    assert len(found) == 3 * MADE
    assert counts[Verdict.RIGHT] >= 0.5 * len(found), counts
