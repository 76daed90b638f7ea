"""What a person decides about an item: what is looked at, what is answered, and what it changes."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from .item import Ending, Intent, IntentStatus, Receipt, State, WorkItem

Story = Iterable[tuple[str, str | None, str, Mapping[str, Any]]]
"""Who did what to an item, from which state to which, the last first."""


@dataclass(frozen=True, kw_only=True)
class Answers:
    """What the person answered: why, always; the others where a decision asks for them."""

    why: str
    reference: str | None = None  # the target's, for this case
    record: Mapping[str, Any] | None = None  # as the person put it right
    seconds: float = 0.0  # for so long it waits


@dataclass(frozen=True, kw_only=True)
class Case:
    """All that a decision may look at, as it stands in the decision's transaction."""

    item: WorkItem
    who: str  # decides
    now: float
    receipts: Mapping[str, Receipt]  # by step
    intent: Intent | None  # the open one
    story: Story
    steps: Sequence[tuple[str, str]]  # of its process, in order: step and system
    second: Collection[str]  # fields of which a correction wants a second person


@dataclass(frozen=True, kw_only=True)
class Change:
    """What a decision changes. What it leaves out stays as it is.

    `ending`: None leaves the item in its state, with its reason. `detail`: what its history is told; None is
    the ending's. `yields`: to a correction of the source that waits, of which a person is told instead.
    """

    ending: Ending | None = None
    record: Mapping[str, Any] | None = None  # its next version
    not_before: float | None = None
    anew: bool = False  # attempts are counted from none
    detail: Mapping[str, Any] | None = None
    word: Receipt | None = None  # what a person names in the target
    intent: IntentStatus | None = None  # how the open one is closed
    closed: bool = False  # nothing of it will come right any more, so no hold waits for that
    agreed: bool = False  # a person agrees to these very data
    yields: bool = False


class Rule(Protocol):
    """A decision, as far as whoever carries it out knows it."""

    @property
    def states(self) -> Collection[State]:
        """In which an item must be."""

    @property
    def verb(self) -> str:
        """For the refusal: it cannot be *retried*."""

    @property
    def apply(self) -> Callable[[Case, Answers], Change]:
        """What it changes. Raises BusinessException where it cannot be done."""
