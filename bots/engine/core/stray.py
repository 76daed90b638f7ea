"""An entry of a target under our own sign-in of which the store has no receipt."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True)
class Stray:
    """`reference`: the target's own, which may point at a person."""

    system: str
    process: str
    step: str
    reference: str
    at: float
