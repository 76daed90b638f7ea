"""The one place where an exception becomes an item's state."""

from __future__ import annotations

import traceback
from collections.abc import Awaitable, Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

from ..core.brake import SIGN_IN, Seen, Trouble
from ..core.errors import (
    BusinessException,
    Busy,
    ConfigurationError,
    Crowded,
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
from ..core.item import Ending, Kind, Lease, State
from ..core.process import Process
from ..core.queue import HELD, NEVER, Queue
from ..core.systems import Systems
from ..evidence import Evidence
from . import part_done
from .attempt import Attempt, final
from .run import Run

_AT_ONCE = frozenset({"commit-other-request", "commit-half"})
"""A commit of which a part was stopped: its map is wrong, and every other item would go the same way."""
_LONGEST_WAIT = 16
"""Times the first wait between two tries: half a minute grows to eight."""
_LONGEST_REST = 64
"""Times the first wait between two looks at an item in doubt: ten seconds grow to ten minutes."""
_OURS = ("store-failed",)
"""What befell us, and tells nothing of a target."""
TOO_LONG = "took-too-long"
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
            return await self._doubtful(attempt, error, NEVER, Trouble.CHANGED)
        except Unresolved as error:
            return await self._doubtful(attempt, error, await self._rest(lease), Trouble.DOUBT)
        except LeaseLost:
            await self._systems.leave_all(holder)
            return None
        except Held as error:
            if error.code != HELD:  # who holds what, the run asks anyway before the next item
                run.halt(error.sentence, blocked=False)
            return self._back(lease, error, count=False)
        except (SystemClosed, ConfigurationError) as error:
            await self._systems.leave_all(holder)
            run.halt(error.sentence, blocked=True)
            return self._back(lease, error, count=False)
        except Crowded as error:
            return replace(self._back(lease, error, count=False), delay=self._process.retry.wait)
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

    async def _doubtful(self, attempt: Attempt, error: RekeyError, delay: float, kind: Trouble) -> Ending:
        ending = await self._raised(attempt, error, State.IN_DOUBT, Kind.SYSTEM)
        if attempt.lease.intent is not None:  # this session only looked: it is kept
            return replace(ending, delay=delay, count_attempt=False)
        await self._systems.leave_all(attempt.holder)  # nothing of this browser context may fire later
        trouble = self._seen(attempt, kind, error.code, attempt.step)
        return replace(ending, delay=delay, writer_closed=True, trouble=trouble)

    async def _rest(self, lease: Lease) -> float:
        """Seconds until an item in doubt is looked at again: as long as it is in doubt by now."""
        if lease.intent is None:
            return 0.0
        waited = await self._queue.now() - lease.intent.settled
        return min(max(self._look_again, waited), _LONGEST_REST * self._look_again)

    def _seen(self, attempt: Attempt, kind: Trouble, code: str, place: str) -> Seen | None:
        """What the brake is told."""
        if attempt.system is None or code in _OURS:
            return None
        return Seen(
            kind=kind,
            code=code,
            system=attempt.system,
            place=place,
            began=attempt.began,
            wait=self._process.retry.wait,
            at_risk=1 if code in _AT_ONCE else self._systems.timing(attempt.system).at_risk,
        )

    def _stop(self, attempt: Attempt, code: str) -> Seen | None:
        """Where it was stopped: on a screen, or before there was a session."""
        system = attempt.system
        screens = self._systems.current(system, attempt.holder) if system else None
        return self._seen(attempt, Trouble.STOP, code, screens.place if screens else SIGN_IN)

    def overran(self, attempt: Attempt, sentence: str) -> Ending:
        """It took longer than an item may. Asks nothing of a browser that may hang."""
        doubtful = attempt.lease.intent is not None
        last = attempt.lease.item.attempts >= self._process.retry.attempts
        return Ending(
            state=State.IN_DOUBT if doubtful else State.EXCEPTION if last else State.NEW,
            kind=Kind.SYSTEM,
            code=TOO_LONG,
            sentence=sentence,
            delay=self._look_again if doubtful else 0.0 if last else self._process.retry.wait,
            count_attempt=not doubtful,
            trouble=self._stop(attempt, TOO_LONG),
        )

    async def _failed(self, attempt: Attempt, error: SystemException) -> Ending:
        lease, well = attempt.lease, isinstance(error, Busy)
        ending = await self._raised(attempt, error, State.EXCEPTION, Kind.SYSTEM)
        if not well:
            ending = replace(ending, trouble=self._stop(attempt, error.code))
            await self._systems.leave_all(attempt.holder)
        if lease.intent is not None:
            rest = await self._rest(lease)
            return replace(ending, state=State.IN_DOUBT, delay=rest, count_attempt=False)
        retry = self._process.retry
        ending = replace(ending, writer_closed=True)
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
