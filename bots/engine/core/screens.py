"""What a process may do with a system's screens. Engine-only powers are in `TargetScreens`."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Protocol

from .absence import ListRead
from .sent import Sent
from .value import Shown, Value


class Screens(Protocol):
    """One signed-in session on one system, by the names of its screen maps.

    Every method raises `SystemException` (or a kind of it) when the screen is not as its map says.
    """

    async def open(self, screen: str, **parameters: str) -> None:
        """Go to a screen and wait until it is ready. Parameters fill the placeholders of its path."""

    async def fill(self, **values: Value) -> None:
        """Put values into fields of the current screen and read them back."""

    async def attach(self, field: str, document: str) -> None:
        """Give a document that was handed in to a field, and wait until the page has all of it. The field
        shows the document's name."""

    async def act(self, action: str) -> None:
        """Use an action that changes nothing permanent; a pop-up that it opens is the current screen."""

    async def choose(self, table: str, row: int) -> None:
        """Follow the declared link of one row; a pop-up that closes gives its opener back."""

    async def read(self) -> Mapping[str, Shown]:
        """Every mapped field of the current screen."""

    async def options(self, field: str) -> Sequence[str]:
        """What a drop-down list offers now, without its blank entry."""

    async def rows(self, table: str) -> Sequence[Mapping[str, Shown]]:
        """Every row of a table over all its pages, checked against the count that the screen states."""


class Ended(StrEnum):
    """What kind of outcome a commit had."""

    SUCCESS = "success"
    UNTOLD = "untold"  # the page went on without a word: only the search can tell
    BUSINESS = "business"
    BUSY = "busy"
    SYSTEM = "system"


class Ledger(Protocol):
    """Keeps what leaves of a commit, where a death does not lose it."""

    async def left(self, sent: Sent) -> None:
        """Before the first byte of a request. Raises LeaseLost or Held when it may not leave."""

    async def ended(self, sent: Sent) -> None:
        """Its answer, or its end without one."""


@dataclass(frozen=True, kw_only=True)
class Permit:
    """Leave to commit, made from a durable intent. Without one no commit can be fired."""

    intent: str
    deadline: float  # this machine's wall clock, seconds since 1970
    monotonic_deadline: float  # this machine's monotonic clock: a wall clock set back gives no second chance
    ledger: Ledger


@dataclass(frozen=True, kw_only=True)
class Outcome:
    """A declared outcome of a commit. `saved` False: the target said that nothing was saved."""

    name: str
    ended: Ended
    code: str
    sentence: str
    saved: bool
    reference: str | None = None
    look_again: bool = False


@dataclass(frozen=True, kw_only=True)
class Rehearsed:
    """What a press of Save would have sent, in the words of the maps: `saves`, and `others` that the screen
    sent while it was filled."""

    saves: Sequence[Mapping[str, Any]]
    others: Sequence[Mapping[str, Any]]


class TargetScreens(Screens, Protocol):
    """A session as the engine sees it: the only hands that may commit."""

    @property
    def writer(self) -> str:
        """What saves, such as a browser: its worker and its mark, kept with an intent."""

    @property
    def account(self) -> str:
        """The user name under which it is signed in, kept for the auditors."""

    @property
    def place(self) -> str:
        """The screen that it is on, or was on its way to."""

    def lists(self) -> Sequence[ListRead]:
        """The lists that were read to their end since this was asked last."""

    async def read_back(self) -> Mapping[str, Shown]:
        """All mapped fields of the screen to be committed; raises ReadBackDiffers on any surprise."""

    async def commit(self, action: str, permit: Permit) -> Outcome:
        """Fire a commit once. Raises `NotFired` when it provably was not fired, `Unresolved` otherwise."""

    async def rehearse(self, action: str, fill: Callable[[], Awaitable[object]]) -> Rehearsed:
        """Fill the screen and press the button of a commit while nothing can leave."""

    async def evidence(self) -> Mapping[str, Any]:
        """What the screen shows now, masked: an accessible snapshot and a picture's bytes."""

    async def close(self) -> bool:
        """Close the session, so that nothing fires later. False: it did not close in time."""
