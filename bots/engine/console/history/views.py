"""All that ever happened, for auditors: looked at, and handed out as a list. Nothing is changed here."""

from __future__ import annotations

import csv
import io
from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from urllib.parse import urlencode

from starlette.responses import Response, StreamingResponse

from ...audit.csv_export import HEAD, cells_of, harmless
from ...core.audit import HistoryRow, Past
from ...core.errors import BusinessException, refusal
from ...core.item import State
from ...core.people import EVERYWHERE, PeopleEntry
from ...core.vocabulary import words_of
from ..services.periods import midnight
from ..web.request import Visit
from .keyed import day_of

SHOWN = 100
_ASKED = ("item", "person", "process", "after", "before")
_EVENTS = {
    "state": "Moved on",
    "intent": "About to save",
    "left": "Sent to be saved",
    "answered": "Answered",
    "cut": "Not answered",
    "said": "The system says that it saved",
    "receipt": "In the system",
    "confirmed": "Read back",
    "refused": "Not saved: refused",
    "absent": "Not saved: proved absent",
    "retracted": "Receipt taken away",
    "erased": "Personal data erased",
    "chained": "Taken over from before",
}
_LOG_HEAD = ("when", "who", "person", "what", "detail")


@dataclass(frozen=True, kw_only=True)
class Line:
    """One row as the page shows it."""

    at: float
    process: str
    item: str
    what: str
    who: str
    moved: str  # from which state to which
    why: str
    code: str
    target: str  # system and the reference there


async def show(visit: Visit) -> Response:
    asked = _asked(visit)
    found: list[tuple[str, HistoryRow]] = []
    problem, whole = "", ""
    try:
        past = past_of(visit, asked)
        async for each in visit.desk.history.look_back(past, _below(visit)):
            found.append(each)
            if len(found) > SHOWN:
                break
        whole = await _whole(visit, asked["item"]) if found and asked["item"] else ""
    except BusinessException as error:
        problem = error.sentence
    more = len(found) > SHOWN
    given = {name: text for name, text in asked.items() if text}
    return visit.desk.pages.show(
        visit.request,
        "history.html",
        status=422 if problem else 200,
        visit=visit,
        asked=asked,
        problem=problem,
        whole=whole,
        lines=[_line(visit, process, row) for process, row in found[:SHOWN]],
        processes=visit.desk.processes,
        query=urlencode(given),
        older=urlencode({**given, "below": found[SHOWN - 1][1].place}) if more else "",
    )


async def as_csv(visit: Visit) -> Response:
    """Every row that fits, as `rekey audit export` writes it."""
    asked = _asked(visit)
    past = past_of(visit, asked)
    told = {name: text for name, text in asked.items() if text}
    await visit.desk.people.log(visit.who, "history downloaded", visit.person.id, told)

    async def lines() -> AsyncIterator[bytes]:
        yield "\ufeff".encode() + _row(HEAD)
        async for process, row in visit.desk.history.look_back(past):
            yield _row(cells_of(process, row))

    return _sent(lines(), "rekey-history.csv")


async def people(visit: Visit) -> Response:
    """What was done about people: roles, sign-ins, locks, downloads."""
    asked = visit.request.query_params.get("person", "").strip()
    entries, names = await _log(visit, asked, _below(visit), SHOWN + 1)
    more = len(entries) > SHOWN
    older = {"person": asked} if asked else {}
    return visit.desk.pages.show(
        visit.request,
        "history_people.html",
        visit=visit,
        asked=asked,
        entries=entries[:SHOWN],
        names=names,
        told=told_of,
        older=urlencode({**older, "below": entries[SHOWN - 1].number}) if more else "",
    )


