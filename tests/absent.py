"""A proof of absence, for tests of what a store does with one."""

from __future__ import annotations

from bots.engine.core.absence import Absence, Witness
from bots.engine.core.item import Intent

LATER = 1e12


def absence_of(intent: Intent, asked: float = LATER) -> Absence:
    return Absence(
        step=intent.step,
        key=intent.digest,
        scope="all cases",
        counted=3,
        asked=asked,
        witness=Witness.LIST,
        alive="C-9",
    )
