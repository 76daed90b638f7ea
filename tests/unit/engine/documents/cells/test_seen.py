"""What a cell shows against what is stored in it: formats, styles, formulas, letters, and rows of a text."""

from __future__ import annotations

import struct
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import TypeAdapter, ValidationError

from bots.engine.core.record import PoundsOrCredit, UkDate
from bots.engine.documents.cells.biff import xls_marks
from bots.engine.documents.cells.marks import NO_DAY, UNREAD, UNSAVED, error, is_error
from bots.engine.documents.cells.number_format import look_of
from bots.engine.documents.cells.text_formula import gives_text
from bots.engine.documents.cells.xlsb import xlsb_marks, xlsb_styles
from bots.engine.documents.clean_letters import SPOILT, CleanLetters, writable
from bots.engine.documents.tables.row_lengths import GOES_ON, SHORT, Lengths

FORMATS = [
    ("00000000", 4012, "00004012"),
    ('\\H\\B0000000', 4012, "HB0004012"),
    ('"D"0', 7, "D7"),
    ("00\\-00\\-00", 1234567, "123-45-67"),
    ('0000"/26"', 12, "0012/26"),
    ("00.00", 1.5, "01.50"),
    ("0%", 0.125, "12.5%"),
    ("0.00%", 1, "100%"),
    ("000", 1.5, None),
    ("000", -1, None),
]  # fmt: skip
PLAIN = (
    "General", "0", "#,##0.00", '"£"#,##0.00', '0" days"', "[Red]0", '_-* #,##0_-;-* #,##0_-', "0,000", "@",
    '_-[$£-809]* #,##0.00_-', "dd/mm/yyyy", "[h]:mm", "# ?/?", "0.00E+00", ".00", "", "[<=9]#-#;(#)",
    "#,##0_M_M",
)  # fmt: skip


@pytest.mark.parametrize(("code", "number", "text"), FORMATS)
def test_a_format_that_makes_another_text(code: str, number: float, text: str | None) -> None:
    assert look_of(code).tells
    assert look_of(code).text(number) == text


@pytest.mark.parametrize("code", PLAIN)
def test_most_formats_tell_nothing(code: str) -> None:
    assert not look_of(code).tells


@pytest.mark.parametrize(
    ("code", "sign"),
    [
        ("[$€-2] 0", "€"),
        ('"$"#,##0', "$"),
        ("0 [$USD]", "USD"),
        ('0 "kr"', "KR"),
        ("[$-409]0", ""),
        ("£0", ""),
    ],
)
def test_money_of_another_country(code: str, sign: str) -> None:
    assert look_of(code).currency == sign


@given(
    st.text(alphabet='0#?.,%;"\\[]$€£-_*dmyhsEeG@/ A', max_size=12),
    st.floats(allow_nan=False, allow_infinity=False),
)
def test_no_format_breaks_the_reader(code: str, number: float) -> None:
    look = look_of(code)
    if look.tells:
        look.text(number)


TEXT_FORMULAS = (
    'IF(1=1,"Yes","No")',
    "A1&B1",
    '="a"',
    "UPPER(A1)",
    'IFERROR(TEXT(A1,"0"),"-")',
    "_xlfn.CONCAT(A1:B1)",
)
OTHERS = (
    "SUM(A1:A9)",
    'IF(A1="x",0,1)',
    'IF(A1,"Yes",0)',
    "A1",
    "LEFT(A1,2)*1",
    'A1&B1="x"',
    'COUNTIF(A:A,"a&b")',
    "",
)


def test_formulas_that_can_give_nothing_but_a_text() -> None:
    assert [one for one in TEXT_FORMULAS if not gives_text(one)] == []
    assert [one for one in OTHERS if gives_text(one)] == []
    assert gives_text("IF(A1&gt;2,&quot;Yes&quot;,&quot;No&quot;)"), "as it stands in the XML"


