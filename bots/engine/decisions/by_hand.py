"""Closed: it is in the system already, or a person keyed it by hand."""

from __future__ import annotations

from ..core.decision import Answers, Case, Change
from ..core.errors import refusal
from ..core.item import Ending, State
from . import rules
from .decision import Decision

_NOTHING_LEFT = "Every step of this item has its receipt already."


def apply(case: Case, answers: Answers) -> Change:
    """The reference is that of the first step without a receipt."""
    reference = answers.reference or ""
    rules.check_reference(reference)
    left = [pair for pair in case.steps if pair[0] not in case.receipts]
    if not left:
        raise refusal("nothing-left", _NOTHING_LEFT)
    return Change(
        ending=Ending(state=State.WITHDRAWN),
        detail={"reference": reference},
        word=rules.word(case, *left[0], reference),
        closed=True,
    )


BY_HAND = Decision(name="by-hand", states=rules.OPEN, verb="withdrawn", apply=apply)
