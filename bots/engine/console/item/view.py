"""What a person sees of one item: what happened, where it came from, what the target showed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from pydantic import ValidationError

from ...core.choice import Choice
from ...core.item import Kind, Receipt, State, Transition, WorkItem
from ...core.process import Process
from ...core.sent import Fate, Sent
from ...core.step import Step
from ...core.value import as_people_write
from ...core.vocabulary import STATES, words_of
from ..services.masking import Veil

_BY_THE_DATA = (
    "Look at the source and at what the target showed. Correct the record, or say what became of the case."
)
_BY_THE_SOURCE = "Look at the source. Correct the record, or say what became of the case."
_TO_CHOOSE = "Look which is meant, and take that one. Or correct the record, or say what became of the case."
_BY_THE_MACHINERY = "Nothing is wrong with the record. Let the bot try again when the system works."
_IN_DOUBT = (
    "The bot was about to save, and nobody knows whether it did. Look in the target, and say what you found."
)
_BOT = "The bot"
_MAY_BE_SAVED = "It may be saved, or not"
_APPROVE = "The bot has saved nothing yet. Look at what it would save, and agree or not."


@dataclass(frozen=True, kw_only=True)
class Compared:
    """One value, as the record has it and as the target showed it."""

    label: str
    ours: str
    theirs: str
    differs: bool


@dataclass(frozen=True, kw_only=True)
class Entry:
    """One entry of a target for this case."""

    reference: str
    values: Sequence[Compared]


@dataclass(frozen=True, kw_only=True)
class Happened:
    """One line of the item's story."""

    at: float
    who: str
    what: str
    why: str


@dataclass(frozen=True, kw_only=True)
class ItemView:
    item: WorkItem
    title: str  # the reason in a few words
    state: str
    todo: str
    source: Sequence[tuple[str, str]]  # where it came from
    kept: Sequence[Receipt]  # what is in the target already
    entries: Sequence[Entry]
    other: str  # the item whose proof was found in the target; empty: nobody else's
    evidence: str  # the name under which a picture is kept; empty: none
    story: Sequence[Happened]


def view_of(
    process: Process[Any],
    item: WorkItem,
    *,
    file: str,
    receipts: Sequence[Receipt],
    history: Sequence[Transition],
    sent: Sequence[Sent],
    veil: Veil,
) -> ItemView:
    """`file`: what the hand-in is called; `sent`: what left to be saved."""
    return ItemView(
        item=item,
        title=reason(process, item.code, item.state),
        state=words_of(item.state, item.code).staff,
        todo=_todo(item),
        source=source_of(item.origin, veil.whole(file)),
        kept=[replace(one, reference=veil.whole(one.reference)) for one in receipts],
        entries=entries_of(process, item, veil),
        other=str(item.detail.get("item") or ""),
        evidence=str(item.detail.get("evidence") or ""),
        story=_story(history, sent),
    )


def _todo(item: WorkItem) -> str:
    match item.state:
        case State.EXCEPTION:
            if item.kind is Kind.SYSTEM:
                return _BY_THE_MACHINERY
            if Choice.of(item.detail):
                return _TO_CHOOSE
            return _BY_THE_DATA if item.detail.get("evidence") or item.detail.get("found") else _BY_THE_SOURCE
        case State.IN_DOUBT:
            return _IN_DOUBT
        case State.AWAITING_APPROVAL:
            return _APPROVE
    return ""


def source_of(origin: Mapping[str, Any], file: str) -> list[tuple[str, str]]:
    """Captions and what stands beside them."""
    found = [("File", file)] if file and "system" not in origin else []
    if "system" in origin:
        found.append(("Read from", str(origin["system"]).capitalize()))
    if "sheet" in origin:
        found.append(("Sheet", str(origin["sheet"])))
    if "row" in origin:
        found.append(("Row", str(origin["row"])))
    if "pages" in origin:
        first, last = origin["pages"]
        found.append(
            ("Page" if first == last else "Pages", str(first) if first == last else f"{first} to {last}")
        )
    if "scanned" in origin:
        found.append(("Read as", "A scan" if origin["scanned"] else "Text"))
    return found


def entries_of(process: Process[Any], item: WorkItem, veil: Veil) -> list[Entry]:
    """What the target's search showed, beside what the record says."""
    said = item.detail.get("found") or ()
    # Where there is one step alone, nobody says which one it was.
    name = item.detail.get("step", process.steps[0].name if len(process.steps) == 1 else "")
    step = next((one for one in process.steps if one.name == name), None)
    ours = _meant(process, step, item) if step is not None else {}
    # The engine compared them by the fields' formats; here 02/11/2026 and 2026-11-02 would look different.
    wrong = frozenset(item.detail.get("fields") or ()) if len(said) == 1 else frozenset[str]()
    return [
        Entry(reference=veil.whole(one["reference"]), values=_compared(one["values"], ours, wrong, veil))
        for one in said
    ]


def _meant(process: Process[Any], step: Step[Any], item: WorkItem) -> dict[str, str]:
    try:
        record = process.record.model_validate(item.data)
        values = step.values(record)
    # A record that is not matched yet cannot say all that would be saved.
    except (ValidationError, AttributeError, TypeError, ValueError):
        return {}
    return {name: as_people_write(value) for name, value in values.items()}


def _compared(
    theirs: Mapping[str, str], ours: Mapping[str, str], wrong: frozenset[str], veil: Veil
) -> list[Compared]:
    return [
        Compared(
            label=named(name),
            ours=veil.over(name, ours.get(name, "")),
            theirs=veil.over(name, text),
            differs=name in wrong,
        )
        for name, text in theirs.items()
    ]


def named(name: str) -> str:
    """A value's name as people read it."""
    return name.replace("_", " ").capitalize()


def _story(history: Sequence[Transition], sent: Sequence[Sent]) -> list[Happened]:
    """The latest first."""
    lines = [_happened(step) for step in history]
    for one in sent:
        part = f", request {one.number} of {one.of}" if one.of > 1 else ""
        why = f"The data to be saved went to the system ({one.method} {one.path}, {one.size} bytes{part})."
        lines.append(Happened(at=one.left, who=_BOT, what="Sent", why=why))
        if one.fate is Fate.ANSWERED:
            why = f"The system answered (status {one.status}{part})."
            lines.append(Happened(at=one.ended or one.left, who=_BOT, what="Answered", why=why))
        elif one.fate is Fate.CUT:
            why = f"The connection ended without an answer{part}."
            lines.append(Happened(at=one.ended or one.left, who=_BOT, what="Not answered", why=why))
    return sorted(lines, key=lambda line: line.at)[::-1]


def _happened(step: Transition) -> Happened:
    return Happened(at=step.at, who=_who(step.who), what=words_of(step.after, step.code).staff, why=step.why)


def _who(name: str) -> str:
    """A worker is a bot to people; a person goes by the name."""
    if name.startswith("person/"):
        return name.removeprefix("person/")
    return _BOT if "/" in name else name.capitalize()


def reason(process: Process[Any], code: str | None, state: State) -> str:
    """Why an item waits, in a few words."""
    if state is State.IN_DOUBT and code not in process.reasons:
        return _MAY_BE_SAVED
    words = words_of(state, code)
    if words is not STATES[state]:
        return words.staff  # says why as well
    return process.reasons.get(code or "") or (code or "").replace("-", " ").capitalize() or words.staff