@pytest.mark.parametrize(
    ("text", "clean"),
    [
        ("Ash\u200b La\u00adne\ufeff", "Ash Lane"),
        ("\ud83d\ude00", "\U0001f600"),
        ("one\x0btwo\u2028three", "one\ntwo\nthree"),
        ("می\u200cخواهم", "می\u200cخواهم"),
        ("a\u200cb", "ab"),
        ("\u00a0x", "\u00a0x"),
    ],
)  # fmt: skip
def test_letters_that_nobody_sees(text: str, clean: str) -> None:
    assert CleanLetters().of({"a": text, "n": 5}) == ({"a": clean, "n": 5}, {})


@pytest.mark.parametrize("letter", ["\ud800", "\0", "\x07", "\x92", "\u202e", "\uffff"])
def test_letters_that_no_record_holds(letter: str) -> None:
    assert CleanLetters().of({"a": f"x{letter}y", "b": "z"}) == ({"b": "z"}, {"a": SPOILT})
    writable({f"k{letter}": [f"x{letter}", 1]})["k" + writable(letter)][0].encode()


def rows(*counts: int, width: int = 5) -> dict[int, str]:
    lengths = Lengths(width)
    for number, count in enumerate((width, *counts), start=1):
        lengths.add(number, ["x"] * count)
    return lengths.doubts()


def test_rows_with_too_few_cells() -> None:
    assert rows(5, 5, 3) == {4: SHORT}
    assert rows(3, 3, 4) == {}, "a program that leaves blank cells out"
    assert rows(5, 3, 3) == {3: GOES_ON, 4: SHORT}, "3 and 3 are one row of 5"
    assert rows(5, 1, 5) == {2: GOES_ON, 3: SHORT}, "a note of two lines at a row's end"
    assert rows(5, 5, 2, 3, 2) == {4: GOES_ON, 5: SHORT, 6: SHORT}


# ---- binary workbooks -----------------------------------------------------------------------
def record(kind: int, content: bytes) -> bytes:
    return struct.pack("<HH", kind, len(content)) + content


def xls(*cells: bytes, more: bytes = b"") -> bytes:
    """A workbook of one sheet. Style 1 pads a number, style 2 is a date, style 3 has a line through it."""
    begin, end = record(0x0809, b"\x00\x06\x05\x00"), record(0x000A, b"")
    fonts = b"".join(record(0x0031, struct.pack("<HH", 200, flags)) for flags in (0, 0, 0, 0, 8))
    code = record(0x041E, struct.pack("<HHB", 164, 8, 0) + b"00000000")
    styles = b"".join(
        record(0x00E0, struct.pack("<HH", font, code)) for font, code in ((0, 0), (0, 164), (0, 14), (5, 0))
    )
    head = begin + fonts + code + styles + more
    place = len(head + record(0x0085, b"\x00" * 8) + end)
    return head + record(0x0085, struct.pack("<II", place, 0)) + end + begin + b"".join(cells) + end


def number(row: int, style: int, value: float) -> bytes:
    return record(0x0203, struct.pack("<HHHd", row, 1, style, value))


def formula(row: int, value: bytes) -> bytes:
    return record(0x0006, struct.pack("<HHH8sH", row, 1, 0, value, 0))


EMPTY_TEXT, A_TEXT = b"\x03" + b"\0" * 5 + b"\xff\xff", b"\0" * 6 + b"\xff\xff"


def test_the_styles_of_an_xls() -> None:
    numbers = [number(1, 1, 4012.0), number(2, 2, 60.0), number(3, 0, 60.0), number(4, 3, 5.0)]
    several = record(0x00BD, struct.pack("<HHHIHIH", 5, 1, 1, 7 << 2 | 2, 2, 60 << 2 | 2, 2))
    marks = xls_marks(xls(*numbers, several), 0)
    assert {row: [*found] for row, found in marks.looks.items()} == {2: [1], 6: [1]}
    assert marks.looks[2][1].text(4012) == "00004012"
    assert marks.problems == {3: {1: NO_DAY}, 6: {2: NO_DAY}}
    assert marks.struck == {5: {1}}


