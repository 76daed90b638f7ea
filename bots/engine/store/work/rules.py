"""What the store allows, as pure functions: the same for a database and for the twin in memory."""

from __future__ import annotations

from collections.abc import Collection, Container, Mapping
from dataclasses import replace
from typing import Any

from ...core.absence import Absence
from ...core.errors import BusinessException
from ...core.item import SENT_BACK, Ending, Intent, IntentStatus, Kind, Lease, NewItem, Receipt, State

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

AGREED = "Somebody agreed to this item already."
_REFUSED = "The target refused what was to be saved, and the bot ended before it could look again."

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


def no(code: str, sentence: str) -> BusinessException:
    return BusinessException(code, sentence)
