"""What is always true of a store, each a sentence in words beside its check.

Each check sees two pictures, before and after one event, and whether the event was refused.
"""

from __future__ import annotations

from collections import Counter
from itertools import pairwise

from bots.engine.core.item import Intent, IntentStatus, State
from bots.engine.core.queue import NEVER, scopes_of

from .desk import PROCESS, STEPS
from .machine_stores import Picture

_OPEN, _RECEIPTED = IntentStatus.OPEN, IntentStatus.RECEIPTED


def _all_intents(picture: Picture) -> dict[str, Intent]:
    return {intent.id: intent for rows in picture.intents.values() for intent in rows}


def _new_intents(before: Picture, after: Picture) -> list[tuple[str, Intent]]:
    known = _all_intents(before)
    return [(name, i) for name, rows in after.intents.items() for i in rows if i.id not in known]


def nothing_is_lost(before: Picture, after: Picture) -> None:
    """Every row that was acknowledged is an item for ever, with its id, its birth and its hand-in."""
    for name, item in before.items.items():
        now = after.items[name]
        assert (now.id, now.created, now.batch) == (item.id, item.created, item.batch)
        assert now.version >= item.version
    assert sum(after.counts.values()) == len(after.items)
    assert Counter(item.state for item in after.items.values()) == +Counter(after.counts)


def one_open_intent(_before: Picture, after: Picture) -> None:
    """An item has at most one open intent; with one it is in progress or in doubt, and nothing else.
    In doubt it always has one."""
    for name, item in after.items.items():
        opened = [intent for intent in after.intents[name] if intent.status is _OPEN]
        assert len(opened) <= 1
        assert not opened or item.state in (State.IN_PROGRESS, State.IN_DOUBT)
        assert opened or item.state is not State.IN_DOUBT


def never_the_same_values_twice(_before: Picture, after: Picture) -> None:
    """Two items with the very same values are never about to be saved at the same time."""
    opened = [i for i in _all_intents(after).values() if i.status is _OPEN]
    assert max(Counter((i.system, i.step, i.digest) for i in opened).values(), default=0) <= 1


def a_step_is_committed_again_only_if_it_is_not_there(before: Picture, after: Picture) -> None:
    """A commit is allowed again only when each earlier one of that step was refused, proved absent, or stood
    on a person's word that was taken back; never while the step has a receipt."""
    for name, intent in _new_intents(before, after):
        assert intent.status is _OPEN
        assert intent.step not in before.receipts_of(name)
        assert all(earlier.status is not _OPEN for earlier in before.intents[name])


def a_receipted_intent_has_its_receipt(before: Picture, after: Picture) -> None:
    """An intent is called receipted in the same moment in which its step has a receipt, or later."""
    known = _all_intents(before)
    for name, rows in after.intents.items():
        for intent in rows:
            if intent.status is _RECEIPTED and known[intent.id].status is _OPEN:
                assert intent.step in after.receipts_of(name)


def absent_is_never_too_early(before: Picture, after: Picture) -> None:
    """An intent becomes absent only when nothing can arrive any more, by a clock that was never set back.
    (Where it was, the model counts the time that was felt.)"""
    known = _all_intents(before)
    for intent in _all_intents(after).values():
        if intent.status is IntentStatus.ABSENT and known[intent.id].status is _OPEN:
            assert after.now.backs or intent.resolvable <= after.now.wall


def an_intent_is_never_rewritten(before: Picture, after: Picture) -> None:
    """An intent stays as it was written, and what was closed stays closed as it is."""
    kept = ("item", "step", "system", "token", "digest", "seen", "recorded", "deadline")
    now = _all_intents(after)
    for intent in _all_intents(before).values():
        assert all(getattr(now[intent.id], name) == getattr(intent, name) for name in kept)
        assert intent.status in (_OPEN, now[intent.id].status)


def a_hold_stops_every_commit(before: Picture, after: Picture) -> None:
    """Nothing that is held gets an intent."""
    held = {hold.scope for hold in before.holds}
    for _name, intent in _new_intents(before, after):
        assert not held & set(scopes_of(PROCESS, intent.system))