def test_formulas_of_an_xls_that_nobody_calculated() -> None:
    assert xls_marks(xls(formula(1, EMPTY_TEXT), formula(2, EMPTY_TEXT)), 0).problems == {
        2: {1: UNSAVED},
        3: {1: UNSAVED},
    }
    assert xls_marks(xls(formula(1, EMPTY_TEXT), formula(2, A_TEXT)), 0).problems == {}
    excel = record(0x01C1, b"\0" * 8)
    assert xls_marks(xls(formula(1, EMPTY_TEXT), more=excel), 0).problems == {}, "Excel says that it has"


def test_cells_of_older_kinds_in_an_xls() -> None:
    old = record(0x0206, struct.pack("<HHH", 1, 1, 0) + b"\0" * 10)
    assert xls_marks(xls(old), 0).problems == {2: {1: UNREAD}}


def test_a_row_without_height_in_an_xls() -> None:
    flat = record(0x0208, struct.pack("<HHHHIHH", 3, 0, 5, 0, 0, 0x40, 15))
    usual = record(0x0208, struct.pack("<HHHHIHH", 4, 0, 5, 0x80FF, 0, 0, 15))
    assert xls_marks(xls(flat, usual), 0).hidden == {4}


def binary(kind: int, content: bytes) -> bytes:
    head = bytes([kind]) if kind < 0x80 else bytes([kind & 0x7F | 0x80, kind >> 7])
    return head + bytes([len(content)]) + content


def test_the_styles_of_an_xlsb() -> None:
    code = "00000000".encode("utf-16-le")
    styles = xlsb_styles(
        binary(43, struct.pack("<HH", 220, 0)) + binary(43, struct.pack("<HH", 220, 8))
        + binary(44, struct.pack("<HI", 164, 8) + code) + binary(617, b"\0" * 4)
        + binary(47, struct.pack("<HHH", 0, 164, 0)) + binary(47, struct.pack("<HHH", 0, 0, 1))
        + binary(618, b"")
    )  # fmt: skip
    row = binary(0, struct.pack("<IIHBBB", 4, 0, 300, 0, 0, 0))
    cells = b"".join(
        binary(5, struct.pack("<I", column) + struct.pack("<I", column)[:3] + b"\0" + struct.pack("<d", 7.0))
        for column in (0, 1)
    )
    marks = xlsb_marks(row + cells, styles)
    assert ({row: [*found] for row, found in marks.looks.items()}, marks.struck) == ({5: [0]}, {5: {1}})


# ---- the record's own types -----------------------------------------------------------------
@pytest.mark.parametrize("text", ["-5.00", "-£5", "£-5", "(5.00)", "(£5)", "5.00-", "5 CR", "£5.00cr"])
def test_credits(text: str) -> None:
    assert TypeAdapter(PoundsOrCredit).validate_python(text) == Decimal("-5.00")


@pytest.mark.parametrize("text", ["--5", "(-5)", "-5-", "-1,5", "CR", "5 DR"])
def test_no_credits(text: str) -> None:
    with pytest.raises(ValidationError):
        TypeAdapter(PoundsOrCredit).validate_python(text)


@pytest.mark.parametrize(
    ("text", "day"),
    [
        ("1 Sept 26", "2026-09-01"),
        ("1 Febru 2026", "2026-02-01"),
        ("31/12/85", "1985-12-31"),
        ("2026-07-31T00:00:00Z", "2026-07-31"),
    ],
)
def test_days(text: str, day: str) -> None:
    assert TypeAdapter(UkDate).validate_python(text).isoformat() == day


@pytest.mark.parametrize("text", ["12 Marsh 2026", "12 Mayor 2026", "12 Junk 2026", "12 Decide 2026"])
def test_a_word_that_is_no_month(text: str) -> None:
    with pytest.raises(ValidationError):
        TypeAdapter(UkDate).validate_python(text)


def test_only_errors_come_back_as_errors() -> None:
    assert [is_error(one) for one in (error("#N/A"), error(None), UNSAVED, NO_DAY)] == [
        True,
        True,
        False,
        False,
    ]
