"""Several entries of a target of which a record may mean any: a person takes one.

raise BusinessException("property-ambiguous", "Several properties match.", to_choose("uprn", candidates))
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Self


@dataclass(frozen=True, kw_only=True)
class Candidate:
    """`value`: what the record's field says if it is meant; `shown`: what the target shows of it, by name."""

    value: str
    shown: Mapping[str, str]


@dataclass(frozen=True, kw_only=True)
class Choice:
    """`field`: the record's, that says which of the candidates is meant."""

    field: str
    candidates: tuple[Candidate, ...]

    @classmethod
    def of(cls, detail: Mapping[str, Any]) -> Self | None:
        """The one that an exception asks for, if it asks for one; of another version's making it is none."""
        try:
            said = detail["choice"]
            made = [
                Candidate(value=str(one["value"]), shown=dict(one["shown"])) for one in said["candidates"]
            ]
            return cls(field=str(said["field"]), candidates=tuple(made)) if made else None
        except (TypeError, KeyError, ValueError):
            return None


def to_choose(field: str, candidates: Iterable[Candidate]) -> dict[str, Any]:
    """The `detail` of a BusinessException that asks for one of these."""
    listed = [{"value": one.value, "shown": dict(one.shown)} for one in candidates]
    return {"choice": {"field": field, "candidates": listed}}
