"""What a bot saw in a target when a person asked, as the item's page shows it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from ...core.item import Intent, IntentStatus, State, WorkItem
from ...core.lookup import Lookup, Sighted, Whose
from ...core.process import Process
from ...core.sent import Sent
from ...core.step import Step
from ..services.masking import Veil
from .view import Compared, named

_WHOSE = {
    Whose.NOBODYS: "",
    Whose.BEFORE: "It was there before the bot was about to save this case.",
    Whose.OTHERS: "It is the proof of another item: it is not this case.",
}


@dataclass(frozen=True, kw_only=True)
class Seen:
    """One entry of the target. `equal`: all that the bot would save of this case was seen there as it should
    be, it is nobody else's, and nothing has happened since."""

    reference: str
    values: Sequence[Compared]
    whose: str
    equal: bool


@dataclass(frozen=True, kw_only=True)
class Doubt:
    """What was about to be saved. `left`: when the first of it was sent, as far as anybody knows; `until`: it
    may take effect until then; seconds since 1970."""

    title: str
    begun: float
    left: float | None
    until: float
    values: Sequence[tuple[str, str]]


@dataclass(frozen=True, kw_only=True)
class SightView:
    """`waits`: a bot was asked and has not looked yet. `older`: what it saw may not be so any more; the
    record was corrected since or, `early`, what was sent could still arrive then."""

    asked: bool = False
    waits: bool = False
    at: float | None = None
    sentence: str = ""
    entries: Sequence[Seen] = ()
    older: bool = False
    early: bool = False
    searchable: str = ""  # why it cannot be asked at all; empty: it can
    doubt: Doubt | None = None


def sight_view(
    process: Process[Any],
    item: WorkItem,
    *,
    lookup: Lookup | None,
    intents: Sequence[Intent],
    sent: Sequence[Sent],
    veil: Veil,
) -> SightView:
    opened = next((one for one in intents if one.status is IntentStatus.OPEN), None)
    step = _step(process, opened, lookup)
    doubt = _doubt(step, item, opened, sent, lookup, veil) if item.state is State.IN_DOUBT else None
    said = step.not_searchable_because if step is not None else ""
    if lookup is None or lookup.sight is None:
        return SightView(asked=lookup is not None, waits=lookup is not None, searchable=said, doubt=doubt)
    sight = lookup.sight
    early = opened is not None and (lookup.answered or 0.0) < opened.settled
    older = lookup.version != item.version or early
    return SightView(
        asked=True,
        at=lookup.answered,
        sentence=sight.sentence,
        entries=[_seen(one, sight.meant, veil, older) for one in sight.entries],
        older=older,
        early=early,
        searchable=said,
        doubt=doubt,
    )


def _step(process: Process[Any], opened: Intent | None, lookup: Lookup | None) -> Step[Any] | None:
    name = opened.step if opened else lookup.sight.step if lookup and lookup.sight else ""
    return next((step for step in process.steps if step.name == name), None)


def _doubt(
    step: Step[Any] | None,
    item: WorkItem,
    opened: Intent | None,
    sent: Sequence[Sent],
    lookup: Lookup | None,
    veil: Veil,
) -> Doubt | None:
    if opened is None:
        return None
    meant = lookup.sight.meant if lookup and lookup.sight and lookup.version == item.version else {}
    return Doubt(
        title=(step.title or step.name.replace("-", " ").capitalize()) if step else opened.step,
        begun=opened.recorded,
        left=next((one.left for one in sent if one.intent == opened.id), None),
        until=opened.settled,
        values=[(named(name), veil.over(name, text)) for name, text in meant.items() if text],
    )


def _seen(one: Sighted, meant: Mapping[str, str], veil: Veil, older: bool) -> Seen:
    values = [
        Compared(
            label=named(name),
            ours=veil.over(name, meant.get(name, "")),
            theirs=veil.over(name, text),
            differs=name in one.differs,
        )
        for name, text in one.values.items()
    ]
    whole = meant.keys() <= one.values.keys()
    equal = whole and not older and not one.differs and one.whose is Whose.NOBODYS
    return Seen(reference=veil.whole(one.reference), values=values, whose=_WHOSE[one.whose], equal=equal)
