"""The processes that this installation carries out: one line each."""

from __future__ import annotations

from typing import Any

from bots.engine.core.errors import ConfigurationError
from bots.engine.core.process import Process

from .benefit_changes.process import PROCESS as BENEFIT_CHANGES
from .council_tax_moves.process import PROCESS as COUNCIL_TAX_MOVES
from .missed_bins.process import PROCESS as MISSED_BINS

PROCESSES: dict[str, Process[Any]] = {
    process.name: process
    for process in (
        MISSED_BINS,
        COUNCIL_TAX_MOVES,
        BENEFIT_CHANGES,
    )
}  # fmt: skip


def names() -> list[str]:
    return list(PROCESSES)


def find(name: str) -> Process[Any]:
    """Raises ConfigurationError that names the processes that there are."""
    if name not in PROCESSES:
        raise ConfigurationError(
            "unknown-process", f"There is no process {name}. There is: {', '.join(names())}."
        )
    return PROCESSES[name]
