"""The work list: what waits for people, how it is searched, who has taken what, and what became of it."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum

from .errors import refusal
from .item import State

FOR_PEOPLE = (State.AWAITING_APPROVAL, State.EXCEPTION, State.IN_DOUBT)
"""The states in which an item waits for a person."""
NOBODY = "nobody"
"""As a holder: items that nobody has taken."""
UNSURE = ("value-to-check",)
"""The codes of items of which values were hard to read and are to be checked."""
MINUTE, DAY = 60.0, 86_400.0
TAKEN_FOR = 30 * MINUTE
"""How long an item is somebody's without a sign of life."""
ASSIGNED_FOR = DAY
"""How long it waits for the colleague to whom it was given."""
PUT_OFF_FOR = 366 * DAY
"""How long it may be out of the list: nobody thinks of what was put off for ever."""
LARGEST = 500
"""Of a page in items, and of a word to look for in letters."""


def storable(text: str) -> bool:
    """Whether a database can hold it: no zero bytes, no half characters. Others are found nowhere."""
    return "\0" not in text and not any("\ud800" <= letter <= "\udfff" for letter in text)


class Order(StrEnum):
    OLDEST = "oldest"  # received first
    NEWEST = "newest"  # received last
    DUE = "due"  # due first; those without a due date last
    URGENT = "urgent"  # urgent ones first, of them and of the others what is due first
    PROCESS = "process"  # by process, each the oldest first


class Remark(StrEnum):
    COMMENT = "comment"  # for whoever reads it
    HANDOVER = "handover"  # left by who gave the item back
    QUESTION = "question"  # to a colleague
    ANSWER = "answer"  # to a question


@dataclass(frozen=True, kw_only=True)
class Wanted:
    """A filter of the work list. `processes` are those that the person may see: none is refused.

    `by_reference`: those of them in which the text may be a reference, too. Where a person sees references
    masked, a search would tell them letter by letter.
    """

    processes: Sequence[str]
    by_reference: Sequence[str] = ()
    states: Sequence[State] = ()  # none: all that wait for people
    code: str | None = None
    received_before: float | None = None
    received_after: float | None = None
    due_before: float | None = None
    due_after: float | None = None
    holder: str | None = None  # a person's id, NOBODY, or None for anyone
    asleep: bool = False  # only those that somebody put off
    unsure: bool = False  # only those of which values are to be checked
    snoozed: bool = False  # also those that somebody put off
    text: str = ""  # an item's id; a reference or its beginning
    order: Order = Order.OLDEST
    size: int = 50

    def __post_init__(self) -> None:
        if not self.processes or isinstance(self.processes, str):
            raise refusal("no-process", "There is no process whose work you may see.")
        named = (*self.processes, *self.by_reference)
        if not all(storable(word) for word in (*named, self.code or "", self.holder or "")):
            raise refusal("no-such-filter", "This filter names what cannot be in the store.")
        moments = (self.received_before, self.received_after, self.due_before, self.due_after)
        if not all(moment is None or math.isfinite(moment) for moment in moments):
            raise refusal("no-such-time", "A time of this filter is not one.")
        others = [state.value for state in self.states if state not in FOR_PEOPLE]
        if others:
            raise refusal("not-for-people", f"Nothing waits for people as {others[0]}.")
        if not 1 <= self.size <= LARGEST:
            raise refusal("page-size", f"A page has between 1 and {LARGEST} items.")


@dataclass(frozen=True, kw_only=True)
class Entry:
    """One line of the list. Only `reference` may be personal data: who shows it, masks it by role."""

    item: str
    process: str
    reference: str
    state: State
    code: str | None
    sentence: str | None
    version: int
    attempts: int
    priority: int
    created: float
    updated: float
    due: float | None
    holder: str | None
    since: float | None
    snoozed_until: float | None
    comments: int


@dataclass(frozen=True, kw_only=True)
class Listing:
    """One page. `next`: where the next one begins, None at the end."""

    entries: Sequence[Entry]
    next: str | None


