"""Firing a commit: once, before its deadline, and with a declared outcome or none at all.

The page checks the deadline in the same task that clicks; the saving requests pass the wire.
"""

from __future__ import annotations

import asyncio
import time
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from ..core.errors import (
    Held,
    LeaseLost,
    NotFired,
    RekeyError,
    RequestStopped,
    SystemException,
    Unclear,
    Unresolved,
)
from ..core.points import OnPoint, Point, pass_by
from ..core.screens import Ended, Outcome, Permit
from ..core.sent import Sent
from .asking import ask, ask_until
from .maps.schema import ActionMap, OutcomeMap
from .meanwhile import check_unchanged
from .reading import meant_by
from .wire.asked import Asked
from .wire.body import compare
from .wire.masking import seen_of
from .wire.passage import Passage

if TYPE_CHECKING:
    from .tab import Tab
    from .view import View

_BROKEN = {
    "unreachable": "The system could not be reached when it was to be saved.",
    "connection": "The connection broke while it was saving.",
    "other-values": "What the page would have saved is not what was read; that was stopped.",
    "repeated": "The page tried to save a second time; that was stopped.",
    "unasked": "The page tried to save something else; that was stopped.",
    "other-request": "The page tried to send a request that its map does not name; that was stopped.",
    "stopped": "The commit was stopped before it left, because its deadline had passed.",
}
_GOOD = (Ended.SUCCESS, Ended.UNTOLD)
_TRIED_AGAIN = (Ended.SYSTEM, Ended.BUSY)
_EXTRA = 2.0  # seconds beyond the longest save, for the page to show its outcome


def in_time(permit: Permit) -> bool:
    return time.time() < permit.deadline and time.monotonic() < permit.monotonic_deadline


async def fire(tab: Tab, action: str, permit: Permit, on_point: OnPoint = pass_by) -> Outcome:
    """Fire the commit of the current screen and name its outcome.

    Raises NotFired when nothing can have been saved, Unresolved when it is not known.
    """
    view, spec = tab.view, tab.action(action)
    if view.reading is None or spec.saves is None:
        raise NotFired("not-read-back", "The screen was not read back before its commit.")
    timeouts = tab.system.map.timeouts

    def may_send() -> bool:
        return in_time(permit) and not tab.dialogs.undeclared

    def sent(asked: Asked, number: int) -> Sent:
        return seen_of(asked, intent=permit.intent, number=number, of=len(spec.requests))

    meant = meant_by(view, action)
    await check_unchanged(view, spec, meant)
    passage = Passage(
        expects=spec.requests,
        compare=lambda asked, saves, whole: compare(asked, saves, meant, whole=whole),
        may_send=may_send,
        note_left=lambda asked, number: permit.ledger.left(sent(asked, number)),
        note_ended=lambda asked, number, status: permit.ledger.ended(
            replace(sent(asked, number), status=status)
        ),
        patience=timeouts.save,
    )
    spoken: asyncio.Future[str] = asyncio.get_running_loop().create_future()

    def tell(name: str) -> None:
        if not spoken.done():
            spoken.set_result(name)

    tab.dialogs.expect(spec.dialogs, lambda: in_time(permit), tell)
    policy = tab.policy
    before = 0
    if policy is not None:
        policy.passage, before = passage, len(policy.stopped)
    on_point(Point.FIRING)
    try:
        fired = await _click(tab, view, spec, permit)
        _must_have_fired(fired)
        seen = await _outcome(view, passage, spoken, timeouts.save + _EXTRA, timeouts.settle)
        outcome = _declared(view, seen)
        if policy is not None and outcome.ended in _GOOD:
            _must_be_whole(passage)
        elif outcome.ended in _TRIED_AGAIN and not outcome.saved and (passage.left or policy is None):
            # A page that says no after the save had left may answer another request: only looking tells, and
            # nothing is keyed again on a page's word.
            sentence = f"After what was to be saved had left, the page said: {outcome.sentence.rstrip('.')}."
            raise Unresolved(outcome.code, sentence)
        elif passage.left and spoken.done():
            sentence = "A message said no, but the page had sent what it was to save."
            raise Unresolved("commit-in-spite-of-message", sentence)
    except Unresolved as doubt:
        if policy is None:
            await tab.close()
        elif not passage.left and not passage.others:
            raise _nothing_left(tab, passage, before, doubt) from None
        elif passage.left and (policy.undeclared(before) or len(passage.expects) > 1):
            # One part of it may be there without the other: what is found proves only what it shows.
            raise Unclear(doubt.code, doubt.sentence, doubt.detail) from None
        raise
    except BaseException:
        if policy is None:
            await tab.close()
        raise
    finally:
        tab.dialogs.expect(())
        passage.shut = True
        if policy is not None:
            policy.passage = None  # whatever the page still has in hand is stopped
        await passage.all_noted()
    return outcome


