"""An evidence pack: one item's whole story as a PDF that can be handed to an auditor."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from reportlab.lib.units import mm  # type: ignore[import-untyped, unused-ignore]
from reportlab.lib.utils import ImageReader  # type: ignore[import-untyped, unused-ignore]
from reportlab.platypus import (  # type: ignore[import-untyped, unused-ignore]
    Image,
    KeepTogether,
    SimpleDocTemplate,
    Spacer,
)

from ...core.audit import EvidenceFile, HistoryRow, Pack
from ...core.item import Receipt, State
from ...core.process import Process
from ...core.vocabulary import words_of
from . import pack_style as style

_LONDON = ZoneInfo("Europe/London")
_EVENTS = {
    "intent": "Note before saving",
    "left": "A request that saves left",
    "answered": "It was answered",
    "cut": "It was not answered",
    "said": "The system said that it saved",
    "refused": "Nothing was saved: the system said no",
    "absent": "Proved not to be in the system",
    "receipt": "Proof kept",
    "confirmed": "Proof checked in the system",
    "retracted": "Proof taken back",
    "erased": "Personal data erased",
    "chained": "Chained as it stood",
}
_MOST_HIGH = 120 * mm


def write_pack(path: Path, pack: Pack, process: Process[Any], *, who: str, at: float) -> Path:
    """Write the pack of one item."""
    style.fonts()
    path.parent.mkdir(parents=True, exist_ok=True)
    document = SimpleDocTemplate(
        str(path),
        leftMargin=style.MARGIN,
        rightMargin=style.MARGIN,
        topMargin=style.MARGIN,
        bottomMargin=22 * mm,
        title=f"Evidence pack {pack.item.id}",
        author="Rekey",
    )
    foot = _Foot(f"{pack.item.id}  |  store {pack.store} ({pack.environment})  |  holds personal data")
    story = list(_story(pack, process, f"Made by {who} on {_when(at)}, UK time."))
    document.build(story, onFirstPage=foot, onLaterPages=foot)
    return path


class _Foot:
    """What stands below every page."""

    def __init__(self, words: str) -> None:
        self._words = words

    def __call__(self, canvas: Any, document: Any) -> None:
        canvas.saveState()
        canvas.setFont("Pack", 7.5)
        canvas.setFillColor(style.GREY)
        canvas.drawString(style.LEFT, 12 * mm, self._words)
        canvas.drawRightString(style.LEFT + style.INNER, 12 * mm, f"Page {document.page}")
        canvas.restoreState()


def _story(pack: Pack, process: Process[Any], made: str) -> Iterator[Any]:
    yield style.text(f"Evidence pack: {process.title}", style.TITLE)
    yield style.text(made, style.LEAD)
    yield _verdict(pack)
    yield style.text("The case", style.HEADING)
    yield style.facts(_case(pack, process))
    yield style.text("What was keyed", style.HEADING)
    yield from _keyed(pack, process)
    yield style.text("The record", style.HEADING)
    yield _record(pack)
    yield style.text("What happened", style.HEADING)
    yield style.listing(
        ("Row", "When", "Who", "What", "Why"), [_happened(row) for row in pack.history], _WIDTHS
    )
    yield from _evidence(pack)
    yield from _proof(pack)


_WIDTHS = (0.06, 0.17, 0.2, 0.27, 0.3)


def _verdict(pack: Pack) -> Any:
    if pack.findings:
        first = pack.findings[0]
        words = f"NOT WHOLE: {first.tamper.value} in {first.table}, row {first.row}. {first.sentence}"
        return style.verdict(words, good=False)
    covered = pack.checkpoint
    words = f"The history of this case is whole: all {len(pack.history)} rows were verified."
    words += f" Checkpoint {covered.number} covers them." if covered else " No checkpoint covers them yet."
    return style.verdict(words, good=True)


def _case(pack: Pack, process: Process[Any]) -> dict[str, object]:
    item, batch = pack.item, pack.batch
    came = (
        f"{_when(batch.received)}, by {batch.who}, from {batch.source}, hand-in {batch.id}" if batch else ""
    )
    return {
        "Item": item.id,
        "Process": f"{process.title} ({process.name}), owned by {process.owner}",
        "Reference": item.reference,
        "State": words_of(item.state).name,
        "Reason": " ".join(filter(None, (item.sentence, f"({item.code})" if item.code else ""))) or "none",
        "Handed in": came,
        "Version of the record": f"{item.version}, last change {_when(item.updated)}",
    }


def _keyed(pack: Pack, process: Process[Any]) -> Iterator[Any]:
    if not pack.receipts:
        yield style.text("Nothing of this case is proved to be in a system.", style.BODY)
    titles = {step.name: step.title or step.name for step in process.steps}
    for receipt in sorted(pack.receipts, key=lambda one: one.at):
        heading = style.text(titles.get(receipt.step, receipt.step), style.SMALL_HEADING)
        yield KeepTogether([heading, style.facts(_receipt(receipt))])
        if receipt.values:
            yield Spacer(1, 2 * mm)
            values = [(name, value) for name, value in receipt.values.items()]
            yield style.listing(("Field, as read back", "Value"), values, (0.28, 0.72))


def _receipt(receipt: Receipt) -> dict[str, object]:
    how = (
        "found in the system and compared"
        if receipt.adopted
        else "saved by the bot, opened again and compared"
    )
    return {
        "System": receipt.system,
        "Reference in the system": receipt.reference,
        "Account": receipt.account or "not recorded",
        "When": _when(receipt.at),
        "Proof": how if receipt.proven else "values erased, or a person's word",
        "Note before saving": receipt.intent or "none: it was there already",
    }


def _record(pack: Pack) -> Any:
    if not pack.item.data:
        return style.text("The personal data of this case was erased. Its history says when.", style.BODY)
    return style.listing(("Field", "Value"), list(pack.item.data.items()), (0.28, 0.72))


def _happened(row: HistoryRow) -> tuple[object, ...]:
    facts = [
        f"{name}: {', '.join(value) if isinstance(value, list) else value}"
        for name, value in row.facts.items()
        if name != "adopted" and value is not None
    ]
    lease = f"\nattempt {row.attempt}, lease {row.token}" if row.token else ""
    return row.number, _when(row.at), f"{row.who}{lease}", "\n".join([_what(row), *facts]), _why(row)


def _what(row: HistoryRow) -> str:
    if row.event in _EVENTS:
        return _EVENTS[row.event]
    after = words_of(State(row.after)).name
    return f"{words_of(State(row.before)).name} to {after}" if row.before else f"queued as {after}"


def _why(row: HistoryRow) -> str:
    return f"{row.why}\n({row.code})" if row.code else row.why


def _evidence(pack: Pack) -> Iterator[Any]:
    if not pack.evidence:
        return
    yield style.text("What the screens showed", style.HEADING)
    yield style.text("Sensitive fields, and all that no screen map names, are masked.", style.NOTE)
    for one in pack.evidence:
        parts = [style.text(_file(one), style.HASH)]
        if one.picture is not None and one.whole:
            parts.append(_picture(one.picture))
        yield KeepTogether([*parts, Spacer(1, 3 * mm)])


def _file(one: EvidenceFile) -> str:
    if not one.sha256:
        return f"{one.name}\nkept before files carried digests: it cannot be verified"
    verdict = {True: "as it was kept", False: "NOT as it was kept", None: "the file is gone"}[one.whole]
    return f"{one.name.rpartition('-')[0]}\nSHA-256 {one.sha256}: {verdict}"


def _picture(path: Path) -> Image:
    wide, high = ImageReader(str(path)).getSize()
    scale = min(style.INNER / wide, _MOST_HIGH / high, 1.0)
    return Image(str(path), width=wide * scale, height=high * scale, hAlign="LEFT")


def _proof(pack: Pack) -> Iterator[Any]:
    yield style.text("How it is proved", style.HEADING)
    words = (
        "Every row of the history carries a SHA-256 digest over itself and the row before it. A row that is "
        "changed, removed, added or moved breaks the chain. Each day's end is a checkpoint over all rows of "
        "the store; its copy is kept outside of the database."
    )
    yield style.text(words, style.BODY)
    if pack.checkpoint is not None:
        kept = pack.checkpoint
        yield style.facts(
            {
                "Checkpoint": f"{kept.number}, {_when(kept.at)}, up to row {kept.last} of the store",
                "Its digest": kept.digest,
                "On the one before": kept.previous,
            }
        )
        yield Spacer(1, 3 * mm)
    rows = [(row.number, row.place, style.text(row.hash, style.HASH)) for row in pack.history]
    yield style.listing(
        ("Row", "Row of the store", "SHA-256 of the row, on the one before"), rows, (0.08, 0.16, 0.76)
    )


def _when(at: float) -> str:
    return datetime.fromtimestamp(at, _LONDON).strftime("%d/%m/%Y %H:%M:%S")