def one_entry_one_item(_before: Picture, after: Picture) -> None:
    """An entry of a target is the proof of one step of one item, and a step has one proof."""
    entries = Counter((r.system, r.step, r.reference) for r in after.receipts)
    proofs = Counter((r.item, r.step) for r in after.receipts)
    assert max([*entries.values(), *proofs.values()], default=1) == 1


def a_proof_stays(before: Picture, after: Picture) -> None:
    """What the target showed is never changed and never taken away; a person's word may be."""
    now = {(r.item, r.step): r for r in after.receipts}
    for receipt in before.receipts:
        kept = now.get((receipt.item, receipt.step))
        assert kept == receipt if receipt.proven else kept is None or kept.reference == receipt.reference


def done_is_proved(_before: Picture, after: Picture) -> None:
    """Done means a receipt for each step."""
    for name, item in after.items.items():
        if item.state is State.DONE:
            assert {step for step, _ in STEPS[PROCESS]} <= set(after.receipts_of(name))


def history_tells_every_transition_once(before: Picture, after: Picture) -> None:
    """History only grows. It begins with nothing, each row begins where the last one ended, and it ends where
    the item is: so every transition is told, and told once."""
    for name, rows in after.history.items():
        told = before.history.get(name, ())
        assert rows[: len(told)] == told
        assert rows[0].before is None
        assert rows[-1].after is after.items[name].state
        assert all(one.after is other.before for one, other in pairwise(rows))
        assert all(row.why and row.who for row in rows[len(told) :])


def tokens_never_fall(before: Picture, after: Picture) -> None:
    """Each lease has a younger token than the one before it, also in the history."""
    for name, item in after.items.items():
        old = before.items.get(name)
        taken = item.state is State.IN_PROGRESS and (old is None or old.state is not State.IN_PROGRESS)
        assert old is None or item.token >= old.token + taken
        tokens = [row.token for row in after.history[name]]
        assert tokens == sorted(tokens)


def the_next_is_taken(before: Picture, after: Picture) -> None:
    """Nothing deferred is taken early, and whatever is left waiting comes after what was taken: by priority,
    then age, then id."""
    waiting = [i for i in after.items.values() if i.state is State.NEW and i.not_before <= after.now.wall]
    for name, item in after.items.items():
        old = before.items.get(name)
        if old is None or old.state is not State.NEW or item.state is not State.IN_PROGRESS:
            continue
        assert item.not_before <= after.now.wall
        mine = (-item.priority, item.created, item.id)
        assert all(mine < (-other.priority, other.created, other.id) for other in waiting)


def due_in_never_forgets(_before: Picture, after: Picture) -> None:
    """While something can be taken now or later, a worker is told when to come back: now, or in a time that
    ends."""
    for item in after.items.values():
        for_a_person = item.state is State.IN_DOUBT and item.not_before >= NEVER
        if item.state in (State.NEW, State.IN_PROGRESS, State.IN_DOUBT) and not for_a_person:
            assert after.due_in is not None
            assert 0 <= after.due_in < float("inf")
        if item.state is State.NEW and item.not_before <= after.now.wall:
            assert after.due_in == 0


ALWAYS = (
    nothing_is_lost,
    one_open_intent,
    never_the_same_values_twice,
    a_step_is_committed_again_only_if_it_is_not_there,
    a_receipted_intent_has_its_receipt,
    absent_is_never_too_early,
    an_intent_is_never_rewritten,
    a_hold_stops_every_commit,
    one_entry_one_item,
    a_proof_stays,
    done_is_proved,
    history_tells_every_transition_once,
    tokens_never_fall,
    the_next_is_taken,
    due_in_never_forgets,
)


def a_refusal_changes_nothing(before: Picture, after: Picture) -> None:
    """Who was refused, changed nothing: also a worker whose lease is over, however it asks."""
    for shown in ("items", "intents", "history", "receipts", "holds"):
        assert getattr(before, shown) == getattr(after, shown), shown
