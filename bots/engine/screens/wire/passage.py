"""Leave for the requests of one commit, in their order, and what became of them."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field

from ...core.errors import RekeyError
from .asked import Asked
from .body import Unmeant
from .declared import SavesMap


def _new_future() -> asyncio.Future[str]:
    return asyncio.get_running_loop().create_future()


@dataclass(kw_only=True)
class Passage:
    """`compare`: says what a request holds that nobody meant (its last word: whether the whole screen must be
    in it), and `unmeant` what it said. `may_send`: asked just before a request leaves, and before its last
    byte; `patience`: seconds for an answer. `note_left`, `note_ended`: write down for good that a request
    leaves, and how it was answered (None: not at all); `refusal`: why it might not leave. `taken`: how many
    have had their turn; `left`: how many have left, or may have; `others`: pages and scripts' requests that
    left meanwhile and that no map names. `shut`: the commit has ended, and nothing of it may leave any more;
    `broken`: why it is in doubt."""

    expects: Sequence[SavesMap]
    compare: Callable[[Asked, SavesMap, bool], Unmeant]
    may_send: Callable[[], bool]
    note_left: Callable[[Asked, int], Awaitable[None]]
    note_ended: Callable[[Asked, int, int | None], Awaitable[None]]
    patience: float
    taken: int = 0
    left: int = 0
    others: int = 0
    shut: bool = False
    unmeant: Unmeant = field(default_factory=Unmeant)
    refusal: RekeyError | None = None
    broken: asyncio.Future[str] = field(default_factory=_new_future)
    noting: set[asyncio.Task[None]] = field(default_factory=set)

    @property
    def due(self) -> SavesMap | None:
        """The request that may leave next."""
        return self.expects[self.taken] if self.taken < len(self.expects) and not self.broken.done() else None

    def take(self) -> int:
        """The number of the request that is due; of two that come at once only one has its turn."""
        assert self.due is not None
        self.taken += 1
        return self.taken

    def holds_what_was_meant(self, asked: Asked, number: int) -> bool:
        self.unmeant = self.compare(asked, self.expects[number - 1], len(self.expects) == 1)
        return not self.unmeant

    def open(self) -> bool:
        """Whether a request of it may leave at this very moment."""
        return not self.shut and self.may_send()

    async def leaves(self, asked: Asked, number: int) -> bool:
        """Write down that a request leaves. False: that cannot be, so it may not."""
        try:
            await self.note_left(asked, number)
        except RekeyError as error:
            self.refusal = error
            return False
        return True

    async def ended(self, asked: Asked, number: int, status: int | None) -> None:
        """What cannot be written down now changes nothing: the request left, and that stands."""
        with contextlib.suppress(RekeyError):
            await self.note_ended(asked, number, status)

    def ends(self, asked: Asked, number: int, status: int) -> None:
        """The same, while the answer is on its way to the browser: see `all_noted`."""
        noting = asyncio.ensure_future(self.ended(asked, number, status))
        self.noting.add(noting)
        noting.add_done_callback(self.noting.discard)

    async def all_noted(self) -> None:
        if self.noting:
            await asyncio.wait(self.noting)

    @property
    def whole(self) -> bool:
        return self.left == len(self.expects)

    def broke(self, why: str) -> None:
        if not self.broken.done():
            self.broken.set_result(why)
