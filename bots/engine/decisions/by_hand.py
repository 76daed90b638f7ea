"""Closed: it is in the system already, or a person keyed it by hand."""

from __future__ import annotations

from ..core.decision import Answers, Case, Change
from ..core.errors import refusal
from ..core.item import Ending, State
from . import not_needed, rules
from .decision import Ask, Asked, Decision, Form, Outcome

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


BY_HAND = Decision(
    name="by-hand",
    title="It is in the system already, or I keyed it by hand",
    leads="It is closed, with the reference. The next comparison of both sides tells if it is not there.",
    states=rules.OPEN,
    verb="withdrawn",
    apply=apply,
    asks=(
        Ask(
            what=Asked.REFERENCE,
            question="The system's reference for this case",
            described="Under which it is in the system, keyed by hand or found there. "
            "Without one: it is not needed.",
            option="--reference",
            help="The target's reference, if you keyed it.",
        ),
    ),
    form=Form(at=(State.EXCEPTION,), button="Close it with this reference", why="How do you know?"),
    address=not_needed.ADDRESS,
    command=not_needed.COMMAND,
    outcome=Outcome(state=State.WITHDRAWN, reference=True, says="was closed: it is in the system."),
)
