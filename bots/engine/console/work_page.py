"""The work list: what waits for people, in the processes that the person may see."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from starlette.responses import Response

from ..core.errors import BusinessException
from ..core.item import State
from ..core.people import Role
from ..core.process import Process
from ..core.work_list import FOR_PEOPLE, NOBODY, Entry, Order, Wanted
from .item_view import NAMES, reason
from .veil import MASK
from .visit import Asking, Visit

COUNTED_WITHIN = 5.0
"""Seconds by which counts may lag: with 100,000 items to count they would take longer than the page."""
_ORDERS = {
    Order.OLDEST: "Oldest first",
    Order.NEWEST: "Newest first",
    Order.DUE: "Due first",
    Order.PROCESS: "By process",
}
_FILTERS = ("text", "process", "state", "code", "holder", "order")


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
    holder: str
    decides: bool  # this person may


async def show(visit: Visit) -> Response:
    processes = visit.processes()
    if not processes:
        return visit.desk.pages.show(visit.request, "no_work.html", visit=visit)
    asked = {name: visit.request.query_params.get(name, "") for name in _FILTERS}
    wanted = wanted_of(visit, asked)
    after = visit.request.query_params.get("after") or None
    try:
        listing = await visit.desk.work.page(wanted, after)
    except BusinessException:  # a broken or foreign link: the list begins anew
        listing = await visit.desk.work.page(wanted)
    counts = await visit.desk.work.counts(wanted, visit.person.id, age=COUNTED_WITHIN)
    people = {one.id: one.name for one in await visit.desk.people.everyone()}
    return visit.desk.pages.show(
        visit.request,
        "work_list.html",
        visit=visit,
        entries=[line(visit, processes[one.process], one, people) for one in listing.entries],
        next=f"/?{urlencode({**_given(asked), 'after': listing.next})}" if listing.next else "",
        asked=asked,
        filtered=bool(_given(asked)),
        counts=counts,
        processes=processes,
        states={state.value: NAMES[state] for state in FOR_PEOPLE},
        orders={order.value: words for order, words in _ORDERS.items()},
        reasons=_reasons(processes, counts.by_code),
    )


def wanted_of(visit: Visit, asked: Mapping[str, str]) -> Wanted:
    """What the address asks for; what it asks for wrongly is left out."""
    mine = visit.processes()
    one = asked.get("process", "")
    holders = {"mine": visit.person.id, NOBODY: NOBODY}
    order, states = Order.OLDEST, tuple[State, ...]()
    with suppress(ValueError):
        order = Order(asked.get("order", ""))
    with suppress(ValueError):
        states = (State(asked.get("state", "")),)
    return Wanted(
        processes=(one,) if one in mine else tuple(mine),
        states=tuple(state for state in states if state in FOR_PEOPLE),
        code=asked.get("code") or None,
        holder=holders.get(asked.get("holder", "")),
        text=asked.get("text", ""),
        order=order,
    )


def line(asking: Asking, process: Process[Any], one: Entry, people: Mapping[str, str]) -> Line:
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
        holder=people.get(one.holder or "", ""),
        decides=clear,
    )


def _given(asked: Mapping[str, str]) -> dict[str, str]:
    return {name: text for name, text in asked.items() if text}


def _reasons(processes: Mapping[str, Process[Any]], counts: Mapping[str, int]) -> list[tuple[str, str, int]]:
    """Code, words and how many, the most frequent first."""
    words = {code: text for process in processes.values() for code, text in process.reasons.items()}
    found = [(code, words.get(code, code.replace("-", " ").capitalize()), n) for code, n in counts.items()]
    return sorted(found, key=lambda one: (-one[2], one[1]))
