"""The work list: what waits for people, in the processes that the person may see."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from starlette.responses import Response

from ...core.errors import BusinessException
from ...core.item import URGENT, State
from ...core.people import Role
from ...core.process import Process
from ...core.vocabulary import words_of
from ...core.work_list import FOR_PEOPLE, NOBODY, UNSURE, Counts, Entry
from ..hand_in.unread_files import left_count
from ..history.comparisons import found_for
from ..item.outcome import outcome_of
from ..item.view import reason
from ..services.masking import MASK
from ..web.colleagues import named, reviewers
from ..web.request import Asking, Visit
from .acts import OFFERED
from .filters import AGES, DUES, MINE, ORDERS, asked_by, links, query_of, wanted_of

COUNTED_WITHIN = 5.0
"""Seconds by which counts may lag: with 100,000 items to count they would take longer than the page."""


@dataclass(frozen=True, kw_only=True)
class Line:
    """An entry as this person may see it."""

    id: str
    title: str
    sentence: str
    reference: str
    process: str
    state: State
    updated: float
    due: float | None
    overdue: bool
    urgent: bool
    put_off: float | None  # until when
    notes: int
    held: str  # who has it, as the form says it back
    holder: str
    decides: bool  # this person may


async def show(visit: Visit) -> Response:
    params = visit.request.query_params
    return await page(visit, asked_by(params), after=params.get("after") or None)


async def page(
    visit: Visit,
    asked: Mapping[str, str],
    *,
    after: str | None = None,
    problem: str = "",
    name: str = "",
    status: int = 200,
) -> Response:
    """`problem`, `name`: why a filter could not be kept, and under which name."""
    processes = visit.processes()
    if not processes:
        return visit.desk.pages.show(visit.request, "no_work.html", visit=visit)
    work, wanted = visit.desk.work, wanted_of(visit, asked)
    try:
        listing = await work.page(wanted, after)
    except BusinessException:  # a broken or foreign link: the list begins anew
        listing = await work.page(wanted)
    counts = await work.counts(wanted, visit.person.id, age=COUNTED_WITHIN)
    if not after and bool(listing.entries) != bool(counts.total):  # it would contradict the list
        counts = await work.counts(wanted, visit.person.id)
    names, colleagues = await named(visit), await reviewers(visit, processes)
    return visit.desk.pages.show(
        visit.request,
        "work_list.html",
        status=status,
        visit=visit,
        entries=[line(visit, processes[one.process], one, names) for one in listing.entries],
        next=f"/?{query_of(asked, after=listing.next)}" if listing.next else "",
        asked=asked,
        by_reference=bool(wanted.by_reference),
        query=query_of(asked),
        filtered=bool(query_of({**asked, "order": ""})),
        counts=counts,
        links=await _links(visit),
        processes=processes,
        choices=_choices(asked, processes, counts, {one: person.name for one, person in colleagues.items()}),
        states={state.value: words_of(state).staff for state in FOR_PEOPLE},
        colleagues={one: person.name for one, person in colleagues.items()},
        saved=await work.filters(visit.person.id),
        settled=await _settled(visit, asked.get("text", "")),
        outcome=await outcome_of(visit),
        problem=problem,
        name=name,
        many=[one for one in OFFERED.values() if visit.has(one.role)],
        left=left_count(visit),
        found=await found_for(visit),
    )


async def _settled(visit: Visit, text: str) -> list[tuple[Entry, str]]:
    """What is called so and waits for nobody, with its state in words; for who may read references."""
    found = await visit.desk.work.called(text, list(visit.processes(Role.REVIEWER)))
    return [(one, words_of(one.state, one.code).staff) for one in found]


async def _links(visit: Visit) -> list[tuple[str, str, int, bool]]:
    """Counted over everything, whatever is shown."""
    everything = wanted_of(visit, {})
    counts = await visit.desk.work.counts(everything, visit.person.id, age=COUNTED_WITHIN)
    unsure = sum(counts.by_code.get(code, 0) for code in UNSURE)
    asked = await visit.desk.work.questions(visit.person.id, list(visit.processes(Role.REVIEWER)))
    return links(visit, counts, unsure, len(asked))


def _choices(
    asked: Mapping[str, str],
    processes: Mapping[str, Process[Any]],
    counts: Counts,
    colleagues: Mapping[str, str],
) -> dict[str, list[tuple[str, str]]]:
    """Of every filter the values and their words."""
    one = processes.get(asked.get("process", ""))
    return {
        "process": [(name, one.title) for name, one in processes.items()],
        "state": [(state.value, words_of(state).staff) for state in FOR_PEOPLE],
        "code": _reasons([one] if one else processes.values(), counts.by_code),
        "age": [(str(days), words) for days, words in AGES.items()],
        "due": [(due.value, words) for due, words in DUES.items()],
        "holder": [(MINE, "Me"), (NOBODY, "Nobody"), *colleagues.items()],
        "order": [(order.value, words) for order, words in ORDERS.items()],
    }


def line(asking: Asking, process: Process[Any], one: Entry, names: Mapping[str, str]) -> Line:
    # A natural key may name a person.
    clear = asking.person.may(Role.REVIEWER, one.process)
    return Line(
        id=one.item,
        title=reason(process, one.code, one.state),
        sentence=one.sentence or "",
        reference=one.reference if clear else MASK,
        process=one.process,
        state=one.state,
        updated=one.updated,
        due=one.due,
        overdue=one.due is not None and one.due < asking.desk.clock().timestamp(),
        urgent=one.priority >= URGENT,
        put_off=one.snoozed_until,
        notes=one.comments,
        held=one.holder or NOBODY,
        holder=names.get(one.holder or "", ""),
        decides=clear,
    )


def _reasons(processes: Iterable[Process[Any]], counts: Mapping[str, int]) -> list[tuple[str, str]]:
    """Code and words with how many, the most frequent first; all the words where processes differ in them."""
    words: dict[str, dict[str, None]] = {}
    for process in processes:
        for code, text in process.reasons.items():
            words.setdefault(code, {})[text] = None
    found = [
        (code, " / ".join(words.get(code, [code.replace("-", " ").capitalize()])), n)
        for code, n in counts.items()
    ]
    return [(code, f"{text} ({n:,})") for code, text, n in sorted(found, key=lambda one: (-one[2], one[1]))]
