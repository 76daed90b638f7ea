"""Looking for an item's own save in the target's list, whatever its search shows."""

from __future__ import annotations

import difflib
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from ..core.absence import ListRead
from ..core.queue import Queue
from ..core.value import Format, Found, Shown, Value, canonical, unequal
from .entry_values import half_alike
from .task import Doubt

_ALIKE = 0.8
"""Two texts that share so much are one that was spelt in two ways (`difflib`, from 0 to 1)."""
_CUT = 8
"""Letters at least, of a text that a list cuts off."""
_SPELT = (Format.TEXT, Format.UPPER)


@dataclass(frozen=True, kw_only=True)
class Listed:
    """What a list shows of a doubt. `found`: entries of this very case that are nobody else's; `perhaps`:
    others that may be it, with a value that was cut off or spelt otherwise; `told`: whether it shows the
    values by which a case is known."""

    read: Sequence[ListRead]
    references: frozenset[str]
    found: Sequence[Found]
    perhaps: Sequence[Found]
    told: bool

    @property
    def whole(self) -> bool:
        """Whether it is known to show all that the step makes."""
        return bool(self.read) and all(one.covers for one in self.read)

    @property
    def scope(self) -> str:
        return "; ".join(dict.fromkeys(one.covers for one in self.read))


class Seeking:
    def __init__(self, queue: Queue) -> None:
        self._queue = queue

    async def seek(self, doubt: Doubt) -> Listed:
        """Read the list to its end."""
        screens, step = doubt.screens, doubt.step
        screens.lists()
        since = datetime.fromtimestamp(doubt.intent.recorded, UTC)
        entries = await step.listing_since(screens, since)
        read = screens.lists()
        values = step.values(doubt.record)
        case = {name: values[name] for name in step.case or values if name != step.stamp}
        told = all(case.keys() <= entry.values.keys() for entry in entries)
        equal = [one for one in entries if told and not unequal(case, one.values)]
        close = [
            one for one in entries if told and one not in equal and self._close(doubt, case, values, one)
        ]
        return Listed(
            read=read,
            references=frozenset(entry.reference for entry in entries),
            found=await self._left(doubt, equal),
            perhaps=await self._left(doubt, close),
            told=told,
        )

    @staticmethod
    def _close(doubt: Doubt, case: Mapping[str, Value], values: Mapping[str, Value], entry: Found) -> bool:
        hand = entry.values.get(doubt.step.hand)
        ours = hand is not None and str(hand).casefold() == doubt.intent.account.casefold()
        return (ours and half_alike(values, entry.values)) or all(
            spelt_close(value, entry.values[name]) for name, value in case.items()
        )

    async def _left(self, doubt: Doubt, entries: Sequence[Found]) -> list[Found]:
        """Those that were not there before, and are no other item's."""
        ours, mine = (doubt.step.system, doubt.step.name), (None, doubt.lease.item.id)
        new = [entry for entry in entries if entry.reference not in doubt.intent.seen]
        return [entry for entry in new if await self._queue.owner(*ours, entry.reference) in mine]


def spelt_close(value: Value, shown: Shown) -> bool:
    """Whether a list may mean this value: equal, left out (as lists do that show it once for all rows below),
    cut off, or with letters that a system does not know."""
    if shown.equals(value) or not shown.text.strip():
        return True
    if shown.format not in _SPELT:
        return False
    wanted, seen = _bare(canonical(shown.format, value)), _bare(shown.text)
    if not seen or not wanted:
        return not seen and bool(wanted)  # marks alone, such as a line of dashes
    if len(seen) >= _CUT and wanted.startswith(seen):
        return True
    if [one for one in wanted if one.isdigit()] != [one for one in seen if one.isdigit()]:
        return False  # numbers that follow each other are not one
    return difflib.SequenceMatcher(None, wanted, seen).ratio() >= _ALIKE


def _bare(text: str) -> str:
    """Letters and digits alone, without accents and capitals."""
    plain = unicodedata.normalize("NFKD", text).casefold()
    return "".join(letter for letter in plain if letter.isalnum())
