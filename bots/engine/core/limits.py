"""What a person allows a bot: so much a day, and at first nothing without a person's agreement."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from zoneinfo import ZoneInfo

from .errors import BusinessException, Held

LONDON = ZoneInfo("Europe/London")
FIRST_ITEMS = "first-items"
LARGE_CASE = "large-case"
SECOND_PERSON = "second-person"
"""The code of an item of which a person corrected what somebody else must agree to."""
DAILY_LIMIT = "daily-limit"
OVER_ALONE = "over-daily-limit"


class Leave(StrEnum):
    GIVEN = "given"  # a person agreed, or nobody needs to
    WANTED = "wanted"  # a person must agree to this very item
    LARGE = "large"  # the same, because of the money that it moves
    FULL = "full"  # as many items as need it wait for a person already


@dataclass(frozen=True, kw_only=True)
class Limits:
    """Of one process, over all workers. None: no such limit. Money is in pence."""

    daily_items: int | None = None
    daily_pence: int | None = None
    approve_first: int = 0  # so many items of the bot are agreed to one by one, before any other is keyed
    approve_over: int | None = None  # a case that moves more than so many pence wants a person's agreement


@dataclass(frozen=True, kw_only=True)
class Spent:
    """What was begun of a process today: each item counts once, however many steps or tries it takes."""

    items: int = 0
    pence: int = 0


def day_of(moment: float) -> str:
    """The council's calendar day of a moment (seconds since 1970), such as 2026-11-21."""
    return datetime.fromtimestamp(moment, LONDON).date().isoformat()


def check(limits: Limits, spent: Spent, pence: int) -> None:
    """Raises Held when one more item of so many pence is too much for today, BusinessException when it
    would be on any day."""
    items, most = limits.daily_items, limits.daily_pence
    if most is not None and pence > most:
        raise BusinessException(OVER_ALONE, f"This case alone is over the limit of {pounds(most)} a day.")
    if items is not None and spent.items >= items:
        raise Held(DAILY_LIMIT, f"The limit of {items} items a day is reached.")
    if most is not None and spent.pence + pence > most:
        raise Held(DAILY_LIMIT, f"The limit of {pounds(most)} a day would be passed.")


def pounds(pence: int) -> str:
    """£1,234.50"""
    return f"£{pence // 100:,}.{pence % 100:02}"
