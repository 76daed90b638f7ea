"""The latest comparison of both sides, as people see it: what does not agree, and who has seen to what."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from hashlib import sha256

from .summary import Difference


@dataclass(frozen=True, kw_only=True)
class SeenTo:
    """A person has looked into a finding. `at`: seconds since 1970."""

    at: float
    who: str
    why: str


@dataclass(frozen=True, kw_only=True)
class Finding:
    """`kind`: missing, twice, different or unknown."""

    kind: str
    difference: Difference
    seen: SeenTo | None = None

    @property
    def key(self) -> str:
        """The same as long as the same is found."""
        one = self.difference
        told = [self.kind, one.item, one.step, one.target, one.why.value, sorted(one.fields), one.state]
        return sha256(json.dumps(told).encode()).hexdigest()[:24]


@dataclass(frozen=True, kw_only=True)
class Comparison:
    """`more`: findings that are counted and not listed."""

    process: str
    at: float
    source: int
    in_target: int
    findings: Sequence[Finding]
    more: int

    @property
    def open(self) -> int:
        """What nobody has seen to yet."""
        return sum(one.seen is None for one in self.findings) + self.more
