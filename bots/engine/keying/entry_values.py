"""What an entry of the target should show, and whether it does. No screens, no store."""

from __future__ import annotations

import unicodedata
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from ..core.value import Format, Found, Shown, Value, canonical, differences

Values = Mapping[str, Shown]


def wrong_fields(meant: Mapping[str, Value], kept: Mapping[str, Value], shown: Values) -> list[str]:
    """The names that do not show what the record means, nor what was read back when it was keyed."""
    missing = [name for name in meant if name not in shown]
    spelt = [name for name, value in meant.items() if name in shown and not spelt_alike(value, shown[name])]
    return list(dict.fromkeys([*differences(meant, shown), *missing, *spelt, *differences(kept, shown)]))


def spelt_alike(value: Value, shown: Shown) -> bool:
    """Whether a text stands there letter by letter. A system may draw white space together, not put it in."""
    if shown.format not in (Format.TEXT, Format.UPPER) or not shown.equals(value):
        return True  # a difference that counts anyway is not counted here
    typed = _plain("" if value is None else str(value))
    lines = "\n".join(" ".join(line.split()) for line in typed.split("\n"))
    ways = {typed, lines, " ".join(typed.split())}
    if shown.format is Format.UPPER:
        ways |= {way.upper() for way in ways}
    return _plain(shown.text) in ways


def _plain(text: str) -> str:
    """Without what only the page's layout put there."""
    text = unicodedata.normalize("NFC", text).replace("\r\n", "\n").strip("\xa0\n")
    return text.replace("\xa0", " ")


def completed(meant: Mapping[str, Value], kept: Mapping[str, Value]) -> dict[str, Value]:
    """What the record itself does not say, such as what matching found, is as it was read back."""
    return {name: kept.get(name) if value is None else value for name, value in meant.items()}


def half_alike(meant: Mapping[str, Value], shown: Values) -> bool:
    """Whether an entry may be of a record that is not completed yet: half of what is known agrees."""
    known = [name for name, value in meant.items() if value is not None and name in shown]
    return bool(known) and 2 * len(differences({n: meant[n] for n in known}, shown)) <= len(known)


class ByCase:
    """The entries of a list by the values that make a case, `names`; none of them: nothing is known by them.
    The whole list, whatever the target's search shows."""

    def __init__(self, names: Sequence[str], entries: Iterable[Found]) -> None:
        self._names = names
        self._formats: dict[str, Format] = {}
        self._entries: dict[tuple[str, ...], list[Found]] = {}
        for entry in entries if names else ():
            if set(names) <= entry.values.keys():
                self._formats = self._formats or {name: entry.values[name].format for name in names}
                self._entries.setdefault(tuple(str(entry.values[name]) for name in names), []).append(entry)

    def of(self, known: Mapping[str, Value]) -> Sequence[Found]:
        """Those of the case with these values; none where one of them is not known."""
        if not self._formats or any(known.get(name) is None for name in self._names):
            return ()
        key = tuple(canonical(self._formats[name], known[name]) for name in self._names)
        return self._entries.get(key, ())


@dataclass(frozen=True, kw_only=True)
class Likeness:
    """An entry of ours that another one is like, and in which value it is not."""

    reference: str
    fields: tuple[str, ...]


@dataclass(kw_only=True)
class Alike:
    """Finds the entry of ours that shows the same as another one, in all values or all but one.

    `aside`: names that do not count, because they tell who keyed an entry and not what.
    """

    aside: Collection[str]
    _whole: dict[tuple[str, ...], str] = field(default_factory=dict)
    _but_one: dict[tuple[str, tuple[str, ...]], str] = field(default_factory=dict)

    def learn(self, entries: Iterable[Found]) -> None:
        for entry in entries:
            values = self._values(entry)
            self._whole.setdefault(_key(values), entry.reference)
            for name in values:
                self._but_one.setdefault((name, _key(values, name)), entry.reference)

    def copied(self, entry: Found) -> Likeness | None:
        values = self._values(entry)
        found = self._whole.get(_key(values)) if values else None
        return Likeness(reference=found, fields=()) if found else None

    def close(self, entry: Found) -> Likeness | None:
        values = self._values(entry)
        for name in values:
            found = self._but_one.get((name, _key(values, name)))
            if found and len(values) > 2:
                return Likeness(reference=found, fields=(name,))
        return None

    def _values(self, entry: Found) -> dict[str, str]:
        """The entry's own reference is its own: a copy has another one."""
        values = {name: str(value) for name, value in entry.values.items() if name not in self.aside}
        return {name: value for name, value in values.items() if value != entry.reference}


def _key(values: Mapping[str, str], but: str = "") -> tuple[str, ...]:
    return tuple(f"{name}={value}" for name, value in sorted(values.items()) if name != but)
