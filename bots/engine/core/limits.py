"""What a person allows a bot: so much a day, and at first nothing without a person's agreement."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from zoneinfo import ZoneInfo

LONDON = ZoneInfo("Europe/London")
FIRST_ITEMS = "first-items"
DAILY_LIMIT = "daily-limit"


class Leave(StrEnum):
    GIVEN = "given"  # a person agreed, or nobody needs to
    WANTED = "wanted"  # a person must agree to this very item
    FULL = "full"  # as many items as need it wait for a person already


@dataclass(frozen=True, kw_only=True)
class Limits:
    """Of one process, over all workers. None: no such limit. Money is in pence."""

    daily_items: int | None = None
    daily_pence: int | None = None
    approve_first: int = 0  # so many items of the bot are agreed to one by one, before any other is keyed


@dataclass(frozen=True, kw_only=True)
class Spent:
    """What was begun of a process today: each item counts once, however many steps or tries it takes."""

    items: int = 0
    pence: int = 0


def day_of(moment: float) -> str:
    """The council's calendar day of a moment (seconds since 1970), such as 2026-11-21."""
    return datetime.fromtimestamp(moment, LONDON).date().isoformat()


def over(limits: Limits, spent: Spent, pence: int) -> str | None:
    """The sentence that says why one more item of so many pence is too much; None when it is not."""
    if limits.daily_items is not None and spent.items >= limits.daily_items:
        return f"The limit of {limits.daily_items} items a day is reached."
    if limits.daily_pence is not None and spent.pence + pence > limits.daily_pence:
        return f"The limit of {pounds(limits.daily_pence)} a day would be passed."
    return None


def pounds(pence: int) -> str:
    """£1,234.50"""
    return f"£{pence // 100:,}.{pence % 100:02}"
