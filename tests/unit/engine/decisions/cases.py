"""An item as decisions see it, in a line of a test."""

from __future__ import annotations

from typing import Any

import pytest

from bots.engine.core.decision import Answers, Case
from bots.engine.core.errors import BusinessException
from bots.engine.core.item import Intent, IntentStatus, Receipt, State, WorkItem
from bots.engine.core.record import digest
from bots.engine.decisions.decision import Decision

NOW = 1_800_000_000.0
RECORD = {"uprn": "100", "account": "5"}
STEPS = (("log", "waste"), ("letter", "post"))


def item(state: State = State.EXCEPTION, **more: Any) -> WorkItem:
    given: dict[str, Any] = {
        "id": "bins-1",
        "process": "bins",
        "reference": "ZZ1",
        "version": 1,
        "data": RECORD,
        "digest": digest(RECORD),
        "state": state,
        "kind": None,
        "code": "property-not-found",
        "sentence": "No such property.",
        "detail": {},
        "attempts": 2,
        "not_before": 0.0,
        "priority": 0,
        "batch": "b-1",
        "origin": {},
        "token": 1,
        "created": NOW,
        "updated": NOW,
    }
    return WorkItem(**given | more)


def case(state: State = State.EXCEPTION, **more: Any) -> Case:
    given: dict[str, Any] = {
        "item": item(state),
        "who": "ann",
        "now": NOW,
        "receipts": {},
        "intent": None,
        "story": [],
        "steps": STEPS,
        "second": (),
    }
    return Case(**given | more)


def receipt(step: str = "log") -> Receipt:
    return Receipt(
        item="bins-1", step=step, system=dict(STEPS)[step], reference="C-1", values={"uprn": "100"}
    )


def intent(resolvable: float = NOW) -> Intent:
    return Intent(
        id="intent-1",
        item="bins-1",
        step="log",
        system="waste",
        token=1,
        digest="of the values",
        seen=(),
        recorded=NOW - 60,
        deadline=NOW - 40,
        resolvable=resolvable,
        writer="host:1",
        status=IntentStatus.OPEN,
    )


def corrected(who: str, *fields: str) -> tuple[str, str | None, str, dict[str, Any]]:
    """A line of its story: somebody corrected these fields."""
    return (who, "exception", "awaiting_approval", {"corrected": list(fields)})


def agreed(who: str) -> tuple[str, str | None, str, dict[str, Any]]:
    return (who, "awaiting_approval", "new", {})


def refused(decision: Decision, found: Case, answers: Answers) -> str:
    """The code of its refusal."""
    with pytest.raises(BusinessException) as caught:
        decision.apply(found, answers)
    return caught.value.code
