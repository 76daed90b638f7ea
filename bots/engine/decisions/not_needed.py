"""Closed: nothing of it is to be keyed."""

from __future__ import annotations

from ..core.decision import Answers, Case, Change
from ..core.item import Ending, State
from . import rules
from .decision import Decision


def apply(case: Case, answers: Answers) -> Change:
    return Change(ending=Ending(state=State.WITHDRAWN), detail={}, closed=True)


NOT_NEEDED = Decision(name="not-needed", states=rules.OPEN, verb="withdrawn", apply=apply)
