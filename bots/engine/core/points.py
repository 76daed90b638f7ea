"""The named points of the keying protocol: where tests stop, kill or freeze a worker."""

from __future__ import annotations

from collections.abc import Callable
from enum import StrEnum


class Point(StrEnum):
    TAKEN = "taken"  # the lease is ours
    MATCHED = "matched"  # the record is complete
    LOOKED = "looked"  # the target was searched
    KEYED = "keyed"  # the screen is filled
    READ_BACK = "read-back"  # the screen shows what was meant
    INTENT = "intent"  # the intent is durable, nothing was fired
    FIRING = "firing"  # just before the page is asked to fire
    SENDING = "sending"  # the saving request is in our hands, not yet sent
    ANSWERED = "answered"  # the target answered, the browser has not seen it yet
    OUTCOME = "outcome"  # a declared outcome was seen
    REOPENED = "reopened"  # the record was read again
    RECEIPTED = "receipted"  # the receipt is durable
    FINISHED = "finished"  # the item's state is written


OnPoint = Callable[[Point], None]


def pass_by(point: Point) -> None:
    """What production does at a point: nothing."""
