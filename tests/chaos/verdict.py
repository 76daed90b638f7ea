"""What a chaos run came to, from the council's own books; how long items rested, from the store's history."""

from __future__ import annotations

import statistics
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from bots.assembly.worker import Rekey
from bots.engine.core.doubts import Doubts
from bots.engine.core.item import State, WorkItem
from fixtures.council.judge import Outcome, Verdict, judge
from fixtures.council.judge_benefits import judge_benefits
from fixtures.council.judge_moves import judge_moves
from tests.chaos.life import Life
from tests.chaos.schedule import BINS, CLAIMS, MOVES, SYSTEM
from tests.town import Town

FAR = 1e12


@dataclass(frozen=True, kw_only=True)
class Doubt:
    """An item that only a person can settle, and why."""

    item: str
    process: str
    code: str
    sentence: str
    history: Sequence[str]  # what happened to it, by code


@dataclass(kw_only=True)
class Report:
    """The words are the contract of `--json`."""

    seed: int
    kills: int = 0
    faults: Mapping[str, int] = field(default_factory=dict)
    points: Mapping[str, int] = field(default_factory=dict)  # where workers were struck
    people: Mapping[str, int] = field(default_factory=dict)
    items: int = 0
    done: int = 0
    exceptions: Mapping[str, int] = field(default_factory=dict)
    doubts: Sequence[Doubt] = ()
    lost: Sequence[str] = ()
    twice: Sequence[str] = ()
    wrong: Sequence[str] = ()
    unexpected: Mapping[str, int] = field(default_factory=dict)  # good records that went to a person instead
    meddled: Mapping[str, int] = field(default_factory=dict)  # what arrived though no map declares it
    recover: Sequence[float] = ()  # seconds
    saves: Doubts = field(default_factory=Doubts)  # and what came into doubt of them
    seconds: float = 0.0
    left: str = ""  # why the run was broken off

    @property
    def clean(self) -> bool:
        return not (self.lost or self.twice or self.wrong or self.meddled)

    def as_json(self) -> dict[str, Any]:
        return {
            "seed": self.seed,
            "kills": self.kills,
            "faults": dict(self.faults),
            "points": dict(self.points),
            "people": dict(self.people),
            "items": self.items,
            "done": self.done,
            "exceptions": dict(self.exceptions),
            "unexpected": dict(self.unexpected),
            "in_doubt_for_people": len(self.doubts),
            "doubts": [vars(doubt) for doubt in self.doubts],
            "lost": len(self.lost),
            "twice": len(self.twice),
            "wrong": len(self.wrong),
            "arrived_undeclared": sum(self.meddled.values()),
            "saves": self.saves.saves,
            "doubts_per_1000_saves": _rounded(self.saves.per_thousand),
            "doubts_settled_by_people": self.saves.by_people,
            "minutes_to_settle_median": _rounded(self.saves.minutes),
            "minutes_to_settle_most": _rounded(self.saves.most_minutes),
            "recover_seconds_median": round(statistics.median(self.recover), 1) if self.recover else None,
            "recover_seconds_most": round(max(self.recover), 1) if self.recover else None,
            "seconds": round(self.seconds, 1),
        }


def _rounded(value: float | None) -> float | None:
    return None if value is None else round(value, 2)


async def judged(town: Town, rekey: Rekey) -> list[Verdict]:
    """From the council's own save logs and the answers of its seed alone."""
    bins, moves, claims = [await _outcomes(rekey, process) for process in (BINS, MOVES, CLAIMS)]
    return [
        judge(town.council, bins),
        judge_moves(town.council, moves),
        judge_benefits(town.council, claims),
    ]


async def _outcomes(rekey: Rekey, process: str) -> dict[str, Outcome]:
    items = await rekey.queue.items(process, limit=1_000_000)
    return {item.reference: Outcome(item.state.value, item.code) for item in items}


async def fill(report: Report, town: Town, rekey: Rekey, lives: Sequence[Life]) -> None:
    verdicts = await judged(town, rekey)
    report.lost = [each for verdict in verdicts for each in verdict.lost]
    report.twice = [each for verdict in verdicts for each in verdict.twice]
    report.wrong = [each for verdict in verdicts for each in verdict.wrong]
    report.unexpected = Counter(each.got for verdict in verdicts for each in verdict.unexpected)
    items = [item for name in SYSTEM for item in await rekey.queue.items(name, limit=1_000_000)]
    report.items = len(items)
    report.done = sum(item.state is State.DONE for item in items)
    report.exceptions = Counter(str(i.code) for i in items if i.state is State.EXCEPTION)
    report.doubts = [await _doubt(rekey, item) for item in items if item.state is State.IN_DOUBT]
    report.saves = sum((await rekey.figures.doubts(list(SYSTEM), 0.0, FAR)).values(), start=Doubts())
    report.meddled = await town.meddled()
    report.recover = await _recovered(rekey, items, lives)


async def _doubt(rekey: Rekey, item: WorkItem) -> Doubt:
    history = await rekey.queue.history(item.id)
    return Doubt(
        item=item.id,
        process=item.process,
        code=str(item.code),
        sentence=item.sentence or "",
        history=[each.code or each.after.value for each in history],
    )


async def _recovered(rekey: Rekey, items: Sequence[WorkItem], lives: Sequence[Life]) -> list[float]:
    """For each item whose worker was killed: seconds until another one took it, while there was one."""
    found = []
    for item in items:
        history = await rekey.queue.history(item.id)
        for number, each in enumerate(history):
            worker = str(each.detail.get("worker") or "") if each.code == "lease-ran-out" else ""
            dead = next((life for life in lives if worker.startswith(life.worker)), None)
            taken = next((h.at for h in history[number + 1 :] if h.after is State.IN_PROGRESS), None)
            if dead is not None and dead.ended is not None and taken is not None:
                found.append(_manned(lives, item.process, dead.ended, taken))
    return found


def _manned(lives: Sequence[Life], process: str, start: float, end: float) -> float:
    """How much of a span of time some worker served the process: nobody can take an item for the dead."""
    spans = sorted((life.began, life.ended or end) for life in lives if life.serves == process)
    seconds, done = 0.0, start
    for began, ended in spans:
        seconds += max(0.0, min(ended, end) - max(began, done))
        done = max(done, min(ended, end))
    return seconds
