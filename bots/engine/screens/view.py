"""A window that is open: its frame, its screen as the map describes it, and what was typed into it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from dataclasses import field as made
from typing import Any, TypeVar

from playwright.async_api import Frame, Page

from ..core.errors import ConfigurationError
from ..core.value import Value
from .maps.schema import ActionMap, FieldMap, ScreenMap, TableMap

T = TypeVar("T")


@dataclass(kw_only=True)
class View:
    """A window that is open: its frame, its screen and what was typed into it."""

    page: Page
    frame: Frame
    screen: ScreenMap
    typed: dict[str, Value] = made(default_factory=dict)
    files: dict[str, str] = made(default_factory=dict)  # digests of what was attached, by field
    parts: set[str] = made(default_factory=set)  # of the page, by the actions that brought them
    since: tuple[int, str] = (0, "")
    """Requests that were stopped before it was asked for, and the address of the page before it."""
    first: tuple[str, str] | None = None
    """Of a record that is opened to be changed: its address, and what the server answered (Base64)."""
    reading: Mapping[str, Any] | None = None  # what the last read-back saw

    @property
    def specs(self) -> dict[str, Any]:
        """Of the fields that are there by now."""
        fields = self.screen.fields.items()
        return {name: spec.spec() for name, spec in fields if spec.part is None or spec.part in self.parts}

    def must_be_whole(self) -> None:
        """Before anything is saved: what nobody brought onto the page cannot be read back."""
        unseen = next((n for n, f in self.screen.fields.items() if f.part and f.part not in self.parts), None)
        if unseen is not None:
            sentence = f"The field {unseen} of {self.screen.screen} stands on a part that was never shown."
            raise ConfigurationError("screen-map", sentence)

    def field(self, name: str) -> FieldMap:
        return self._known("field", self.screen.fields, name)

    def action(self, name: str) -> ActionMap:
        return self._known("action", self.screen.actions, name)

    def table(self, name: str) -> TableMap:
        return self._known("table", self.screen.tables, name)

    def _known(self, what: str, there: Mapping[str, T], name: str) -> T:
        if name not in there:
            raise ConfigurationError("screen-map", f"The screen {self.screen.screen} has no {what} {name}.")
        return there[name]
