"""What the console works with."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ..core.hours import Clock, wall_clock
from ..core.process import Process
from ..core.queue import Queue
from ..evidence import Evidence
from ..queue.people import StorePeople
from ..queue.work_list import StoreWorkList
from .pages import Pages


@dataclass(frozen=True, kw_only=True)
class Desk:
    queue: Queue
    people: StorePeople
    work: StoreWorkList
    evidence: Evidence
    pages: Pages
    processes: Mapping[str, Process[Any]]
    home: Path
    tls: bool  # behind a proxy that speaks TLS: cookies are sent over it alone
    code_key: str  # of the secrets of one-time codes, from the keyring
    clock: Clock = wall_clock
