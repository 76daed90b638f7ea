"""To the bot again, with the record as it is."""

from __future__ import annotations

from ..core.decision import Answers, Case, Change
from ..core.item import State
from . import rules
from .decision import Address, Command, Decision, Form, Many, Outcome


def apply(case: Case, answers: Answers) -> Change:
    return Change(ending=rules.to_the_bot(case), not_before=0.0, anew=True, detail={})


ADDRESS = Address(
    name="retry",
    summary="Let the bot key it",
    described="Back to be keyed, as it is or corrected. A correction is checked by the record's own rules.",
)
COMMAND = Command(
    name="retry",
    help="Send an exception back to be keyed, as it is or corrected.",
    says="{item} is new again.",
    says_waiting="{item} waits for a second person to agree.",
)
RETRY = Decision(
    name="again",
    title="Let the bot try again as it is",
    leads="The bot keys it at the next opportunity. A correction that wants a second person waits for one.",
    states=(State.EXCEPTION,),
    verb="retried",
    apply=apply,
    form=Form(
        at=(State.EXCEPTION,),
        button="Let the bot try again as it is",
        why="Why should it work now?",
    ),
    many=Many(button="Let the bot try again", became="sent to the bot to be keyed"),
    address=ADDRESS,
    command=COMMAND,
    outcome=Outcome(state=State.NEW, says="was sent to the bot to be keyed."),
)
