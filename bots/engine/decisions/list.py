"""Every decision, in the order in which it is offered."""

from __future__ import annotations

from .approve import APPROVE
from .by_hand import BY_HAND
from .correct import CORRECT
from .decision import Decision
from .decline import DECLINE
from .defer import DEFER
from .look_again import LOOK_AGAIN
from .not_needed import NOT_NEEDED
from .not_saved import NOT_SAVED
from .retry import RETRY
from .return_to_sender import RETURN_TO_SENDER
from .saved import SAVED

DECISIONS: tuple[Decision, ...] = (
    CORRECT,
    RETRY,
    BY_HAND,
    NOT_NEEDED,
    RETURN_TO_SENDER,
    SAVED,
    NOT_SAVED,
    LOOK_AGAIN,
    APPROVE,
    DECLINE,
    DEFER,
)
