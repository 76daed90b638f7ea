"""Telling a system that a session has ended: what stays open there takes a place, or a record."""

from __future__ import annotations

import asyncio
import contextlib
import logging
from typing import TYPE_CHECKING

from playwright.async_api import Error as PlaywrightError

from ..core.errors import RekeyError, SignedOut
from .asking import ask, ask_until
from .maps.schema import SignOutMap
from .reading import changed

if TYPE_CHECKING:
    from .session import Session

LOG = logging.getLogger("rekey.screens")
_ANSWERS = 5.0
"""Seconds in which a page answers; of one that does not nothing more is asked."""


async def sign_out(session: Session) -> None:
    """If its map says how, and nothing of the session is in doubt. A failure changes nothing: what stays open
    there runs out by itself."""
    spec, timeouts = session.tab.system.map.sign_out, session.tab.system.map.timeouts
    if spec is None or not session.well or session.tab.page.is_closed():
        return
    policy = session.tab.policy
    stopped = len(policy.stopped) if policy is not None else 0
    try:
        async with asyncio.timeout(_ANSWERS):
            with contextlib.suppress(PlaywrightError):  # it is on its way to another page
                await session.tab.page.evaluate("0")
        async with asyncio.timeout(timeouts.ready):
            out = await _signed_out(session, spec, timeouts.ready)
        why = "" if out else "It does not say that it is signed out."
    except SignedOut:
        return
    except (RekeyError, PlaywrightError, TimeoutError) as error:
        why = error.sentence if isinstance(error, RekeyError) else "It did not answer."
    if not why:
        return
    lines = [one.line for one in policy.undeclared(stopped)] if policy is not None else []
    hint = f" These requests were stopped: {', '.join(lines)}." if lines else ""
    LOG.warning("A session on %s was not signed out. %s%s", session.tab.system.map.title, why, hint)


async def _signed_out(session: Session, spec: SignOutMap, seconds: float) -> bool:
    frame, old = session.tab.page.main_frame, None
    if spec.path is not None:
        await session.go(spec.path)
    else:
        await session.open(str(spec.screen))
        frame = session.tab.view.frame
        for action in spec.actions[:-1]:
            await session.act(action)
        clicked = await ask(frame, "click", session.tab.action(spec.actions[-1]).spec())
        if clicked.get("problem"):
            raise changed(session.tab.view.screen, {spec.actions[-1]: clicked["problem"]})
        old = clicked["doc"]
    signs = {"said": spec.said.sign()}
    return await ask_until(frame, "state", {"signs": signs, "old": old}, seconds) is not None
