"""A second person agrees to these very data. Corrected ones want it anew."""

from __future__ import annotations

from ..core.decision import Answers, Case, Change
from ..core.errors import refusal
from ..core.item import State
from ..core.people import Role
from . import rules
from .decision import Address, Command, Decision, Form, Outcome, Weight

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
    title="Agree",
    leads="The bot saves what was shown. Nobody agrees to a correction of their own.",
    role=Role.APPROVER,
    states=(State.AWAITING_APPROVAL,),
    verb="approved",
    apply=apply,
    form=Form(
        at=(State.AWAITING_APPROVAL,),
        button="I agree: it may be saved",
        weight=Weight.PRIMARY,
        unasked="Approved in the console.",
    ),
    address=Address(
        name="approve",
        summary="Agree",
        described="Agree to what the bot would save. Nobody agrees to a correction of one's own.",
    ),
    command=Command(
        name="approve",
        help="Agree to what the bot would save: `rekey queue show` has it under would_save.",
        says="{item} may be keyed.",
    ),
    outcome=Outcome(state=State.NEW, before=State.AWAITING_APPROVAL, says="was agreed to."),
)
