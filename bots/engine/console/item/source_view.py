"""What the sender handed in, beside the record: the row of the sheet, the values that a screen showed, or the
pages with a box around each value."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from ...core.errors import BusinessException, SystemException, refusal
from ...core.item import Batch, WorkItem
from ...core.papers import DOCUMENT
from ...core.people import Role
from ...core.process import Process
from ...core.work_list import UNSURE
from ...intake.files import BROKEN_OFF
from ..services.masking import MASK
from ..services.record_form import Field, RecordForm
from ..services.source_files import Paper, Place, Row, patiently
from ..web.request import Visit

PATIENCE = 4.0
"""Seconds that a page waits for a file to be read."""
MOST_SHOWN = 10
"""Pages that are shown at once."""
NO_ROLE = (
    "The pages hold personal data, so your role does not show them. Ask the process owner for the role of a "
    "reviewer."
)
GONE = "What was handed in is not kept any more: it was erased with the item's personal data."
NOT_HERE = "The file that was handed in is not on this machine any more."
UNKNOWN = "This item came without a file and without a screen."
NOT_READ = "From here on the file was not read."
OTHERS = "The file was handed in again since, and this row cannot be found in it any more."
NO_LONGER = "Staff corrected this record since it was read; the values as they were then are not kept."
_CORRECTED = "corrected"
"""In a history: by a later hand-in."""
_PART = re.compile(r"[0-9a-f]{64}\.pdf")
_LATEST = 20
"""Hand-ins in which a corrected row is looked for."""


@dataclass(frozen=True, kw_only=True)
class CellShown:
    column: str
    heading: str
    text: str
    read: bool  # the record has a field for it
    problem: str  # what is wrong with it, in words that follow its name


@dataclass(frozen=True, kw_only=True)
class ValueShown:
    """A value as the source showed it, and what staff made of it; None: nothing."""

    label: str
    text: str
    now: str | None


@dataclass(frozen=True, kw_only=True)
class PlaceShown:
    """`doubt`: why a person should look, in words; empty: the reader was sure."""

    field: str
    label: str
    page: int
    left: float
    top: float
    width: float
    height: float
    doubt: str


@dataclass(frozen=True, kw_only=True)
class PageShown:
    """`width`, `height`: in points, of a page on which values stood; others carry no boxes."""

    number: int
    width: float = 0.0
    height: float = 0.0
    places: Sequence[PlaceShown] = ()


@dataclass(frozen=True, kw_only=True)
class Source:
    """`trouble`: a sentence in the place of what cannot be shown."""

    trouble: str = ""
    row: Sequence[CellShown] = ()
    values: Sequence[ValueShown] = ()
    pages: Sequence[PageShown] = ()
    more: Sequence[int] = ()  # pages that are only linked
    places: Mapping[str, PlaceShown] = field(default_factory=dict)  # by field
    newer: Sequence[ValueShown] = ()  # where its source says otherwise by now
    problem: str = ""  # what is wrong with that


async def source_of(visit: Visit, process: Process[Any], item: WorkItem) -> Source:
    """Never raises: what cannot be shown is said."""
    clear = visit.person.may(Role.REVIEWER, process.name)
    newer = item.detail.get("source")
    if not isinstance(newer, Mapping) or not clear:
        return await _came(visit, process, item, clear)
    said = shown_values(process, {**dict.fromkeys(item.data), **newer}, item.data, clear=clear)
    return replace(
        await _came(visit, process, item, clear),
        newer=[one for one in said if one.now is not None],
        problem=str(item.detail.get("problem") or ""),
    )


async def _came(visit: Visit, process: Process[Any], item: WorkItem, clear: bool) -> Source:
    """As it came."""
    try:
        if not item.origin and not item.data:
            return Source(trouble=GONE)
        if item.code == BROKEN_OFF:
            return Source(trouble=NOT_READ)
        if "row" in item.origin and process.sheets is not None:
            return Source(row=await _row(visit, process, item, clear))
        if "pages" in item.origin:
            return await _paper(visit, process, item) if clear else Source(trouble=NO_ROLE)
        if "system" in item.origin:
            return await _values(visit, process, item, clear)
    except (BusinessException, SystemException) as refused:
        return Source(trouble=refused.sentence)
    return Source(trouble=UNKNOWN)


# ---- pages of a document --------------------------------------------------------------------
async def paper_of(visit: Visit, process: Process[Any], item: WorkItem) -> Paper:
    """Raises BusinessException when nothing is kept of it."""
    first, last = (int(page) for page in item.origin.get("pages") or (0, 0))
    if not first:
        raise refusal("no-pages", "This item is on no page of a document.")
    folder = visit.desk.home / "handed-in" / process.name
    part = str(item.data.get(DOCUMENT) or "")
    # The file of a case alone goes with the case from hand-in to hand-in.
    cut = bool(_PART.fullmatch(part)) and (folder / part).is_file()
    if not cut and await _corrected(visit, item) is not None:
        raise refusal("file-erased", NOT_HERE)  # the item's own hand-in is an older one
    path = folder / part if cut else _kept(folder, await visit.desk.queue.batch(item.batch))
    return Paper(
        path=path,
        first=first,
        last=last,
        cut=cut,
        scanned=bool(item.origin.get("scanned")),
        places=dict(_places(item, first)),
    )


def _places(item: WorkItem, first: int) -> Iterator[tuple[str, Place]]:
    for name, place in (item.origin.get("places") or {}).items():
        left, top, right, bottom = place["box"]
        yield (
            name,
            Place(
                page=place.get("page", first),
                box=(left, top, right, bottom),
                sure=place["sure"],
                filled=bool(item.data.get(name)),
            ),
        )


async def _paper(visit: Visit, process: Process[Any], item: WorkItem) -> Source:
    paper = await paper_of(visit, process, item)
    shown = {one.field: one for one in places_of(process, item, paper)}
    drawn = {}
    for number in paper.placed:
        drawn[number] = await patiently(visit.desk.sources.page(paper, number), PATIENCE)
    numbers = range(paper.first, paper.last + 1)
    pages = []
    for number in numbers[:MOST_SHOWN]:
        size = {"width": drawn[number].width, "height": drawn[number].height} if number in drawn else {}
        mine = [one for one in shown.values() if one.page == number]
        pages.append(PageShown(number=number, places=mine, **size))
    return Source(pages=pages, more=numbers[MOST_SHOWN:], places=shown)


def places_of(process: Process[Any], item: WorkItem, paper: Paper) -> Iterator[PlaceShown]:
    """In the order of the record's form."""
    threshold = process.papers.sure if process.papers and item.code in UNSURE else 0.0
    for one in RecordForm(process.record).fields:
        place = paper.places.get(one.name)
        if place is None or not paper.holds(place.page):
            continue
        left, top, right, bottom = place.box
        yield PlaceShown(
            field=one.name,
            label=one.label,
            page=place.page,
            left=left,
            top=top,
            width=max(1.0, right - left),
            height=max(1.0, bottom - top),
            doubt=how_sure(place.sure) if place.sure < threshold else "",
        )


