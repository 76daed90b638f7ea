"""What was filled in at the places of a form's field, of which one name may have several."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from ..pages.page import FormField

Fields = Mapping[str, Sequence[FormField]]
"""By name the places of a page."""
_OFF = ("", "No")
TWICE, UNKNOWN = "is ticked more than once", "has a choice that is not known here"
DIFFER = "is there more than once, and not always the same"


def filled(places: Sequence[FormField]) -> tuple[FormField, Sequence[FormField], str]:
    """The place that tells the value; all that should show it; and why it may not be the value. Of round
    buttons it is the one that is on."""
    marks = [one for one in places if one.kind == "tick" or one.shows == "mark"]
    on = [one for one in marks if one.value not in _OFF]
    one = (on or places)[-1]
    shown = marks or [each for each in places if not each.hidden] or [one]
    return one, shown, TWICE if len({one.value for one in on}) > 1 else differ(places)


def differ(places: Iterable[FormField]) -> str:
    """Why nobody can say which of several places holds: of one name, and of one choice, all say the same."""
    said: dict[str, set[str]] = {}
    for one in places:
        said.setdefault(one.choice, set()).add(one.value)
    return DIFFER if any(len(values) > 1 for values in said.values()) else ""


def ticked(fields: Fields, form: str | None) -> tuple[FormField | None, Sequence[FormField]] | None:
    """The place that is ticked, if one is, and all places of the field. `form`: its name, or that, `=` and
    the choice that it must have. None: there is no such field."""
    name, choice = named(fields, form)
    if name not in fields:
        return None
    places = fields[name]
    return next((one for one in places if _on(one, choice)), None), places


def named(fields: Fields, form: str | None) -> tuple[str, str]:
    """The name of a field and the choice; a name may hold `=` itself."""
    form = form or ""
    if form in fields:
        return form, ""
    before, _, behind = form.rpartition("=")
    if before in fields:
        return before, behind
    name, _, choice = form.partition("=")
    return name, choice


def unknown_choice(fields: Fields, forms: Iterable[str | None]) -> str:
    """Why the choice of several is none of those that are told of: the form has one more, and it is on."""
    told: dict[str, set[str]] = {}
    for form in forms:
        name, choice = named(fields, form)
        if choice:
            told.setdefault(name, set()).add(choice)
    others = (
        one
        for name, choices in told.items()
        for one in fields.get(name, ())
        if one.value not in _OFF and not any(_on(one, choice) for choice in choices)
    )
    return UNKNOWN if any(others) else ""


def _on(one: FormField, choice: str) -> bool:
    if one.kind == "signature":
        return bool(one.value)
    if not choice:
        return one.value == "Yes"
    return one.value == choice or (one.kind == "tick" and one.value == "Yes" and one.choice == choice)
