"""The words for the states of an item: one set, for everybody who is told of them.

README's table is the same; a test compares them.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from .item import SENT_BACK, State


class Next(StrEnum):
    """Who acts next."""

    BOT = "a bot"
    PERSON = "a person"
    EITHER = "a bot, then a person"
    NOBODY = "nobody"


@dataclass(frozen=True, kw_only=True)
class Words:
    """`name`: in commands and in packs for auditors; `staff`: in the console; `senders`: in what goes back to
    whoever handed it in; `meaning`: in a few words."""

    name: str
    staff: str
    senders: str
    meaning: str
    next: Next


STATES = {
    State.NEW: Words(
        name="new",
        staff="Waiting",
        senders="Waiting",
        meaning="waits for a bot (perhaps until a set time)",
        next=Next.BOT,
    ),
    State.IN_PROGRESS: Words(
        name="in progress",
        staff="Being keyed",
        senders="Being keyed",
        meaning="a bot works on it",
        next=Next.BOT,
    ),
    State.AWAITING_APPROVAL: Words(
        name="awaiting approval",
        staff="Waits for approval",
        senders="Waits for approval",
        meaning="a person must agree before it is keyed",
        next=Next.PERSON,
    ),
    State.DONE: Words(
        name="done",
        staff="Done",
        senders="Done",
        meaning="every step has its receipt",
        next=Next.NOBODY,
    ),
    State.IN_DOUBT: Words(
        name="in doubt",
        staff="In doubt",
        senders="Being checked",
        meaning="the change may or may not have been saved",
        next=Next.EITHER,
    ),
    State.EXCEPTION: Words(
        name="exception",
        staff="Needs a person",
        senders="Needs a person",
        meaning="waits for a person, with the reason in words",
        next=Next.PERSON,
    ),
    State.WITHDRAWN: Words(
        name="withdrawn",
        staff="Closed by staff",
        senders="Closed by staff",
        meaning="a person closed it",
        next=Next.NOBODY,
    ),
}
_SENT_BACK = Words(
    name="withdrawn",
    staff="Returned to its sender",
    senders="Sent back",
    meaning="its sender must put it right first",
    next=Next.PERSON,
)


def words_of(state: State, code: str | None = None) -> Words:
    """`code`: of the item; what was sent back is withdrawn, and has words of its own."""
    return _SENT_BACK if (state, code) == (State.WITHDRAWN, SENT_BACK) else STATES[state]
