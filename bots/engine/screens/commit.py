"""Firing a commit: once, before its deadline, and with a declared outcome or none at all.

The page checks the deadline in the same task that clicks. The saving request is taken at the gate and
sent by us exactly once, because Chromium silently repeats a POST whose kept-alive connection died.
"""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections.abc import Callable
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from playwright.async_api import Error as PlaywrightError
from playwright.async_api import Request, Route

from ..core.errors import NotFired, SystemException, Unresolved
from ..core.points import OnPoint, Point
from ..core.screens import Ended, Outcome, Permit
from .asking import ask, ask_until
from .maps import ActionMap, OutcomeMap, SavesMap

if TYPE_CHECKING:
    from .session import Session, View

_BROKEN = {
    "connection": "The connection broke while it was saving.",
    "repeated": "The page tried to save a second time; that was stopped.",
    "stopped": "The commit was stopped before it left, because its deadline had passed.",
}
_EXTRA = 2.0  # seconds beyond the longest save, for the page to show its outcome


class Gate:
    """Takes the saving request of one commit: asks once more whether it may go and sends it once."""

    def __init__(
        self,
        saves: SavesMap,
        may_send: Callable[[], bool],
        patience: float,
        on_point: OnPoint,
    ) -> None:
        self._saves = saves
        self._may_send = may_send
        self._patience = patience
        self._on_point = on_point
        self.sent = False
        self.shut = False
        self.broken: asyncio.Future[str] = asyncio.get_running_loop().create_future()

    def _saving(self, request: Request) -> bool:
        return request.method == self._saves.method and urlsplit(request.url).path == self._saves.path

    async def __call__(self, route: Route, request: Request) -> None:
        try:
            if not self._saving(request):
                await route.fallback()
            elif self.sent or self.shut:
                await route.abort()  # the page, or the browser, wants to send it again
                self._break("repeated")
            else:
                await self._send(route)
        except PlaywrightError:
            self._break("connection")
            with contextlib.suppress(PlaywrightError):
                await route.abort()

    async def _send(self, route: Route) -> None:
        self._on_point(Point.SENDING)
        if not self._may_send():
            await route.abort()
            self._break("stopped")
            return
        self.sent = True
        response = await route.fetch(max_retries=0, max_redirects=0, timeout=self._patience * 1000)
        self._on_point(Point.ANSWERED)
        await route.fulfill(response=response)

    def _break(self, why: str) -> None:
        if not self.broken.done():
            self.broken.set_result(why)


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

    gate = Gate(spec.saves, may_send, timeouts.save, session.on_point)
    spoken: asyncio.Future[str] = asyncio.get_running_loop().create_future()

    def tell(name: str) -> None:
        if not spoken.done():
            spoken.set_result(name)

    session.dialogs.expect(spec.dialogs, lambda: in_time(permit), tell)
    context = session.page.context
    if session.system.map.gate:
        await _opened(context.route("**/*", gate))
    session.on_point(Point.FIRING)
    try:
        fired = await _click(session, view, spec, permit)
        _must_have_fired(fired)
        seen = await _outcome(view, spec, gate, spoken, timeouts.save + _EXTRA, timeouts.settle)
        outcome = _declared(view, seen)
        if session.system.map.gate and outcome.ended is Ended.SUCCESS and not gate.sent:
            sentence = "It was saved by another request than the one that the map names."
            raise Unresolved("save-not-seen", sentence)
    except BaseException:
        # The gate stays, and stays shut: whatever the page still has in hand must not leave it.
        gate.shut = True
        if not session.system.map.gate:
            await session.close()
        raise
    finally:
        session.dialogs.expect(())
    with contextlib.suppress(PlaywrightError):
        await context.unroute("**/*", gate)
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
    view: View, spec: ActionMap, gate: Gate, spoken: asyncio.Future[str], seconds: float, patience: float
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
    waiting: set[asyncio.Future[Any]] = {looking, spoken, gate.broken}
    try:
        await asyncio.wait(waiting, return_when=asyncio.FIRST_COMPLETED, timeout=seconds + 1)
        if spoken.done():
            if not spoken.result():
                raise Unresolved("undeclared-dialog", "A message that no map declares appeared on saving.")
            return {"names": [spoken.result()], "receipts": {}}
        if gate.broken.done():
            why = gate.broken.result()
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
    ended = Ended.BUSINESS if outcome.business else Ended.SYSTEM
    code = outcome.business or outcome.system or name
    return Outcome(
        name=name,
        ended=ended,
        code=code,
        sentence=outcome.sentence or outcome.text or code,
        saved=outcome.saved is not False,
        look_again=outcome.look_again,
    )
