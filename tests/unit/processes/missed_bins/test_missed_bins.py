"""The rules of missed bins, without a browser."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
from pydantic import ValidationError

from bots.engine.core.errors import BusinessException
from bots.engine.core.value import Format, Shown
from bots.processes.missed_bins import rules
from bots.processes.missed_bins.record import MissedBin
from bots.processes.missed_bins.rules import Property
from bots.processes.missed_bins.source import report
from bots.processes.missed_bins.steps import LogCase

THURSDAY = date(2026, 3, 5)


def a_record(**change: Any) -> MissedBin:
    values = {
        "number": "MB-7Q2K-0041",
        "uprn": "990000000001",
        "house": "12",
        "postcode": "zz14ab",
        "collection": "Refuse",
        "missed_on": THURSDAY,
        "received_on": date(2026, 3, 6),
        "reported_by": "  Zoë  O'Sample ",
    }
    return MissedBin.model_validate(values | change)


def a_property(**change: Any) -> Property:
    days = {"Refuse": "Thu", "Recycling": "Fri", "Garden waste": ""}
    return Property(
        **(
            {"uprn": "990000000001", "address": "1 Elm Sample Road", "postcode": "ZZ1 4AB", "days": days}
            | change
        )
    )


def code_of(rule: Any, *arguments: Any) -> str:
    with pytest.raises(BusinessException) as raised:
        rule(*arguments)
    assert raised.value.sentence.endswith(".")
    assert raised.value.code in rules.REASONS
    return raised.value.code


def test_record_is_tidied() -> None:
    record = a_record()
    assert (record.postcode, record.reported_by) == ("ZZ1 4AB", "Zoë O'Sample")
    assert record.reference == "MB-7Q2K-0041"
    assert MissedBin.sensitive() == {"reported_by"}


@pytest.mark.parametrize(
    "wrong",
    [{"postcode": "nowhere"}, {"uprn": "12a"}, {"reported_by": " "}, {"collection": "Glass"}, {"extra": 1}],
)
def test_record_refuses(wrong: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        a_record(**wrong)


def test_reported_before_the_day() -> None:
    rules.reported_after_the_day(a_record())
    early = a_record(received_on=date(2026, 3, 4))
    assert code_of(rules.reported_after_the_day, early) == "missed-in-the-future"


def test_property() -> None:
    assert rules.choose_property(a_record(), [a_property()]).uprn == "990000000001"
    assert code_of(rules.choose_property, a_record(), []) == "property-not-found"
    assert code_of(rules.choose_property, a_record(), [a_property(), a_property()]) == "property-ambiguous"
    elsewhere = a_property(postcode="ZZ9 9ZZ")
    assert code_of(rules.choose_property, a_record(), [elsewhere]) == "property-mismatch"


@pytest.mark.parametrize("change", [{"missed_on": date(2026, 3, 4)}, {"collection": "Garden waste"}])
def test_not_a_collection_day(change: dict[str, Any]) -> None:
    rules.collected_that_day(a_record(), a_property())
    assert code_of(rules.collected_that_day, a_record(**change), a_property()) == "not-a-collection-day"


def test_page_to_record() -> None:
    texts = {
        "number": "MB-7Q2K-0041",
        "received": "06/03/2026 09:15",
        "house": "Rose Sample Cottage",
        "postcode": "ZZ1 4AB",
        "collection": "Garden waste",
        "reported_by": "Ann Sample",
        "notes": "By the gate\nplease",
    }
    shown = {name: Shown(text=text) for name, text in texts.items()}
    shown |= {"uprn": Shown(text=""), "missed_on": Shown(text="05/03/2026", format=Format.DATE)}
    record = MissedBin.model_validate(report(shown))
    assert (record.uprn, record.missed_on, record.received_on) == (None, THURSDAY, date(2026, 3, 6))
    assert record.notes == "By the gate\nplease"


def test_every_value_that_is_keyed_is_expected() -> None:
    assert set(LogCase().values(a_record())) >= {"uprn", "collection", "missed_on", "reported_by", "notes"}
