"""In doubt, and nobody can tell yet: a bot tries to settle it as soon as one is free."""

from __future__ import annotations

from ..core.decision import Answers, Case, Change
from ..core.item import State
from .decision import Address, Command, Decision, Form, Outcome


def apply(case: Case, answers: Answers) -> Change:
    """It stays in doubt, with its reason, and is due at once, whatever it was waiting for."""
    return Change(not_before=0.0)


LOOK_AGAIN = Decision(
    name="look-again",
    title="Nobody can tell yet",
    leads="It stays in doubt, and the bot tries to settle it at the next opportunity.",
    states=(State.IN_DOUBT,),
    verb="looked up again",
    apply=apply,
    form=Form(
        at=(State.IN_DOUBT,),
        button="Let the bot try to settle it",
        why="What changed, or what do you wait for?",
    ),
    address=Address(
        name="look-again",
        summary="In doubt: let the bot look again",
        described="In doubt, and nobody can tell yet: it stays so, and the bot tries to settle it.",
    ),
    command=Command(
        name="look-again",
        help="Leave an item in doubt, and let the next run try to settle it, also where it had given up.",
        says="{item} is looked up by the next run.",
    ),
    outcome=Outcome(state=State.IN_DOUBT, says="stays in doubt: the bot tries to settle it."),
)