def how_sure(sure: float) -> str:
    """In words; the reader's own number says little to who does not read for a living."""
    if sure <= 0.0:
        return "The reader could not make it out for certain."
    words = "nearly sure" if sure >= 0.75 else "not very sure" if sure >= 0.5 else "mostly guessing"
    return f"The reader was {words} ({round(sure * 100)}%)."


def _kept(folder: Path, batch: Batch | None) -> Path:
    name = str(batch.detail.get("kept") or "") if batch else ""
    if not name or Path(name).name != name:
        raise refusal("file-erased", GONE)
    if not (folder / name).is_file():
        raise refusal("file-erased", NOT_HERE)
    return folder / name


# ---- a row of a sheet -----------------------------------------------------------------------
async def _row(visit: Visit, process: Process[Any], item: WorkItem, clear: bool) -> list[CellShown]:
    found = await patiently(_found_row(visit, process, item), PATIENCE)
    problems = item.detail.get("fields")
    wrong = problems if isinstance(problems, Mapping) else {}
    hidden = process.record.sensitive()
    return [
        CellShown(
            column=cell.column,
            heading=cell.heading,
            # What no field reads may be anything.
            text=MASK if not clear and cell.text and (not cell.field or cell.field in hidden) else cell.text,
            read=bool(cell.field),
            problem=str(wrong.get(cell.field) or "") if cell.field else "",
        )
        for cell in found.cells
    ]


async def _found_row(visit: Visit, process: Process[Any], item: WorkItem) -> Row:
    """The row that makes this very item. In a workbook that was handed in again it may have moved: somebody
    else's row is never shown."""
    folder = visit.desk.home / "handed-in" / process.name
    for batch in await _hand_ins(visit, item):
        try:
            row = await visit.desk.sources.row(process, _kept(folder, batch), int(item.origin["row"]))
        except BusinessException as refused:
            if refused.code == "no-such-row":
                continue
            raise
        if (row.sheet, row.reference) == (item.origin.get("sheet"), item.reference):
            return row
    raise refusal("row-not-found", OTHERS)


async def _hand_ins(visit: Visit, item: WorkItem) -> list[Batch]:
    """Where its row may stand: in that of the item, or of one that its sender corrected in the latest one
    before the correction."""
    queue = visit.desk.queue
    corrected = await _corrected(visit, item)
    if corrected is None:
        came = await queue.batch(item.batch)
        return [came] if came else []
    later = [
        one
        for one in await queue.batches(item.process)
        if one.received <= corrected and one.id != item.batch and one.detail.get("kept")
    ]
    return sorted(later, key=lambda one: -one.received)[:_LATEST]


async def _corrected(visit: Visit, item: WorkItem) -> float | None:
    """When its sender last corrected it by a later hand-in."""
    moments = [step.at for step in await visit.desk.queue.history(item.id) if step.code == _CORRECTED]
    return max(moments, default=None)


# ---- values that a screen showed ------------------------------------------------------------
async def _values(visit: Visit, process: Process[Any], item: WorkItem, clear: bool) -> Source:
    first = await visit.desk.work.said_by_source(item.id)
    if first is None:
        return Source(trouble=NO_LONGER)
    return Source(values=list(shown_values(process, first, item.data, clear=clear)))


def shown_values(
    process: Process[Any], first: Mapping[str, Any], now: Mapping[str, Any], *, clear: bool
) -> Iterator[ValueShown]:
    """The source's values, in its order, each beside what staff made of it."""
    fields = {one.name: one for one in RecordForm(process.record).fields}
    for name, value in first.items():
        one = fields.get(name)
        masked = not clear and (one is None or one.sensitive)
        text, later = _text(one, value, masked), _text(one, now.get(name), masked)
        if text or later:
            label = one.label if one else name.replace("_", " ").capitalize()
            yield ValueShown(label=label, text=text, now=later if value != now.get(name) else None)


def _text(one: Field | None, value: Any, masked: bool) -> str:
    text = one.shown(value) if one else str(value or "")
    return MASK if masked and text else dict(one.options).get(text, text) if one else text
