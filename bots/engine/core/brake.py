"""When work is stopped because too much of it goes wrong, what is stopped, and what lets it go on.

What counts are distinct items, and what a worker saw of a target; not what befell the worker itself.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from enum import StrEnum

BRAKE = "brake"
"""Who holds what went wrong too often."""
AT_RISK = 2
"""Saves of one step that may be unproven at once over all workers, and so the most that can go wrong before
a hold. One of them is no pattern: a single odd record must not stop a process."""
STOPS = 3
"""Times that the same stop is met before a hold, each time by an item that was begun after the time before:
what was in flight together when a target went away is one time."""
OVERCOME = 10
"""Saves of a step that were proven since one of them ended in doubt: the screen as such is well."""
LONGEST = 32
"""Times the first wait is the longest between two probes: half a minute grows to a quarter of an hour."""
SIGN_IN = "sign-in"
"""The place of what went wrong before there was a session."""


class Trouble(StrEnum):
    """What can go wrong with an item so that it tells of the target."""

    CHANGED = "saved-differently"  # the target holds something else than was keyed
    DOUBT = "in-doubt"  # a save of which nobody knows whether it took place
    STOP = "stop"  # the machinery stopped before anything was saved


@dataclass(frozen=True, kw_only=True)
class Seen:
    """One trouble as a worker saw it. `place`: the step of a save, or the screen of a stop. `began`: when the
    item was taken; `wait`: seconds until a stop may be over; `at_risk`: as the step's save was allowed."""

    kind: Trouble
    code: str
    system: str
    place: str
    began: float
    wait: float = 30.0
    at_risk: int = AT_RISK

    @property
    def limit(self) -> int:
        """So many of them stop the work. One blip takes all that is at risk, and must not: hence one more."""
        return {Trouble.CHANGED: self.at_risk, Trouble.DOUBT: self.at_risk + 1}.get(self.kind, STOPS)

    @property
    def cause(self) -> tuple[str, str, str, str]:
        """Troubles of one cause are counted together: of a save whatever its code says."""
        return (self.kind, self.system, self.place, self.code if self.kind is Trouble.STOP else "")


class Let(StrEnum):
    """How a trouble came to its end."""

    RIGHT = "right"  # it is in the target as it was meant
    ABSENT = "absent"  # it is not in the target
    PROVEN = "proven"  # a later item got through where this one was stopped
    OVERCOME = "overcome"  # many later saves of the step were proven
    RELEASED = "released"  # a person released the hold that it made, or closed the item


@dataclass(frozen=True, kw_only=True)
class Standing:
    """A trouble that has not come to its end. `counts`: it is not of the same moment as one before it;
    `proven`: saves of its step that were proven since; `brake`: the hold that it made."""

    item: str
    process: str
    kind: Trouble
    code: str
    system: str
    place: str
    at: float
    counts: bool = True
    proven: int = 0
    brake: str | None = None

    def of(self, seen: Seen) -> bool:
        code = self.code if self.kind is Trouble.STOP else ""
        return (self.kind, self.system, self.place, code) == seen.cause


@dataclass(frozen=True, kw_only=True)
class Cause:
    """Why the brake holds: for people, and for whoever tells them. No person's data. `probe`: when an item is
    let through to see whether it is over; None: what is held does not let itself be probed."""

    brake: str
    kind: Trouble
    code: str
    system: str
    place: str
    count: int
    probe: float | None = None

    @property
    def looks(self) -> bool:
        """Whether items in doubt are looked up meanwhile: nothing is saved by that, and it settles some."""
        return self.kind is not Trouble.STOP


def counts(seen: Seen, standing: Collection[Standing], item: str) -> bool:
    """Whether it is met anew. A save counts by itself; a stop, when no other item's counted since this one
    was begun, or when this very item's does already."""
    if seen.kind is not Trouble.STOP:
        return True
    known = [one for one in standing if one.of(seen) and one.counts]
    return any(one.item == item for one in known) or all(one.at <= seen.began for one in known)


def may_begin(standing: Collection[Standing], step: str, in_flight: int, at_risk: int) -> bool:
    """Whether one more save of a step may begin: were it and all in flight to go wrong, no more than the
    limit would have. One alone always may: what is held for them is held already, and a limit that was
    lowered below them must not leave a step for ever without a turn."""
    mine = [one.kind for one in standing if one.place == step]
    changed, doubts = mine.count(Trouble.CHANGED), mine.count(Trouble.DOUBT)
    return not in_flight or (changed + in_flight < at_risk and doubts + in_flight < at_risk + 1)


def scopes(seen: Seen, process: str, sharers: Sequence[str], held: Collection[Cause]) -> list[str]:
    """What is held: the processes that use the step or the screen; the system when nobody can sign in there,
    or when saving goes wrong on a second of its steps. `held`: why the brake holds what it holds."""
    others = [
        one
        for one in held
        if one.looks and seen.kind is not Trouble.STOP and one.system == seen.system
        if one.place != seen.place
    ]
    if seen.place == SIGN_IN or others:
        return [f"system:{seen.system}"]
    return [f"process:{name}" for name in sorted({process, *sharers})]


def enough(kind: Trouble) -> frozenset[str]:
    """How all of what made the brake hold must have ended for it to let go by itself."""
    return frozenset({Let.RIGHT} if kind is Trouble.DOUBT else {Let.PROVEN, Let.RELEASED})


_WHAT = {
    Trouble.CHANGED: "{count} items were saved differently than they were keyed ({place})",
    Trouble.DOUBT: "{count} saves ended in doubt ({place}), the last: {code}",
    Trouble.STOP: "the same stop was met {count} times ({place}): {code}",
}


def why(seen: Seen, count: int) -> str:
    """The reason of a hold, for people."""
    return _WHAT[seen.kind].format(count=count, place=seen.place, code=seen.code)


def longer(wait: float, first: float) -> float:
    """Until the next probe, after one that met the same again."""
    return min(2 * wait, LONGEST * first)
