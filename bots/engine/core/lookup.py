"""What a person asked a bot to look up: what the target's own search shows for an item now.

Nothing is changed there, and nothing of the item's state follows from it: it is for the person who decides.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Protocol


class Whose(StrEnum):
    """What is known of an entry that a search shows, beside its values."""

    NOBODYS = "nobodys"  # nothing: it may be this case's
    BEFORE = "before"  # it was there before the bot was about to save this case
    OTHERS = "others"  # it is the proof of another item


@dataclass(frozen=True, kw_only=True)
class Sighted:
    """One entry that the search showed. `differs`: values that are not as they would be saved, by name."""

    reference: str
    values: Mapping[str, str]
    differs: Sequence[str] = ()
    whose: Whose = Whose.NOBODYS


@dataclass(frozen=True, kw_only=True)
class Sight:
    """What came of looking. `meant`: what would be saved, by the step's names; empty where the record could
    not be matched. `sentence`: why there was nothing to look at, empty when the search was made."""

    step: str
    meant: Mapping[str, str] = field(default_factory=dict)
    entries: Sequence[Sighted] = ()
    sentence: str = ""


@dataclass(frozen=True, kw_only=True)
class Lookup:
    """One item's latest request. `asked`, `answered`: seconds on the store's clock; `version`: the record's
    when it was looked up; `sight` None: no bot has looked yet."""

    item: str
    process: str
    who: str
    asked: float
    answered: float | None = None
    version: int | None = None
    sight: Sight | None = None

    @property
    def waits(self) -> bool:
        return self.sight is None


class Lookups(Protocol):
    """Where requests wait for a bot, and answers for their reader. An item has one at most."""

    async def ask(self, item: str, who: str) -> Lookup:
        """Anew, unless one waits already. Raises BusinessException for an item that waits for no person."""

    async def latest(self, item: str) -> Lookup | None: ...

    async def take(self, process: str, worker: str, seconds: float) -> Lookup | None:
        """The oldest that waits and that no worker has; it is this worker's for so long."""

    async def answer(self, lookup: Lookup, worker: str, version: int, sight: Sight) -> bool:
        """False: it is not this worker's any more, and nothing was kept."""

    async def waiting(self, process: str) -> int:
        """How many no bot has answered yet."""
