"""A record with one field of each type: what a cell becomes is seen in it."""

from __future__ import annotations

from typing import Annotated

from bots.engine.core.column import Column
from bots.engine.core.record import Pounds, Record, UkDate, YesNo


class Probe(Record):
    known_by = (("ref",),)

    ref: Annotated[str, Column("Case ref")]
    id: Annotated[str | None, Column("Id")] = None
    amount: Annotated[Pounds | None, Column("Amount")] = None
    day: Annotated[UkDate | None, Column("Day")] = None
    text: Annotated[str, Column("Text")] = ""
    count: Annotated[int | None, Column("Count")] = None
    flag: Annotated[YesNo, Column("Flag")] = False
