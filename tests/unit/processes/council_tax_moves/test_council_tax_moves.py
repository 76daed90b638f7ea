"""The rules of council tax moves, and what a row is taken for."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest
from pydantic import ValidationError

from bots.engine.core.choice import Choice
from bots.engine.core.errors import BusinessException
from bots.processes.council_tax_moves import rules
from bots.processes.council_tax_moves.record import Move
from bots.processes.council_tax_moves.rules import Account, Property

ROW = {
    "account": "412345",
    "name": "Asha  Testerton",
    "phone": "7700900123",
    "old_address": "12 Larch Sample Road",
    "old_postcode": "zz14ab",
    "moved_out": "14/02/2026",
    "new_address": "3 Rowan Sample Lane",
    "new_postcode": "ZZ1 4AD",
    "moved_in": "16 Feb 2026",
    "lives_alone": "Y",
    "notes": "Keys are\nwith us",
}


def move(**change: Any) -> Move:
    return Move.model_validate(ROW | change)


def code(rule: Any, *arguments: Any) -> str:
    with pytest.raises(BusinessException) as caught:
        rule(*arguments)
    assert "ASHA" not in caught.value.sentence.upper()
    return caught.value.code


def account(**change: Any) -> Account:
    held = {
        "number": "00412345",
        "name": "ASHA TESTERTON",
        "address": "12 Larch Sample Road, Examplewick",
        "postcode": "ZZ1 4AB",
        "end": None,
    }
    return Account(**(held | change))


def test_a_row_as_people_type_it() -> None:
    record = move()
    assert (record.account, record.phone, record.lives_alone) == ("00412345", "07700900123", True)
    assert (record.moved_out, record.moved_in) == (date(2026, 2, 14), date(2026, 2, 16))
    assert (record.liable, record.forwarding) == ("ASHA TESTERTON", "3 ROWAN SAMPLE LANE, ZZ1 4AD")
    assert record.notes == "Keys are with us"


UGLY = {
    "an impossible day": {"moved_out": "31/02/2026"},
    "a bare number for a date": {"moved_out": "46067"},
    "the month first": {"moved_out": "02/14/2026"},
    "letters in the account": {"account": "4123A5"},
    "nine digits": {"account": "123456789"},
    "no postcode": {"new_postcode": "Rowan"},
    "a word for a telephone": {"phone": "none"},
    "perhaps": {"lives_alone": "perhaps"},
    "no name": {"name": "  "},
}


@pytest.mark.parametrize("change", UGLY.values(), ids=UGLY)
def test_what_is_no_record(change: dict[str, str]) -> None:
    with pytest.raises(ValidationError):
        move(**change)


@pytest.mark.parametrize(
    "written", ["14/02/2026", "14-2-26", "14.02.2026", "14 February 2026", "14th Feb 26", "2026-02-14"]
)
def test_dates_however_they_are_written(written: str) -> None:
    assert move(moved_out=written).moved_out == date(2026, 2, 14)


def test_by_what_a_move_is_known() -> None:
    assert move().reference == "00412345"
    key = "ASHA TESTERTON/12 LARCH SAMPLE ROAD/ZZ1 4AB/2026-02-14"
    assert move(account=None).reference == key
    assert Move.reference_in({"account": "412345", "moved_out": "31/02/2026"}) == "00412345"
    assert Move.reference_in({"name": "Asha", "moved_out": "31/02/2026"}) is None


def test_a_slip_in_the_account_number_is_not_the_same_case() -> None:
    other = ROW | {"name": "Bela Specimen", "old_address": "7 Larch Sample Road"}
    assert not Move.same_case(ROW, other)
    assert Move.same_case(ROW, ROW | {"phone": "01632 960123", "lives_alone": "No"})
    assert Move.same_case(ROW, ROW | {"moved_out": "31/02/2026"}), (
        "what cannot be read disagrees with nothing"
    )


SAME = [
    ("12 Larch Sample Road, Examplewick", "12 larch sample road"),
    ("The Old Sample Forge, Larch Sample Road, Examplewick", "The Old Sample Forge, Larch Sample Road"),
    ("The Old Sample Forge, Larch Sample Road, Examplewick", "The Old Sample Forge Larch Sample Road"),
    ("12 Larch Sample Road, Examplewick", "12 Larch Sample Road, Examplewick."),
]
OTHER = [
    ("12 Fir Sample Road South, Examplewick", "12 Fir Sample Road"),
    ("Yew House, Flat 7, Examplewick", "Yew House"),
    ("Yew House Flat 7, Examplewick", "Yew House"),
    ("9 Box Sample Road, Examplewick", "9 Box Sample Road Flat 2"),
    ("11 Larch Sample Road, Examplewick", "1 Larch Sample Road"),
    ("12A Larch Sample Road, Examplewick", "12 Larch Sample Road"),
    ("12 Larch Sample Road, Examplewick", ""),
]


@pytest.mark.parametrize(("held", "typed"), SAME)
def test_the_same_place(held: str, typed: str) -> None:
    assert rules.same_place(held, typed)


@pytest.mark.parametrize(("held", "typed"), OTHER)
def test_another_place(held: str, typed: str) -> None:
    assert not rules.same_place(held, typed)


def test_the_account_that_is_meant() -> None:
    assert rules.choose_account(move(), [account()]).number == "00412345"
    assert code(rules.choose_account, move(), []) == "account-not-found"
    stranger, elsewhere = account(name="BELA SPECIMEN"), account(address="50 Pine Sample Road, Examplewick")
    for other in (stranger, elsewhere, account(postcode="ZZ9 9ZZ")):
        assert code(rules.choose_account, move(), [other]) == "account-mismatch"


def test_the_account_by_name_and_address() -> None:
    nameless = move(account=None)
    ended = account(number="00000001", end=date(2020, 1, 1))
    found = rules.choose_account(nameless, [ended, account(), account(number="2", name="BELA SPECIMEN")])
    assert found.number == "00412345"
    twin = account(number="00000002")
    assert code(rules.choose_account, nameless, [account(), twin]) == "account-ambiguous"
    assert code(rules.choose_account, nameless, [ended]) == "account-not-found"
    by_us = account(end=date(2026, 2, 14))
    assert rules.choose_account(nameless, [by_us]) is by_us, "ended by this very move"


def test_names_are_compared_as_people_read_them() -> None:
    assert rules.same_name("ZOE\u0308 SAMPLE", "Zo\u00eb  Sample")


def test_the_new_property() -> None:
    here = Property(uprn="1", address="3 Rowan Sample Lane, Examplewick")
    assert (
        rules.choose_property(move(), [here, Property(uprn="2", address="33 Rowan Sample Lane, E")]) is here
    )
    assert code(rules.choose_property, move(), []) == "property-not-found"
    assert code(rules.choose_property, move(), [here, Property(uprn="2", address=here.address)]) == (
        "property-ambiguous"
    )


def test_a_property_is_offered_only_where_its_address_means_it_alone() -> None:
    """Taken, the others would lead to the same question again."""
    one, part = "3 Rowan Sample Lane, Examplewick", "3 Rowan Sample Lane, Examplewick, Sampleshire"
    twins = [Property(uprn="1", address=one), Property(uprn="2", address=one)]

    def offered(*listed: Property) -> list[str]:
        with pytest.raises(BusinessException) as caught:
            rules.choose_property(move(new_address="3 Rowan Sample Lane, Examplewick"), listed)
        choice = Choice.of(caught.value.detail)
        return [candidate.value for candidate in choice.candidates] if choice else []

    assert offered(*twins) == []
    assert offered(twins[0], Property(uprn="3", address=part)) == [part]


def test_what_revenues_would_cut_off() -> None:
    assert code(rules.fits, move(name="A" * 36)) == "too-long"
    assert code(rules.fits, move(new_address="A" * 60)) == "too-long"
    assert code(rules.fits, move(notes="a" * 121)) == "too-long"
    rules.fits(move(name="A" * 35, notes="a" * 120))


def test_dates_that_cannot_be() -> None:
    assert code(rules.left_before_moving_in, move(moved_in="13/02/2026")) == "moved-in-before-out"
    far = date.today() + timedelta(days=500)
    assert code(rules.plausible, move(moved_out=far.isoformat(), moved_in=far.isoformat())) == (
        "implausible-date"
    )
    assert code(rules.plausible, move(moved_in="16/02/2062")) == "implausible-date"
    rules.plausible(move())


def test_a_move_to_the_same_place() -> None:
    assert code(rules.moves_at_all, move(new_address="12 LARCH SAMPLE ROAD", new_postcode="ZZ1 4AB")) == (
        "same-property"
    )
