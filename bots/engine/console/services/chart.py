"""Bars over time, as shapes of an `<svg>`. They differ in pattern as well; a table stands beside them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from math import ceil, floor

WIDTH, HEIGHT = 440, 170
_LEFT, _ABOVE, _BELOW = 44, 8, 24
_GAP = 0.25  # of a day's width
_STEPS = (1, 2, 5)


@dataclass(frozen=True, kw_only=True)
class Bar:
    """A part of a day's bar. `kind`: 0 stands at the bottom; of a signed chart 1 is below nothing."""

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
    zero: float  # how far down nothing is
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
    return Chart(
        bars=[bar for number, (_, parts) in enumerate(days) for bar in _bars(number, parts, top, wide)],
        lines=[Mark(at=_height(n, top), text=f"{n:,}") for n in range(0, top + 1, step)],
        days=_names([name for name, _ in days], wide),
        zero=_height(0, top),
    )


def signed_chart(days: Sequence[tuple[str, float]]) -> Chart:
    """`days`: a name, and a value that may be below nothing."""
    most, least = (pick([value for _, value in days] + [0.0]) for pick in (max, min))
    step = _step(ceil(most - least))
    top, low = ceil(most / step) * step, floor(least / step) * step
    top = max(top, low + step)
    wide = (WIDTH - _LEFT) / max(1, len(days))
    return Chart(
        bars=[_signed(number, value, top, low, wide) for number, (_, value) in enumerate(days) if value],
        lines=[
            Mark(at=_height(n, top, low), text=f"{n:,}".replace("-", "\u2212"))
            for n in range(low, top + 1, step)
        ],
        days=_names([name for name, _ in days], wide),
        zero=_height(0, top, low),
    )


def _signed(number: int, value: float, top: int, low: int, wide: float) -> Bar:
    high, below = _height(max(value, 0), top, low), _height(min(value, 0), top, low)
    x, width = round(_LEFT + (number + _GAP / 2) * wide, 1), round(wide * (1 - _GAP), 1)
    return Bar(x=x, y=high, width=width, height=round(below - high, 1), kind=0 if value > 0 else 1)


def _names(names: Sequence[str], wide: float) -> list[Mark]:
    every = max(1, len(names) // 7)
    return [
        Mark(at=round(_LEFT + (number + 0.5) * wide, 1), text=name)
        for number, name in enumerate(names)
        if number % every == 0
    ]


def _bars(number: int, parts: Sequence[int], top: int, wide: float) -> Iterator[Bar]:
    x, below = round(_LEFT + (number + _GAP / 2) * wide, 1), 0
    for kind, part in enumerate(parts):
        low, high = _height(below, top), _height(below + part, top)
        if part:
            yield Bar(x=x, y=high, width=round(wide * (1 - _GAP), 1), height=round(low - high, 1), kind=kind)
        below += part


def _height(count: float, top: int, low: int = 0) -> float:
    """How far down a count stands."""
    return round(HEIGHT - _BELOW - (count - low) / (top - low) * (HEIGHT - _BELOW - _ABOVE), 1)


def _step(most: int) -> int:
    """A round number that goes into the largest bar about four times."""
    size = 1
    while True:
        for step in _STEPS:
            if step * size * 4 >= most:
                return step * size
        size *= 10
