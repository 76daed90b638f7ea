"""Comparing what a screen shows with what was meant."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ..core.errors import BusinessException, Busy, ReadBackDiffers, RekeyError, ScreenChanged
from ..core.value import Shown, Value, written
from .maps.schema import FieldMap, InsteadMap, ScreenMap
from .view import View
from .wire.body import Entry, Meant

_PROBLEMS = {
    "missing": "was not found",
    "ambiguous": "was found more than once",
    "disagree": "is two different things to two locators of its map",
    "other-kind": "was only found by a fallback, and is of another kind",
    "other-label": "was only found by a fallback, and has another label",
    "read-only": "cannot be written to",
    "no-option": "does not offer the value",
    "two-options": "offers the value twice, and means different things by it",
    "too-short": "holds fewer characters than the value has",
    "disabled": "is disabled",
    "columns": "has other columns",
    "odd-row": "has a row that is no entry, and its map does not name it under skip",
}


def changed(screen: ScreenMap, problems: Mapping[str, str]) -> ScreenChanged:
    """The exception for locators that do not fit: names of the map and kinds of problem only."""
    name, problem = next(iter(problems.items()))
    what = _PROBLEMS.get(problem, problem)
    return ScreenChanged(
        "screen-changed",
        f"On the screen {screen.screen}, {name} {what}. Its map in selectors/ wants mending.",
        {"screen": screen.screen, "problems": dict(problems)},
    )


def shown(fields: Mapping[str, FieldMap], result: Mapping[str, Any]) -> dict[str, Shown]:
    """`result`: of `read` in the page."""
    values, sources = result["values"], result["sources"]
    return {
        name: Shown(text=text, format=fields[name].format, source=sources[name])
        for name, text in values.items()
    }


def check_length(system: str, field: str, spec: FieldMap, value: Value) -> None:
    """Refuse what the target would cut off in silence, and what cannot stand in a field of one line."""
    name, text, limit = spec.caption or field, written(spec.format, value), spec.max_length
    # A line break typed into such a field presses the form's button.
    if spec.kind != "textarea" and any(ord(character) < 32 for character in text):
        raise BusinessException("not-one-line", f"{name} has a line break or a tab.", {"field": field})
    if limit is not None and len(text.encode("utf-16-le")) // 2 > limit:  # as browsers count
        raise BusinessException(
            "too-long",
            f"{name} is longer than the {limit} characters that {system} can hold.",
            {"field": field, "limit": limit},
        )


def check_read_back(screen: ScreenMap, typed: Mapping[str, Value], seen: Mapping[str, Shown]) -> None:
    """Every mapped field shows what was typed, or its declared default when it was not touched."""
    wrong: dict[str, dict[str, Any]] = {}
    for name, spec in screen.fields.items():
        meant: Value = typed.get(name, spec.default)
        if name not in typed and spec.default is None:
            continue
        if not seen[name].equals(meant):
            wrong[name] = {"meant": written(spec.format, meant), "shown": seen[name].text}
    if wrong:
        raise differs(screen, wrong)


def meant_by(view: View, action: str) -> Meant:
    """What the commit of a screen that was read back may save."""
    assert view.reading is not None
    sent = view.reading["sent"].get(action) or {"controls": {}, "entries": None, "button": ["", ""]}
    return Meant(
        controls=sent["controls"],
        entries=None if sent["entries"] is None else [Entry(*one) for one in sent["entries"]],
        button=(sent["button"][0], sent["button"][1]),
        shown=shown(view.screen.fields, view.reading),
        charset=sent.get("charset", "utf-8"),
        files=view.files,
    )


def differs(screen: ScreenMap, wrong: Mapping[str, Any]) -> ReadBackDiffers:
    captions = ", ".join(screen.fields[n].caption or n if n in screen.fields else n for n in wrong)
    return ReadBackDiffers(
        "read-back-differs",
        f"The screen {screen.screen} does not show what was typed ({captions}). Nothing was saved.",
        {"screen": screen.screen, "fields": dict(wrong)},
    )


def stands_instead(sign: InsteadMap) -> RekeyError:
    """What a declared answer of the system, in place of the screen, means for the item."""
    if sign.busy:
        return Busy(sign.busy, sign.sentence)
    return BusinessException(str(sign.business), sign.sentence)
