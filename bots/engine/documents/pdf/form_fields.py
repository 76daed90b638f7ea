"""The fields of a PDF form, page by page (ISO 32000-1, 12.7): every kind, with what was filled in."""

from __future__ import annotations

import re
from collections.abc import Iterator
from html import unescape
from typing import Any

from pypdf.generic import (
    ArrayObject,
    DictionaryObject,
    IndirectObject,
    StreamObject,
    create_string_object,
)

from ..pages.page import FormField, View
from ..same import same
from .xfa import XfaData, differs

_DEEPEST = 50
_RADIO, _PUSH, _COMBO = 1 << 15, 1 << 16, 1 << 17
_LINES = 1 << 12
_HIDDEN, _NOT_VIEWED = 1 << 1, 1 << 5
_NOT_SHOWN = "is hidden on the form"
_OTHER_DATA = "is another one in the form's second set of data"
_OTHER_RICH = "is another one with its type"
_OTHER_STATE = "is ticked in one viewer and not in another"
_TAG = re.compile(r"<[^>]*>")


def fields_of(page: Any, view: View, data: XfaData | None = None) -> Iterator[FormField]:
    """`data`: what the form says a second time."""
    for note in _list(page.get("/Annots")):
        if not isinstance(note, DictionaryObject) or note.get("/Subtype") != "/Widget":
            continue
        chain = _chain(note)
        kind = _kind(chain)
        rectangle = [float(_real(number)) for number in _list(note.get("/Rect"))]
        if kind is None or len(rectangle) != 4:
            continue
        name = ".".join(reversed([_text(one["/T"]) for one in chain if "/T" in one]))
        value = _value(kind, note, chain)
        yield FormField(
            name=name,
            kind=kind,
            value=value,
            box=view.box(rectangle),
            options=[] if _is_button(chain) else [shown for _, shown in _options(chain)],
            shows=_shows(kind, note, chain),
            blank=next((shown for stored, shown in _options(chain) if not stored), ""),
            why=_why(kind, value, _said(chain, "/RV"), differs(data, name, value))
            or _unseen(note, value)
            or _unlike_state(kind, note, chain),
            tip=_text(_said(chain, "/TU")),
            lines=kind == "text" and bool(int(_said(chain, "/Ff") or 0) & _LINES),
            longest=int(_said(chain, "/MaxLen") or 0) if kind == "text" else 0,
            hidden=_is_hidden(note),
            choice=_choice(kind, note),
        )


def _chain(note: DictionaryObject) -> list[DictionaryObject]:
    """The field and its groups, from the inside out: what is not said inside is said further out."""
    chain, seen = [note], {id(note)}
    while len(chain) < _DEEPEST:
        parent = _real(chain[-1].get("/Parent"))
        if not isinstance(parent, DictionaryObject) or id(parent) in seen:
            break
        chain.append(parent)
        seen.add(id(parent))
    return chain


def _said(chain: list[DictionaryObject], name: str) -> Any:
    return next((_real(one[name]) for one in chain if name in one), None)


def _kind(chain: list[DictionaryObject]) -> str | None:
    kind, flags = _said(chain, "/FT"), int(_said(chain, "/Ff") or 0)
    if kind == "/Btn":
        return "button" if flags & _PUSH else "choice" if flags & _RADIO else "tick"
    if kind == "/Ch":
        return "choice" if flags & _COMBO else "list"
    return {"/Tx": "text", "/Sig": "signature"}.get(str(kind))


def _value(kind: str, note: DictionaryObject, chain: list[DictionaryObject]) -> str:
    value = _said(chain, "/V")
    if kind == "signature":
        return "Signed" if value is not None else ""
    if kind == "button":
        return ""
    if _said(chain, "/FT") == "/Btn":
        on = _on(note)
        # A group of buttons has one value; each place of it is on or off by its own state.
        state = note.get("/AS", value) if on is not None else value
        is_on = state not in (None, "", "/Off") and state == (on or state)
        if kind == "tick":
            return "Yes" if is_on else "No"
        return _text(state).removeprefix("/") if is_on and on is not None else ""
    shown = dict(_options(chain))
    words = [_text(_real(one)) for one in (value if isinstance(value, ArrayObject) else [value])]
    return "; ".join(shown.get(word, word) for word in words if word)


