"""A baseline says what was measured; what cannot be is refused. Each day has the one of then."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from bots.engine.core.baseline import Baseline, Measured, check_dates, check_not_ahead, in_force
from bots.engine.core.errors import BusinessException
from bots.engine.core.limits import LONDON

SAID = {
    "minutes": "7.5",
    "cases": "1,040",
    "timed_by": " Customer  services ",
    "first": "02/11/2026",
    "last": "6 Nov 2026",
    "staff_hour": "£24.50",
    "a_year": "9,000",
}
SIGNED = datetime(2026, 11, 9, 16, tzinfo=LONDON)


def measured(**change: str) -> Measured:
    return Measured.model_validate(SAID | change)


def signed(number: int, day: date) -> Baseline:
    at = datetime(day.year, day.month, day.day, 15, tzinfo=LONDON).timestamp()
    return Baseline(number=number, process="missed-bins", measured=measured(), signed=at, who="person/ann")


def test_what_people_write_is_understood() -> None:
    found = measured()
    assert (found.minutes, found.cases, found.timed_by) == (Decimal("7.5"), 1040, "Customer services")
    assert (found.first, found.last) == (date(2026, 11, 2), date(2026, 11, 6))
    assert (found.staff_hour, found.a_year) == (Decimal("24.50"), Decimal(9000))
    assert Measured.model_validate(found.data()) == found, "as the store keeps it"


ODD = [
    *(("minutes", text) for text in ("", "0", "-5", "7.555", "1441", "nan", "inf", "1e3", "seven", "٧")),
    *(("cases", text) for text in ("", "0", "-1", "2.5", "many", "1000001", "9" * 400, "²")),
    *(("timed_by", text) for text in ("", "   ", "a" * 201, "a\x07b")),
    *(("first", text) for text in ("", "31/02/2026", "soon")),
    *(("staff_hour", text) for text in ("free", "-1", "1.234", "10000001")),
    *(("a_year", text) for text in ("nan", "£", "99999999999")),
]


@pytest.mark.parametrize(("field", "text"), ODD)
def test_what_is_no_measurement_is_refused(field: str, text: str) -> None:
    with pytest.raises(ValidationError) as refusal:
        measured(**{field: text})
    assert [one["loc"] for one in refusal.value.errors()] == [(field,)]
    assert {one["type"] for one in refusal.value.errors()} == {"value_error"}, "in words of ours"


def test_money_may_be_left_out() -> None:
    said = {name: text for name, text in SAID.items() if name not in ("staff_hour", "a_year")}
    found = Measured.model_validate(said)
    assert (found.staff_hour, found.a_year) == (None, None)


def test_days_that_cannot_be_are_refused() -> None:
    with pytest.raises(BusinessException, match="days-of-timing"):
        check_dates(measured(first="07/11/2026"))
    check_dates(measured(first="06/11/2026"))
    with pytest.raises(BusinessException, match="timed-ahead"):
        check_not_ahead(measured(last="10/11/2026"), SIGNED.timestamp())
    check_not_ahead(measured(last="09/11/2026"), SIGNED.timestamp())


@given(st.lists(st.integers(0, 30), max_size=6), st.integers(-2, 32))
def test_each_day_has_the_newest_that_was_signed_off_by_then(days: list[int], asked: int) -> None:
    first = date(2026, 11, 1)
    all_of_them = [signed(number, first + timedelta(days=day)) for number, day in enumerate(days, start=1)]
    found = in_force(all_of_them, first + timedelta(days=asked))
    by_then = [one for one, day in zip(all_of_them, days, strict=True) if day <= asked]
    assert (found is None) is (not by_then)
    if found is not None:
        assert all((one.day, one.number) <= (found.day, found.number) for one in by_then)
