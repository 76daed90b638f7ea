"""What several decisions have in common, as pure functions."""

from __future__ import annotations

from collections.abc import Collection, Iterable

from ..core.decision import Case, Story
from ..core.errors import refusal
from ..core.item import Ending, Intent, Kind, Receipt, State
from ..core.limits import SECOND_PERSON

OPEN = (State.NEW, State.EXCEPTION, State.AWAITING_APPROVAL)
"""No worker is on it, and nothing of it is in doubt."""
NEW = Ending(state=State.NEW)
_SECOND_PERSON = "A colleague corrected this record. Somebody else must agree before it is keyed."


def check_reference(reference: str | None) -> None:
    """A person's word names an entry of the target, or says that there is none."""
    if reference is not None and not reference.strip():
        raise refusal("no-reference", "Give the target's reference, or leave it out.")


def settled_intent(case: Case) -> Intent:
    """The open intent about which a person decides. Raises BusinessException."""
    if case.intent is None:
        raise refusal("no-open-intent", "Nothing is in doubt about this item.")
    if case.intent.settled > case.now:
        raise refusal("too-early", "The change could still arrive in the target. Look again in a minute.")
    return case.intent


def word(case: Case, step: str, system: str, reference: str, intent: str | None = None) -> Receipt:
    """A receipt without values: the next worker reads the entry in the target before the item is done."""
    return Receipt(
        item=case.item.id,
        step=step,
        system=system,
        reference=reference,
        values={},
        adopted=True,
        intent=intent,
    )


def unagreed(story: Story, second: Collection[str]) -> dict[str, str]:
    """Corrected fields that want a second person and got none yet, each with who corrected it last.

    Whatever happened in between: declined, sent back as it is, put off, changed at its source.
    """
    found: dict[str, str] = {}
    for who, before, after, detail in story:
        if (before, after) == (State.AWAITING_APPROVAL, State.NEW):
            break
        for name in set(detail.get("corrected", ())) & set(second):
            found.setdefault(name, who)
    return found


def to_the_bot(case: Case, corrected: Iterable[str] = ()) -> Ending:
    """Where a person sends a record that a person corrected, now or before: to the bot, or first to a second
    person."""
    fields = sorted({*corrected, *unagreed(case.story, case.second)})
    if not set(fields) & set(case.second):
        return NEW
    return Ending(
        state=State.AWAITING_APPROVAL,
        kind=Kind.BUSINESS,
        code=SECOND_PERSON,
        sentence=_SECOND_PERSON,
        detail={"corrected": fields},
    )
