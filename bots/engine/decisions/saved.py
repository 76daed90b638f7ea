"""In doubt, looked for in the system, and there."""

from __future__ import annotations

from ..core.decision import Answers, Case, Change
from ..core.item import IntentStatus, State
from . import rules
from .decision import Decision


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


SAVED = Decision(name="saved", states=(State.IN_DOUBT,), verb="decided", apply=apply)
