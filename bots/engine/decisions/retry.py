"""To the bot again, with the record as it is."""

from __future__ import annotations

from ..core.decision import Answers, Case, Change
from ..core.item import State
from . import rules
from .decision import Decision


def apply(case: Case, answers: Answers) -> Change:
    return Change(ending=rules.to_the_bot(case), not_before=0.0, anew=True, detail={})


RETRY = Decision(name="retry", states=(State.EXCEPTION,), verb="retried", apply=apply)
