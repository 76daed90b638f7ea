"""Pressing Save with the wire shut, to see what would have left: the words that a map needs for it."""

from __future__ import annotations

import re
import time
from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import yaml

from ..core.errors import ConfigurationError
from ..core.screens import Permit, Rehearsed
from ..core.sent import Sent
from . import commit
from .reading import meant_by
from .wire.asked import Asked
from .wire.body import Meant, compare
from .wire.declared import SavesMap
from .wire.masking import masked
from .wire.policy import Policy, Rehearsal

if TYPE_CHECKING:
    from .tab import Tab

_TOKEN = re.compile(r"csrf|xsrf|token|nonce|viewstate|validation|^__event", re.IGNORECASE)
"""Names of what a server makes anew for each page."""


class _NothingLeaves:
    async def left(self, sent: Sent) -> None:
        raise AssertionError("nothing leaves")

    async def ended(self, sent: Sent) -> None:
        raise AssertionError("nothing left")


async def rehearse(tab: Tab, action: str, fill: Callable[[], Awaitable[object]]) -> Rehearsed:
    """Fill the screen, press the button of a commit, and say what it would have sent. Nothing leaves.

    It is filled twice: what a page sends while it is left would else be told as a part of the save.
    """
    if tab.policy is None:
        raise ConfigurationError("gate-no", f"{tab.system.map.title} passes the wire by (gate: no).")
    policy = tab.policy
    policy.rehearsal = rehearsal = Rehearsal()
    try:
        await fill()
        await fill()
        others = _each(rehearsal.seen, policy)
        timeouts = tab.system.map.timeouts
        wall, monotonic = time.time() + timeouts.window, time.monotonic() + timeouts.window
        permit = Permit(
            intent="rehearsal", deadline=wall, monotonic_deadline=monotonic, ledger=_NothingLeaves()
        )
        meant = meant_by(tab.view, action)
        await commit.press(tab, action, permit)
        await rehearsal.until(lambda asked: _other(asked, policy) not in others, timeouts.save)
    finally:
        policy.rehearsal = None
        tab.dialogs.expect(())
    pressed = [one for one in rehearsal.seen if _other(one, policy) not in others]
    return Rehearsed(saves=[_saves(one, meant, policy.base) for one in pressed], others=others)


def _each(seen: Sequence[Asked], policy: Policy) -> list[dict[str, str]]:
    """As `harmless` would have to name them."""
    found: list[dict[str, str]] = []
    for one in (_other(asked, policy) for asked in seen):
        found += [] if one in found else [one]
    return found


def _other(asked: Asked, policy: Policy) -> dict[str, str]:
    host = {"host": asked.host} if asked.host != policy.host else {}
    return {"method": asked.verb, "path": _path(asked, policy.base), **host}


def _saves(asked: Asked, meant: Meant, base: str) -> Mapping[str, Any]:
    """As `saves` would have to name it: what it holds beside the fields, by what it looks like."""
    beside = compare(asked, SavesMap(path="/"), meant, whole=False)
    tokens = [name for name in beside.unnamed if _TOKEN.search(name)]
    kept = [name for name in beside.unnamed if name not in tokens]
    wanted: dict[str, Any] = {"method": asked.method, "path": _path(asked, base)}
    wanted |= {name: values for name, values in (("kept", kept), ("ignored", tokens)) if values}
    return wanted


def _path(asked: Asked, base: str) -> str:
    return masked(asked.path.removeprefix(base))


def in_words(screen: str, found: Rehearsed) -> str:
    """For the maps of `system/screen`: what to write into them, and how to tell."""
    system = screen.partition("/")[0]
    if found.saves:
        saves = dict(found.saves[0]) if len(found.saves) == 1 else [dict(one) for one in found.saves]
        text = f"# For the action that commits in selectors/{screen}.yaml. Nothing has left.\n"
        text += "# kept: what the page holds by itself; ignored: what the server makes anew. Check each.\n"
        text += yaml.safe_dump({"saves": saves}, sort_keys=False)
    else:
        text = f"# Save of {screen} sent nothing that a map has to name. Did a message stop it?\n"
    if found.others:
        text += f"# For selectors/{system}/system.yaml: only what changes nothing in {system}.\n"
        text += yaml.safe_dump({"harmless": [dict(one) for one in found.others]}, sort_keys=False)
    return text
