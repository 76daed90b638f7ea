"""What counts as a difference between what was keyed and what the target shows."""

from __future__ import annotations

from datetime import date

import pytest

from bots.engine.core.value import Format, Found, Shown, Value
from bots.engine.keying.entry_values import Alike, completed, half_alike, spelt_alike, wrong_fields

SPELT: dict[str, tuple[Value, str, Format, bool]] = {
    "as it was typed": ("A  Sample", "A  Sample", Format.TEXT, True),
    "white space drawn together": ("A  Sample", "A Sample", Format.TEXT, True),
    "white space put in": ("A Sample", "A  Sample", Format.TEXT, False),
    "white space behind it": ("A Sample", "A Sample ", Format.TEXT, False),
    "a space that only fills the cell": ("", "\xa0", Format.TEXT, True),
    "a space where nothing was": ("", " ", Format.TEXT, False),
    "lines as browsers send them": ("one\ntwo", "one\r\ntwo", Format.TEXT, True),
    "lines on one line": ("one\ntwo", "one two", Format.TEXT, True),
    "each line drawn together": ("one  and\ntwo", "one and\ntwo", Format.TEXT, True),
    "an accent in two characters": ("Zoé", "Zoe\u0301", Format.TEXT, True),
    "capitals that the system makes": ("A Sample", "A SAMPLE", Format.UPPER, True),
    "small letters in a system of capitals": ("A SAMPLE", "a sample", Format.UPPER, False),
    "a date has no spelling": (date(2026, 1, 2), "02/01/2026", Format.DATE, True),
    "digits may stand in groups": ("01632960123", "01632 960123", Format.DIGITS, True),
}


@pytest.mark.parametrize(("value", "text", "how", "alike"), SPELT.values(), ids=SPELT)
def test_spelling(value: Value, text: str, how: Format, alike: bool) -> None:
    assert spelt_alike(value, Shown(text=text, format=how)) is alike


def test_wrong_fields_are_named_once_and_in_order() -> None:
    shown = {"a": Shown(text="2"), "b": Shown(text="x  y"), "c": Shown(text="other")}
    meant = {"a": "1", "b": "x y", "gone": "z"}
    assert wrong_fields(meant, {"a": "1", "c": "kept", "unmapped": "q"}, shown) == ["a", "gone", "b", "c"]


def test_what_matching_found_is_taken_from_the_receipt() -> None:
    assert completed({"uprn": None, "phone": None, "notes": ""}, {"uprn": "99", "notes": "x"}) == {
        "uprn": "99",
        "phone": None,
        "notes": "",
    }


def entry(reference: str, **values: str) -> Found:
    return Found(reference=reference, values={name: Shown(text=text) for name, text in values.items()})


def test_copies_and_near_copies() -> None:
    alike = Alike(aside={"by"})
    alike.learn([entry("1", number="1", name="A", day="Mon", by="bot"), entry("2", name="B", day="Tue")])
    copy = alike.copied(entry("9", number="9", name="A", day="Mon", by="somebody"))
    assert copy is not None
    assert (copy.reference, copy.fields) == ("1", ())
    assert alike.copied(entry("9", name="A", day="Wed")) is None
    assert alike.copied(entry("9", by="bot")) is None, "of nothing there is no copy"


def test_a_near_copy_names_the_one_value() -> None:
    alike = Alike(aside=())
    alike.learn([entry("1", name="A", day="Mon", place="here")])
    near = alike.close(entry("9", name="A", day="Tue", place="here"))
    assert near is not None
    assert (near.reference, near.fields) == ("1", ("day",))
    assert alike.close(entry("9", name="B", day="Tue", place="here")) is None


def test_half_alike_asks_only_what_is_known() -> None:
    shown = {"uprn": Shown(text="1"), "name": Shown(text="A"), "day": Shown(text="Mon")}
    assert half_alike({"uprn": None, "name": "A", "day": "Tue"}, shown)
    assert not half_alike({"uprn": "2", "name": "A", "day": "Tue"}, shown)
    assert not half_alike({"uprn": None, "other": "x"}, shown)
