"""What a person decides, in a line of a test."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from bots.engine.core.decision import Answers
from bots.engine.core.queue import Queue
from bots.engine.decisions.approve import APPROVE
from bots.engine.decisions.by_hand import BY_HAND
from bots.engine.decisions.correct import CORRECT
from bots.engine.decisions.decline import DECLINE
from bots.engine.decisions.defer import DEFER
from bots.engine.decisions.look_again import LOOK_AGAIN
from bots.engine.decisions.not_needed import NOT_NEEDED
from bots.engine.decisions.not_saved import NOT_SAVED
from bots.engine.decisions.retry import RETRY
from bots.engine.decisions.return_to_sender import RETURN_TO_SENDER
from bots.engine.decisions.saved import SAVED


async def retry(
    queue: Queue, item: str, who: str, why: str, data: Mapping[str, Any] | None = None, **seen: float | None
) -> None:
    """As it is, or with the record put right."""
    rule = RETRY if data is None else CORRECT
    await queue.decide(item, rule, who, Answers(why=why, record=data), **seen)


async def defer(queue: Queue, item: str, who: str, why: str, seconds: float, **seen: float | None) -> None:
    await queue.decide(item, DEFER, who, Answers(why=why, seconds=seconds), **seen)


async def withdraw(
    queue: Queue, item: str, who: str, why: str, reference: str | None = None, **seen: float | None
) -> None:
    """Not needed, or keyed by hand."""
    rule = NOT_NEEDED if reference is None else BY_HAND
    await queue.decide(item, rule, who, Answers(why=why, reference=reference), **seen)


async def send_back(queue: Queue, item: str, who: str, why: str, **seen: float | None) -> None:
    await queue.decide(item, RETURN_TO_SENDER, who, Answers(why=why), **seen)


async def decide(
    queue: Queue, item: str, who: str, why: str, reference: str | None, **seen: float | None
) -> None:
    """It is saved, or it is not."""
    rule = NOT_SAVED if reference is None else SAVED
    await queue.decide(item, rule, who, Answers(why=why, reference=reference), **seen)


async def look_again(queue: Queue, item: str, who: str, why: str, **seen: float | None) -> None:
    await queue.decide(item, LOOK_AGAIN, who, Answers(why=why), **seen)


async def approve(queue: Queue, item: str, who: str, why: str, **seen: float | None) -> None:
    await queue.decide(item, APPROVE, who, Answers(why=why), **seen)


async def decline(queue: Queue, item: str, who: str, why: str, **seen: float | None) -> None:
    await queue.decide(item, DECLINE, who, Answers(why=why), **seen)
