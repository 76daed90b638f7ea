"""The filters of the work list: what an address may ask for, and the words for it."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
from datetime import timedelta
from enum import StrEnum
from typing import Any
from urllib.parse import parse_qsl, urlencode

from ...core.item import State
from ...core.people import Role
from ...core.work_list import FOR_PEOPLE, NOBODY, Order, Wanted
from ...core.working_days import begins, day_of
from ..web.request import Visit

FILTERS = ("text", "process", "state", "code", "age", "due", "holder", "unsure", "put_off", "order")
MINE = "mine"
PUT_OFF_ONLY = "only"
"""Of those that are put off: without the others."""
ORDERS = {
    Order.URGENT: "Most urgent first",
    Order.DUE: "By due date",
    Order.OLDEST: "Oldest first",
    Order.NEWEST: "Newest first",
    Order.PROCESS: "By process",
}
AGES = {days: f"More than {days} working day{'s' if days > 1 else ''} ago" for days in (1, 3, 5, 10)}


class Due(StrEnum):
    OVERDUE = "overdue"
    TODAY = "today"
    WEEK = "week"  # from today to Sunday


DUES = {Due.OVERDUE: "Overdue", Due.TODAY: "Today", Due.WEEK: "This week, from today"}


def asked_by(texts: Mapping[str, str]) -> dict[str, str]:
    """The filters among the fields of an address or a form; those that are not there are empty."""
    return {name: texts.get(name, "") for name in FILTERS}


def asked_in(query: str) -> dict[str, str]:
    """The same of a filter that was kept."""
    return asked_by(dict(parse_qsl(query)))


def query_of(asked: Mapping[str, str], **more: str) -> str:
    return urlencode({name: text for name, text in {**asked, **more}.items() if text})


def kept_query(asked: Mapping[str, str]) -> str:
    """What is kept of a filter: not the search text, as a reference may be personal data."""
    return query_of({**asked, "text": ""})


def wanted_of(visit: Visit, asked: Mapping[str, str]) -> Wanted:
    """What is asked for; what is asked for wrongly is left out."""
    mine, one = visit.processes(), asked.get("process", "")
    order, states = Order.URGENT, tuple[State, ...]()
    with suppress(ValueError):
        order = Order(asked.get("order", ""))
    with suppress(ValueError):
        states = (State(asked.get("state", "")),)
    holder = asked.get("holder", "")
    return Wanted(
        processes=(one,) if one in mine else tuple(mine),
        by_reference=tuple(visit.processes(Role.REVIEWER)),
        states=tuple(state for state in states if state in FOR_PEOPLE),
        code=asked.get("code") or None,
        holder=visit.person.id if holder == MINE else holder or None,
        unsure=bool(asked.get("unsure")),
        snoozed=bool(asked.get("put_off")),
        asleep=asked.get("put_off") == PUT_OFF_ONLY,
        text=asked.get("text", ""),
        order=order,
        **_times(visit, asked),
    )


def _times(visit: Visit, asked: Mapping[str, str]) -> dict[str, Any]:
    """Whole days, so that everybody who looks at a list asks the same."""
    now = visit.desk.clock().timestamp()
    today = day_of(now)
    found: dict[str, Any] = {}
    if asked.get("age", "") in map(str, AGES):
        found["received_before"] = visit.desk.working_days.ago(now, int(asked["age"]))
    with suppress(ValueError):
        due = Due(asked.get("due", ""))
        days = {Due.OVERDUE: 0, Due.TODAY: 1, Due.WEEK: 7 - today.weekday()}[due]
        found["due_before"] = begins(today + timedelta(days=days))
        if due is not Due.OVERDUE:
            found["due_after"] = begins(today)
    return found


def links(visit: Visit, counts: Any, unsure: int, questions: int) -> list[tuple[str, str, int, bool]]:
    """Address, words, how many; and whether it is there also when there is none."""
    states = counts.by_state
    return [
        ("/", "All", counts.total, True),
        (f"/?{query_of({'holder': MINE})}", "Mine", counts.mine, True),
        (f"/?{query_of({'holder': NOBODY})}", "Nobody's", counts.unassigned, True),
        (f"/?{query_of({'due': Due.OVERDUE})}", "Overdue", counts.overdue, True),
        (f"/?{query_of({'state': State.IN_DOUBT})}", "In doubt", states.get(State.IN_DOUBT, 0), False),
        (
            f"/?{query_of({'state': State.AWAITING_APPROVAL})}",
            "To approve",
            states.get(State.AWAITING_APPROVAL, 0),
            False,
        ),
        (f"/?{query_of({'unsure': 'yes'})}", "Values to check", unsure, False),
        (f"/?{query_of({'put_off': PUT_OFF_ONLY})}", "Put off", counts.put_off, False),
        ("/questions", "Questions to you", questions, False),
    ]
