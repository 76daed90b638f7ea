"""What is in the targets and what is not, of an item whose steps are not all done."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from ..core.errors import RekeyError, Unresolved
from ..core.item import Receipt
from ..core.step import Step


def words(steps: Sequence[Step[Any]], receipts: Mapping[str, Receipt], error: RekeyError) -> str:
    """A sentence such as "In the target: A. Not in the target: B."; empty when there is nothing to add."""
    if len(steps) < 2 or not (receipts or isinstance(error, Unresolved)):
        return ""
    there = [step for step in steps if step.name in receipts and receipts[step.name].proven]
    on_a_word = [step for step in steps if step.name in receipts and step not in there]
    left = [step for step in steps if step.name not in receipts]
    doubtful = on_a_word + (left[:1] if isinstance(error, Unresolved) else [])
    groups = {
        "In the target": there,
        "Not known whether in the target": doubtful,
        "Not in the target": [step for step in left if step not in doubtful],
    }
    return " ".join(
        f"{name}: {', '.join(step.title or step.name for step in group)}."
        for name, group in groups.items()
        if group
    )


def facts(steps: Sequence[Step[Any]], receipts: Mapping[str, Receipt]) -> dict[str, Any]:
    """The same for people who may see references: by step, the target's own reference or None."""
    if len(steps) < 2:
        return {}
    held = {step.name: receipts.get(step.name) for step in steps}
    return {"in_target": {name: receipt.reference if receipt else None for name, receipt in held.items()}}
