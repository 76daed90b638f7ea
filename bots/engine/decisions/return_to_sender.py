"""Closed, and returned: whoever sent it in must put it right first. What they say then is its next
version."""

from __future__ import annotations

from ..core.decision import Answers, Case, Change
from ..core.errors import refusal
from ..core.item import SENT_BACK, Ending, State
from . import rules
from .decision import Decision

_PART_DONE = "Part of this item is in a target already. Finish it by hand: it cannot be sent back."


def apply(case: Case, answers: Answers) -> Change:
    """The reason goes back to the sender."""
    if case.receipts:
        raise refusal("part-done", _PART_DONE)
    ending = Ending(state=State.WITHDRAWN, code=SENT_BACK, sentence=f"Sent back: {answers.why}")
    return Change(ending=ending, closed=True)


RETURN_TO_SENDER = Decision(name="send-back", states=rules.OPEN, verb="sent back", apply=apply)
