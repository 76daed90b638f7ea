"""A sweep says what became of each file, and by its exit status whether any did harm."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from openpyxl import Workbook
from reportlab.pdfgen.canvas import Canvas

from tests.reading.sweep import Swept, main, summary


def files(folder: Path) -> Path:
    (folder / "deep").mkdir(parents=True)
    canvas = Canvas(str(folder / "letter.pdf"))
    canvas.drawString(72, 700, "Two words")
    canvas.save()
    book = Workbook()
    book.active.append(["Name", "Rent"])
    book.active.append(["Iris Sample", 612.5])
    book.save(folder / "deep" / "moves.xlsx")
    (folder / "broken.pdf").write_bytes(b"%PDF-1.7 and nothing more")
    (folder / "empty").write_bytes(b"")
    return folder


def swept(tmp_path: Path, *options: str) -> tuple[int, dict[str, dict[str, object]]]:
    facts = tmp_path / "facts.json"
    status = main([str(files(tmp_path / "files")), "--json", str(facts), *options])
    return status, {one["file"]: one for one in json.loads(facts.read_text(encoding="utf-8"))}


def test_each_file_has_a_verdict(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    status, found = swept(tmp_path)
    assert status == 0
    verdicts = {name: one["verdict"] for name, one in found.items()}
    assert verdicts == {
        "broken.pdf": "damaged-document",
        "deep/moves.xlsx": "read",
        "empty": "empty-workbook",
        "letter.pdf": "read",
    }
    assert (found["letter.pdf"]["pages"], found["letter.pdf"]["words"]) == (1, 2)
    assert (found["deep/moves.xlsx"]["sheets"], found["deep/moves.xlsx"]["rows"]) == (1, 2)
    assert "4 files, 0 of them trouble" in capsys.readouterr().out


def test_what_hangs_over_the_limit_is_trouble(tmp_path: Path) -> None:
    status, found = swept(tmp_path, "--seconds", "0.0001")
    assert status == 1
    assert found["letter.pdf"]["verdict"] in {"too-slow", "reader-did-not-start"}


def test_the_summary_counts_by_kind_and_verdict() -> None:
    one = Swept(file="a.pdf", kind="pdf", pages=2, scanned=1, words=7, seconds=1.5, megabytes=60)
    found = [one, one, Swept(file="b.pdf", kind="pdf", verdict="password")]
    assert summary(found) == [
        ("pdf", "password", 1, "0 (0)", 0, 0, 0, 0.0, "0"),
        ("pdf", "read", 2, "4 (2)", 14, 0, 0, 1.5, "60"),
    ]
