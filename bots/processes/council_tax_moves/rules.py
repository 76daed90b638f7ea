"""What a person would check. Pure functions; the sentences are for staff and name no values."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from bots.engine.core.choice import Candidate, to_choose
from bots.engine.core.errors import BusinessException
from bots.engine.core.value import Format, canonical

from .record import Move

A_YEAR = timedelta(days=366)
LONGEST = {"name": 35, "forwarding address": 60, "notes": 120}
"""Characters that revenues keeps; it cuts off the rest in silence, some of it only on saving."""


@dataclass(frozen=True, kw_only=True)
class Account:
    """An account as revenues lists it; `end` None: it is open."""

    number: str
    name: str
    address: str
    postcode: str
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
    if (_words(record.old_address), record.old_postcode) == (_words(record.new_address), record.new_postcode):
        raise BusinessException("same-property", "The old and the new property are the same.")


def plausible(record: Move) -> None:
    """A slip in the year would be saved as it stands: revenues asks nothing."""
    latest = max(record.moved_out, record.moved_in)
    if latest - date.today() > A_YEAR or record.moved_in - record.moved_out > A_YEAR:
        raise BusinessException(
            "implausible-date",
            "A date is more than a year ahead, or moving in is more than a year after moving out.",
        )


def choose_account(record: Move, listed: Sequence[Account]) -> Account:
    """The one account that the move ends; none, several or a stranger's are a person's decision."""
    if record.account is not None:
        return _named(record, [one for one in listed if one.number == record.account])
    # Of a tenancy that ended on another day the account is of no concern here.
    mine = [one for one in listed if _fits(record, one) and one.end in (None, record.moved_out)]
    if len(mine) > 1:
        raise BusinessException(
            "account-ambiguous",
            "Several accounts in revenues fit the name and the address that is left.",
            to_choose("account", map(_account_to_choose, mine)),
        )
    if not mine:
        raise BusinessException(
            "account-not-found", "Revenues knows no account of this name at the address that is left."
        )
    return mine[0]


def _account_to_choose(account: Account) -> Candidate:
    end = f"{account.end:%d/%m/%Y}" if account.end else ""
    return Candidate(
        value=account.number, shown={"name": account.name, "address": account.address, "end_date": end}
    )


def _named(record: Move, listed: Sequence[Account]) -> Account:
    if not listed:
        raise BusinessException("account-not-found", "Revenues knows no account of this number.")
    if not _fits(record, listed[0]):
        raise BusinessException(
            "account-mismatch",
            "The account of this number is in revenues under another name, or at another address.",
        )
    return listed[0]


def _fits(record: Move, account: Account) -> bool:
    return (
        same_name(account.name, record.liable)
        and same_place(account.address, record.old_address)
        and account.postcode.replace(" ", "") == record.old_postcode.replace(" ", "")
    )


def choose_property(record: Move, offered: Sequence[Property]) -> Property:
    """The one property that the household moves to."""
    mine = [one for one in offered if same_place(one.address, record.new_address)]
    if not mine:
        raise BusinessException("property-not-found", "Revenues knows no property at the new address.")
    if len(mine) > 1:
        raise BusinessException(
            "property-ambiguous",
            "Several properties in revenues fit the new address.",
            to_choose("new_address", _to_choose(mine)),
        )
    return mine[0]


def _to_choose(several: Sequence[Property]) -> Iterator[Candidate]:
    """Those that are meant alone, where somebody writes the address as revenues writes it."""
    for one in several:
        if sum(same_place(other.address, one.address) for other in several) == 1:
            yield Candidate(value=one.address, shown={"property": one.uprn})


def same_name(one: str, other: str) -> bool:
    return canonical(Format.UPPER, one) == canonical(Format.UPPER, other)


def same_place(held: str, typed: str) -> bool:
    """Whether a typed house and street means an address as revenues holds it, such as "1 Elm Road, Town".

    Only the last part of what revenues holds, the town, may be missing. What somebody typed beside it (a
    flat, "South") must be there: another dwelling is another account.
    """
    parts = held.split(",")
    wholes = [_words(" ".join(parts)), _words(" ".join(parts[:-1]))]
    return bool(_words(typed)) and _words(typed) in wholes


def _words(address: str) -> list[str]:
    return canonical(Format.UPPER, address.replace(",", " ").replace(".", " ")).split()


REASONS = {
    "account-not-found": "Account not known",
    "account-ambiguous": "Several accounts fit",
    "account-mismatch": "Account is another person's",
    "property-not-found": "New property not known",
    "property-ambiguous": "Several new properties fit",
    "dates-overlap": "New property still has an account",
    "implausible-date": "A date is implausible",
    "hidden-row": "Row is hidden in the workbook",
    "struck-out-row": "Row is struck through in the workbook",
    "no-record": "Row is no record but totals or a remark",
    "moved-in-before-out": "Moves in before moving out",
    "same-property": "Old and new property are the same",
    "too-long": "Too long for the system",
    "already-in-target": "Already in revenues, otherwise",
    "already-ended": "Account was ended meanwhile",
    "invalid-record": "Row is incomplete or unreadable",
    "changed-at-source": "Handed in again with other data",
    "record-locked": "Somebody has the account open",
}
