"""A decision that staff can take about an item."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from ..core.decision import Answers, Case, Change
from ..core.item import State
from ..core.people import Role


@dataclass(frozen=True, kw_only=True)
class Decision:
    """One of them. `apply` is pure: it looks at the case and the answers, and says what changes."""

    name: str
    role: Role = Role.REVIEWER  # who may take it
    states: tuple[State, ...]  # in which the item must be
    verb: str  # for the refusal: it cannot be *retried*
    apply: Callable[[Case, Answers], Change]
