"""Whether somebody changed a record while its form was open: a form saves all of it, also what nobody typed.

The page is asked for once more, just before the button is pressed, and both answers are compared as the
server sent them: no script of the second one runs. What scripts put into a form is not seen here.
"""

from __future__ import annotations

import base64
import contextlib
from collections.abc import Mapping, Sequence
from fnmatch import fnmatchcase

from playwright.async_api import Error as PlaywrightError
from playwright.async_api import Response

from ..core.errors import BusinessException, NotFired
from .asking import ask
from .maps.schema import ActionMap
from .view import View
from .wire.body import Meant


async def first_answer(view: View, response: Response | None) -> None:
    """Keep what the server answered of a record that is about to be changed."""
    opened, commits = view.screen.open, any(action.commits for action in view.screen.actions.values())
    if response is None or opened is None or not (commits and opened.again and "{" in opened.path):
        return
    with contextlib.suppress(PlaywrightError):  # without it, nothing can be compared
        view.first = (response.url, base64.b64encode(await response.body()).decode())


async def check_unchanged(view: View, spec: ActionMap, meant: Meant) -> None:
    """Raises BusinessException when what nobody typed has changed since, NotFired when it cannot be read."""
    names = _untyped(view, spec, meant)
    if view.first is None or not names:
        return
    url, before = view.first
    seen: Mapping[str, Sequence[str] | str] = await ask(
        view.frame, "meanwhile", {"url": url, "before": before, "names": names}
    )
    if seen.get("problem"):
        screen = view.screen.screen
        sentence = f"The record could not be read again just before it was to be saved (screen {screen})."
        raise NotFired("not-read-again", sentence)
    if seen["changed"]:
        captions = ", ".join(_caption(view, meant, name) for name in seen["changed"])
        sentence = (
            f"Somebody else changed this record while the bot had it open ({captions}). Nothing was saved."
        )
        raise BusinessException("concurrent-edit", sentence, {"fields": list(seen["changed"])})


def _untyped(view: View, spec: ActionMap, meant: Meant) -> list[str]:
    """Names of controls that are saved with what the server put into them."""
    free = {name for one in spec.requests for name in (*one.ignored, *one.constants)}
    names = dict.fromkeys(entry.name for entry in meant.entries or () if entry.file is None)
    typed = {name for name, field in meant.controls.items() if field in view.typed}
    return [
        name
        for name in names
        if name not in typed and not any(fnmatchcase(name, pattern) for pattern in free)
    ]


def _caption(view: View, meant: Meant, name: str) -> str:
    field = meant.controls.get(name)
    return (view.screen.fields[field].caption or field) if field else name
