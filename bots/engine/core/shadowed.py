"""What staff keyed, compared with what a shadow run would have saved: counts, names of fields, item ids."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum


class Seen(StrEnum):
    """What became of one step of a noted item."""

    EQUAL = "equal"  # staff keyed what the bot would have saved
    DIFFERENT = "different"  # staff keyed something else in some field
    NOT_FOUND = "not-found"  # nobody has keyed it yet, or not so that the search finds it
    SEVERAL = "several"  # the search shows several entries: nobody can tell which one is meant
    BY_THE_BOT = "by-the-bot"  # a bot keyed it since, or may have
    NOT_REHEARSED = "not-rehearsed"  # the shadow run handed it to people, and would have saved nothing
    NOT_LOOKED_UP = "not-looked-up"  # the lookup failed, or the target has no search


@dataclass(frozen=True, kw_only=True)
class StepMatch:
    """One step of one item. `fields`: every one that both sides have, and whether it is equal."""

    item: str
    step: str
    seen: Seen
    fields: Mapping[str, bool] = field(default_factory=dict)
    code: str | None = None  # why it was not rehearsed or not looked up

    @property
    def differing(self) -> Sequence[str]:
        return [name for name, equal in self.fields.items() if not equal]


@dataclass(frozen=True, kw_only=True)
class FieldRate:
    """How often one field was keyed as the bot would have saved it."""

    step: str
    field: str
    compared: int
    equal: int

    @property
    def per_cent(self) -> float:
        """Rounded down to a tenth: 100 only when every one is equal."""
        return (1000 * self.equal // self.compared) / 10


@dataclass(frozen=True, kw_only=True)
class ShadowMatch:
    """All noted items of a process, step by step."""

    process: str
    noted: int
    steps: Sequence[StepMatch]
    seconds: float = 0.0

    @property
    def rates(self) -> Sequence[FieldRate]:
        """In the order in which the fields are met."""
        counted: dict[tuple[str, str], list[bool]] = {}
        for one in self.steps:
            for name, equal in one.fields.items():
                counted.setdefault((one.step, name), []).append(equal)
        return [
            FieldRate(step=step, field=name, compared=len(equals), equal=sum(equals))
            for (step, name), equals in counted.items()
        ]

    def of(self, *seen: Seen) -> Sequence[StepMatch]:
        return [one for one in self.steps if one.seen in seen]
