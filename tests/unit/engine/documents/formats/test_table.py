"""What a format says of itself is all that others know of it."""

from __future__ import annotations

import zipfile
from collections.abc import Mapping, Sequence
from pathlib import Path

import pytest

from bots.engine.core.errors import BusinessException
from bots.engine.documents.cells.marks import Marks
from bots.engine.documents.formats import recognised
from bots.engine.documents.formats.format import Format, Marked, Places, Workbook
from bots.engine.documents.formats.recognised import format_of
from bots.engine.documents.formats.table import FORMATS


def test_no_two_have_one_name_and_one_only_keeps_its_look() -> None:
    assert len({one.name for one in FORMATS}) == len(FORMATS)
    assert [one.name for one in FORMATS if one.keeps_its_look] == ["xlsx"]


@pytest.mark.parametrize(
    ("part", "name"), [("xl/workbook.xml", "xlsx"), ("xl\\workbook.bin", "xlsb"), ("XL/Workbook.xml", "xlsx")]
)
def test_a_package_is_known_by_its_parts(tmp_path: Path, part: str, name: str) -> None:
    path = tmp_path / "a.pdf"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr(part, b"<workbook/>")
    assert format_of(path).name == name


def test_text_is_what_nothing_else_is(tmp_path: Path) -> None:
    path = tmp_path / "a.xls"
    path.write_text("a,b\n1,2\n", encoding="utf-8")
    assert format_of(path).name == "csv"
    path.write_bytes(b"a\x01b")
    with pytest.raises(BusinessException, match="not known"):
        format_of(path)


class _Numbers(Workbook):
    """A format that nobody knows yet."""

    name = "numbers"

    def is_package(self, archive: zipfile.ZipFile, names: Mapping[str, str]) -> bool:
        return "document.iwa" in names

    def marked(self, path: Path, sheets: Sequence[str]) -> Marked:
        return _NoMarks()

    def places(self, path: Path) -> Places:
        return iter(())


class _NoMarks(Marked):
    def of(self, sheet: str) -> Marks:
        return Marks()


@pytest.fixture
def one_more(monkeypatch: pytest.MonkeyPatch) -> Format:
    found = _Numbers()
    monkeypatch.setattr(recognised, "FORMATS", (found, *FORMATS))
    return found


def test_one_more_is_a_class_and_a_line(tmp_path: Path, one_more: Format) -> None:
    path = tmp_path / "a"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("Index/Document.iwa", b"")
    assert format_of(path) is one_more
