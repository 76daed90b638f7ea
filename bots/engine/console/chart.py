"""Bars for days, as shapes of an `<svg>`. They differ in pattern as well; a table stands beside them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

WIDTH, HEIGHT = 440, 170
_LEFT, _ABOVE, _BELOW = 44, 8, 24
_GAP = 0.25  # of a day's width
_STEPS = (1, 2, 5)


@dataclass(frozen=True, kw_only=True)
class Bar:
    """A part of a day's bar. `kind`: 0 stands at the bottom."""

    x: float
    y: float
    width: float
    height: float
    kind: int


@dataclass(frozen=True, kw_only=True)
class Mark:
    """A line across with its number, or a day's name."""

    at: float
    text: str


@dataclass(frozen=True, kw_only=True)
class Chart:
    bars: Sequence[Bar]
    lines: Sequence[Mark]
    days: Sequence[Mark]
    width: int = WIDTH
    height: int = HEIGHT
    left: int = _LEFT
    bottom: int = HEIGHT - _BELOW


def chart_of(days: Sequence[tuple[str, Sequence[int]]]) -> Chart:
    """`days`: a name, and the parts of its bar from the bottom up."""
    most = max((sum(parts) for _, parts in days), default=0)
    step = _step(most)
    top = max(step, -(-most // step) * step)
    wide = (WIDTH - _LEFT) / max(1, len(days))
    every = max(1, len(days) // 7)
    return Chart(
        bars=[bar for number, (_, parts) in enumerate(days) for bar in _bars(number, parts, top, wide)],
        lines=[Mark(at=_height(n, top), text=f"{n:,}") for n in range(0, top + 1, step)],
        days=[
            Mark(at=round(_LEFT + (number + 0.5) * wide, 1), text=name)
            for number, (name, _) in enumerate(days)
            if number % every == 0
        ],
    )


def _bars(number: int, parts: Sequence[int], top: int, wide: float) -> Iterator[Bar]:
    x, below = round(_LEFT + (number + _GAP / 2) * wide, 1), 0
    for kind, part in enumerate(parts):
        low, high = _height(below, top), _height(below + part, top)
        if part:
            yield Bar(x=x, y=high, width=round(wide * (1 - _GAP), 1), height=round(low - high, 1), kind=kind)
        below += part


def _height(count: int, top: int) -> float:
    """How far down a count stands."""
    return round(HEIGHT - _BELOW - count / top * (HEIGHT - _BELOW - _ABOVE), 1)


def _step(most: int) -> int:
    """A round number that goes into the largest bar about four times."""
    size = 1
    while True:
        for step in _STEPS:
            if step * size * 4 >= most:
                return step * size
        size *= 10
