"""A target that is a list of entries, with switches for all that targets are known to do wrong."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, ClassVar

from bots.engine.core.record import Record
from bots.engine.core.screens import Screens
from bots.engine.core.step import Step
from bots.engine.core.value import Found, Shown, Value

SYSTEM, STEP, LETTER, POST = "small", "log", "letter", "post"
DUPLICATE = "duplicate"
FIELDS = ("key", "name", "mark")


class Saving(StrEnum):
    """What the target does when it is asked to save."""

    KEEPS = "keeps"  # and says so
    SILENT = "silent"  # keeps it, and goes on without a word
    SILENT_LOST = "silent-lost"  # goes on without a word, and kept nothing
    CUT = "cut"  # keeps it, and the connection ends before its answer
    CUT_LOST = "cut-lost"  # the same, and kept nothing
    LATE = "late"  # the connection ends, and some seconds later it is kept after all
    FAILS = "fails"  # keeps it, and shows an error
    FAILS_LOST = "fails-lost"  # the same, and kept nothing
    LIES = "lies"  # says that it saved, gives a reference, and kept nothing
    ALTERS = "alters"  # keeps something else, and says that it saved
    TWICE = "twice"  # keeps it, and gives the reference of an entry that was there before
    HALF = "half"  # a part of the request was stopped
    REFUSES = "refuses"  # says no, and saved nothing
    DENIES = "denies"  # says no, and kept it
    DUPLICATE = "duplicate"  # says that it has the case already, and saved nothing
    BUSY = "busy"  # somebody has the record open, and nothing was saved
    SIGNED_OUT = "signed-out"  # the session ended, and nothing was saved
    NOT_FIRED = "not-fired"  # the button could not be pressed: nothing left
    STOPPED = "stopped"  # the page would have sent what no map names: nothing left
    BREAKS = "breaks"  # keeps it, and then our own code fails
    HANGS = "hangs"  # keeps it, and never answers


KEEPING = frozenset(
    {
        Saving.KEEPS,
        Saving.SILENT,
        Saving.CUT,
        Saving.LATE,
        Saving.FAILS,
        Saving.ALTERS,
        Saving.TWICE,
        Saving.HALF,
        Saving.DENIES,
        Saving.BREAKS,
        Saving.HANGS,
    }
)


@dataclass(frozen=True, kw_only=True)
class Entry:
    reference: str
    values: Mapping[str, str]
    at: float  # from when on it is there
    by: str


@dataclass(kw_only=True)
class Target:
    """`entries`: all that it was ever given to keep. Nothing is taken away but by a test."""

    entries: list[Entry] = field(default_factory=list)
    savings: dict[str, list[Saving]] = field(default_factory=dict)  # by key, one for each save
    asked: list[str] = field(default_factory=list)  # the keys of all saves that left, in their order
    opened: Counter[str] = field(default_factory=Counter)  # screens
    troubles: dict[str, Iterator[Exception | None]] = field(default_factory=dict)  # of opening a screen
    takes: float = 0.1  # seconds for each page, and for each save
    late: float = 3.0  # seconds after its connection until a late save is there
    hidden: set[str] = field(default_factory=set)  # keys that its search for them does not show
    most: int | None = None  # so many entries are shown by its search
    lag: float = 0.0  # seconds until its search shows an entry
    unlisted: set[str] = field(default_factory=set)  # keys that its list does not show
    cut: bool = False  # nobody says that its list is of all
    emptied: set[str] = field(default_factory=set)  # references whose entries open empty
    mistyped: Mapping[str, str] = field(default_factory=dict)  # what its form makes of a field
    refuses_second: bool = False  # whether it refuses a second entry of a case
    refuses_sign_in: bool = False
    limit: int = 8
    requests: int = 1
    gone: bool = True  # whether it can be found out that a dead worker's browser is gone

    def put(self, key: str, name: str = "Ann", *, at: float = 0.0, by: str = "clerk", mark: str = "") -> str:
        """An entry that somebody made."""
        return self.keep({"key": key, "name": name, "mark": mark}, at=at, by=by)

    def keep(self, values: Mapping[str, str], *, at: float, by: str) -> str:
        reference = f"R{len(self.entries) + 1}"
        whole = {name: values.get(name, "") for name in FIELDS}
        self.entries.append(Entry(reference=reference, values=whole, at=at, by=by))
        return reference

    def held(self, now: float) -> list[Entry]:
        return [entry for entry in self.entries if entry.at <= now]

    def keys(self, by: str = "bot") -> Counter[str]:
        """How often each case was saved."""
        return Counter(entry.values["key"] for entry in self.entries if entry.by == by)

    def next_saving(self, key: str) -> Saving:
        if self.refuses_second and any(entry.values["key"] == key for entry in self.entries):
            return Saving.DUPLICATE
        planned = self.savings.get(key)
        return planned.pop(0) if planned else Saving.KEEPS


class Case(Record):
    known_by = (("key",),)

    key: str
    name: str = "Ann"
    pounds: int = 0


class Plain(Step[Case]):
    """A step whose target can be searched, and has nothing that would prove that a case is not there."""

    name, title, system, commit = STEP, "Log the case", SYSTEM, "new.save"
    case: ClassVar[Sequence[str]] = ("key",)
    hand = "by"

    def values(self, record: Case) -> Mapping[str, Value]:
        marked = {self.stamp: record.stamp} if self.stamp else {}
        return {"key": record.key, "name": record.name, **marked}

    async def find(self, screens: Screens, record: Case) -> Sequence[Found]:
        await screens.open("search", key=record.key)
        return _found(await screens.rows("cases"))

    async def key(self, screens: Screens, record: Case) -> None:
        await screens.open("new")
        await screens.fill(**self.values(record))

    async def reopen(self, screens: Screens, reference: str) -> Found:
        await screens.open("case", ref=reference)
        shown = dict(await screens.read())
        return Found(reference=shown.pop("ref").text, values=shown)


class Listed(Plain):
    """The target has a list of all cases."""

    async def listing(self, screens: Screens) -> Sequence[Found]:
        await screens.open("list")
        return _found(await screens.rows("cases"))


class Stamped(Plain):
    """The target keeps an item's own mark."""

    stamp = "mark"

    async def find_stamped(self, screens: Screens, stamp: str) -> Sequence[Found]:
        await screens.open("search", mark=stamp)
        return _found(await screens.rows("cases"))


class Refusing(Plain):
    """The target refuses a second entry of a case."""

    refuses_duplicates = DUPLICATE


class Unopenable(Listed):
    not_reopened_because = "it shows nothing but its list"


class Unsearchable(Plain):
    not_searchable_because = "it has no search"


class Letter(Listed):
    """The second step of a case, in another system."""

    name, title, system, commit = LETTER, "Write the letter", POST, "new.save"


def _found(rows: Sequence[Mapping[str, Shown]]) -> list[Found]:
    return [
        Found(reference=str(row["ref"]), values={name: one for name, one in row.items() if name != "ref"})
        for row in rows
    ]


def shown(**values: Any) -> dict[str, Shown]:
    return {name: Shown(text=str(text)) for name, text in values.items()}
