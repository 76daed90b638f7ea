"""The process "benefit changes"."""

from __future__ import annotations

from bots.engine.core.papers import Papers
from bots.engine.core.process import Process

from .record import BenefitChange
from .rules import REASONS, adds_up, complete, fits, not_ahead, signed, somebody_left
from .steps import RecordChange

PROCESS = Process(
    name="benefit-changes",
    title="Benefit changes",
    owner="Revenues and benefits",
    record=BenefitChange,
    papers=Papers(),
    steps=[RecordChange()],
    rules=[signed, not_ahead, complete, adds_up, fits],
    minutes_saved=9,
    reasons=REASONS,
    second_person=("nino", "earnings", "pensions", "other_income", "total"),
    due_days=5,
    urgent=somebody_left,
)
