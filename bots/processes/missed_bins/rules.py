"""What a person would check. Pure functions; the sentences are for staff and name no values."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from bots.engine.core.choice import Candidate, to_choose
from bots.engine.core.errors import BusinessException

from .record import MissedBin

_DAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")


@dataclass(frozen=True, kw_only=True)
class Property:
    """A property as waste management lists it; `days`: its collection day by collection ("Tue")."""

    uprn: str
    address: str
    postcode: str
    days: dict[str, str]


def reported_after_the_day(record: MissedBin) -> None:
    if record.received_on < record.missed_on:
        raise BusinessException(
            "missed-in-the-future",
            "The report was sent before the day on which the bin is said to be missed.",
        )


def choose_property(record: MissedBin, candidates: Sequence[Property]) -> Property:
    """The one property that the report means; none or several are a person's decision."""
    if not candidates:
        raise BusinessException("property-not-found", "Waste management knows no such property.")
    if len(candidates) > 1:
        raise BusinessException(
            "property-ambiguous",
            "Several properties in waste management match the address that was typed.",
            to_choose("uprn", map(_candidate, candidates)),
        )
    found = candidates[0]
    if found.postcode.replace(" ", "").upper() != record.postcode.replace(" ", ""):
        raise BusinessException(
            "property-mismatch",
            "The property reference and the postcode of the report do not belong together.",
        )
    return found


def _candidate(found: Property) -> Candidate:
    return Candidate(value=found.uprn, shown={"address": found.address, "postcode": found.postcode})


def collected_that_day(record: MissedBin, found: Property) -> None:
    day = found.days.get(record.collection, "")
    if not day or not day.startswith(_DAYS[record.missed_on.weekday()]):
        raise BusinessException(
            "not-a-collection-day",
            "The property has no such collection on the day that was reported.",
            {"collection_day": day, "missed_on": record.missed_on.isoformat()},
        )


REASONS = {
    "property-not-found": "Property not known",
    "property-ambiguous": "Several properties match",
    "property-mismatch": "Property and postcode disagree",
    "not-a-collection-day": "Not a collection day",
    "missed-in-the-future": "Reported before the day",
    "too-long": "Too long for the system",
    "already-in-target": "Already in waste management",
    "invalid-record": "Report is incomplete",
    "changed-at-source": "Report was changed later",
}
