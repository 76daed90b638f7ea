"""Closed, and returned: whoever sent it in must put it right first. What they say then is its next
version."""

from __future__ import annotations

from ..core.decision import Answers, Case, Change
from ..core.errors import refusal
from ..core.item import SENT_BACK, Ending, State
from . import rules
from .decision import Address, Command, Decision, Form, Outcome

_PART_DONE = "Part of this item is in a target already. Finish it by hand: it cannot be sent back."


def apply(case: Case, answers: Answers) -> Change:
    """The reason goes back to the sender."""
    if case.receipts:
        raise refusal("part-done", _PART_DONE)
    ending = Ending(state=State.WITHDRAWN, code=SENT_BACK, sentence=f"Sent back: {answers.why}")
    return Change(ending=ending, closed=True)


RETURN_TO_SENDER = Decision(
    name="send-back",
    title="Return it to its sender: they must put it right first",
    leads="It is closed, and the reason goes back. Put right and handed in again, the bot goes on with it. "
    "Not possible where a part of it is keyed.",
    states=rules.OPEN,
    verb="sent back",
    apply=apply,
    form=Form(
        at=(State.EXCEPTION,),
        button="Return it to its sender",
        why="What must they put right?",
        hint="In the answer that goes back it reads *Sent back*, with your reason. "
        "Handed in again and put right, the bot goes on with it.",
        hint_without_files="It is closed here. Nothing is written into the source: tell the team there "
        "yourself. Put right there, the bot goes on with it.",
        untouched=True,
    ),
    address=Address(
        name="send-back",
        summary="Return it to its sender",
        described="Whoever sent it in must put it right first: it is closed, and what goes back says why.",
    ),
    command=Command(
        name="send-back",
        help="Close an item that whoever sent it in must put right first; the reason goes back to them.",
        says="{item} is sent back.",
    ),
    outcome=Outcome(state=State.WITHDRAWN, code=SENT_BACK, says="was returned to its sender."),
)
