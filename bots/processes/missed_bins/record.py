"""One report of a missed collection, as a resident sent it through the portal."""

from __future__ import annotations

from datetime import date
from typing import Literal

from pydantic import Field

from bots.engine.core.record import PersonName, Postcode, Record, Uprn

Collection = Literal["Refuse", "Recycling", "Garden waste"]


class MissedBin(Record):
    known_by = (("number",),)

    number: str = Field(pattern=r"^MB-[0-9A-Z]{4}-[0-9]{4,}$")
    """The portal's confirmation number, such as MB-7Q2K-0041."""
    uprn: Uprn | None = None
    """Absent when the resident typed the address; found by matching."""
    house: str = Field(min_length=1)
    postcode: Postcode
    collection: Collection
    missed_on: date
    received_on: date
    reported_by: PersonName
    notes: str = ""
