"""When two spellings are the same value, and when they are not."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bots.engine.core.value import Format, Shown, Value, canonical, differences, folded, written

SAME: list[tuple[Format, Value, str]] = [
    (Format.TEXT, "Zoë", "Zoe\u0308"),
    (Format.TEXT, "two  spaces", "two spaces"),
    (Format.TEXT, "one\ntwo", "one\r\ntwo"),
    (Format.TEXT, None, ""),
    (Format.UPPER, "O'Sample", "O'SAMPLE"),
    (Format.DIGITS, "0099", "00 99"),
    (Format.DATE, date(2026, 2, 5), "05/02/2026"),
    (Format.ISO_DATE, date(2026, 2, 5), "2026-02-05"),
    (Format.MONEY, Decimal("1234.5"), "£1,234.50"),
    (Format.YES_NO, True, "Yes"),
    (Format.YES_NO, False, "No"),
]
OTHER: list[tuple[Format, Value, str]] = [
    (Format.TEXT, "Sample", "Sampl"),
    (Format.TEXT, "Sample", "sample"),
    (Format.TEXT, "ab", "a b"),
    (Format.DIGITS, "0099", "99"),
    (Format.DATE, date(2026, 2, 5), "02/05/2026"),
    (Format.DATE, date(2026, 2, 5), "5 Feb"),
    (Format.ISO_DATE, date(2026, 2, 5), "2026-05-02"),
    (Format.MONEY, Decimal("10.00"), "10.01"),
    (Format.MONEY, Decimal("1.23"), "1.234"),
    (Format.MONEY, Decimal("150"), "1,50"),
    (Format.YES_NO, False, ""),
    (Format.YES_NO, False, "Yes"),
]


@pytest.mark.parametrize(("how", "value", "text"), SAME)
def test_same(how: Format, value: Value, text: str) -> None:
    assert Shown(text=text, format=how).equals(value)


@pytest.mark.parametrize(("how", "value", "text"), OTHER)
def test_other(how: Format, value: Value, text: str) -> None:
    assert not Shown(text=text, format=how).equals(value)


@given(st.dates(min_value=date(1900, 1, 1)))
def test_a_date_is_read_back_as_it_was_written(day: date) -> None:
    assert canonical(Format.DATE, written(Format.DATE, day)) == day.isoformat()


@given(st.text(), st.sampled_from(Format))
def test_canonical_is_stable(text: str, how: Format) -> None:
    once = canonical(how, text)
    assert canonical(how, once) == once


def test_differences_look_at_what_both_have() -> None:
    shown = {"a": Shown(text="1"), "c": Shown(text="3")}
    assert differences({"a": "2", "b": "1", "c": "3"}, shown) == ["a"]


def test_a_date_is_typed_as_its_field_wants_it() -> None:
    assert written(Format.DATE, date(2026, 2, 5)) == "05/02/2026"
    assert written(Format.ISO_DATE, date(2026, 2, 5)) == "2026-02-05"


@pytest.mark.parametrize(
    ("text", "source", "equal"),
    [
        ("gate bin", "gate\nbin", True),  # the page breaks its line where nobody sees it
        ("gate\n\nbin", "gatebin", True),  # two paragraphs
        ("gate\nbin", None, True),
        ("gate bin", None, True),  # a cell of a list
        ("gate bin", "gate bin", False),
        ("gate bin", "\n  gate bin\n", False),
        ("gate bin", "gate\nbin and\n more", False),
    ],
)
def test_lines_count_where_a_page_keeps_them(text: str, source: str | None, equal: bool) -> None:
    assert Shown(text=text, source=source).equals("gate\r\n\r\nbin") is equal


def test_a_value_of_one_line_has_no_lines_to_lose() -> None:
    assert Shown(text="gate bin", source="gate\n   bin").equals("gate bin")


@pytest.mark.parametrize(
    "key",
    [
        *("mb-7q2k  0041", "MB–7Q2K 0041", "MB\u20117Q2K\xa0 0041"),
        *("ＭＢ－７Ｑ２Ｋ 0041", "MB-7Q\u200b2K 00\u00ad41", "MB−7Q2K 0041"),
    ],
)
def test_one_key_however_it_is_written(key: str) -> None:
    assert folded(key) == "mb-7q2k 0041"


def test_other_keys_stay_other_keys() -> None:
    assert len({folded(key) for key in ("AB-1", "AB 1", "AB1", "AB-I", "ÁB-1")}) == 5
