"""The clock of the machine: it passes, jumps, and the machine knows what the store cannot know."""

from __future__ import annotations

from dataclasses import dataclass

from .desk import Clock

_ROUNDING = 1e-3


@dataclass(frozen=True, kw_only=True)
class Moment:
    """A reading of the store's clock, and how much time the world felt until then.

    A jump forwards cannot be told from time that passed, so it is felt; a jump backwards is not.
    """

    wall: float
    felt: float
    backs: int  # how often the clock was set back so far


class JumpingClock(Clock):
    """The store's clock, which somebody sets."""

    def __init__(self) -> None:
        super().__init__()
        self.felt = 0.0
        self.backs = 0

    def passes(self, seconds: float) -> None:
        self.now += seconds
        self.felt += seconds

    def jumps(self, seconds: float) -> None:
        if seconds >= 0:
            self.passes(seconds)
        else:
            self.now += seconds
            self.backs += 1

    def moment(self) -> Moment:
        return Moment(wall=self.now, felt=self.felt, backs=self.backs)


@dataclass(frozen=True, kw_only=True)
class Term:
    """A stretch of time that began at a moment: a lease, a licence, a deferral, the wait of an intent."""

    begun: Moment
    length: float

    @property
    def ends(self) -> float:
        return self.begun.wall + self.length

    def over(self, now: Moment) -> bool | None:
        """Whether it is over. None: the clock was set back meanwhile, so a store may say either."""
        if now.wall >= self.ends:
            return True
        return False if now.backs == self.begun.backs else None

    def lives(self, now: Moment) -> bool:
        """It can not be over by any clock: less time than its length was felt."""
        if now.backs == self.begun.backs:
            return now.wall < self.ends
        return now.felt - self.begun.felt < self.length - _ROUNDING

    def waited(self, now: Moment) -> bool | None:
        """Whether the whole of it was waited for: never while it lives, whatever the clock was set to.

        None: a store may say either.
        """
        return False if self.lives(now) else self.over(now)
