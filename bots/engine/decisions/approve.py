"""A second person agrees to these very data. Corrected ones want it anew."""

from __future__ import annotations

from ..core.decision import Answers, Case, Change
from ..core.errors import refusal
from ..core.item import State
from ..core.people import Role
from . import rules
from .decision import Decision

_FOUR_EYES = "You corrected this record yourself. Somebody else must agree to it."


def apply(case: Case, answers: Answers) -> Change:
    """Nobody agrees to a correction of one's own: to the last one, or to one that nobody agreed to yet."""
    told = list(case.story)
    corrector = next((who for who, _, _, detail in told if "corrected" in detail), None)
    if case.who == corrector or case.who in rules.unagreed(told, case.second).values():
        raise refusal("four-eyes", _FOUR_EYES)
    return Change(ending=rules.NEW, not_before=0.0, anew=True, agreed=True)


APPROVE = Decision(
    name="approve",
    role=Role.APPROVER,
    states=(State.AWAITING_APPROVAL,),
    verb="approved",
    apply=apply,
)
