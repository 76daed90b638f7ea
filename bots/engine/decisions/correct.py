"""To the bot again, with a record that the person put right."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ..core.decision import Answers, Case, Change
from ..core.errors import refusal
from ..core.item import State
from ..core.record import digest
from . import retry, rules
from .decision import Ask, Asked, Decision, Form, Outcome, Weight

_PART_DONE = "Part of this item is in a target already: a correction is a person's job there."


def apply(case: Case, answers: Answers) -> Change:
    """What is as it was is no correction."""
    record = answers.record
    if record is None or digest(record) == case.item.digest:
        return retry.apply(case, answers)
    if case.receipts:
        raise refusal("part-done", _PART_DONE)
    fields = changed_fields(case.item.data, record)
    return Change(
        ending=rules.to_the_bot(case, fields),
        record=record,
        not_before=0.0,
        anew=True,
        detail={"corrected": fields},
    )


def changed_fields(before: Mapping[str, Any], after: Mapping[str, Any]) -> list[str]:
    """Their names only."""
    names = {*before, *after}
    return sorted(name for name in names if before.get(name) != after.get(name))


CORRECT = Decision(
    name="correct",
    title="Correct the record",
    leads="The record as it was put right is the item's next version, and the bot keys that. "
    "A field that wants a second person waits for one.",
    states=(State.EXCEPTION,),
    verb="retried",
    apply=apply,
    asks=(
        Ask(
            what=Asked.RECORD,
            described="The fields that change, with their new values; null empties one. "
            "Without any it is as it is.",
            option="--data",
            help="A JSON file with the corrected record.",
        ),
    ),
    form=Form(
        at=(State.EXCEPTION,),
        button="Save and let the bot key it",
        weight=Weight.PRIMARY,
        unasked="Corrected in the console.",
    ),
    address=retry.ADDRESS,
    command=retry.COMMAND,
    outcome=Outcome(state=State.AWAITING_APPROVAL, says="waits for a second person."),
)
