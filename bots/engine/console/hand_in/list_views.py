"""What was handed in: the list, one hand-in with what became of it, and what goes back."""

from __future__ import annotations

import re
import shutil
import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from starlette.background import BackgroundTask
from starlette.responses import FileResponse, Response

from ...core.errors import BusinessException, RekeyError
from ...core.item import AddOutcome, Batch, BatchRow, State
from ...core.people import Role
from ...core.process import Process
from ...core.vocabulary import STATES, words_of
from ..item.view import reason
from ..operations import start_time
from ..services.masking import MASK
from ..web.parts import part
from ..web.request import Asking, Forbidden, Missing, Visit
from .unread_files import left_files

SIZE = 50
LIST_AGE = 30.0
"""Seconds for which the list's figures may be old."""
TYPES = {
    ".xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    ".xlsm": "application/vnd.ms-excel.sheet.macroEnabled.12",
    ".pdf": "application/pdf",
}
_OUTCOMES = {
    AddOutcome.ADDED: "New",
    AddOutcome.SAME: "Known already, or the same row again",
    AddOutcome.UPDATED: "Corrected by this hand-in",
    AddOutcome.CHANGED: "Other data than before: a person decides",
}
_ORDER = (
    *(State.DONE, State.WITHDRAWN, State.IN_PROGRESS, State.NEW),
    *(State.AWAITING_APPROVAL, State.IN_DOUBT, State.EXCEPTION),
)
GONE = "What goes back cannot be made: the file that was handed in is no longer kept, or cannot be written."


@dataclass(frozen=True, kw_only=True)
class Share:
    """One state in the bar: how many, and where it lies, in percent."""

    state: State
    words: str
    count: int
    begins: float
    width: float


@dataclass(frozen=True, kw_only=True)
class Waiting:
    """An item of the hand-in that needs a person."""

    id: str
    title: str
    place: str
    state: State


def shares(states: Mapping[State, int]) -> Iterator[Share]:
    whole, begins = sum(states.values()) or 1, 0.0
    for state in _ORDER:
        if count := states.get(state, 0):
            width = 100 * count / whole
            yield Share(state=state, words=words_of(state).staff, count=count, begins=begins, width=width)
            begins += width


