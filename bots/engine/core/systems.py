"""Where the runner gets its sessions from."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Protocol

from .brake import AT_RISK
from .hours import Hours
from .pace import Pace
from .screens import TargetScreens


@dataclass(frozen=True, kw_only=True)
class Timing:
    """Seconds. `window`: an intent's commit may be fired that long; `save`: the longest save, and the lag of
    the search after it; `late`: so long after the end of its connection a save may still take effect; `step`:
    the longest that all of a step may take; `lag`: of the search alone. `at_risk`: so many saves of a step
    may be unproven at once."""

    window: float
    save: float
    late: float
    step: float
    at_risk: int = AT_RISK
    lag: float = 0.0

    @property
    def settle(self) -> float:
        """After the window: how long until nothing of a commit can take effect any more."""
        return self.save + self.late


class Systems(Protocol):
    """The sessions of one worker process on all systems."""

    async def enter(self, system: str, holder: str) -> TargetScreens:
        """The holder's signed-in session, made when there is none.

        Raises SystemClosed when the system cannot be entered: no credentials, refused ones, no free
        session in time, the wrong environment.
        """

    def current(self, system: str, holder: str) -> TargetScreens | None:
        """The holder's session, when there is one."""

    async def leave(self, system: str, holder: str) -> None:
        """Close the holder's session, so that nothing fires later, and give its licence back. A session that
        does not close in time takes the browser with it."""

    async def leave_all(self, holder: str) -> None: ...

    async def beat(self, holder: str) -> None:
        """Renew the licences of the holder's sessions."""

    def timing(self, system: str) -> Timing: ...

    def requests(self, system: str, commit: str) -> int:
        """How many requests a commit consists of; 1 where nobody can say."""

    def limit(self, system: str) -> int:
        """How many sessions the system allows."""

    def title(self, system: str) -> str:
        """What people call it."""

    def hours(self, system: str) -> Hours | None:
        """When it may be worked; None: always."""

    def pace(self, system: str) -> Pace:
        """How quickly it answers our sessions."""

    async def gone(self, system: str, writer: str) -> bool:
        """Make sure that what was to save in a system, and whose time for it is over, can save
        nothing more."""

    def drift(self) -> Mapping[str, int]:
        """Locators of the maps that found nothing while others did, and requests that were stopped because
        no map declares them, counted since the start: see `Drift`."""

    async def close(self) -> None: ...
