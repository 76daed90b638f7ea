"""What the next page says of an item that somebody decided about."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from bots.engine.console.item.outcome import words_for
from bots.engine.core.item import SENT_BACK, State, Transition
from tests.unit.engine.decisions.cases import NOW, item, receipt

KEYED, WORD = replace(receipt(), at=NOW - 60), replace(receipt("letter"), at=NOW)
BOT = "was sent to the bot to be keyed."
EXCEPTION, DOUBT, AWAITING = State.EXCEPTION, State.IN_DOUBT, State.AWAITING_APPROVAL


def last(before: State | None, after: State, **detail: Any) -> Transition:
    return Transition(
        at=NOW,
        who="ann",
        before=before,
        after=after,
        why="why",
        code=None,
        attempt=1,
        token=1,
        versions={},
        detail=detail,
    )


@pytest.mark.parametrize(
    ("before", "after", "receipts", "said"),
    [
        (EXCEPTION, State.NEW, [], BOT),
        (EXCEPTION, State.NEW, [KEYED], BOT),
        (EXCEPTION, AWAITING, [], "waits for a second person."),
        (AWAITING, State.NEW, [], "was agreed to."),
        (AWAITING, EXCEPTION, [], "was not agreed to."),
        (DOUBT, State.NEW, [WORD], "is saved: the bot goes on from there."),
        (DOUBT, State.NEW, [KEYED, WORD], "is saved: the bot goes on from there."),
        (DOUBT, State.NEW, [], BOT),
        (DOUBT, State.NEW, [KEYED], BOT),
        (DOUBT, DOUBT, [], "stays in doubt: the bot tries to settle it."),
        (EXCEPTION, State.WITHDRAWN, [], "was closed: not needed."),
        (State.NEW, State.IN_PROGRESS, [], "is being keyed."),
        (State.IN_PROGRESS, State.DONE, [KEYED], "is done."),
        (State.IN_PROGRESS, EXCEPTION, [], "needs a person."),
    ],
)
def test_as_it_stands(before: State, after: State, receipts: list[Any], said: str) -> None:
    assert words_for(item(after), [last(before, after)], receipts) == said


def test_how_it_was_closed() -> None:
    closed = item(State.WITHDRAWN, code=None)
    by_hand = last(EXCEPTION, State.WITHDRAWN, reference="C-7")
    assert words_for(closed, [by_hand], [WORD]) == "was closed: it is in the system."
    sent_back = item(State.WITHDRAWN, code=SENT_BACK)
    assert words_for(sent_back, [last(EXCEPTION, State.WITHDRAWN)], []) == "was returned to its sender."
