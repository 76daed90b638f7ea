"""Leave for the requests of one commit, in their order, and what became of them."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from .asked import Asked
from .body import Unmeant
from .declared import SavesMap


def _new_future() -> asyncio.Future[str]:
    return asyncio.get_running_loop().create_future()


@dataclass(kw_only=True)
class Passage:
    """`compare`: says what a request holds that nobody meant (its last word: whether the whole screen must be
    in it), and `unmeant` what it said. `may_send`: asked just before a request leaves, and before its last
    byte; `patience`: seconds for an answer. `taken`: how many have had their turn; `left`: how many have
    left, or may have; `others`: pages and scripts' requests that left meanwhile and that no map names.
    `shut`: the commit has ended, and nothing of it may leave any more; `broken`: why it is in doubt."""

    expects: Sequence[SavesMap]
    compare: Callable[[Asked, SavesMap, bool], Unmeant]
    may_send: Callable[[], bool]
    patience: float
    taken: int = 0
    left: int = 0
    others: int = 0
    shut: bool = False
    unmeant: Unmeant = field(default_factory=Unmeant)
    broken: asyncio.Future[str] = field(default_factory=_new_future)

    @property
    def due(self) -> SavesMap | None:
        """The request that may leave next."""
        return self.expects[self.taken] if self.taken < len(self.expects) and not self.broken.done() else None

    def take(self) -> SavesMap:
        """The turn of the request that is due: of two that come at once only one has it."""
        assert self.due is not None
        self.taken += 1
        return self.expects[self.taken - 1]

    def holds_what_was_meant(self, asked: Asked, saves: SavesMap) -> bool:
        self.unmeant = self.compare(asked, saves, len(self.expects) == 1)
        return not self.unmeant

    def open(self) -> bool:
        """Whether a request of it may leave at this very moment."""
        return not self.shut and self.may_send()

    @property
    def whole(self) -> bool:
        return self.left == len(self.expects)

    def broke(self, why: str) -> None:
        if not self.broken.done():
            self.broken.set_result(why)
