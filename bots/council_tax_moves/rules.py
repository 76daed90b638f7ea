"""What a person would check. Pure functions; the sentences are for staff and name no values."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from bots.engine.core.errors import BusinessException

from .record import Move

LONGEST = {"name": 35, "forwarding address": 60, "notes": 120}
"""Characters that revenues keeps; it cuts off the rest in silence, some of it only on saving."""


@dataclass(frozen=True, kw_only=True)
class Account:
    """An account as revenues lists it; `end` None: it is open."""

    number: str
    name: str
    address: str
    end: date | None


@dataclass(frozen=True, kw_only=True)
class Property:
    uprn: str
    address: str


def fits(record: Move) -> None:
    """Nothing is keyed of a move of which some part would be cut off later."""
    texts = {"name": record.liable, "forwarding address": record.forwarding, "notes": record.notes}
    for name, text in texts.items():
        if len(text) > LONGEST[name]:
            raise BusinessException(
                "too-long",
                f"The {name} is longer than the {LONGEST[name]} characters that revenues keeps.",
                {"field": name, "limit": LONGEST[name]},
            )


def left_before_moving_in(record: Move) -> None:
    if record.moved_in < record.moved_out:
        raise BusinessException(
            "moved-in-before-out", "The household would move in before it has left the old property."
        )


def moves_at_all(record: Move) -> None:
    if same_place(record.old_address, record.new_address) and record.old_postcode == record.new_postcode:
        raise BusinessException("same-property", "The old and the new property are the same.")


def choose_account(record: Move, listed: Sequence[Account]) -> Account:
    """The one account that the move ends; none, several or a stranger's are a person's decision."""
    if record.account is not None:
        return _named(record, [one for one in listed if one.number == record.account])
    # Of a tenancy that ended on another day the account is of no concern here.
    mine = [
        one
        for one in listed
        if one.name == record.liable
        and same_place(one.address, record.old_address)
        and one.end in (None, record.moved_out)
    ]
    if len(mine) > 1:
        raise BusinessException(
            "account-ambiguous",
            "Several accounts in revenues fit the name and the address that is left.",
            {"candidates": [one.number for one in mine]},
        )
    if not mine:
        raise BusinessException(
            "account-not-found", "Revenues knows no account of this name at the address that is left."
        )
    return mine[0]


def _named(record: Move, listed: Sequence[Account]) -> Account:
    if not listed:
        raise BusinessException("account-not-found", "Revenues knows no account of this number.")
    if listed[0].name != record.liable:
        raise BusinessException(
            "account-mismatch", "The account of this number is in revenues under another name."
        )
    return listed[0]


def choose_property(record: Move, offered: Sequence[Property]) -> Property:
    """The one property that the household moves to."""
    mine = [one for one in offered if same_place(one.address, record.new_address)]
    if not mine:
        raise BusinessException("property-not-found", "Revenues knows no property at the new address.")
    if len(mine) > 1:
        raise BusinessException(
            "property-ambiguous",
            "Several properties in revenues fit the new address.",
            {"candidates": [one.uprn for one in mine]},
        )
    return mine[0]


def same_place(one: str, other: str) -> bool:
    """Whether two ways of writing house and street mean the same; a town after a comma does not count."""
    shorter, longer = sorted((_bare(one), _bare(other)), key=len)
    return bool(shorter) and longer[: len(shorter)] == shorter


def _bare(address: str) -> list[str]:
    return address.upper().replace(",", " ").replace(".", " ").split()


REASONS = {
    "account-not-found": "Account not known",
    "account-ambiguous": "Several accounts fit",
    "account-mismatch": "Account is another person's",
    "property-not-found": "New property not known",
    "property-ambiguous": "Several new properties fit",
    "dates-overlap": "New property still has an account",
    "moved-in-before-out": "Moves in before moving out",
    "same-property": "Old and new property are the same",
    "too-long": "Too long for the system",
    "already-in-target": "Already in revenues, otherwise",
    "already-ended": "Account was ended meanwhile",
    "invalid-record": "Row is incomplete or unreadable",
    "changed-at-source": "Handed in again with other data",
    "record-locked": "Somebody has the account open",
}
