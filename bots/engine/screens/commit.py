"""Firing a commit: once, before its deadline, and with a declared outcome or none at all.

The page checks the deadline in the same task that clicks; the saving request passes the session's gate.
"""

from __future__ import annotations

import asyncio
import time
from typing import TYPE_CHECKING, Any

from playwright.async_api import Error as PlaywrightError

from ..core.errors import NotFired, SystemException, Unresolved
from ..core.points import Point
from ..core.screens import Ended, Outcome, Permit
from .asking import ask, ask_until
from .gate import Passage
from .maps import ActionMap, OutcomeMap

if TYPE_CHECKING:
    from .session import Session
    from .view import View

_BROKEN = {
    "connection": "The connection broke while it was saving.",
    "repeated": "The page tried to save a second time; that was stopped.",
    "unasked": "The page tried to save something else; that was stopped.",
    "other-request": "The page tried to send a request that its map does not name; that was stopped.",
    "stopped": "The commit was stopped before it left, because its deadline had passed.",
}
_GOOD = (Ended.SUCCESS, Ended.UNTOLD)
_EXTRA = 2.0  # seconds beyond the longest save, for the page to show its outcome


def in_time(permit: Permit) -> bool:
    return time.time() < permit.deadline and time.monotonic() < permit.monotonic_deadline


async def fire(session: Session, action: str, permit: Permit) -> Outcome:
    """Fire the commit of the current screen and name its outcome.

    Raises NotFired when nothing can have been saved, Unresolved when it is not known.
    """
    view, spec = session.view, session.action(action)
    if view.reading is None or spec.saves is None:
        raise NotFired("not-read-back", "The screen was not read back before its commit.")
    timeouts = session.system.map.timeouts

    def may_send() -> bool:
        return in_time(permit) and not session.dialogs.undeclared

    passage = Passage(saves=spec.saves, may_send=may_send, patience=timeouts.save)
    spoken: asyncio.Future[str] = asyncio.get_running_loop().create_future()

    def tell(name: str) -> None:
        if not spoken.done():
            spoken.set_result(name)

    session.dialogs.expect(spec.dialogs, lambda: in_time(permit), tell)
    context = session.page.context
    if session.gate is not None:
        await _opened(session.gate.open(context, passage))
    session.on_point(Point.FIRING)
    try:
        fired = await _click(session, view, spec, permit)
        _must_have_fired(fired)
        seen = await _outcome(view, passage, spoken, timeouts.save + _EXTRA, timeouts.settle)
        outcome = _declared(view, seen)
        if session.gate is not None and outcome.ended in _GOOD and not passage.sent:
            sentence = "It was saved by another request than the one that the map names."
            raise Unresolved("save-not-seen", sentence)
    except BaseException:
        # The gate stays, and stays shut: whatever the page still has in hand must not leave it.
        passage.shut = True
        if session.gate is None:
            await session.close()
        raise
    finally:
        session.dialogs.expect(())
    if session.gate is not None:
        await session.gate.close(context)
    return outcome


async def _opened(routing: Any) -> None:
    try:
        await routing
    except PlaywrightError:
        raise NotFired("page-failed", "The browser went away before the commit was fired.") from None


async def _click(session: Session, view: View, spec: ActionMap, permit: Permit) -> dict[str, Any]:
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