def _nothing_left(tab: Tab, passage: Passage, before: int, doubt: Unresolved) -> RekeyError:
    """No request that could save anything has left, and none will: nothing of it was saved."""
    assert tab.policy is not None
    screen, others = tab.view.screen.screen, tab.policy.undeclared(before)
    if isinstance(passage.refusal, Held | LeaseLost):
        return passage.refusal
    if passage.unmeant.unnamed:
        names = ", ".join(passage.unmeant.unnamed)
        what = f"A save on the screen {screen} of {tab.system.map.title} was stopped"
        why = f"It holds what its map does not name: {names}."
        how = "Name each one under fields, or in saves under constants, kept or ignored."
        return RequestStopped("request-stopped", f"{what}. {why} {how}")
    if passage.unmeant.other:
        names = ", ".join(passage.unmeant.other)
        return NotFired("body-differs", f"The page would have saved something else than it showed ({names}).")
    if others:
        return others[0].error(tab.system.map.system)
    return NotFired(doubt.code, doubt.sentence)


def _must_be_whole(passage: Passage) -> None:
    if not passage.left:
        sentence = "It was saved by another request than the one that the map names."
        raise Unresolved("save-not-seen", sentence)
    if not passage.whole:
        sentence = f"Only {passage.left} of {len(passage.expects)} requests of this commit were sent."
        raise Unclear("commit-half", sentence)


async def press(tab: Tab, action: str, permit: Permit) -> None:
    """Press the button and no more, for a rehearsal. Raises NotFired."""
    spec = tab.action(action)
    tab.dialogs.expect(spec.dialogs, lambda: in_time(permit))
    _must_have_fired(await _click(tab, tab.view, spec, permit))


async def _click(tab: Tab, view: View, spec: ActionMap, permit: Permit) -> dict[str, Any]:
    assert view.reading is not None
    argument = {
        "intent": permit.intent,
        "deadline": permit.deadline * 1000,
        "old": view.reading["doc"],
        "specs": view.specs,
        "values": view.reading["values"],
        "button": spec.spec(),
    }
    try:
        result: dict[str, Any] = await ask(view.frame, "commit", argument)
    except SystemException:
        # The page left before it could answer: it fired, or it may have.
        return {"fired": True}
    return result


def _must_have_fired(result: dict[str, Any]) -> None:
    if result["fired"]:
        return
    sentences = {
        "deadline": "The deadline of the commit had passed; it was not fired.",
        "changed": "The screen changed between the read-back and the commit; it was not fired.",
        "covered": "The commit's button was disabled, or something lay over it; it was not fired.",
        "no-intent": "No intent was given; the commit was not fired.",
    }
    why = result["why"]
    raise NotFired(f"not-fired-{why}", sentences.get(why, "The commit's button could not be used."))


async def _outcome(
    view: View, passage: Passage, spoken: asyncio.Future[str], seconds: float, patience: float
) -> dict[str, Any]:
    """The first of: an outcome on the page, a dialog that is an outcome, a gate that broke, the time."""
    assert view.reading is not None
    signs = {
        name: {**outcome.sign(), "receipt": outcome.receipt.model_dump() if outcome.receipt else None}
        for name, outcome in view.screen.outcomes.items()
    }
    argument = {
        "signs": signs,
        "old": view.reading["doc"],
        "before": view.reading["before"],
        "patience": patience * 1000,
    }
    looking = asyncio.ensure_future(ask_until(view.frame, "outcome", argument, seconds))
    waiting: set[asyncio.Future[Any]] = {looking, spoken, passage.broken}
    try:
        await asyncio.wait(waiting, return_when=asyncio.FIRST_COMPLETED, timeout=seconds + 1)
        if spoken.done():
            if not spoken.result():
                raise Unresolved("undeclared-dialog", "A message that no map declares appeared on saving.")
            return {"names": [spoken.result()], "receipts": {}}
        if passage.broken.done():
            why = passage.broken.result()
            raise Unresolved(f"commit-{why}", _BROKEN[why])
        if not looking.done():
            raise Unresolved("no-outcome", "No outcome appeared in time.")
        return looking.result() or {"names": [], "receipts": {}}
    except SystemException:
        raise Unresolved("page-failed", "The page or the browser went away while it was saving.") from None
    finally:
        looking.cancel()
        await asyncio.gather(looking, return_exceptions=True)


def _declared(view: View, seen: dict[str, Any]) -> Outcome:
    names = seen["names"]
    if len(names) != 1:
        found = "no declared outcome" if not names else "more than one outcome"
        raise Unresolved("no-outcome" if not names else "two-outcomes", f"The page shows {found}.")
    name = names[0]
    outcome: OutcomeMap = view.screen.outcomes[name]
    if outcome.receipt is not None:
        reference = seen["receipts"].get(name)
        if not reference:
            raise Unresolved("no-reference", "The page says that it saved, but shows no reference.")
        return Outcome(
            name=name, ended=Ended.SUCCESS, code=name, sentence="saved", saved=True, reference=reference
        )
    if outcome.confirmed_by is not None:
        return Outcome(name=name, ended=Ended.UNTOLD, code=name, sentence="saved, if it is found", saved=True)
    ended = Ended.BUSINESS if outcome.business else Ended.BUSY if outcome.busy else Ended.SYSTEM
    return Outcome(
        name=name,
        ended=ended,
        code=outcome.business or outcome.busy or outcome.system or name,
        sentence=outcome.sentence or outcome.text or name,
        saved=outcome.saved is not False,
        look_again=outcome.look_again,
    )
