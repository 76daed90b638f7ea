"""Source, queue and the target's own list, compared by field."""

from __future__ import annotations

import time
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from pydantic import ValidationError

from .core.errors import BusinessException, SystemException
from .core.item import Receipt, State
from .core.process import Process
from .core.queue import Queue
from .core.screens import TargetScreens
from .core.step import Step
from .core.summary import Difference, Reconciliation
from .core.systems import Systems
from .core.value import Found, differences
from .intake import new_item


class Reconcile:
    """Reads the source and every target again and says what does not agree. Writes only the store's trust."""

    def __init__(self, *, queue: Queue, systems: Systems, worker: str) -> None:
        self._queue = queue
        self._systems = systems
        self._holder = f"{worker}/reconcile"

    async def compare(self, process: Process[Any]) -> Reconciliation:
        began = time.monotonic()
        try:
            source, missing = await self._source(process)
            receipts = await self._queue.receipts(process.name)
            missing += await self._without_receipt(process, receipts)
            findings = [await self._step(process, step, receipts) for step in process.steps]
        finally:
            await self._systems.leave_all(self._holder)
        result = Reconciliation(
            process=process.name,
            source=source,
            in_target=sum(found["in_target"] for found in findings),
            missing=(*missing, *_all(findings, "missing")),
            twice=_all(findings, "twice"),
            different=_all(findings, "different"),
            unknown=_all(findings, "unknown"),
            seconds=round(time.monotonic() - began, 3),
        )
        await self._queue.trust(result.clean)
        return result

    async def _source(self, process: Process[Any]) -> tuple[int, list[Difference]]:
        if process.source is None:
            return len(await self._queue.references(process.name)), []
        screens = await self._systems.enter(process.source.system, self._holder)
        shown = [
            row.reference if row.failed else new_item(process, row).reference
            async for row in process.source.rows(screens)
        ]
        known = await self._queue.references(process.name)
        lost = [reference for reference in shown if reference not in known]
        return len(shown), [Difference(item=None, step="intake", target=None) for _ in lost]

    async def _without_receipt(self, process: Process[Any], receipts: Sequence[Receipt]) -> list[Difference]:
        have = {(receipt.item, receipt.step) for receipt in receipts}
        done = await self._queue.items(process.name, [State.DONE], limit=1_000_000)
        return [
            Difference(item=item.id, step=step.name, target=None)
            for item in done
            for step in process.steps
            if (item.id, step.name) not in have
        ]

    async def _step(
        self, process: Process[Any], step: Step[Any], receipts: Sequence[Receipt]
    ) -> Mapping[str, Any]:
        screens = await self._systems.enter(step.system, self._holder)
        listed = {entry.reference: entry for entry in await step.listing(screens)}
        ours = {receipt.reference: receipt for receipt in receipts if receipt.step == step.name}
        shown = {name for receipt in ours.values() for name in receipt.values}
        own = await self._own_fields(process, step, shown)
        missing, different = [], []
        for reference, receipt in ours.items():
            # The list may leave out what was there before us: what it lacks is looked for by itself.
            entry = listed.get(reference) or await _reopened(step, screens, reference)
            if entry is None:
                missing.append(Difference(item=receipt.item, step=step.name, target=reference))
                continue
            # What staff add later to an entry of ours, in fields that the step does not fill, is their work.
            kept = {name: value for name, value in receipt.values.items() if name in own}
            wrong = differences(kept, entry.values)
            if wrong:
                different.append(
                    Difference(item=receipt.item, step=step.name, target=reference, fields=wrong)
                )
        twice = _twice(step, ours, listed.values())
        doubled = {finding.target for finding in twice}
        unknown = [
            Difference(item=None, step=step.name, target=reference)
            for reference in listed
            if reference not in ours and reference not in doubled
        ]
        return {
            "in_target": len(ours) - len(missing),
            "missing": missing,
            "twice": twice,
            "different": different,
            "unknown": unknown,
        }

    async def _own_fields(self, process: Process[Any], step: Step[Any], names: Iterable[str]) -> set[str]:
        """Those of the names that the step fills, by the example of a record; all of them without one."""
        for item in await self._queue.items(process.name, limit=100):
            try:
                record = process.record.model_validate(dict(item.data))
            except ValidationError:
                continue
            return set(step.values(record)) & set(names)
        return set(names)


async def _reopened(step: Step[Any], screens: TargetScreens, reference: str) -> Found | None:
    if step.not_reopened_because:
        return None
    try:
        entry = await step.reopen(screens, reference)
    except BusinessException:
        return None
    except SystemException as error:
        if error.code not in ("not-ready", "screen-changed"):
            raise
        return None
    return entry if entry.reference == reference else None


def _twice(step: Step[Any], ours: Mapping[str, Receipt], listed: Iterable[Found]) -> list[Difference]:
    """Entries of the target that equal an entry of ours in every value that the list shows."""
    alike: dict[tuple[str, ...], list[str]] = defaultdict(list)
    for entry in listed:
        alike[tuple(f"{name}={value}" for name, value in sorted(entry.values.items()))].append(
            entry.reference
        )
    found = []
    for references in alike.values():
        mine = [reference for reference in references if reference in ours]
        if len(references) > 1 and mine:
            item = ours[mine[0]].item
            found += [
                Difference(item=item, step=step.name, target=reference)
                for reference in references
                if reference != mine[0]
            ]
    return found


def _all(findings: Sequence[Mapping[str, Any]], kind: str) -> tuple[Difference, ...]:
    return tuple(difference for found in findings for difference in found[kind])
