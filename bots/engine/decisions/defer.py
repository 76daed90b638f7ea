"""To the bot again, and not before a while."""

from __future__ import annotations

from ..core.decision import Answers, Case, Change
from ..core.item import State
from . import rules
from .decision import Ask, Asked, Command, Decision


def apply(case: Case, answers: Answers) -> Change:
    return Change(ending=rules.to_the_bot(case), not_before=case.now + answers.seconds, anew=True, detail={})


DEFER = Decision(
    name="defer",
    title="Leave it alone for a while",
    leads="The bot keys it, but not before then.",
    states=(State.NEW, State.EXCEPTION),
    verb="deferred",
    apply=apply,
    asks=(Ask(what=Asked.SECONDS, option="--minutes", help="From now.", default=3600.0),),
    command=Command(
        name="defer",
        help="Leave an item alone for a while.",
        says="{item} is deferred for {minutes:g} minutes.",
    ),
)
