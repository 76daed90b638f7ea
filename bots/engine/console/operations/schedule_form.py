"""The form in which a person says at which times something begins by itself."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from ...core.errors import BusinessException, refusal
from ...core.timetable import DAYS, Timetable, clock_text, minutes_of, timetable

STEPS = (5, 10, 15, 20, 30, 60, 120, 240)
"""Minutes that the form offers between two runs."""
_WHY = "Say why, in a few words: it is kept with the change."


@dataclass(frozen=True, kw_only=True)
class Filled:
    """What was sent: a timetable and the reason, or by field what is wrong with it."""

    table: Timetable | None
    why: str
    mistakes: Mapping[str, str]


def filled(sent: Mapping[str, str]) -> Filled:
    mistakes: dict[str, str] = {}
    days = [number for number in range(len(DAYS)) if sent.get(f"day-{number}")]
    if not days:
        mistakes["day-0"] = "Choose at least one day of the week."
    repeats = sent.get("how") == "every"
    first = _minutes(sent, "from" if repeats else "at", mistakes)
    last = _minutes(sent, "until", mistakes) if repeats else None
    every = _step(sent, mistakes) if repeats else 0
    why = sent.get("why", "").strip()
    if not why:
        mistakes["why"] = _WHY
    table = None
    if not mistakes:
        try:
            table = timetable(days, first, last, every)
        except BusinessException as error:
            mistakes["until"] = error.sentence
    return Filled(table=table, why=why, mistakes=mistakes)


def reason(sent: Mapping[str, str]) -> str:
    """Raises BusinessException for none."""
    why = sent.get("why", "").strip()
    if not why:
        raise refusal("no-why", _WHY)
    return why


def _minutes(sent: Mapping[str, str], name: str, mistakes: dict[str, str]) -> int:
    try:
        return minutes_of(sent.get(name, ""))
    except BusinessException as error:
        mistakes[name] = error.sentence
        return 0


def _step(sent: Mapping[str, str], mistakes: dict[str, str]) -> int:
    text = sent.get("every", "")
    if text not in {str(one) for one in STEPS}:
        mistakes["every"] = "Choose how often."
        return 0
    return int(text)


def shown(tables: Sequence[Timetable]) -> dict[str, str]:
    """The form as it stands: of several timetables the first, and nothing of one that it cannot say."""
    if not tables:
        return {"how": "every"}
    one = tables[0]
    days = {f"day-{number}": "yes" for number in one.days}
    if one.every in STEPS:
        return days | {
            "how": "every",
            "every": str(one.every),
            "from": clock_text(one.minutes[0]),
            "until": clock_text(one.minutes[-1]),
        }
    return days | {"how": "once", "at": clock_text(one.minutes[0])}
