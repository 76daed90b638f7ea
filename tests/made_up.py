"""A decision that nobody offers, which asks for a time: what is made of the list is tried with it."""

from __future__ import annotations

from bots.engine.core.decision import Answers, Case, Change
from bots.engine.core.item import State
from bots.engine.core.work_list import DAY
from bots.engine.decisions.decision import (
    Address,
    Ask,
    Asked,
    Command,
    Decision,
    Form,
    Many,
    Outcome,
)


def apply(case: Case, answers: Answers) -> Change:
    return Change(not_before=case.now + answers.seconds)


ASK_OWNER = Decision(
    name="ask-owner",
    title="The owner must say",
    leads="It waits for the owner.",
    states=(State.EXCEPTION,),
    verb="left to the owner",
    apply=apply,
    asks=(
        Ask(
            what=Asked.SECONDS,
            question="For how many days?",
            described="So many days at most.",
            option="--days",
            help="So many at most.",
            default=7 * DAY,
        ),
    ),
    form=Form(at=(State.EXCEPTION,), button="Leave it", why="What must they say?", hint="It *stays* here."),
    many=Many(button="Leave them", became="left to the owner"),
    address=Address(name="ask-owner", summary="Leave it", described="It waits for the owner."),
    command=Command(name="ask-owner", help="Leave it.", says="{item} waits for {days:g} days."),
    outcome=Outcome(state=State.EXCEPTION, says="waits for the owner."),
)
