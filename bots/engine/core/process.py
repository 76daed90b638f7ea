"""A business procedure that a bot carries out, declared as one value."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any, ClassVar, Generic

from .column import Sheets
from .errors import SystemException
from .papers import Papers
from .screens import Screens
from .step import R, Step

Rule = Callable[[R], None]
"""A pure function that raises a BusinessException, or returns."""


@dataclass(frozen=True, kw_only=True)
class SourceRow:
    """One row of a source: its natural key, its raw data and where it stood."""

    reference: str
    data: Mapping[str, Any]
    origin: Mapping[str, Any] = field(default_factory=dict)
    failed: SystemException | None = None  # this row could not be read; the others could


class Source(ABC):
    """Where a process's records come from when they are read through a system's screens."""

    system: ClassVar[str]
    keeps_rows: ClassVar[bool] = True
    """Whether it goes on showing a row that was taken in; a row that it no longer shows is then a finding."""

    @abstractmethod
    def rows(self, screens: Screens) -> AsyncIterator[SourceRow]:
        """Every row that the source shows, each once. One that cannot be read is given as `failed`."""


@dataclass(frozen=True, kw_only=True)
class Retry:
    """How often a system exception is tried again, and after how many seconds (doubled each time)."""

    attempts: int = 3
    wait: float = 30.0


@dataclass(frozen=True, kw_only=True)
class Process(Generic[R]):
    """`minutes_saved` is the owner's estimate for one case, until a measured baseline is signed off.

    `keep_days`: how long personal data of an ended item is kept, by the owner's decision; None: until
    somebody erases it. Longer than the source shows a record, or intake would take it for a new one.
    """

    name: str
    title: str
    owner: str
    record: type[R]
    steps: Sequence[Step[R]]
    source: Source | None = None  # records come from a system's screens
    sheets: Sheets | None = None  # records come in workbooks that people hand in
    papers: Papers | None = None  # records come in PDF documents that people hand in
    rules: Sequence[Rule[R]] = ()
    minutes_saved: float = 0.0
    retry: Retry = Retry()
    keep_days: int | None = None
    reasons: Mapping[str, str] = field(default_factory=dict)  # code -> the short plain words of a table
    pounds: Callable[[R], Decimal] | None = None  # the money that a case moves, for a daily limit
    second_person: Sequence[str] = ()  # fields of which a correction wants the agreement of somebody else
    due_days: int | None = None  # working days from receipt in which a case should be answered
    urgent: Callable[[R], bool] | None = None  # whether a case goes before the others; a pure function

    def __post_init__(self) -> None:
        names = [step.name for step in self.steps]
        if len(set(names)) != len(names):
            raise ValueError(f"process {self.name}: two steps share a name")

    def pence(self, record: R) -> int:
        """The money that a case moves; 0 where the process moves none."""
        return int((self.pounds(record) * 100).to_integral_value()) if self.pounds else 0

    @property
    def takes_files(self) -> bool:
        return self.sheets is not None or self.papers is not None

    @property
    def every_system(self) -> frozenset[str]:
        """Also the one from which its records are read."""
        return self.systems | ({self.source.system} if self.source else set())

    @property
    def systems(self) -> frozenset[str]:
        """Every system that working an item touches."""
        return frozenset(step.system for step in self.steps)
