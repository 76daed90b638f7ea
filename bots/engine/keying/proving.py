"""The last part of keying: the entry in the target that proves a save, and its receipt."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from ..core.errors import (
    BusinessException,
    LeaseLost,
    RekeyError,
    StoreAway,
    SystemException,
    Unclear,
    Unresolved,
)
from ..core.item import Intent, Receipt
from ..core.points import OnPoint, Point
from ..core.queue import Queue
from ..core.step import Step
from ..core.systems import Systems
from ..core.value import Found, Shown, differences, unequal
from .committing import mark_of
from .seeking import Seeking
from .task import Doubt, Task
from .trying import Trying

ALREADY = "already-in-target"
OPENS_EMPTY = "The target lists this case, but its entry opens empty or shows another case."


@dataclass(frozen=True, kw_only=True)
class Keyed:
    """A step that has its receipt; `adopted`: it was found, not committed now."""

    receipt: Receipt
    adopted: bool


@dataclass(frozen=True, kw_only=True)
class _Reopened:
    """A saved record as it is shown now. `wrong`: the values that are not as they should be."""

    values: Mapping[str, Shown]
    wrong: Sequence[str] = ()


_NOT_IT = _Reopened(values={}, wrong=["reference"])
"""Another entry than the one that was named, or none."""


class Proving:
    def __init__(self, *, queue: Queue, systems: Systems, on_point: OnPoint) -> None:
        self._queue = queue
        self._trying = Trying(queue, systems)
        self._seeking = Seeking(queue)
        self._on_point = on_point

    # ---- what is there already --------------------------------------------------------------
    async def only(self, task: Task, found: Sequence[Found]) -> Found:
        """The one entry that is equal, new to us and nobody else's; else a business exception."""
        step, item = task.step, task.lease.item.id
        detail = {"found": [plain(entry) for entry in found], "step": step.name}
        for entry in found:
            other = await self._queue.owner(step.system, step.name, entry.reference)
            if other is not None and other != item:
                sentence = "The target holds this case already, keyed for another item."
                raise BusinessException(ALREADY, sentence, detail | {"item": other})
        if len(found) > 1:
            raise BusinessException(
                ALREADY, "The target holds several entries for this case already.", detail
            )
        wrong = unequal(step.values(task.record), found[0].values)
        if wrong:
            fields = ", ".join(wrong)
            sentence = f"The target holds an entry for this case that differs ({fields})."
            raise BusinessException(ALREADY, sentence, detail | {"fields": wrong})
        if await self._queue.rivals(step.name, step.system, mark_of(task), item):
            sentence = "Another item of the very same case is in doubt: the entry may be its own."
            raise BusinessException(ALREADY, sentence, detail)
        return found[0]

    async def adopt(self, task: Task, entry: Found, intent: Intent | None) -> Keyed:
        """Take an entry that is in the target already as the proof of this step."""
        now = await self._reopened(task, entry.reference, entry.values)
        told = _told(task.step, entry.reference, entry.values, now)
        if now is _NOT_IT:
            raise BusinessException(ALREADY, OPENS_EMPTY, told)
        if now.wrong:
            sentence = f"The target holds an entry for this case that differs ({', '.join(now.wrong)})."
            raise BusinessException(ALREADY, sentence, told)
        receipt = _receipt(task, entry.reference, now.values, intent, adopted=True)
        kept = await self._queue.record_receipt(task.lease, receipt, intent)
        self._on_point(Point.RECEIPTED)
        return Keyed(receipt=kept, adopted=True)

    # ---- what a person named ----------------------------------------------------------------
    async def verify(self, task: Task, receipt: Receipt) -> Mapping[str, str]:
        """The values of the entry that a person named as this item's; if it is not, people are told. Empty
        where this target cannot show it again."""
        task = await task.matched()
        if task.step.not_reopened_because:
            return await self._listed(task, receipt)
        try:
            now = await self._reopened(task, receipt.reference, {})
        except BusinessException:
            now = _NOT_IT  # no such entry
        except SystemException as error:
            if error.code not in ("not-ready", "screen-changed"):
                raise
            now = _NOT_IT
        return await self._confirm(task, receipt, now)

    async def _listed(self, task: Task, receipt: Receipt) -> Mapping[str, str]:
        """The same of an entry that cannot be opened: what the search shows of it, if it does."""
        step = task.step
        found = () if step.not_searchable_because else await step.find(task.screens, task.record)
        entry = next((one for one in found if one.reference == receipt.reference), None)
        if entry is None or not entry.values:
            return {}
        wrong = unequal(step.values(task.record), entry.values)
        return await self._confirm(task, receipt, _Reopened(values=entry.values, wrong=wrong))

    async def _confirm(self, task: Task, receipt: Receipt, now: _Reopened) -> Mapping[str, str]:
        name = task.step.name
        if now.wrong:
            why = f"The entry that was named for this item is not its own ({', '.join(now.wrong)})."
            await self._queue.retract(task.lease, name, why)
            detail = {"reference": receipt.reference, "fields": list(now.wrong), "step": name}
            raise BusinessException("decided-wrongly", why, detail)
        values = {name: str(value) for name, value in now.values.items()}
        await self._queue.confirm(task.lease, name, values)
        return values

    # ---- what was saved now -----------------------------------------------------------------
    async def confirmed(self, doubt: Doubt) -> str:
        """The reference of the one new entry, where the target says nothing and only its search or its list
        tells."""
        try:
            found = await doubt.step.find(doubt.screens, doubt.record)
            if not found and doubt.step.lists:
                found = (await self._seeking.seek(doubt)).found
        except RekeyError as error:
            sentence = "The target does not say whether it saved, and could not be searched."
            raise Unresolved("not-confirmed", sentence, {"because": error.code}) from None
        if not found:
            sentence = "The target does not say whether it saved, and its search does not show it yet."
            raise Unresolved("not-confirmed", sentence)
        try:
            # Looking first showed none, so what equals the record now came with this commit.
            return (await self.only(doubt, found)).reference
        except BusinessException as error:
            raise Unclear(error.code, error.sentence, error.detail) from None

    async def receipt(self, doubt: Doubt, reference: str, keyed: Mapping[str, Shown]) -> Keyed:
        """Of the entry that the target named; `keyed`: what was read before it was saved."""
        task, intent = doubt, doubt.intent
        try:
            now = await self._said(doubt, reference, self._reopened(task, reference, keyed))
        except (LeaseLost, StoreAway):
            raise
        except RekeyError as error:
            sentence = "The target said that it saved, but the saved record could not be read again."
            raise Unresolved("not-reopened", sentence, {"because": error.code}) from None
        self._on_point(Point.REOPENED)
        if now.wrong:
            sentence = f"The target saved something else than was keyed ({', '.join(now.wrong)})."
            told = _told(task.step, reference, {}, now)
            raise Unclear("saved-differently", sentence, told | {"reference": reference})
        receipt = _receipt(task, reference, now.values, intent, adopted=False)
        try:
            kept = await self._queue.record_receipt(task.lease, receipt, intent)
        except BusinessException as error:
            sentence = "The target gave a reference that is already another item's receipt."
            raise Unclear("reference-twice", sentence, {**error.detail, "step": task.step.name}) from None
        self._on_point(Point.RECEIPTED)
        await self._trying.saved(task.step, task.screens, task.record, reference)
        return Keyed(receipt=kept, adopted=False)

    async def _said(self, doubt: Doubt, reference: str, look: Coroutine[Any, Any, _Reopened]) -> _Reopened:
        """Write down that the target said so while its entry is looked at: from then on, nothing proves that
        it is not there."""
        word = asyncio.ensure_future(self._queue.note_said(doubt.lease, doubt.intent, reference))
        try:
            return await look
        finally:
            await asyncio.wait({word})
            word.result()

    async def _reopened(self, task: Task, reference: str, known: Mapping[str, Shown]) -> _Reopened:
        """`known`: what was read before, also fields that the step itself does not fill."""
        if task.step.not_reopened_because:
            return _Reopened(values=known)
        entry = await task.step.reopen(task.screens, reference)
        if entry.reference != reference or entry.empty:
            return _NOT_IT
        wanted = task.step.values(task.record)
        absent = [name for name in wanted if name not in entry.values]
        before = {name: value.text for name, value in known.items() if name not in wanted}
        wrong = absent or differences({**wanted, **before}, entry.values)
        return _Reopened(values=entry.values, wrong=wrong)


def plain(entry: Found) -> dict[str, Any]:
    """For people."""
    return {"reference": entry.reference, "values": {n: v.text for n, v in entry.values.items()}}


def _told(step: Step[Any], reference: str, before: Mapping[str, Shown], now: _Reopened) -> dict[str, Any]:
    """For people: all that was seen of an entry, in its list and when it was opened."""
    entry = Found(reference=reference, values={**before, **now.values})
    return {"found": [plain(entry)], "step": step.name, "fields": list(now.wrong)}


def _receipt(
    task: Task, reference: str, shown: Mapping[str, Shown], intent: Intent | None, *, adopted: bool
) -> Receipt:
    return Receipt(
        item=task.lease.item.id,
        step=task.step.name,
        system=task.step.system,
        reference=reference,
        values={name: str(value) for name, value in shown.items()},
        adopted=adopted,
        intent=intent.id if intent else None,
        account=task.screens.account,
    )
