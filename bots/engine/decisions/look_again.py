"""In doubt, and nobody can tell yet: a bot tries to settle it as soon as one is free."""

from __future__ import annotations

from ..core.decision import Answers, Case, Change
from ..core.item import State
from .decision import Decision


def apply(case: Case, answers: Answers) -> Change:
    """It stays in doubt, with its reason, and is due at once, whatever it was waiting for."""
    return Change(not_before=0.0)


LOOK_AGAIN = Decision(name="look-again", states=(State.IN_DOUBT,), verb="looked up again", apply=apply)
