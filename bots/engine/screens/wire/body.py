"""What a saving request holds, compared with what was read on the screen, before a byte of it leaves.

This is the comparison that counts. The screen's read-back is for what people see: a script may send something
else, and a control that no map names may hold what a colleague chose last.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from typing import Any, NamedTuple

from ...core.value import Shown
from .asked import Asked, Part
from .declared import SavesMap

_EVERYTHING = "*"
_GRAPHQL = frozenset({"query", "operationName"})


class Entry(NamedTuple):
    """What a form would send of one control: a value, or a file by its name."""

    name: str
    value: str | None
    file: str | None = None


@dataclass(frozen=True, kw_only=True)
class Meant:
    """What the screen holds that is about to be saved. `controls`: by the name of a control the field of the
    map that it is; `entries`: what its form would send, None where there is no form; `button`: name and value
    of the one that is pressed; `shown`: the fields as they were read; `files`: digests by field."""

    controls: Mapping[str, str]
    entries: Sequence[Entry] | None
    button: tuple[str, str]
    shown: Mapping[str, Shown]
    charset: str = "utf-8"
    files: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class Unmeant:
    """What a request should not hold, or lacks. Names of controls only, never a value. `unnamed`: no map says
    what they are; `other`: they are not what was read."""

    unnamed: tuple[str, ...] = ()
    other: tuple[str, ...] = ()

    def __bool__(self) -> bool:
        return bool(self.unnamed or self.other)


def compare(asked: Asked, saves: SavesMap, meant: Meant, *, whole: bool) -> Unmeant:
    """`whole`: every field of the screen must be in it."""
    if _EVERYTHING in saves.ignored or not asked.body:
        return Unmeant()
    pairs = asked.pairs(meant.charset)
    if pairs is not None and meant.entries is not None:
        return _Form(saves, meant).compare(pairs, whole=whole)
    if pairs is None and asked.json is None:
        return Unmeant(unnamed=("the whole of it",))
    leaves = list(_leaves(asked.json)) if pairs is None else [(name, value) for name, value in pairs]
    return _Values(saves, meant).compare(leaves, whole=whole)


@dataclass(frozen=True)
class _Form:
    """A form of the page: its controls are known by their names."""

    saves: SavesMap
    meant: Meant

    def compare(self, pairs: Iterable[tuple[str, str | Part]], *, whole: bool) -> Unmeant:
        given = _by_name(pairs)
        expected = _by_name((entry.name, entry) for entry in self.meant.entries or ())
        unnamed, other = [], []
        for name, values in given.items():
            if _named(name, self.saves.ignored) or self._pressed(name, values):
                continue
            pattern = self.saves.constants.get(name)
            if pattern is not None:
                if not all(re.search(pattern, str(value)) for value in values):
                    other.append(name)
            elif name not in self.meant.controls and not _named(name, self.saves.kept):
                unnamed.append(name)
            elif not self._same(name, values, expected.get(name, [])):
                other.append(name)
        if whole:
            other += [name for name in self.meant.controls if name in expected and name not in given]
        return Unmeant(unnamed=tuple(unnamed), other=tuple(other))

    def _pressed(self, name: str, values: Sequence[Any]) -> bool:
        button, value = self.meant.button
        place = name in (f"{button}.x", f"{button}.y", "x", "y") and not value
        return place or (bool(button) and name == button and list(values) == [value])

    def _same(self, name: str, values: Sequence[str | Part], expected: Sequence[Entry]) -> bool:
        if len(values) != len(expected):
            return False
        digest = self.meant.files.get(self.meant.controls.get(name, ""))
        return all(self._equal(one, other, digest) for one, other in zip(values, expected, strict=True))

    def _equal(self, given: str | Part, expected: Entry, digest: str | None) -> bool:
        if isinstance(given, Part):
            empty = not given.name and not given.content
            return expected.value is None and (empty if digest is None else _digest(given.content) == digest)
        text = expected.file if expected.value is None else expected.value
        return text is not None and given == _as_sent(text, self.meant.charset)


@dataclass(frozen=True)
class _Values:
    """What a script made: its names are its own, so every value must be one that was read."""

    saves: SavesMap
    meant: Meant

    def compare(self, leaves: Sequence[tuple[str, Any]], *, whole: bool) -> Unmeant:
        unnamed, other, used = [], [], set()
        for place, value in leaves:
            if _named(place, self.saves.ignored) or place in _GRAPHQL or _named(place, self.saves.kept):
                continue
            pattern = self.saves.constants.get(place)
            if pattern is not None:
                if not re.search(pattern, _text(value)):
                    other.append(place)
                continue
            fields = [name for name, shown in self.meant.shown.items() if self._is(shown, value, name)]
            used.update(fields)
            if not fields and value not in ("", None):
                unnamed.append(place)
        if whole:
            wanted = {self.meant.controls[name] for name in self.meant.controls}
            other += sorted(name for name in wanted - used if self.meant.shown[name].text)
        return Unmeant(unnamed=tuple(unnamed), other=tuple(other))

    def _is(self, shown: Shown, value: Any, name: str) -> bool:
        if isinstance(value, Part):
            return self.meant.files.get(name) == _digest(value.content)
        text = _text(value)
        return text == shown.text or Shown(text=text, format=shown.format).equals(shown.text)


def _text(value: Any) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    return "" if value is None else str(value)


def _leaves(value: Any, place: str = "") -> Iterable[tuple[str, Any]]:
    """Every value of a JSON document, with the way to it: `case.lines.0.amount`."""
    if isinstance(value, dict):
        for name, inner in value.items():
            yield from _leaves(inner, f"{place}.{name}" if place else str(name))
    elif isinstance(value, list):
        for number, inner in enumerate(value):
            yield from _leaves(inner, f"{place}.{number}" if place else str(number))
    else:
        yield place, value


def _named(name: str, patterns: Iterable[str]) -> bool:
    return any(fnmatchcase(name, pattern) for pattern in patterns)


def _by_name(pairs: Iterable[tuple[str, Any]]) -> dict[str, list[Any]]:
    found: dict[str, list[Any]] = {}
    for name, value in pairs:
        found.setdefault(name, []).append(value)
    return found


def _as_sent(text: str, charset: str) -> str:
    """As a browser sends it: lines end with both characters, and what the page's letters do not have is
    written as a number."""
    lines = re.sub(r"\r\n|\r|\n", "\r\n", text)
    return lines.encode(charset, "xmlcharrefreplace").decode(charset)


def _digest(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()
