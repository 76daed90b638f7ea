"""The keying protocol for one step of one item: look, key, read back, intend, commit, receipt."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from ..core.errors import BusinessException, Busy, ReadBackDiffers, SignedOut, SystemException
from ..core.item import IntentStatus, Lease, State
from ..core.points import OnPoint, Point
from ..core.queue import Queue
from ..core.record import Record
from ..core.screens import Ended, Outcome, TargetScreens
from ..core.step import Step
from ..core.systems import Systems
from ..core.value import Found, Shown, differences
from .absences import MAY_BE_OURS
from .committing import Committing
from .proving import Keyed, Proving, plain
from .seeking import Seeking
from .task import Doubt, Task

_SENT_BACK = (State.EXCEPTION, State.NEW)


class Keying:
    """Keys one step. Raises what went wrong; the runner decides what that means for the item."""

    def __init__(
        self,
        *,
        queue: Queue,
        systems: Systems,
        lease_seconds: float,
        on_point: OnPoint,
        pence: Callable[[Any], int] = lambda _: 0,
    ) -> None:
        """`pence`: the money that a record moves. `proving`: what it asks of entries, others may ask too."""
        self._queue = queue
        self._seeking = Seeking(queue)
        self._committing = Committing(queue=queue, systems=systems, lease_seconds=lease_seconds, pence=pence)
        self.proving = Proving(queue=queue, systems=systems, on_point=on_point)
        self._on_point = on_point

    async def step(self, task: Task) -> Keyed:
        task = await task.matched()
        self._on_point(Point.MATCHED)
        seen = await self._look(task)
        self._on_point(Point.LOOKED)
        if isinstance(seen, Keyed):
            return seen
        shown = await self.prepare(task.step, task.screens, task.record)
        self._on_point(Point.READ_BACK)
        intent, permit = await self._committing.in_turn(task, seen, self._unchanged)
        self._on_point(Point.INTENT)
        outcome = await self._committing.commit(task, intent, permit)
        self._on_point(Point.OUTCOME)
        doubt = Doubt.about(task, intent)
        if outcome.ended is Ended.SUCCESS:
            return await self.proving.receipt(doubt, str(outcome.reference), shown)
        if outcome.ended is Ended.UNTOLD:
            return await self.proving.receipt(doubt, await self.proving.confirmed(doubt), shown)
        await self._queue.close_intent(task.lease, intent, IntentStatus.REFUSED, outcome.code)
        return await self._refused(task, outcome)

    async def prepare(self, step: Step[Any], screens: TargetScreens, record: Record) -> Mapping[str, Shown]:
        """Fill the screen and read all of it back: after this it may be committed, and nothing was."""
        await step.key(screens, record)
        self._on_point(Point.KEYED)
        return await _read_back(step, screens, record)

    async def _unchanged(self, task: Task) -> Mapping[str, Shown]:
        return await _read_back(task.step, task.screens, task.record)

    async def rehearse(self, task: Task) -> Mapping[str, Shown] | None:
        """What the step would save, read back from the screen; None when the target has it already."""
        task = await task.matched()
        if not task.step.not_searchable_because:
            found = await task.step.find(task.screens, task.record)
            if found:
                await self.proving.only(task, found)
                return None
        return await self.prepare(task.step, task.screens, task.record)

    async def foresee(self, task: Task) -> None:
        """Raise now what would stop a later step, before an earlier one has changed anything."""
        task = await task.matched()
        if not task.step.not_searchable_because:
            found = await task.step.find(task.screens, task.record)
            if found:
                await self.proving.only(task, found)

    # ---- looking ----------------------------------------------------------------------------
    async def _look(self, task: Task) -> Keyed | Sequence[str]:
        """The receipt of what is there already, or the references that the search shows."""
        step, process = task.step, task.lease.item.process
        if step.not_searchable_because:
            await self._not_restored(task.lease)
            return ()
        if step.not_looked_first_because and await self._queue.trusted(process) is not None:
            return ()
        found = await step.find(task.screens, task.record) or await self._listed_before(task)
        return await self._adopted(task, found) if found else ()

    async def _adopted(self, task: Task, found: Sequence[Found]) -> Keyed:
        return await self.proving.adopt(task, await self.proving.only(task, found), None)

    async def _listed_before(self, task: Task) -> Sequence[Found]:
        """What the target's list shows of an earlier save of this item that left, and of which the target
        said that it refused it: its word alone is not taken twice."""
        step, lease = task.step, task.lease
        if not step.lists or lease.token <= 1:
            return ()
        left = {one.intent for one in await self._queue.sent(lease.item.id)}
        before = [one for one in await self._queue.intents(lease.item.id) if one.id in left]
        mine = [one for one in before if one.step == step.name and one.status is IntentStatus.REFUSED]
        if not mine:
            return ()
        listed = await self._seeking.seek(Doubt.about(task, mine[-1]))
        if listed.perhaps and not listed.found:
            detail = {"found": [plain(entry) for entry in listed.perhaps], "step": step.name}
            raise BusinessException(*MAY_BE_OURS, detail)
        return listed.found

    async def _not_restored(self, lease: Lease) -> None:
        """In a restored store an item may be in its target already; where nothing can be searched, only a
        person can tell. One who sends it back afterwards has told."""
        restored = (await self._queue.store()).restored
        if restored is None:
            return
        # What comes in before both sides agree again may have been there before, and was forgotten.
        since = await self._queue.trusted(lease.item.process)
        if since is not None and lease.item.created > since:
            return
        history = await self._queue.history(lease.item.id)
        if not any(h.at > restored and (h.before, h.after) == _SENT_BACK for h in history):
            sentence = "The store was restored from a backup, and this target cannot be searched: see there."
            raise BusinessException("cannot-tell-after-restore", sentence)

    async def _refused(self, task: Task, outcome: Outcome) -> Keyed:
        """The target said no and saved nothing."""
        if outcome.look_again and not task.step.not_searchable_because:
            found = await task.step.find(task.screens, task.record)
            if found:
                return await self._adopted(task, found)
        kinds = {Ended.BUSINESS: BusinessException, Ended.BUSY: Busy}
        signed_out = SignedOut if outcome.code == "signed-out" else SystemException
        raise kinds.get(outcome.ended, signed_out)(outcome.code, outcome.sentence)


async def _read_back(step: Step[Any], screens: TargetScreens, record: Record) -> Mapping[str, Shown]:
    shown = await screens.read_back()
    # Also against the step's own word, so that a mistake in `key` is not saved faithfully.
    wrong = differences(step.values(record), shown)
    if wrong:
        raise ReadBackDiffers(
            "read-back-differs",
            f"The screen does not hold what {step.name} should save ({', '.join(wrong)}).",
            {"fields": wrong},
        )
    return shown
