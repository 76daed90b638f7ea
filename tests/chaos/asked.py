"""What a chaos run is asked for."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, kw_only=True)
class Asked:
    """What the command line asks for."""

    kills: int
    workers: int = 2
    sessions: int = 2
    seed: int = 1
    lease: float = 3.0
    database: str | None = None
    without: str | None = None
    prefect: bool = False
    keep: Path | None = None  # a folder that stays, with the council and Rekey's home
