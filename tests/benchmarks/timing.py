"""Medians of alternating runs."""

from __future__ import annotations

import statistics
import time
from collections.abc import Iterator
from contextlib import contextmanager


class Stopwatch:
    """Times one thing many times, in milliseconds."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.times: list[float] = []

    @contextmanager
    def timed(self) -> Iterator[None]:
        began = time.perf_counter()
        yield
        self.times.append((time.perf_counter() - began) * 1000)

    @property
    def median(self) -> float:
        return statistics.median(self.times)

    def row(self) -> dict[str, object]:
        ordered = sorted(self.times)
        late = ordered[min(len(ordered) - 1, int(len(ordered) * 0.95))]
        return {
            "name": self.name,
            "median_ms": round(self.median, 2),
            "p95_ms": round(late, 2),
            "n": len(ordered),
        }
