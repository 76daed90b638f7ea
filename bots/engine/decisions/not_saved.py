"""In doubt, looked for in the system, and not there."""

from __future__ import annotations

from dataclasses import replace

from ..core.decision import Answers, Case, Change
from ..core.item import IntentStatus, State
from . import rules
from .decision import Address, Command, Decision, Form, Weight


def apply(case: Case, answers: Answers) -> Change:
    rules.settled_intent(case)
    return Change(ending=rules.NEW, not_before=0.0, anew=True, intent=IntentStatus.ABSENT, yields=True)


COMMAND = Command(
    name="decide",
    help="Say what became of an item in doubt, after looking in the target.",
    says="{item} is decided.",
    either="Give either --saved REFERENCE or --not-saved.",
)
NOT_SAVED = Decision(
    name="not-saved",
    title="It is not there",
    leads="The bot keys it. Never say so without looking.",
    states=(State.IN_DOUBT,),
    verb="decided",
    apply=apply,
    form=Form(
        at=(State.IN_DOUBT,),
        button="I looked: it is not there",
        weight=Weight.WARNING,
        why="How did you look?",
    ),
    address=Address(
        name="not-saved",
        summary="In doubt: it is not there",
        described="In doubt, looked for in the system, and not there. Never say so without looking.",
    ),
    command=replace(COMMAND, flag="--not-saved", flag_help="I looked: it is not there."),
)