# ---- the list -------------------------------------------------------------------------------
async def show(visit: Visit) -> Response:
    """Those of the person's processes, the newest first."""
    processes = {name: one for name, one in visit.processes().items() if one.takes_files}
    found = await newest(visit, tuple(processes))
    page = _page_of(visit, len(found))
    here = found[(page - 1) * SIZE : page * SIZE]
    known = await names(visit)
    return visit.desk.pages.show(
        visit.request,
        "hand_ins.html",
        visit=visit,
        processes=processes,
        hands_in=any(visit.person.may(Role.REVIEWER, name) for name in processes),
        lines=[
            (one, who(one, known), shown(visit, one), await visit.desk.incoming.outline(one.id, LIST_AGE))
            for one in here
        ],
        page=page,
        pages=-(-len(found) // SIZE),
        left=left_files(visit),
        put_away="put-away" in visit.request.query_params,
    )


async def newest(asking: Asking, processes: Sequence[str]) -> list[Batch]:
    """The hand-ins of some processes that were files."""
    found = [batch for name in processes for batch in await asking.desk.queue.batches(name)]
    return sorted((one for one in found if "file" in one.detail), key=lambda one: -one.received)


def _page_of(visit: Visit, count: int) -> int:
    asked = visit.request.query_params.get("page", "1")
    last = max(1, -(-count // SIZE))
    return min(max(1, int(asked)), last) if asked.isdecimal() and len(asked) < 9 else 1


async def names(asking: Asking) -> dict[str, str]:
    """What people are called, by how the histories name them."""
    return {one.who: one.name for one in await asking.desk.people.everyone()}


def who(batch: Batch, names: Mapping[str, str]) -> str:
    """A worker read it from the inbox, or at somebody's command."""
    return names.get(batch.who) or ("Rekey" if "/" in batch.who else batch.who)


def shown(asking: Asking, batch: Batch) -> str:
    """What a hand-in is called, for this person: a file's name may name a resident."""
    return called(batch) if asking.person.may(Role.REVIEWER, batch.process) else MASK


def called(batch: Batch) -> str:
    file, attachment = batch.detail.get("file", ""), batch.detail.get("attachment", "")
    return f"{file}: {attachment}" if attachment else str(file) or f"Read from {batch.source}"


# ---- one hand-in ----------------------------------------------------------------------------
async def one(visit: Visit) -> Response:
    process, batch = await batch_of(visit, Role.VIEWER, visit.request.path_params["batch"])
    return await _page(visit, process, batch)


async def progress(visit: Visit) -> Response:
    """The part of that page that changes, for htmx."""
    process, batch = await batch_of(visit, Role.VIEWER, visit.request.path_params["batch"])
    values = await _values(visit, process, batch)
    return part(visit, "one_hand_in.html", values, goes_on=values["outline"].goes_on)


async def give_back(visit: Visit) -> Response:
    """The return workbook or the cover report, made now. Nothing of it is kept here."""
    process, batch = await batch_of(visit, Role.REVIEWER, visit.request.path_params["batch"])
    try:
        return await made_now(visit, process, batch)
    except RekeyError:
        return await _page(visit, process, batch, problem=GONE, status=409)


async def made_now(asking: Asking, process: Process[Any], batch: Batch) -> FileResponse:
    """What goes back. Raises RekeyError where it cannot be made."""
    folder = asking.desk.uploads.aside()
    try:
        path = await asking.desk.incoming.give_back(process.name, batch.id, folder)
    except BaseException:
        shutil.rmtree(folder, ignore_errors=True)
        raise
    return FileResponse(
        path,
        media_type=TYPES.get(path.suffix, "application/octet-stream"),
        filename=plain_name(batch, path),
        headers={"Cache-Control": "no-store"},
        background=BackgroundTask(shutil.rmtree, folder, ignore_errors=True),
    )


def plain_name(batch: Batch, path: Path) -> str:
    """For any disk: of the sender's name the plain letters, the hand-in's number, and what kind it is."""
    stem = Path(called(batch).rsplit(":", 1)[-1].strip()).stem
    letters = unicodedata.normalize("NFKD", stem).encode("ascii", "ignore").decode()
    clean = re.sub(r"[^A-Za-z0-9]+", "-", letters).strip("-")[:60].strip("-")
    return f"{clean}-{batch.id}{path.suffix}" if clean else f"{batch.id}{path.suffix}"


async def batch_of(asking: Asking, role: Role, name: str) -> tuple[Process[Any], Batch]:
    """A hand-in and its process. Raises Missing or Forbidden."""
    found = await asking.desk.queue.batch(name)
    if found is None or found.process not in asking.processes():
        raise Missing("no-such-hand-in", "There is no such hand-in, or you may not see it.")
    if not asking.person.may(role, found.process):
        raise Forbidden("not-allowed", "Your role does not let you do this. Ask the process owner.")
    return asking.desk.processes[found.process], found


async def begin(visit: Visit) -> Response:
    """Start it now, or at another time."""
    process, batch = await batch_of(visit, Role.REVIEWER, visit.request.path_params["batch"])
    try:
        return await start_time.change(visit, process, batch)
    except BusinessException as error:
        now = await visit.desk.queue.batch(batch.id) or batch
        where = start_time.FIELDS.get(error.code, "")
        status = 422 if where else 409
        return await _page(visit, process, now, problem=error.sentence, where=where, status=status)


async def _page(
    visit: Visit,
    process: Process[Any],
    batch: Batch,
    *,
    problem: str = "",
    where: str = "",
    status: int = 200,
) -> Response:
    """`where`: the field of the form that is wrong."""
    values = await _values(visit, process, batch) | {"problem": problem, "where": where}
    return visit.desk.pages.show(visit.request, "one_hand_in.html", status=status, **values)


async def _values(visit: Visit, process: Process[Any], batch: Batch) -> dict[str, Any]:
    found = await visit.desk.incoming.outline(batch.id)
    begins = await start_time.beginning(visit.desk, process, batch)
    reviews = visit.person.may(Role.REVIEWER, process.name)
    return {
        "visit": visit,
        "process": process,
        "batch": batch,
        "file": shown(visit, batch),
        "who": who(batch, await names(visit)),
        "outline": found,
        "shares": list(shares(found.states)),
        "outcomes": _OUTCOMES,
        "waiting": [waiting(process, row) for row in found.waiting],
        "closed": await start_time.closed(visit.desk, process),
        "begins": begins,
        "changes": found.states.get(State.NEW) and (begins.at or batch.begins is None) and reviews,
        "choices": await start_time.choices(visit.desk, process),
        "shut_days": start_time.shut_days(await start_time.targets(visit.desk, process), visit.desk.clock()),
        "sent": visit.sent,
        "no_run": "no-run" in visit.request.query_params,
        "reviews": reviews,
        "gives_back": gives_back(visit, process, batch),
        "workbook": "header" in batch.detail,
        "states": {state: words.staff for state, words in STATES.items()},
    }


def gives_back(asking: Asking, process: Process[Any], batch: Batch) -> bool:
    """Whether there is something to go back, and this person may have it."""
    return "kept" in batch.detail and asking.person.may(Role.REVIEWER, process.name)


def waiting(process: Process[Any], row: BatchRow) -> Waiting:
    item = row.item
    title = reason(process, item.code, item.state)
    return Waiting(id=item.id, title=title, place=_place(row.origin), state=item.state)


def _place(origin: Mapping[str, Any]) -> str:
    if "row" in origin:
        return f"Row {origin['row']}"
    if "pages" in origin:
        first, last = origin["pages"]
        return f"Page {first}" if first == last else f"Pages {first} to {last}"
    return ""
