"""The process "council tax moves"."""

from __future__ import annotations

from bots.engine.core.column import Sheets
from bots.engine.core.process import Process

from .record import Move
from .rules import REASONS, fits, left_before_moving_in, moves_at_all, plausible
from .steps import EndLiability, OpenAccount

PROCESS = Process(
    name="council-tax-moves",
    title="Council tax moves",
    owner="Revenues and benefits",
    record=Move,
    sheets=Sheets(ignored=("Days between",)),
    steps=[EndLiability(), OpenAccount()],
    rules=[fits, plausible, left_before_moving_in, moves_at_all],
    minutes_saved=14,
    reasons=REASONS,
    due_days=10,
)
