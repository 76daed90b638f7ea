"""An item as one step of its process sees it, and what a reconciliation has to say of such items."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from pydantic import ValidationError

from ..core.item import Receipt, State, WorkItem
from ..core.process import Process
from ..core.record import Record, digest
from ..core.step import Step
from ..core.summary import Difference, Why
from ..core.value import Found, differences

BEING_SETTLED = (State.IN_DOUBT, State.IN_PROGRESS)
"""What they have in the target without a receipt may be their own, saved a moment ago."""


@dataclass(frozen=True, kw_only=True)
class Case:
    """An item, its record when it is a whole one, and its receipt for the step."""

    item: WorkItem
    record: Record | None
    receipt: Receipt | None
    kept: Mapping[str, str] = field(default_factory=dict)  # of what was read back, what is to be there still
    later: frozenset[str] = frozenset()  # values that a later step of ours has set on the same entry
    fired: bool = False  # a save of this step was begun for it, however it ended

    @property
    def proof(self) -> Mapping[str, str]:
        """All that was read back when the step was keyed."""
        return self.receipt.values if self.receipt is not None else {}

    def is_of(self, step: Step[Any], entry: Found) -> bool:
        """Whether an entry shows the values by which this very case is known."""
        values = step.values(self.record) if self.record is not None else {}
        known = {name: values[name] for name in step.case or values if values.get(name) is not None}
        whole = len(known) == len(step.case or values) and known.keys() <= entry.values.keys()
        return whole and not differences(known, entry.values)

    def meant(self, step: Step[Any], record: Record | None) -> dict[str, Any]:
        values = step.values(record) if record is not None else {}
        return {name: value for name, value in values.items() if name not in self.later}


def cases_of(
    process: Process[Any],
    step: Step[Any],
    items: Sequence[WorkItem],
    receipts: Sequence[Receipt],
    fired: Collection[str] = (),
) -> list[Case]:
    """`fired`: items for which a save of this step was begun."""
    mine = {receipt.item: receipt for receipt in receipts if receipt.step == step.name}
    entries: dict[tuple[str, str], list[Receipt]] = {}
    for receipt in receipts:
        entries.setdefault((receipt.system, receipt.reference), []).append(receipt)
    begun = frozenset(fired)
    return [_case(process, item, mine.get(item.id), entries, item.id in begun) for item in items]


def _case(
    process: Process[Any],
    item: WorkItem,
    receipt: Receipt | None,
    entries: Mapping[tuple[str, str], Sequence[Receipt]],
    fired: bool,
) -> Case:
    record = _record(process, item)
    if receipt is None:
        return Case(item=item, record=record, receipt=None, fired=fired)
    same = entries[receipt.system, receipt.reference]
    later = frozenset(name for other in same if other.at > receipt.at for name in other.values)
    kept = {name: value for name, value in receipt.values.items() if name not in later}
    return Case(item=item, record=record, receipt=receipt, kept=kept, later=later)


def _record(process: Process[Any], item: WorkItem) -> Record | None:
    try:
        record: Record = process.record.model_validate(dict(item.data))
    except ValidationError:
        return None
    return record


@dataclass(kw_only=True)
class Findings:
    """What was found about one step. An entry of the target is told of once."""

    step: str
    in_target: int = 0
    waiting: int = 0
    missing: list[Difference] = field(default_factory=list)
    twice: list[Difference] = field(default_factory=list)
    different: list[Difference] = field(default_factory=list)
    unknown: list[Difference] = field(default_factory=list)
    told: set[str] = field(default_factory=set)

    def lacks(self, item: str, why: Why, target: str | None = None) -> None:
        self.missing.append(self._made(item, why, target))

    def differs(self, item: str, why: Why, entry: Found, fields: Sequence[str]) -> None:
        self.different.append(self._shown(item, why, entry, fields))

    def doubles(self, item: str, why: Why, entry: Found, fields: Sequence[str] = ()) -> None:
        if entry.reference not in self.told:
            self.told.add(entry.reference)
            self.twice.append(self._shown(item, why, entry, fields))

    def unfinished(self, why: Why) -> None:
        self.unknown.append(self._made(None, why, None))

    def strays(self, item: str | None, why: Why, entry: Found, fields: Sequence[str] = ()) -> None:
        if entry.reference not in self.told:
            self.told.add(entry.reference)
            self.unknown.append(self._shown(item, why, entry, fields))

    def _shown(self, item: str | None, why: Why, entry: Found, fields: Sequence[str]) -> Difference:
        shown = {name: str(entry.values.get(name)) for name in fields}
        return self._made(item, why, entry.reference, fields, digest(shown))

    def _made(
        self, item: str | None, why: Why, target: str | None, fields: Sequence[str] = (), state: str = ""
    ) -> Difference:
        return Difference(
            item=item, step=self.step, target=target, fields=tuple(fields), why=why, state=state
        )
