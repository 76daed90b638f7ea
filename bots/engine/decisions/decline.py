"""A second person does not agree: it becomes an exception."""

from __future__ import annotations

from ..core.decision import Answers, Case, Change
from ..core.item import Ending, Kind, State
from ..core.people import Role
from .decision import Decision

DECLINED = Ending(
    state=State.EXCEPTION,
    kind=Kind.BUSINESS,
    code="declined",
    sentence="A person looked at what the bot would save, and did not agree.",
)


def apply(case: Case, answers: Answers) -> Change:
    return Change(ending=DECLINED)


DECLINE = Decision(
    name="decline",
    role=Role.APPROVER,
    states=(State.AWAITING_APPROVAL,),
    verb="declined",
    apply=apply,
)