async def people_as_csv(visit: Visit) -> Response:
    asked = visit.request.query_params.get("person", "").strip()

    async def lines() -> AsyncIterator[bytes]:
        yield "\ufeff".encode() + _row(_LOG_HEAD)
        below: int | None = None
        while True:
            entries, names = await _log(visit, asked, below, 1000)
            for one in entries:
                at = visit.desk.pages.environment.filters["at"](one.at)
                cells = (at, one.who, names.get(one.person or "", ""), one.what, told_of(one))
                yield _row([harmless(cell) for cell in cells])
            if len(entries) < 1000:
                return
            below = entries[-1].number

    return _sent(lines(), "rekey-people.csv")


def past_of(visit: Visit, asked: Mapping[str, str]) -> Past:
    """Whole days in UK time. Raises BusinessException."""
    if asked["process"] and asked["process"] not in visit.desk.processes:
        raise refusal("no-such-process", "There is no such process.")
    first, last = day_of(asked["after"]), day_of(asked["before"])
    return Past(
        process=asked["process"] or None,
        item=asked["item"] or None,
        who=asked["person"] or None,
        after=midnight(first) if first else None,
        before=midnight(last + timedelta(days=1)) if last else None,
    )


def told_of(entry: PeopleEntry) -> str:
    """The detail of an entry in words."""
    words: dict[object, str] = {True: "yes", False: "no", EVERYWHERE: "all"}
    told = (
        (name, words.get(value, value) if isinstance(value, str | bool) else value)
        for name, value in entry.detail.items()
    )
    return ", ".join(f"{name}: {value}" for name, value in told)


async def _log(
    visit: Visit, login: str, below: int | None, limit: int
) -> tuple[list[PeopleEntry], dict[str, str]]:
    """Entries, and everybody's logins; of a login that nobody has, none."""
    logins = {one.id: one.login for one in await visit.desk.people.everyone()}
    if not login:
        return await visit.desk.people.entries(None, limit, below), logins
    person = await visit.desk.people.by_login(login)
    return (await visit.desk.people.entries(person.id, limit, below) if person else []), logins


async def _whole(visit: Visit, item: str) -> str:
    """Whether the item's chain is as the store wrote it."""
    pack = await visit.desk.history.pack(item)
    if pack is None:
        return ""
    if pack.findings:
        told = f"{len(pack.findings)} of its rows are not as they were written."
        return f"{told} Ask ICT to run rekey audit verify."
    covered = f", and checkpoint {pack.checkpoint.number} covers them" if pack.checkpoint else ""
    return f"Its {len(pack.history)} rows are as they were written, none is missing{covered}."


def _line(visit: Visit, process: str, row: HistoryRow) -> Line:
    known = visit.desk.processes.get(process)
    target = " ".join(str(row.facts[name]) for name in ("system", "reference") if row.facts.get(name))
    return Line(
        at=row.at,
        process=known.title if known else process,
        item=row.item,
        what=_EVENTS.get(row.event, row.event.capitalize()),
        who=row.who,
        moved=_moved(row),
        why=row.why,
        code=row.code or "",
        target=target,
    )


def _moved(row: HistoryRow) -> str:
    before, after = _state(row.before), _state(row.after)
    return after if before in ("", after) else f"{before} → {after}"


def _state(name: str | None) -> str:
    return words_of(State(name)).staff if name in set(State) else name or ""


def _asked(visit: Visit) -> dict[str, str]:
    return {name: visit.request.query_params.get(name, "").strip() for name in _ASKED}


def _below(visit: Visit) -> int | None:
    """Where a page of older rows begins; a broken link begins anew."""
    text = visit.request.query_params.get("below", "")
    return int(text) if text.isascii() and text.isdigit() and len(text) < 18 else None


def _row(cells: Sequence[Any]) -> bytes:
    out = io.StringIO()
    csv.writer(out).writerow(cells)
    return out.getvalue().encode("utf-8", "replace")


def _sent(lines: AsyncIterator[bytes], name: str) -> Response:
    headers = {"Content-Disposition": f'attachment; filename="{name}"', "Cache-Control": "no-store"}
    return StreamingResponse(lines, media_type="text/csv; charset=utf-8", headers=headers)
