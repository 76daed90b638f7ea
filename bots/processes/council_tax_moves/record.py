"""One household that moves from one property of the borough to another."""

from __future__ import annotations

import re
from typing import Annotated

from pydantic import AfterValidator, StringConstraints

from bots.engine.core.column import Column
from bots.engine.core.record import PersonName, Phone, Postcode, Record, Sensitive, UkDate, YesNo

_ACCOUNT = re.compile(r"^[0-9]{1,8}$", re.ASCII)


def _account(text: str) -> str:
    bare = "".join(text.split())
    if not _ACCOUNT.match(bare):
        raise ValueError("should be an account number of 8 digits")
    return bare.zfill(8)  # a spreadsheet that takes it for a number drops its zeros


def _one_line(text: str) -> str:
    return " ".join(text.split())


Line = Annotated[str, StringConstraints(min_length=1), AfterValidator(_one_line), Sensitive]
"""Text on one line that points at a person."""


class Move(Record):
    known_by = (("account",), ("name", "old_address", "old_postcode", "moved_out"))

    account: Annotated[
        str | None,
        AfterValidator(lambda text: _account(text) if text else None),
        Sensitive,
        Column("Account no", "Account number", "A/c no", "A/c", "Council tax account", "CT ref"),
    ] = None
    """Of the property that is left; 8 digits. Absent: found by name and address."""
    name: Annotated[PersonName, Column("Tenant", "Tenant name", "Name", "Liable person")]
    phone: Annotated[Phone | None, Column("Tel", "Telephone", "Phone", "Tel no", "Mobile")] = None
    old_address: Annotated[Line, Column("Leaving address", "Old address", "Address left", "From address")]
    old_postcode: Annotated[Postcode, Column("Leaving postcode", "Old postcode", "From postcode")]
    moved_out: Annotated[UkDate, Column("Date left", "Moved out", "Moving out", "End date")]
    new_address: Annotated[Line, Column("New address", "Moving to", "To address", "Forwarding address")]
    new_postcode: Annotated[Postcode, Column("New postcode", "To postcode")]
    moved_in: Annotated[UkDate, Column("Moving in", "Moved in", "Date moved in", "Start date")]
    lives_alone: Annotated[YesNo, Column("Lives alone", "Sole occupier", "Single occupancy")] = False
    notes: Annotated[
        str,
        AfterValidator(_one_line),
        Sensitive,
        Column("Agent's notes", "Notes", "Comments", "Remarks"),
    ] = ""

    property_ref: str | None = None
    """Of the new property; found by matching."""

    @property
    def liable(self) -> str:
        """The person as revenues writes names."""
        return self.name.upper()

    @property
    def forwarding(self) -> str:
        return f"{self.new_address}, {self.new_postcode}".upper()
