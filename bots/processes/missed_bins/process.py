"""The process "missed bins"."""

from __future__ import annotations

from bots.engine.core.process import Process

from .record import MissedBin
from .rules import REASONS, reported_after_the_day
from .source import PortalInbox
from .steps import LogCase

PROCESS = Process(
    name="missed-bins",
    title="Missed bins",
    owner="Waste services",
    record=MissedBin,
    source=PortalInbox(),
    steps=[LogCase()],
    rules=[reported_after_the_day],
    minutes_saved=6,
    reasons=REASONS,
    due_days=2,
)
