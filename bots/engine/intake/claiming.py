"""Holding a file while it is read, so that of several who read it at once one does.

    async with claiming.held(process.name, path, "h-1.xlsx") as claim: ...

Whoever comes second waits while the first reader shows signs of life. When the first has read the file, the
second is told so; when the first is dead, the second goes on where that one stopped.
"""

from __future__ import annotations

import asyncio
import contextlib
import hashlib
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

from ..core.claim import Claim, ReadMeanwhile, Taken
from ..core.errors import BusinessException, LeaseLost, RekeyError, refusal
from ..core.summary import BEING_READ, READ_MEANWHILE, WENT_AWAY
from ..store.work.claims import StoreClaims

_SECONDS = 20.0
"""Without a sign of life, until a reader counts as dead. One that was only held up writes nothing more."""
_SIGNS = 4  # of life, within that time
_LOOK_AGAIN = 0.2
_LONDON = ZoneInfo("Europe/London")


class Claiming:
    """`holder`: this very process; `who`: in whose name it reads; `patience`: seconds that it waits for
    another reader."""

    def __init__(
        self, claims: StoreClaims, *, holder: str, who: str, patience: float, seconds: float | None = None
    ) -> None:
        self._claims = claims
        self._holder = holder
        self._who = who
        self._patience = patience
        self._seconds = _SECONDS if seconds is None else seconds

    @asynccontextmanager
    async def held(self, process: str, path: Path, kept: str) -> AsyncIterator[Claim]:
        """`kept`: what our copy is called, if nobody began to read the file before. Raises BusinessException
        when somebody else has the file, or had it while we waited."""
        claim = await self._taken(process, await _digest(path), kept)
        alive = asyncio.create_task(self._go_on_showing_life(claim))
        try:
            yield claim
            await self._claims.end(claim)
        except BaseException:
            with contextlib.suppress(RekeyError):
                await self._claims.let_go(claim)
            raise
        finally:
            alive.cancel()

    async def _taken(self, process: str, digest: str, kept: str) -> Claim:
        deadline, waited_for = time.monotonic() + self._patience, None
        while True:
            found = await self._claims.take(
                process,
                digest,
                holder=self._holder,
                who=self._who,
                kept=kept,
                seconds=self._seconds,
                waited_for=waited_for,
            )
            match found:
                case Claim():
                    return found
                case ReadMeanwhile():
                    raise _read_meanwhile(found)
                case Taken() if found.holder == self._holder or time.monotonic() >= deadline:
                    # One process never waits for itself: a later file of it may wait for this one.
                    raise _being_read(found)
            waited_for = found.token
            await asyncio.sleep(_LOOK_AGAIN)

    async def show_life(self, claim: Claim) -> None:
        """Raises LeaseLost when another reader has taken over."""
        await self._claims.renew(claim, self._seconds)

    async def _go_on_showing_life(self, claim: Claim) -> None:
        while True:
            await asyncio.sleep(self._seconds / _SIGNS)
            try:
                await self.show_life(claim)
            except LeaseLost:
                return  # the next write says so
            except RekeyError:
                continue  # a store that is away for a moment: the claim may be good when it is back


async def _digest(path: Path) -> str:
    try:
        return await asyncio.to_thread(digest_of, path)
    except FileNotFoundError:
        raise went_away() from None


def digest_of(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def went_away() -> BusinessException:
    return refusal(WENT_AWAY, "The file went away before it was read.")


def _being_read(found: Taken) -> BusinessException:
    since = datetime.fromtimestamp(found.since, _LONDON).strftime("%H:%M:%S on %d/%m/%Y")
    sentence = f"{_named(found.who)} is reading this very file, since {since}."
    return refusal(BEING_READ, f"{sentence} Nothing was done with this copy of it.")


def _read_meanwhile(found: ReadMeanwhile) -> BusinessException:
    hand_ins = ", ".join(found.hand_ins)
    return refusal(
        READ_MEANWHILE,
        f"{_named(found.who)} has just read this very file: hand-in {hand_ins}. It adds nothing.",
    )


def _named(who: str) -> str:
    return who.removeprefix("person/") if who.startswith("person/") else "Another intake"
