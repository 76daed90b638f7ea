"""What is at hand: one step of one item, and the session in which it is done."""

from __future__ import annotations

from dataclasses import dataclass, fields, replace
from typing import Any, Self

from ..core.item import Intent, Lease
from ..core.record import Record
from ..core.screens import TargetScreens
from ..core.step import Step


@dataclass(frozen=True, kw_only=True)
class Task:
    """`record`: as it is matched to the target, once it is."""

    step: Step[Any]
    lease: Lease
    screens: TargetScreens
    record: Record

    async def matched(self) -> Self:
        """With its record as the target calls it. Raises a BusinessException where nothing there fits."""
        return replace(self, record=await self.step.match(self.screens, self.record))


@dataclass(frozen=True, kw_only=True)
class Doubt(Task):
    """A save of it that may or may not be there."""

    intent: Intent

    @classmethod
    def about(cls, task: Task, intent: Intent) -> Self:
        return cls(**{field.name: getattr(task, field.name) for field in fields(Task)}, intent=intent)
