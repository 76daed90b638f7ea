"""Damaging and reading for a given time; what it found is kept."""

from __future__ import annotations

import asyncio
import hashlib
import time
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import seed as seeded
from hypothesis import strategies as st

from bots.engine.documents.sandbox.sandbox import Limits, Sandbox
from tests.fuzz.changes import Change, applied, changes_of
from tests.fuzz.seeds import Seed
from tests.fuzz.trial import LIMITS, Desk, Outcome

SCANNED = "pdf-scanned"
FILES = 16  # of one kind, before the next one's turn
SCANS = 4  # one takes seconds; Hypothesis begins with the plainest
LOOKS = 4  # one in so many is looked at in place of read
OnFile = Callable[["Report"], None]


@dataclass(kw_only=True)
class Report:
    seed: int
    files: int = 0
    items: int = 0
    seconds: float = 0.0
    slowest: float = 0.0
    megabytes: float = 0.0
    said: dict[str, Counter[str]] = field(default_factory=dict)  # by kind
    findings: list[dict[str, str]] = field(default_factory=list)
    left_out: Sequence[str] = ()

    def add(self, seed: Seed, outcome: Outcome, megabytes: float) -> None:
        self.files += 1
        self.items += outcome.items
        self.slowest = max(self.slowest, outcome.seconds)
        self.megabytes = max(self.megabytes, megabytes)
        self.said.setdefault(seed.kind, Counter())[outcome.said] += 1

    def as_json(self) -> dict[str, Any]:
        return vars(self) | {"seconds": round(self.seconds, 1), "slowest": round(self.slowest, 2)}


@dataclass(kw_only=True)
class Run:
    """`kept`: the folder for files that were found to do harm. `most`: files in all, in place of a time."""

    seeds: Sequence[Seed]
    seed: int
    kept: Path
    seconds: float = 0.0
    most: int = 0
    limits: Limits = LIMITS

    def __post_init__(self) -> None:
        self.report = Report(seed=self.seed)

    def run(self, on_file: OnFile = lambda _: None) -> Report:
        began, batch = time.monotonic(), 0
        with asyncio.Runner() as runner, TemporaryDirectory() as folder:
            sandbox = Sandbox(self.limits)
            desk = Desk(sandbox, Path(folder))

            def over() -> bool:
                self.report.seconds = time.monotonic() - began
                return self.report.files >= self.most if self.most else self.report.seconds >= self.seconds

            def one(seed: Seed, changes: Sequence[Change]) -> None:
                if over():
                    return
                content = applied(changes, seed.content)
                look = self.report.files % LOOKS == 0 and seed.kind != SCANNED
                outcome = runner.run(desk.outcome(content, papers=seed.papers, look=look))
                self.report.add(seed, outcome, sandbox.megabytes)
                if outcome.finding:
                    self._keep(seed, content, changes, outcome)
                on_file(self.report)

            while not over():
                self._batch(batch, one)
                batch += 1
            runner.run(sandbox.__aexit__())
        return self.report

    def _batch(self, number: int, one: Callable[[Seed, Sequence[Change]], None]) -> None:
        """So many files of one kind. Hypothesis remembers what it has drawn: batches keep that small."""
        kinds = sorted({seed.kind for seed in self.seeds})
        kind = kinds[number % len(kinds)]
        quiet = settings(
            max_examples=SCANS if kind == SCANNED else FILES,
            phases=[Phase.generate],
            database=None,
            deadline=None,
            suppress_health_check=list(HealthCheck),
        )
        damaged = given(self._damaged(kind))(lambda drawn: one(*drawn))
        seeded(self.seed * 1_000_003 + number)(quiet(damaged))()

    def _damaged(self, kind: str) -> st.SearchStrategy[tuple[Seed, Sequence[Change]]]:
        others = [seed.content for seed in self.seeds][:12]
        mine = [seed for seed in self.seeds if seed.kind == kind]
        return st.tuples(st.sampled_from(mine), changes_of(kind, others))

    def _keep(self, seed: Seed, content: bytes, changes: Sequence[Change], outcome: Outcome) -> None:
        self.kept.mkdir(parents=True, exist_ok=True)
        path = self.kept / f"{seed.kind}-{hashlib.sha256(content).hexdigest()[:12]}"
        path.write_bytes(content)
        what = {
            "kind": seed.kind,
            "file": path.name,
            "finding": outcome.finding,
            "changes": repr(changes)[:500],
        }
        self.report.findings.append(what)
