"""A short run over damaged files, the same ones every time; `python -m tests.fuzz` is the long one."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.fuzz import trial
from tests.fuzz.run import FILES, Run
from tests.fuzz.seeds import seeds


def test_damaged_files_are_read_or_refused(tmp_path: Path) -> None:
    kinds = {seed.kind for seed in seeds()}
    report = Run(seeds=seeds(), seed=1, kept=tmp_path, most=FILES * len(kinds)).run()
    assert report.findings == []
    assert report.said.keys() == kinds
    verdicts = {verdict for said in report.said.values() for verdict in said}
    assert verdicts > {"read", "damaged-workbook", "damaged-document", "not-a-workbook"}
    assert report.items > report.files / 2, "many are read all the same"


def test_what_may_not_be_said_is_found_and_kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(trial, "KNOWN", frozenset())
    workbooks = [seed for seed in seeds() if seed.kind == "xlsx"]
    report = Run(seeds=workbooks, seed=1, kept=tmp_path / "kept", most=FILES).run()
    assert report.findings
    assert {one["file"] for one in report.findings} == {path.name for path in (tmp_path / "kept").iterdir()}
