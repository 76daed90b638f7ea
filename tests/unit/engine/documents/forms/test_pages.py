"""Pages behind a form: its own payslip belongs to it, and somebody else's is never filed on its claim."""

from __future__ import annotations

from pathlib import Path

import pytest

from bots.engine.core.item import NewItem
from bots.engine.documents.forms.layout import load_layouts
from bots.engine.documents.forms.paper_reader import PaperReader
from bots.engine.settings import ROOT
from bots.processes.benefit_changes.process import PROCESS
from bots.processes.benefit_changes.record import BenefitChange as Record
from fixtures.council.samples.benefit_change import BenefitChange, Paper
from fixtures.council.samples.benefit_file import Sheet, make_file
from fixtures.council.samples.benefit_inbox import benefit_changes

LAYOUTS = load_layouts(ROOT / "bots" / "processes" / "benefit_changes" / "layouts")


@pytest.fixture(scope="module")
def forms() -> list[BenefitChange]:
    made = benefit_changes(12, 3, (Paper.PRINTED,)).changes
    return [one for one in made if not one.exception]


def read(folder: Path, *sheets: Sheet) -> list[NewItem]:
    path = folder / "file.pdf"
    path.write_bytes(make_file(path.name, sheets).content)
    assert PROCESS.papers is not None
    return list(PaperReader(Record, PROCESS.papers, LAYOUTS, None).items(path))


@pytest.mark.parametrize("scanned", [False, True])
def test_its_own_payslip_belongs_to_it(forms: list[BenefitChange], tmp_path: Path, scanned: bool) -> None:
    [item] = read(tmp_path, Sheet.form(forms[0]), Sheet(change=forms[0], payslip=True, scanned=scanned))
    assert (item.code, item.origin["pages"]) == (None, [1, 2])


@pytest.mark.parametrize("scanned", [False, True])
def test_somebody_elses_payslip_is_a_persons(
    forms: list[BenefitChange], tmp_path: Path, scanned: bool
) -> None:
    first, second = forms[:2]
    one, other = read(
        tmp_path,
        Sheet.form(first),
        Sheet.form(second),
        Sheet(change=first, payslip=True, scanned=scanned),
    )
    assert one.code is None
    assert other.code == "another-persons-page"
    assert other.sentence == "Page 2: National Insurance number is another one on page 3."
    assert other.detail == {"fields": {"nino": "is another one on page 3"}}
