"""What a person would check. Pure functions; the sentences are for staff and name no values."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from bots.engine.core.errors import BusinessException

from .record import BenefitChange

NOTES = 250
"""Characters that benefits keeps; it says nothing of the rest."""
_WITH_MONEY = ("RENT", "INCM", "WORK")
_WITH_PARTS = ("INCM", "WORK")

REASONS = {
    "not-signed": "The form is not signed",
    "total-does-not-add-up": "The total does not add up",
    "figures-missing": "Figures are missing",
    "changed-in-the-future": "The date of the change lies ahead",
    "too-long": "Notes too long for benefits",
    "claim-not-found": "No such claim",
    "claimant-differs": "The claim is somebody else's",
    "claim-closed": "The claim is closed",
    "value-to-check": "Hard to read",
    "invalid-record": "Not as it should be",
    "another-persons-page": "A page may be somebody else's",
    "unknown-form-version": "Unknown version of the form",
    "unknown-document": "Not a form that is known",
    "already-in-target": "Recorded before",
}


@dataclass(frozen=True, kw_only=True)
class Claim:
    """A claim as benefits lists it."""

    number: str
    name: str
    born: str  # as ISO
    nino: str
    open: bool


def signed(record: BenefitChange) -> None:
    if not record.signed:
        raise BusinessException("not-signed", "The form is not signed. Ask for a signed one.")


def not_ahead(record: BenefitChange) -> None:
    if record.changed_on > date.today():
        raise BusinessException("changed-in-the-future", "The date of the change lies ahead.")


def complete(record: BenefitChange) -> None:
    """Each kind of change wants its own figures."""
    missing = record.total is None or record.period is None
    if record.change in _WITH_MONEY and missing:
        raise BusinessException("figures-missing", "The amount, or how often it is paid, is missing.")
    if record.change not in _WITH_MONEY and record.person is None:
        raise BusinessException("figures-missing", "Who moved in or out is missing.")


def adds_up(record: BenefitChange) -> None:
    parts = [part for part in (record.earnings, record.pensions, record.other_income) if part is not None]
    wanted = record.change in _WITH_PARTS or parts
    if wanted and sum(parts, Decimal(0)) != (record.total or Decimal(0)):
        raise BusinessException("total-does-not-add-up", "The parts of the income do not make up its total.")


def fits(record: BenefitChange) -> None:
    if len(record.notes) > NOTES:
        sentence = f"The notes are longer than the {NOTES} characters that benefits keeps."
        raise BusinessException("too-long", sentence, {"field": "notes", "limit": NOTES})


def somebody_left(record: BenefitChange) -> bool:
    """Urgent: until it is recorded, too much is paid every week, and the household must pay it back."""
    return record.change == "MOUT"


def the_claimants(record: BenefitChange, listed: Sequence[Claim]) -> None:
    """The claim must be there, open, and the very person's who wrote: one digit can be another household."""
    found = [claim for claim in listed if claim.number == record.claim]
    if not found:
        raise BusinessException("claim-not-found", "Benefits knows no claim of this number.")
    [claim] = found
    theirs = (claim.nino, claim.born, _bare(claim.name))
    if theirs != (record.nino, record.born.isoformat(), _bare(record.name)):
        raise BusinessException(
            "claimant-differs",
            "The name, the date of birth or the National Insurance number is not that of the claim.",
        )
    if not claim.open:
        raise BusinessException("claim-closed", "Benefits says that this claim is closed.")


def _bare(name: str) -> str:
    """Letters only: hyphens, apostrophes and capitals differ from one form to the next."""
    return "".join(letter for letter in name.casefold() if letter.isalpha())
