"""The demo council's forms, for tests of the process that reads them."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from bots.assembly.worker import Rekey
from fixtures.council.judge_benefits import Outcome, Verdict, judge_benefits
from tests.town import Town

BENEFITS = "benefit-changes"


def forms(town: Town) -> list[Path]:
    return sorted((town.council / "forms").iterdir())


def answers(town: Town) -> dict[str, Any]:
    found: dict[str, Any] = json.loads((town.council / "answers.json").read_text(encoding="utf-8"))
    return found


async def verdict(town: Town, rekey: Rekey) -> Verdict:
    items = await rekey.queue.items(BENEFITS, limit=100_000)
    return judge_benefits(town.council, {i.reference: Outcome(i.state.value, i.code) for i in items})
