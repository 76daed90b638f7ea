"""The one place where an exception becomes an item's state."""

from __future__ import annotations

import traceback
from collections.abc import Awaitable, Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

from . import part_done
from .attempt import Attempt, final
from .core.errors import (
    BusinessException,
    Busy,
    ConfigurationError,
    Held,
    LeaseLost,
    NeedsApproval,
    RekeyError,
    SignedOut,
    SystemClosed,
    SystemException,
    Unclear,
    Unresolved,
)
from .core.item import Ending, Kind, Lease, State
from .core.process import Process
from .core.queue import NEVER, Queue
from .core.systems import Systems
from .evidence import Evidence
from .run import Run

BREAKER_LIMIT = 5
"""System exceptions in a row after which a system is held."""
_LONGEST_WAIT = 16
"""Times the first wait between two tries: half a minute grows to eight."""
Work = Callable[[Run, Attempt], Awaitable[Ending]]


class Boundary:
    """Runs what is to be done with an item, and names how it ended."""

    def __init__(
        self,
        *,
        process: Process[Any],
        queue: Queue,
        systems: Systems,
        evidence: Evidence,
        look_again: float,
        most_takes: int,
    ) -> None:
        """`look_again`: seconds until an item that a search could not settle is looked up again;
        `most_takes`: how often an item is taken at all."""
        self._process = process
        self._queue = queue
        self._systems = systems
        self._evidence = evidence
        self._look_again = look_again
        self._most_takes = most_takes

    async def ending(self, run: Run, attempt: Attempt, work: Work) -> Ending | None:
        """Everything that can happen to an item, as the state that it leads to."""
        lease, holder = attempt.lease, attempt.holder
        try:
            return await work(run, attempt)
        except BusinessException as error:
            return await self._raised(attempt, error, State.EXCEPTION, Kind.BUSINESS)
        except NeedsApproval as error:
            ending = await self._raised(attempt, error, State.AWAITING_APPROVAL, Kind.BUSINESS)
            return replace(ending, count_attempt=False)
        except Unclear as error:
            return await self._doubtful(attempt, error, NEVER)
        except Unresolved as error:
            return await self._doubtful(attempt, error, self._look_again if lease.intent else 0.0)
        except LeaseLost:
            await self._systems.leave_all(holder)
            return None
        except Held as error:
            run.halt(error.sentence, blocked=False)
            return self._back(lease, error, count=False)
        except (SystemClosed, ConfigurationError) as error:
            await self._systems.leave_all(holder)
            run.halt(error.sentence, blocked=True)
            return self._back(lease, error, count=False)
        except SystemException as error:
            return await self._failed(attempt, error)
        except Exception as error:
            return await self._failed(attempt, unexpected(error))

    async def _raised(self, attempt: Attempt, error: RekeyError, state: State, kind: Kind) -> Ending:
        evidence = await self._picture(attempt, error.code)
        steps, proven = self._process.steps, attempt.proven
        detail = {**error.detail, **part_done.facts(steps, proven), "evidence": evidence}
        sentence = " ".join(filter(None, (error.sentence, part_done.words(steps, proven, error))))
        return Ending(state=state, kind=kind, code=error.code, sentence=sentence, detail=detail)

    async def _doubtful(self, attempt: Attempt, error: RekeyError, delay: float) -> Ending:
        ending = await self._raised(attempt, error, State.IN_DOUBT, Kind.SYSTEM)
        await self._systems.leave_all(attempt.holder)  # nothing of this browser context may fire later
        ours = attempt.lease.intent is None  # it was this very session that was to commit
        return replace(ending, delay=delay, browser_closed=ours, count_attempt=ours)

    async def _failed(self, attempt: Attempt, error: SystemException) -> Ending:
        lease, well = attempt.lease, isinstance(error, Busy)
        ending = await self._raised(attempt, error, State.EXCEPTION, Kind.SYSTEM)
        if not well:
            await self._systems.leave_all(attempt.holder)
        # One item counts once, however often it is tried: two awkward records are not a broken system.
        if attempt.system is not None and lease.item.attempts <= 1 and not well:
            await self._queue.system_failed(attempt.system, error.code, BREAKER_LIMIT)
        if lease.intent is not None:
            return replace(ending, state=State.IN_DOUBT, delay=self._look_again, count_attempt=False)
        retry = self._process.retry
        ending = replace(ending, browser_closed=True)
        # A session that ended, or a record that somebody has open, says nothing of the item: it may try for
        # as long as an item is taken at all.
        most = self._most_takes if isinstance(error, SignedOut | Busy) else retry.attempts
        if not error.retriable or lease.item.attempts >= most:
            return ending
        longer = min(2 ** (lease.item.attempts - 1), _LONGEST_WAIT)
        delay = 0.0 if isinstance(error, SignedOut) else retry.wait * longer
        return replace(ending, state=State.NEW, delay=delay)

    @staticmethod
    def _back(lease: Lease, error: RekeyError, *, count: bool) -> Ending:
        state = State.IN_DOUBT if lease.intent is not None else State.NEW
        return Ending(state=state, code=error.code, sentence=error.sentence, count_attempt=count)

    async def _picture(self, attempt: Attempt, code: str) -> str | None:
        """Evidence of the screen that this very item was on; without a screen, or room to keep it, none."""
        system = attempt.system
        screens = self._systems.current(system, attempt.holder) if system else None
        if screens is None:
            return None
        try:
            return self._evidence.keep(attempt.lease.item.id, code, await screens.evidence())
        except (OSError, ValueError):
            return None


def unexpected(error: Exception) -> SystemException:
    """A mistake in our own code: where it was, without its message, which may quote the record."""
    places = [f"{Path(f.filename).name}:{f.lineno}" for f in traceback.extract_tb(error.__traceback__)]
    sentence = f"The bot itself failed ({type(error).__name__}). The automation team has to look at it."
    return final("unexpected", sentence, {"places": places})
