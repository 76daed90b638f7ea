"""To the bot again, and not before a while."""

from __future__ import annotations

from ..core.decision import Answers, Case, Change
from ..core.item import State
from . import rules
from .decision import Decision


def apply(case: Case, answers: Answers) -> Change:
    return Change(ending=rules.to_the_bot(case), not_before=case.now + answers.seconds, anew=True, detail={})


DEFER = Decision(name="defer", states=(State.NEW, State.EXCEPTION), verb="deferred", apply=apply)
