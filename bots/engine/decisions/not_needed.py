"""Closed: nothing of it is to be keyed."""

from __future__ import annotations

from ..core.decision import Answers, Case, Change
from ..core.item import Ending, State
from . import rules
from .decision import Address, Command, Decision, Form, Many, Outcome, Weight


def apply(case: Case, answers: Answers) -> Change:
    return Change(ending=Ending(state=State.WITHDRAWN), detail={}, closed=True)


ADDRESS = Address(
    name="withdraw", summary="Close it", described="Close it: not needed, or in the system already."
)
COMMAND = Command(
    name="withdraw",
    help="Close an item: it is not needed, or a person keyed it by hand.",
    says="{item} is withdrawn.",
)
NOT_NEEDED = Decision(
    name="not-needed",
    title="It is not needed",
    leads="It is closed. Nothing more of it is keyed.",
    states=rules.OPEN,
    verb="withdrawn",
    apply=apply,
    form=Form(
        at=(State.EXCEPTION,),
        button="Close it: not needed",
        weight=Weight.WARNING,
        why="Why is it not needed?",
    ),
    many=Many(button="Close: not needed", became="closed as not needed"),
    address=ADDRESS,
    command=COMMAND,
    outcome=Outcome(state=State.WITHDRAWN, says="was closed: not needed."),
)
