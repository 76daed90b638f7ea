"""A field of the record to be: what it is called, what kind of value it has, and where it stands."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from .spot import Spot

TEXT, DATE, POUNDS, POSTCODE, PHONE = "text", "date", "pounds", "postcode", "phone"
YES_NO, ONE_OF, LISTED, SIGNED = "yes_no", "one_of", "listed", "signed"


@dataclass(frozen=True, kw_only=True)
class Drafted:
    """`choices`: of tick boxes by choice their place. `listed`: what a drop-down list offers."""

    name: str
    caption: str
    kind: str
    spots: tuple[Spot, ...]
    joint: str = ""
    choices: Mapping[str, Spot] = field(default_factory=dict)
    listed: tuple[str, ...] = ()

    @property
    def page(self) -> int:
        return self.spots[0].page
