"""One permanent change in one system, as a process describes it."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import ClassVar, Generic, TypeVar

from .record import Record
from .screens import Screens
from .value import Found, Value

R = TypeVar("R", bound=Record)


class Step(ABC, Generic[R]):
    """What the engine needs to key one change exactly once.

    `commit` is "screen.action" of the system's maps; only the engine performs it. The opt-outs want
    their reason in words: an empty string means that the full protocol applies.
    """

    name: ClassVar[str]
    title: ClassVar[str] = ""
    """What staff call it, such as "Close the old account"."""
    system: ClassVar[str]
    commit: ClassVar[str]
    not_looked_first_because: ClassVar[str] = ""
    not_searchable_because: ClassVar[str] = ""
    not_reopened_because: ClassVar[str] = ""
    case: ClassVar[Sequence[str]] = ()
    """Which of `values` make an entry the same case, as `find` knows it; none: all of them. Of two records of
    one case only one is ever about to be saved, and the other one then finds it there."""
    refuses_duplicates: ClassVar[str] = ""
    """The code with which the target refuses a second entry for one case. Once it was seen to, a save of
    which nobody knows may be keyed again."""
    stamp: ClassVar[str] = ""
    """Which of `values` carries the item's own mark, `record.stamp`, where the target has a field for it that
    it keeps. It tells for certain whose an entry is: see `find_stamped`."""
    hand: ClassVar[str] = ""
    """The value of `listing` that tells under whose sign-in an entry was saved, where the target shows it."""

    async def match(self, screens: Screens, record: R) -> R:
        """Complete the record from what this system knows; a business exception when it is none or many."""
        return record

    @abstractmethod
    def values(self, record: R) -> Mapping[str, Value]:
        """What the target holds once the step is done, by field name."""

    async def find(self, screens: Screens, record: R) -> Sequence[Found]:
        """All that the target's own search shows for this record. The engine decides what is equal."""
        raise NotImplementedError

    @abstractmethod
    async def key(self, screens: Screens, record: R) -> None:
        """Fill up to, never including, the commit."""

    async def reopen(self, screens: Screens, reference: str) -> Found:
        """The saved record as the target shows it now."""
        raise NotImplementedError

    async def find_stamped(self, screens: Screens, stamp: str) -> Sequence[Found]:
        """All that the target's own search shows for an item's mark."""
        raise NotImplementedError

    async def listing(self, screens: Screens) -> Sequence[Found]:
        """The target's own list of what such steps made, whoever made them; for reconciliation."""
        raise NotImplementedError

    async def listing_since(self, screens: Screens, moment: datetime) -> Sequence[Found]:
        """The same, of what was made at that moment or later: a shorter list where the target has one."""
        return await self.listing(screens)

    @property
    def lists(self) -> bool:
        """Whether the target has such a list."""
        return type(self).listing is not Step.listing
