"""What stands in the targets: found by file, hand-in, version, date or system. It is the first thing that is
needed when a source turns out to be wrong."""

from __future__ import annotations

import csv
import io
from collections.abc import AsyncIterator, Mapping
from datetime import date, datetime, timedelta

from pydantic import TypeAdapter, ValidationError
from starlette.responses import Response, StreamingResponse

from ...core.errors import BusinessException, refusal
from ...core.people import Role
from ...core.record import UkDate
from ...core.work_list import Keyed, Search
from ..services.rendering import LONDON
from ..web.request import Visit

SHOWN = 100
_ASKED = ("process", "source", "batch", "versions", "system", "after", "before")
_HEADINGS = (
    "Process",
    "Item",
    "Reference",
    "State",
    "Hand-in",
    "System",
    "Step",
    "Target reference",
    "Keyed",
    "How",
    "Rules",
    "Maps",
    "Code",
)
VERSIONS = ("rules", "maps", "code")
"""What is in force, each with a digest of its own."""
_DAY: TypeAdapter[date] = TypeAdapter(UkDate)


async def show(visit: Visit) -> Response:
    asked = {name: visit.request.query_params.get(name, "").strip() for name in _ASKED}
    found: list[Keyed] = []
    problem, more = "", False
    if any(asked.values()):
        try:
            async for part in visit.desk.work.after_done(search_of(visit, asked)):
                found += part
                if len(found) > SHOWN:
                    more = True
                    break
        except BusinessException as error:
            problem = error.sentence
    return visit.desk.pages.show(
        visit.request,
        "keyed.html",
        status=422 if problem else 200,
        visit=visit,
        asked=asked,
        searched=any(asked.values()) and not problem,
        problem=problem,
        found=found[:SHOWN],
        more=more,
        processes=visit.processes(Role.REVIEWER),
        systems=sorted({name for one in visit.processes(Role.REVIEWER).values() for name in one.systems}),
        query=visit.request.url.query,
        versions=VERSIONS,
    )


async def as_csv(visit: Visit) -> Response:
    """All of it, as it is read from the store."""
    asked = {name: visit.request.query_params.get(name, "").strip() for name in _ASKED}
    search = search_of(visit, asked)
    await visit.desk.people.log(visit.who, "list of keyed items downloaded", visit.person.id)
    headers = {"Content-Disposition": 'attachment; filename="rekey-keyed.csv"', "Cache-Control": "no-store"}
    return StreamingResponse(_lines(visit, search), media_type="text/csv; charset=utf-8", headers=headers)


def search_of(visit: Visit, asked: Mapping[str, str]) -> Search:
    """In the processes that the person may review; whole days in UK time. Raises BusinessException."""
    mine = visit.processes(Role.REVIEWER)
    one = asked["process"]
    if one and one not in mine:
        raise refusal("no-such-process", "There is no such process, or you may not see it.")
    last = day_of(asked["before"])
    return Search(
        processes=(one,) if one else tuple(mine),
        source=asked["source"] or None,
        batch=asked["batch"] or None,
        versions=asked["versions"] or None,
        system=asked["system"] or None,
        after=_midnight(day_of(asked["after"])),
        before=_midnight(last + timedelta(days=1)) if last else None,
    )


def day_of(text: str) -> date | None:
    if not text:
        return None
    try:
        return _DAY.validate_python(text)
    except ValidationError:
        raise refusal("no-day", "Write the days as in 14/11/2026.") from None


def _midnight(day: date | None) -> float | None:
    return datetime(day.year, day.month, day.day, tzinfo=LONDON).timestamp() if day else None


async def _lines(visit: Visit, search: Search) -> AsyncIterator[bytes]:
    yield "\ufeff".encode() + _row(_HEADINGS)
    async for part in visit.desk.work.after_done(search):
        for one in part:
            for target in one.targets:
                at = datetime.fromtimestamp(target.at, LONDON).strftime("%d/%m/%Y %H:%M:%S")
                how = target.how.lower()
                facts = (one.process, one.item, one.reference, one.state.value, one.batch)
                versions = (one.versions.get(name, "") for name in VERSIONS)
                yield _row((*facts, target.system, target.step, target.reference, at, how, *versions))


def _row(values: tuple[str, ...]) -> bytes:
    out = io.StringIO()
    # A text that begins like a formula must not become one in a spreadsheet.
    csv.writer(out).writerow(
        [f"'{text}" if text.startswith(("=", "+", "-", "@", "\t", "\r")) else text for text in values]
    )
    return out.getvalue().encode("utf-8", "replace")