def _shows(kind: str, note: DictionaryObject, chain: list[DictionaryObject]) -> str:
    """A button without a state is drawn by some viewers as on, by others as off."""
    if _said(chain, "/FT") == "/Btn":
        return "mark" if kind != "button" and "/AS" in note else ""
    return "" if kind == "signature" else "text"


def _why(kind: str, value: str, rich: Any, other: bool) -> str:
    """`rich`: the same text with its type (ISO 32000-1, 12.7.3.4), which some viewers show in its place."""
    if kind != "text":
        return ""
    if other:
        return _OTHER_DATA
    return "" if rich is None or same(_TAG.sub(" ", unescape(_text(rich))), value) else _OTHER_RICH


def _unseen(note: DictionaryObject, value: str) -> str:
    return _NOT_SHOWN if _is_hidden(note) and value not in ("", "No") else ""


def _is_hidden(note: DictionaryObject) -> bool:
    """A field may be there for scripts or for paper alone."""
    return bool(int(_real(note.get("/F")) or 0) & (_HIDDEN | _NOT_VIEWED))


def _on(note: DictionaryObject) -> str | None:
    """The name of the state in which a tick is set: each has a look of its own."""
    looks = _real(_real(note.get("/AP") or DictionaryObject()).get("/N"))
    if not isinstance(looks, DictionaryObject) or isinstance(looks, StreamObject):
        return None
    return next((name for name in looks if name != "/Off"), None)


def _unlike_state(kind: str, note: DictionaryObject, chain: list[DictionaryObject]) -> str:
    """Some viewers draw a button by its own state, others by the field's value (ISO 32000-1, 12.7.4.2.3)."""
    on, value = _on(note), _said(chain, "/V")
    if kind == "button" or not _is_button(chain) or on is None or value is None or "/AS" not in note:
        return ""
    value, state, on = (_text(one).removeprefix("/") for one in (value, note["/AS"], on))
    exported = {shown for stored, shown in _options(chain)}
    if value in exported - {on, "Off"}:  # a program stored the words of a choice in place of its state
        return ""
    return "" if (state == on) == (value == on) else _OTHER_STATE


def _is_button(chain: list[DictionaryObject]) -> bool:
    return bool(_said(chain, "/FT") == "/Btn")


def _choice(kind: str, note: DictionaryObject) -> str:
    state = _on(note) if kind in ("tick", "choice") else None
    return _text(state).removeprefix("/")


def _options(chain: list[DictionaryObject]) -> list[tuple[str, str]]:
    """What is stored and what a person sees, for each."""
    found = []
    for one in _list(_said(chain, "/Opt")):
        pair = [_text(_real(part)) for part in one] if isinstance(one, ArrayObject) else [_text(one)]
        if pair:
            found.append((pair[0], pair[-1]))
    return found


def _text(value: Any) -> str:
    value = _real(value)
    if isinstance(value, StreamObject):  # a long text may be kept as a stream
        value = create_string_object(value.get_data())
    if isinstance(value, bytes):  # no text in the encoding that it says of itself
        wide = value[:2] == b"\xfe\xff"
        return value[2:].decode("utf-16-be", "replace") if wide else value.decode("latin-1")
    return "" if value is None else str(value).strip()


def _real(value: Any) -> Any:
    return value.get_object() if isinstance(value, IndirectObject) else value


def _list(value: Any) -> list[Any]:
    real = _real(value)
    return [_real(one) for one in real] if isinstance(real, ArrayObject) else []
