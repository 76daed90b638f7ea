"""What tests of council tax moves begin and end with."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

from bots.engine.core.item import State
from bots.processes.registry import PROCESSES, find
from fixtures.council.judge import Outcome, Verdict
from fixtures.council.judge_moves import judge_moves
from tests.town import MOVES, Town, rekeyed

STEPS = [step.name for step in find(MOVES).steps]
FAR = 3600.0


def workbook(town: Town) -> Path:
    return town.council / "handed-in" / "moves.xlsx"


async def handed_in(town: Town) -> None:
    """Hand the agent's workbook in."""
    async with rekeyed(town) as rekey:
        await rekey.hand_in(MOVES, [workbook(town)])


@contextmanager
def impatient(attempts: int = 3, process: str = MOVES) -> Iterator[None]:
    """Tries again after a fifth of a second in place of half a minute."""
    real = PROCESSES[process]
    PROCESSES[process] = replace(real, retry=replace(real.retry, wait=0.2, attempts=attempts))
    try:
        yield
    finally:
        PROCESSES[process] = real


def answers(town: Town) -> dict[str, dict[str, Any]]:
    """By natural key."""
    text = (town.council / "answers.json").read_text(encoding="utf-8")
    return {answer["key"]: answer for answer in json.loads(text)["moves"].values()}


async def verdict(town: Town, *, second: bool = False) -> Verdict:
    """From revenues' own books."""
    async with rekeyed(town) as rekey:
        items = await rekey.queue.items(MOVES, limit=100_000)
        outcomes = {i.reference: Outcome(i.state.value, i.code) for i in items}
        return judge_moves(town.council, outcomes, second=second)


async def nothing_doubled(town: Town) -> None:
    found = await verdict(town)
    assert found.clean, found.to_dict()
    async with rekeyed(town) as rekey:
        for item in await rekey.queue.items(MOVES):
            assert item.state in (State.DONE, State.EXCEPTION, State.IN_DOUBT)
            assert item.state is State.DONE or item.sentence, item.id
