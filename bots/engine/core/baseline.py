"""How long a case takes by hand: measured by staff, dated, and signed off by the process owner."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Annotated, Any

from pydantic import AfterValidator, BeforeValidator, Field

from .errors import refusal
from .limits import LONDON
from .record import Pounds, Record, UkDate

_MOST_MINUTES, _MOST_CASES, _LONGEST, _MOST_POUNDS = 24 * 60, 1_000_000, 200, 10_000_000
_NUMBER = re.compile(r"[0-9]{1,4}(?:\.[0-9]{1,2})?", re.ASCII)


def _minutes(value: Any) -> Decimal:
    found = _NUMBER.fullmatch(str(value).strip())
    if not found or not 0 < Decimal(found[0]) <= _MOST_MINUTES:
        raise ValueError("should be a number of minutes such as 12 or 7.5")
    return Decimal(found[0])


def _cases(value: Any) -> Any:
    text = str(value).replace(",", "").strip()
    if not text.isascii() or not text.isdigit() or not 0 < int(text[:10]) <= _MOST_CASES:
        raise ValueError("should be a whole number such as 40")
    return int(text)


def _timed_by(text: str) -> str:
    line = " ".join(text.split())
    if not line or len(line) > _LONGEST or not line.isprintable():
        raise ValueError(f"should be a name or a team of at most {_LONGEST} letters")
    return line


def _affordable(value: Decimal) -> Decimal:
    if value > _MOST_POUNDS:
        raise ValueError("should be an amount such as £1,234.50")
    return value


_Money = Annotated[Pounds, AfterValidator(_affordable)]


class Measured(Record):
    """What was measured, and what staff and the bot cost. `minutes`: of a person's time for one case, from
    opening it to its end; `staff_hour`, `a_year`: in pounds, None where the owner gave no figure."""

    known_by = (("timed_by",),)

    minutes: Annotated[Decimal, BeforeValidator(_minutes), Field(title="Minutes for one case by hand")]
    cases: Annotated[int, BeforeValidator(_cases), Field(title="How many cases were timed")]
    timed_by: Annotated[str, AfterValidator(_timed_by), Field(title="Who timed them")]
    first: Annotated[UkDate, Field(title="First day of timing")]
    last: Annotated[UkDate, Field(title="Last day of timing")]
    staff_hour: Annotated[_Money | None, Field(title="Cost of an hour of staff, in pounds")] = None
    a_year: Annotated[_Money | None, Field(title="Cost of running the bot for a year, in pounds")] = None


@dataclass(frozen=True, kw_only=True)
class Baseline:
    """A measurement that an owner signed off. `signed`: when, in seconds since 1970."""

    number: int
    process: str
    measured: Measured
    signed: float
    who: str

    @property
    def day(self) -> date:
        """It holds from the whole of this day on."""
        return datetime.fromtimestamp(self.signed, LONDON).date()


def check_dates(measured: Measured) -> None:
    """Raises BusinessException."""
    if measured.last < measured.first:
        raise refusal("days-of-timing", "The last day of timing is before the first one.")


def check_not_ahead(measured: Measured, now: float) -> None:
    """Raises BusinessException for days that are still to come."""
    if measured.last > datetime.fromtimestamp(now, LONDON).date():
        raise refusal("timed-ahead", "The last day of timing is still to come. Sign off what was measured.")


def in_force(baselines: Sequence[Baseline], day: date) -> Baseline | None:
    """The one by which a day is reckoned: the newest that was signed off on it or before. None: there was
    none yet, and so there is no figure."""
    held = [one for one in baselines if one.day <= day]
    return max(held, key=lambda one: (one.day, one.number), default=None)
