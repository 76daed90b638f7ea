"""A cause: a reason to tell people something, as one value."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from ..core.alert import Matter, Role
from .office import Office, Seen

Look = Callable[[Seen, Office], Iterable[Matter]]
Say = Callable[[Sequence[Matter], str], str]
"""One sentence about matters of one cause and one thing; with their earliest time in words."""


@dataclass(frozen=True, kw_only=True)
class Cause:
    """`title`: the subject of a message. `grace`: seconds for which it must stand before it is told.
    `page`: where the console shows it. `from_prefect`: not known while Prefect does not answer."""

    name: str
    title: str
    roles: Sequence[Role]
    look: Look
    say: Say
    page: str = "/"
    grace: float = 0.0
    from_prefect: bool = False


def count(number: int, one: str, more: str = "") -> str:
    """1 item, 2 items."""
    return f"{number:,} {one if number == 1 else more or f'{one}s'}"


def some(subjects: Sequence[str], most: int = 5) -> str:
    """A few ids, so that a person finds them."""
    rest = len(subjects) - most
    return ", ".join(subjects[:most]) + (f" and {rest:,} more" if rest > 0 else "")
