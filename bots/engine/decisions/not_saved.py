"""In doubt, looked for in the system, and not there."""

from __future__ import annotations

from ..core.decision import Answers, Case, Change
from ..core.item import IntentStatus, State
from . import rules
from .decision import Decision


def apply(case: Case, answers: Answers) -> Change:
    rules.settled_intent(case)
    return Change(ending=rules.NEW, not_before=0.0, anew=True, intent=IntentStatus.ABSENT, yields=True)


NOT_SAVED = Decision(name="not-saved", states=(State.IN_DOUBT,), verb="decided", apply=apply)
