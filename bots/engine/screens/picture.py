"""Evidence of a screen: values by name and a picture, with everything masked that no map opens."""

from __future__ import annotations

import contextlib
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from playwright.async_api import Error as PlaywrightError
from playwright.async_api import Page

from ..core.errors import SystemException
from .asking import ask

if TYPE_CHECKING:
    from .tab import Tab
    from .view import View

MASK = "***"


async def take(tab: Tab) -> Mapping[str, Any]:
    """`screen`, `values` (sensitive ones masked) and `picture` (PNG bytes or None). Never raises."""
    view = tab.last_view
    found: dict[str, Any] = {"screen": view.screen.screen if view else None, "values": {}, "picture": None}
    with contextlib.suppress(SystemException, PlaywrightError):
        if view is not None:
            fields = view.screen.fields
            read = await ask(view.frame, "read", view.specs)
            found["values"] = {n: MASK if fields[n].sensitive else v for n, v in read["values"].items()}
        found["picture"] = await _picture(tab.page if view is None else view.page, view)
    return found


async def _picture(page: Page, view: View | None) -> bytes:
    """Without a screen of ours the page is unknown: its shape is shown and none of its words."""
    opened, words = _openable(view) if view is not None else ({}, [])
    frames = page.frames
    for frame in frames:
        specs = opened if view is not None and frame is view.frame else {}
        await frame.evaluate("([s, w]) => window.__rekey.mask(s, w)", [specs, words])
    try:
        return await page.screenshot(type="png", timeout=5000)
    finally:
        for frame in frames:
            with contextlib.suppress(PlaywrightError):
                await frame.evaluate("() => window.__rekey.unmask()")


def _openable(view: View) -> tuple[dict[str, Any], list[str]]:
    """The fields and the words that a map names as not sensitive."""
    opened = {n: s for n, s in view.specs.items() if not view.screen.fields[n].sensitive}
    words = [word for o in view.screen.outcomes.values() for word in (o.heading, o.text) if word]
    words += [word for word in (view.screen.ready.heading, view.screen.ready.text) if word]
    words += [spec.caption for spec in view.screen.fields.values() if spec.caption]
    return opened, words
