"""One invoice, as far as the general layout reads it."""

from __future__ import annotations

import datetime
from decimal import Decimal

from bots.engine.core.record import Record


class Invoice(Record):
    known_by = (("number",),)

    number: str
    date: datetime.date
    total: Decimal
