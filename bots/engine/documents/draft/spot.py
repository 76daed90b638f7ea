"""One place of a form that is to be filled in."""

from __future__ import annotations

from dataclasses import dataclass

from ..pages.page import Box
from .phrases import Phrase

TEXT, TICK, CHOICE, SIGNATURE = "text", "tick", "choice", "signature"


@dataclass(frozen=True, kw_only=True)
class Spot:
    """`form`: the name of its field; blank: the form has none there. `label`: the words that belong to it.
    `anchor`: those from which its place on a printed copy is measured; None: it cannot be read there."""

    page: int
    kind: str
    box: Box
    form: str = ""
    tip: str = ""
    label: Phrase | None = None
    anchor: Phrase | None = None
    lines: bool = False
    longest: int = 0
    options: tuple[str, ...] = ()
    choice: str = ""

    @property
    def words(self) -> str:
        return self.label.text if self.label else ""

    @property
    def said(self) -> str:
        """All that the form says of it, in small letters."""
        return f"{self.form} {self.tip} {self.words}".casefold()
