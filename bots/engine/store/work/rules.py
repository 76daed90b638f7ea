"""What the store allows, as pure functions: the same for a database and for the twin in memory."""

from __future__ import annotations

from collections.abc import Collection, Container, Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Any

from ...core.absence import Absence
from ...core.errors import BusinessException
from ...core.item import SENT_BACK, Ending, Intent, IntentStatus, Kind, Lease, NewItem, Receipt, State
from ...core.limits import SECOND_PERSON

_SPARED = 4
"""Times the wait for the next probe that a spared item rests: another one is let through first."""
SLACK = 1.0
"""Seconds by which clocks may be corrected without anybody minding."""
LOST = "The lease on this item ran out or passed to another worker."
SETTLED = "This intent was already settled by someone else."
OWNED = "The target's entry for this case is already the receipt of another item."
SECOND = "This step has its receipt already, for another entry of the target."
CHANGED = "changed-at-source"
CHANGED_SENTENCE = "The source now shows other data for this case than when it was handed in."
RIVAL = "same-values-in-doubt"
RIVAL_SENTENCE = "Another item of the very same case is being saved, or it is not known whether it was."
UNSEEN = "same-case-saved"
UNSEEN_SENTENCE = "Another item of the very same case was saved, and the search did not show it."
CROWDED = "Other saves of this step are not proven yet: this one waits its turn."
LET_GO = "What made the brake hold has come right."
CORRECTED = "corrected"
CORRECTED_SENTENCE = "Corrected by a later hand-in, before anything of it was in a target."

DECLINED = Ending(
    state=State.EXCEPTION,
    kind=Kind.BUSINESS,
    code="declined",
    sentence="A person looked at what the bot would save, and did not agree.",
)
AGREED = "Somebody agreed to this item already."
_REFUSED = "The target refused what was to be saved, and the bot ended before it could look again."
_SECOND_PERSON = "A colleague corrected this record. Somebody else must agree before it is keyed."

WAITING = (State.NEW, State.EXCEPTION, State.DONE, State.WITHDRAWN, State.AWAITING_APPROVAL)
"""No worker is on it: a correction is told at once."""

ENDINGS = (State.NEW, State.DONE, State.IN_DOUBT, State.EXCEPTION, State.AWAITING_APPROVAL)
"""How a worker may end a lease. In progress without a lease would never be taken again."""


def first(row: NewItem) -> Ending:
    """The state in which a row enters the queue."""
    if not row.code:
        return Ending(state=State.NEW, detail=row.detail)
    return Ending(
        state=State.EXCEPTION,
        kind=Kind.BUSINESS,
        code=row.code,
        sentence=row.sentence,
        detail=row.detail,
    )


def takes_correction(
    *,
    state: State,
    code: str | None,
    touched: bool,
    own: bool,
    seen: bool,
    twice: bool,
    renamed: bool,
    agrees: bool,
    taken: bool,
) -> bool:
    """Whether other data for a known item simply is its next version; otherwise a person must decide.

    `touched`: something of it is in a target, or was corrected by a person; `own`: its data is what the
    source said last; `seen`: this version was there before (an older file handed in again); `twice`: an
    other row of the same hand-in describes it; `renamed`: its natural key is another one now; `agrees`:
    the row came with the item's id, or all keys that both versions have are equal; `taken`: the new key is
    another item's.
    """
    if touched or seen or twice or taken or not own or not agrees or code == CHANGED:
        return False
    if state is State.WITHDRAWN:  # what was sent back is waited for
        return code == SENT_BACK
    if renamed:  # what nobody objected to is not made into another case
        return state is State.EXCEPTION
    return state in (State.NEW, State.EXCEPTION)


def changed(held: Any, source: Any, **more: str) -> Ending:
    """The exception that shows a person what is held and what the source says."""
    return Ending(
        state=State.EXCEPTION,
        kind=Kind.BUSINESS,
        code=CHANGED,
        sentence=CHANGED_SENTENCE,
        detail={"held": held, "source": source, **more},
    )


