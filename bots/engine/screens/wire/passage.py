"""Leave for the requests of one commit, in their order, and what became of them."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from .declared import RequestMap


def _new_future() -> asyncio.Future[str]:
    return asyncio.get_running_loop().create_future()


@dataclass(kw_only=True)
class Passage:
    """`may_send`: asked just before a request leaves, and again before its last byte; `patience`: seconds for
    an answer; `left`: how many have left, or may have; `others`: further pages and scripts' requests that
    left meanwhile and that no map says to be harmless; `shut`: the commit has ended, nothing of it may leave
    any more; `broken`: why it is in doubt."""

    expects: Sequence[RequestMap]
    may_send: Callable[[], bool]
    patience: float
    left: int = 0
    others: int = 0
    shut: bool = False
    broken: asyncio.Future[str] = field(default_factory=_new_future)

    @property
    def due(self) -> RequestMap | None:
        """The request that may leave next."""
        return self.expects[self.left] if self.left < len(self.expects) and not self.broken.done() else None

    def open(self) -> bool:
        """Whether a request of it may leave at this very moment."""
        return not self.shut and self.may_send()

    @property
    def whole(self) -> bool:
        return self.left == len(self.expects)

    def broke(self, why: str) -> None:
        if not self.broken.done():
            self.broken.set_result(why)
