"""A second person does not agree: it becomes an exception."""

from __future__ import annotations

from ..core.decision import Answers, Case, Change
from ..core.item import Ending, Kind, State
from ..core.people import Role
from .decision import Address, Command, Decision, Form, Outcome, Weight

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
    title="Do not agree",
    leads="It needs a person again, who corrects it, closes it or tries again.",
    role=Role.APPROVER,
    states=(State.AWAITING_APPROVAL,),
    verb="declined",
    apply=apply,
    form=Form(
        at=(State.AWAITING_APPROVAL,),
        button="I do not agree",
        weight=Weight.WARNING,
        why="Why not?",
    ),
    address=Address(
        name="decline", summary="Do not agree", described="Do not agree: it becomes an exception."
    ),
    command=Command(
        name="decline",
        help="Do not agree: the item becomes an exception, to be corrected, retried or withdrawn.",
        says="{item} is an exception now.",
    ),
    outcome=Outcome(state=State.EXCEPTION, before=State.AWAITING_APPROVAL, says="was not agreed to."),
)