def changed_instead(ending: Ending, held: Any, source: Any, receipts: Mapping[str, str]) -> Ending:
    """What a waiting correction makes of an item that would have ended otherwise. `receipts`: what of it is
    in a target, by step."""
    was = {"ended": ending.state.value, "code": ending.code, "sentence": ending.sentence}
    told = changed(held, source, **{name: value for name, value in was.items() if value})
    if receipts:
        sentence = f"{told.sentence} In the target already: {', '.join(sorted(receipts))}."
        told = replace(told, sentence=sentence, detail={**told.detail, "in_target": dict(receipts)})
    return replace(told, count_attempt=ending.count_attempt)


def true_ending(item: str, ending: Ending, doubtful: bool) -> Ending:
    """The store's own word, whatever the worker believed."""
    if ending.state not in ENDINGS:
        raise ValueError(f"a lease cannot end as {ending.state.value}")
    if doubtful:
        return replace(ending, state=State.IN_DOUBT)
    if ending.state is State.IN_DOUBT:
        raise ValueError(f"{item} has no open intent and cannot be in doubt")
    return ending


def left_behind(refusal: str | None) -> Ending:
    """How an item goes on whose worker ended before it could say what became of it. `refusal`: the code with
    which the target refused what had left. Its word alone is not enough to key the item again."""
    if refusal is None:
        return Ending(state=State.NEW)
    return Ending(state=State.EXCEPTION, kind=Kind.BUSINESS, code=refusal, sentence=_REFUSED)


def spared(ending: Ending, wait: float) -> Ending:
    """What stops everything is not this item's fault: it waits, and lets others show whether that is over."""
    return replace(ending, state=State.NEW, count_attempt=False, delay=_SPARED * wait)


def check_done(item: str, steps: Collection[str], receipts: Container[str | None]) -> None:
    missing = sorted(step for step in steps if step not in receipts)
    if missing:
        raise ValueError(f"{item} has no receipt for {missing} and cannot be done")


def check_closing(intent: Intent, status: IntentStatus, now: float, absence: Absence | None) -> None:
    """Without a receipt an intent is closed as refused, or as absent by a proof that was begun when nothing
    could arrive any more."""
    if status not in (IntentStatus.REFUSED, IntentStatus.ABSENT):
        raise ValueError(f"an intent is not closed as {status.value} without a receipt")
    if status is not IntentStatus.ABSENT:
        return
    if intent.settled > now:
        raise ValueError("the change could still arrive in the target")
    if absence is None or (absence.step, absence.key) != (intent.step, intent.digest):
        raise ValueError("only a proof of this very case's absence closes an intent as absent")
    if absence.asked < intent.settled:
        raise ValueError("when the target was asked, the change could still arrive in it")


def check_receipt(lease: Lease, receipt: Receipt, intent: Intent | None) -> None:
    if receipt.item != lease.item.id:
        raise ValueError("a receipt for an other item than the leased one")
    if intent is not None and (intent.step, intent.system) != (receipt.step, receipt.system):
        raise ValueError("a receipt of an other step than the intent's")


def check_confirm(receipt: Receipt | None, values: Mapping[str, str]) -> None:
    """What the target showed is the proof, and is not written over."""
    if receipt is None or receipt.proven or not values:
        raise ValueError("only a receipt on a person's word is confirmed, by what the target shows")


def check_retract(receipt: Receipt | None) -> None:
    if receipt is None or receipt.proven:
        raise ValueError("only a receipt on a person's word is taken away")


def check_state(item: str, state: State | None, allowed: Collection[State], verb: str) -> None:
    """Whether a person may do this to an item; `state` None: there is no such item."""
    if state is None:
        raise no("unknown-item", f"There is no item {item}.")
    if state not in allowed:
        hint = " Decide first whether it was saved." if state is State.IN_DOUBT else ""
        raise no("wrong-state", f"Item {item} is {state.replace('_', ' ')} and cannot be {verb}.{hint}")


