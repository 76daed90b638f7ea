"""Causes: work that is stopped on purpose, by Rekey or by a person."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from ..core.alert import DAY, Matter, Role
from ..core.item import Hold
from .cause import Cause
from .office import Office, Seen


def by_rekey(hold: Hold) -> bool:
    """Whether Rekey itself holds it. Whatever it holds by, only people are called person/..."""
    return not hold.who.startswith("person/")


def covered(seen: Seen, office: Office, process: str) -> bool:
    """Whether it is told already why nothing of a process is done."""
    systems = office.processes[process].every_system if process in office.processes else frozenset()
    scopes = {"all", f"process:{process}", *(f"system:{name}" for name in systems)}
    held = any(hold.scope in scopes for hold in seen.facts.holds)
    return held or bool(systems & set(seen.facts.refused))


def _matters(seen: Seen, office: Office, cause: str, mine: bool, older: float) -> Iterator[Matter]:
    for hold in seen.facts.holds:
        if by_rekey(hold) is mine and seen.facts.now - hold.since >= older:
            kind, _, name = hold.scope.partition(":")
            process = name if kind == "process" else None
            about = office.scope(hold.scope)
            yield Matter(cause=cause, subject=hold.scope, about=about, since=hold.since, process=process)


def _held(matters: Sequence[Matter], since: str) -> str:
    return f"{matters[0].about}: held by Rekey itself since {since}. Nothing is keyed there meanwhile."


def _held_long(matters: Sequence[Matter], since: str) -> str:
    return f"{matters[0].about}: held by a person since {since}. Was it forgotten?"


def _refused(seen: Seen, office: Office) -> Iterator[Matter]:
    for system, since in seen.facts.refused.items():
        yield Matter(cause="sign-in-refused", subject=system, about=office.system(system), since=since)


def _refused_words(matters: Sequence[Matter], since: str) -> str:
    return f"{matters[0].about}: the bot's sign-in was refused, {since}. No bot tries it again by itself."


HELD = Cause(
    name="held",
    title="Rekey stopped work",
    roles=(Role.AUTOMATION, Role.TEAM),
    look=lambda seen, office: _matters(seen, office, "held", True, 0.0),
    say=_held,
    page="/systems",
)
HELD_LONG = Cause(
    name="held-for-a-day",
    title="Work has been held for more than a day",
    roles=(Role.TEAM,),
    look=lambda seen, office: _matters(seen, office, "held-for-a-day", False, DAY),
    say=_held_long,
    page="/systems",
)
SIGN_IN_REFUSED = Cause(
    name="sign-in-refused",
    title="A sign-in was refused",
    roles=(Role.ICT,),
    look=_refused,
    say=_refused_words,
    page="/systems",
)
