"""In doubt, looked for in the system, and there."""

from __future__ import annotations

from ..core.decision import Answers, Case, Change
from ..core.item import IntentStatus, State
from . import not_saved, rules
from .decision import Address, Ask, Asked, Decision, Form, Outcome, Weight


def apply(case: Case, answers: Answers) -> Change:
    """New, also when every step now has its receipt: the next worker verifies it and ends it as done."""
    reference = answers.reference or ""
    rules.check_reference(reference)
    intent = rules.settled_intent(case)
    return Change(
        ending=rules.NEW,
        not_before=0.0,
        anew=True,
        word=rules.word(case, intent.step, intent.system, reference, intent.id),
        intent=IntentStatus.RECEIPTED,
        yields=True,
    )


SAVED = Decision(
    name="saved",
    title="It is there",
    leads="The reference is its proof of that step. The bot reads the entry, and goes on from there.",
    states=(State.IN_DOUBT,),
    verb="decided",
    apply=apply,
    asks=(
        Ask(
            what=Asked.REFERENCE,
            question="The system's reference for it",
            described="Under which it is in the system.",
            option="--saved",
            help="It is in the target, under this reference.",
        ),
    ),
    form=Form(
        at=(State.IN_DOUBT,),
        button="It is saved, under this reference",
        weight=Weight.PRIMARY,
        why="How do you know?",
    ),
    address=Address(
        name="saved", summary="In doubt: it is saved", described="In doubt, and found in the system."
    ),
    command=not_saved.COMMAND,
    outcome=Outcome(
        state=State.NEW,
        before=State.IN_DOUBT,
        word=True,
        says="is saved: the bot goes on from there.",
    ),
)