def check_seen(updated: float | None, seen: float | None) -> None:
    """Whether the item still is as the person saw it; `seen`: its `updated` then, None: not asked."""
    if seen is not None and updated is not None and updated != seen:
        raise overtaken()


def overtaken() -> BusinessException:
    return no("changed-meanwhile", "Someone else changed this item just now. Look at it again.")


def begun_otherwise() -> BusinessException:
    return no("changed-meanwhile", "Somebody else changed when this hand-in begins. Look at it again.")


def check_decision(intent: Intent | None, reference: str | None, now: float) -> Intent:
    """The open intent about which a person decides."""
    check_reference(reference)
    if intent is None:
        raise no("no-open-intent", "Nothing is in doubt about this item.")
    if intent.settled > now:
        raise no("too-early", "The change could still arrive in the target. Look again in a minute.")
    return intent


def check_reference(reference: str | None) -> None:
    """A person's word names an entry of the target, or says that there is none."""
    if reference is not None and not reference.strip():
        raise no("no-reference", "Give the target's reference, or leave it out.")


def check_correction(receipts: Mapping[str, Receipt]) -> None:
    if receipts:
        raise no(
            "part-done", "Part of this item is in a target already: a correction is a person's job there."
        )


def back_to_source(why: str, receipts: Mapping[str, Receipt]) -> Ending:
    """How an item ends that its source must put right."""
    if receipts:
        sentence = "Part of this item is in a target already. Finish it by hand: it cannot be sent back."
        raise no("part-done", sentence)
    return Ending(state=State.WITHDRAWN, code=SENT_BACK, sentence=f"Sent back: {why}")


def changed_fields(before: Mapping[str, Any], after: Mapping[str, Any]) -> list[str]:
    """Which fields a correction changes; their names only."""
    names = {*before, *after}
    return sorted(name for name in names if before.get(name) != after.get(name))


Story = Iterable[tuple[str, str | None, str, Mapping[str, Any]]]
"""Who did what to an item, from which state to which, the last first."""


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


def sent_back(corrected: Sequence[str], second: Collection[str]) -> Ending:
    """Where a correction by a person leads: to the bot, or first to a second person."""
    if not set(corrected) & set(second):
        return Ending(state=State.NEW)
    return Ending(
        state=State.AWAITING_APPROVAL,
        kind=Kind.BUSINESS,
        code=SECOND_PERSON,
        sentence=_SECOND_PERSON,
        detail={"corrected": list(corrected)},
    )


def check_second_person(who: str, story: Story, second: Collection[str] = ()) -> None:
    """Nobody agrees to a correction of one's own: to the last one, or to one that nobody agreed to yet."""
    told = list(story)
    corrector = next((by for by, _, _, detail in told if "corrected" in detail), None)
    if who == corrector or who in unagreed(told, second).values():
        raise no("four-eyes", "You corrected this record yourself. Somebody else must agree to it.")


def step_by_hand(steps: Collection[tuple[str, str]], receipts: Mapping[str, Receipt]) -> tuple[str, str]:
    """The step and system that a person keyed by hand: the first without a receipt."""
    left = [pair for pair in steps if pair[0] not in receipts]
    if not left:
        raise no("nothing-left", "Every step of this item has its receipt already.")
    return left[0]


def on_a_persons_word(
    item: str, step: str, system: str, reference: str, intent: str | None = None
) -> Receipt:
    """A receipt without values: the next worker reads the entry in the target before the item is done."""
    return Receipt(
        item=item, step=step, system=system, reference=reference, values={}, adopted=True, intent=intent
    )


def no(code: str, sentence: str) -> BusinessException:
    return BusinessException(code, sentence)
