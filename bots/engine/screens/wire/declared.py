"""How a map names a request: by its method, where it goes, and what is in it."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any, Literal

from pydantic import BaseModel, Field

from ...core.strict import STRICT, Pattern
from .asked import Asked

_MISSING = object()


class RequestMap(BaseModel):
    """A request that a page sends. All that is given must hold."""

    model_config = STRICT

    method: Literal["POST", "PUT", "PATCH", "DELETE", "GET", "WEBSOCKET"] = "POST"
    """WEBSOCKET: under `harmless`, a chat or a live list that the page does without. It stays shut."""
    path: str
    """{placeholders} stand for any one part of it, such as a number."""
    host: str | None = None
    """Another host than the system's own, with its port where it has an unusual one."""
    query: dict[str, Pattern] = {}
    """Parameters of its address, and what their values are like."""
    form: dict[str, Pattern] = {}
    """Endings of names of its form's controls, and what their values are like. A page in postback style sends
    everything to one address: the button that was pressed tells them apart."""
    json_: dict[str, Pattern] = Field(default={}, alias="json")
    """Places in its JSON, such as `case.status`, and what stands there."""
    graphql: str | None = None
    """The name of its GraphQL operation."""

    @property
    def pattern(self) -> str:
        """The path as a regular expression."""
        return re.sub(r"\\\{\w+\\\}", "[^/?#;]+", re.escape(self.path))

    def is_(self, asked: Asked, base: str) -> bool:
        """Whether it is this one. `base`: the path under which the system lies. Capitals in paths do not
        matter: some servers know none, and a save must not slip by."""
        if asked.verb != self.method:
            return False
        here = re.fullmatch(re.escape(base) + self.pattern, asked.path, re.IGNORECASE) is not None
        return here and self._holds(asked)

    def _holds(self, asked: Asked) -> bool:
        return (
            _all_like(self.query, asked.query, whole=True)
            and (not self.form or _all_like(self.form, asked.form or (), whole=False))
            and all(_like(pattern, _at(asked.json, place)) for place, pattern in self.json_.items())
            and (self.graphql is None or _operation(asked) == self.graphql)
        )


class SavesMap(RequestMap):
    """A request that makes a change permanent. All that it holds must be known: the fields of the screen, and
    what is named here. Names may hold `*`; in JSON they are ways to a value, such as `case.lines.0.id`."""

    method: Literal["POST", "PUT", "PATCH", "DELETE", "GET"] = "POST"
    constants: dict[str, Pattern] = {}
    """What always stands in it, and what that is like."""
    kept: tuple[str, ...] = ()
    """What the page holds by itself, and is saved as it was when the screen was read."""
    ignored: tuple[str, ...] = ()
    """What may be anything, such as a token against forged forms."""


def _all_like(wanted: dict[str, str], pairs: Iterable[tuple[str, str]], *, whole: bool) -> bool:
    """Whether each name that is wanted is there, and every value under it is like that."""
    given = list(pairs)
    for name, pattern in wanted.items():
        values = [value for key, value in given if (key == name if whole else key.endswith(name))]
        if not values or not all(re.search(pattern, value) for value in values):
            return False
    return True


def _at(value: Any, place: str) -> Any:
    for part in place.split("."):
        if isinstance(value, dict):
            value = value.get(part, _MISSING)
        elif isinstance(value, list) and part.isdigit() and int(part) < len(value):
            value = value[int(part)]
        else:
            return _MISSING
    return value


def _like(pattern: str, value: Any) -> bool:
    return value is not _MISSING and re.search(pattern, "" if value is None else str(value)) is not None


def _operation(asked: Asked) -> str | None:
    if not isinstance(asked.json, dict):
        return None
    name = asked.json.get("operationName")
    if isinstance(name, str) and name:
        return name
    found = re.match(r"\s*(?:query|mutation|subscription)\s+(\w+)", str(asked.json.get("query", "")))
    return found.group(1) if found else None
