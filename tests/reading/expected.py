"""What a manifest says should become of a case: values, a person, a refusal, or any of several.

Strings are read so: what stands in brackets, or behind `: `, explains. ` or ` and `/` part what is as good.
Of each part:

    person, row to a person     a person is asked
    warning                     something is said of the file
    refused, or a code          the file, or this record, is refused with that code
    hidden, hidden-row          a person is asked about a hidden row
    record, right, OK, twice    nobody is asked; right: and every field is as in most cases of this base
    ?, either                   anything
    notes empty                 the field is blank
    anything else               a value that some field must have, or the field that is named before it
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal, InvalidOperation
from typing import Any

_EXPLAINED = re.compile(r"\s*\([^()]*\)|: .*$", re.S)
_PARTS = re.compile(r"\s+or\s+|\s*/\s*(?=[a-z?])|(?<=person)\s*/\s*")
_CODE = re.compile(r"[a-z]+(?:-[a-z]+)+")
_WHOLE = frozenset({"record", "ok", "twice", "right", "spaces kept"})
_ANY = frozenset({"?", "either"})


@dataclass(frozen=True, kw_only=True)
class Seen:
    """One record as it was read. `asked`: the code with which a person is asked, about these `fields`."""

    reference: str = ""
    row: int = 0
    data: Mapping[str, Any] = field(default_factory=dict)
    asked: str | None = None
    fields: frozenset[str] = frozenset()


@dataclass(frozen=True, kw_only=True)
class Told:
    """What became of a file. `refused`: the code, where nothing of it was read."""

    seen: Sequence[Seen] = ()
    refused: str | None = None
    warnings: Sequence[str] = ()


RIGHT, TOLD, REFUSED, WRONG = "right", "told", "refused", "wrong in silence"


def judged(wanted: Any, told: Told, seen: Seen | None, usual: Mapping[str, Any]) -> str:
    """`seen`: the record that is meant; None: there is none. `usual`: what most cases of its base say."""
    if told.refused is not None:
        fits = isinstance(wanted, str) and any(_refuses(part, told.refused) for part in _parts(wanted))
        return RIGHT if fits else REFUSED
    if isinstance(wanted, Mapping):
        return _fields(wanted, seen)
    parts = _parts(wanted)
    if any(_fits(part, told, seen, usual) for part in parts):
        return RIGHT
    return TOLD if seen is not None and seen.asked else WRONG


def _parts(wanted: str) -> list[str]:
    text = _EXPLAINED.sub("", wanted).strip()
    return [part.strip().strip('"') for part in _PARTS.split(text) if part.strip()]


def _refuses(part: str, code: str) -> bool:
    word = part.casefold()
    return word in _ANY or "person" in word or word in ("refused", code)


def _fits(part: str, told: Told, seen: Seen | None, usual: Mapping[str, Any]) -> bool:
    word = part.casefold()
    if word in _ANY or (word == "warning" and told.warnings):
        return True
    if seen is None:
        return False
    asked = "person" in word.split()
    if seen.asked or asked:
        hidden = word == "hidden" and seen.asked == "hidden-row"
        return bool(seen.asked) and (asked or hidden or word == seen.asked)
    if word == "right" or word.startswith("right "):
        return all(plain(seen.data.get(name)) == plain(value) for name, value in usual.items())
    return word in _WHOLE or (not _CODE.fullmatch(word) and _value(part, seen.data))


def _value(part: str, data: Mapping[str, Any]) -> bool:
    """`notes Please stop`, `notes empty`, or a value of any field."""
    name, _, rest = part.partition(" ")
    if name in data or rest == "empty":
        return plain(data.get(name)) == plain("" if rest == "empty" else rest.strip('"'))
    return any(plain(value) == plain(part) for value in data.values())


def _fields(wanted: Mapping[str, Any], seen: Seen | None) -> str:
    if seen is None:
        return WRONG
    verdicts = [_field(name, what, seen) for name, what in wanted.items()]
    return max(verdicts, key=(RIGHT, TOLD, WRONG).index)


def _field(name: str, wanted: Any, seen: Seen) -> str:
    if seen.asked and (name in seen.fields or not seen.fields):
        return RIGHT if isinstance(wanted, str) and "person" in wanted else TOLD
    choices = wanted if isinstance(wanted, list) else _parts(wanted) if isinstance(wanted, str) else [wanted]
    fits = any(choice == "?" or plain(choice) == plain(seen.data.get(name)) for choice in choices)
    if fits or (not isinstance(wanted, list) and plain(wanted) == plain(seen.data.get(name))):
        return TOLD if seen.asked else RIGHT
    return WRONG


def plain(what: Any) -> str:
    """One spelling for what is the same."""
    if isinstance(what, bool):
        return "yes" if what else "no"
    text = " ".join(str("" if what is None else what).split()).casefold()
    try:
        return f"{Decimal(text):f}".rstrip("0").rstrip(".") if "." in text else text
    except InvalidOperation:
        return text