@dataclass(frozen=True, kw_only=True)
class Counts:
    """How many fit a filter. `mine` and `unassigned` are counted whoever it asks for as a holder,
    `put_off` also where it leaves those out."""

    by_state: Mapping[State, int]
    by_code: Mapping[str, int]
    by_process: Mapping[str, int]
    mine: int
    unassigned: int
    overdue: int
    put_off: int

    @property
    def total(self) -> int:
        return sum(self.by_state.values())


@dataclass(frozen=True, kw_only=True)
class Holding:
    """Who has an item, and until when it stays so without a sign of life. `by`: who assigned it."""

    item: str
    person: str
    since: float
    until: float
    by: str | None = None


@dataclass(frozen=True, kw_only=True)
class PutOff:
    """Until when an item is out of the list, who put it off and why."""

    until: float
    who: str
    why: str


@dataclass(frozen=True, kw_only=True)
class Comment:
    """What a person said of an item. It may hold personal data, and is erased with the item's."""

    id: int
    item: str
    at: float
    who: str
    text: str
    kind: Remark
    to: str | None = None  # the person who is asked
    answers: int | None = None  # the question's id


@dataclass(frozen=True, kw_only=True)
class Question:
    """One that waits for a person's answer, and the item that it is about."""

    asked: Comment
    about: Entry


@dataclass(frozen=True, kw_only=True)
class SavedFilter:
    """A filter that a person keeps under a name. `query` is the console's own text for it."""

    name: str
    query: str


@dataclass(frozen=True, kw_only=True)
class Search:
    """What to look for among items with something in a target; each part narrows it.

    `source`: a file's name or a source system; `versions`: a digest of rules, maps or code that was in force
    when something of it was proved to be in the target; `after` and `before`: when that was.
    """

    processes: Sequence[str]
    source: str | None = None
    batch: str | None = None
    versions: str | None = None
    system: str | None = None
    after: float | None = None
    before: float | None = None

    def __post_init__(self) -> None:
        if not self.processes or isinstance(self.processes, str):
            raise refusal("no-process", "There is no process whose work you may see.")
        words = (*self.processes, self.source, self.batch, self.versions, self.system)
        if not all(word is None or (len(word) <= LARGEST and storable(word)) for word in words):
            raise refusal("no-such-filter", "This search names what cannot be in the store.")
        if not all(moment is None or math.isfinite(moment) for moment in (self.after, self.before)):
            raise refusal("no-such-time", "A time of this search is not one.")


@dataclass(frozen=True, kw_only=True)
class InTarget:
    """One entry of a target: step, system and its own reference there. `proven`: a bot has seen it."""

    step: str
    system: str
    reference: str
    at: float
    adopted: bool
    proven: bool

    @property
    def how(self) -> str:
        if not self.proven:
            return "Said by staff"
        return "Found there" if self.adopted else "Keyed"


@dataclass(frozen=True, kw_only=True)
class Keyed:
    """An item with what is of it in targets. `reference` may be personal data; `versions`: digests of what
    was in force when the last of it was proved, by their names."""

    item: str
    process: str
    reference: str
    state: State
    batch: str
    created: float
    versions: Mapping[str, str]
    targets: Sequence[InTarget]


@dataclass(frozen=True, kw_only=True)
class DayFigures:
    """One process on one day in London. Of those done, `straight` were so without any person's decision
    and of `keyed` the bot saved every step itself."""

    process: str
    day: date
    received: int = 0
    done: int = 0
    straight: int = 0
    keyed: int = 0
    closed: int = 0  # by people: not needed, or keyed by hand
    adopted: int = 0  # found in the target already
    raised: Mapping[str, int] = field(default_factory=dict)  # exceptions by code


@dataclass(frozen=True, kw_only=True)
class AgeBand:
    """How many of a process wait for people at this age, in days: from `since` on, below `below`."""

    process: str
    since: float
    below: float | None
    count: int
