"""What a person may see of values: a veil lies over what is sensitive, for whoever only looks."""

from __future__ import annotations

from typing import Any

from ...core.item import WorkItem
from ...core.people import Person, Role
from ...core.process import Process

MASK = "•••"
"""Stands for a value that this person may not see."""


class Veil:
    """`clear`: the person may see everything. Otherwise a value shows only under the name of a field of the
    record that is not sensitive: a target calls its fields as it likes."""

    def __init__(self, process: Process[Any], *, clear: bool) -> None:
        self.clear = clear
        self._open = frozenset(process.record.model_fields) - process.record.sensitive()

    def whole(self, text: str) -> str:
        """Of what may point at a person whatever it is called: a target's reference, the name of a file."""
        return text if self.clear or not text else MASK

    def over(self, name: str, text: str) -> str:
        return text if self.clear or name in self._open or not text else MASK


def reference_of(person: Person, item: WorkItem) -> str:
    """A natural key may name a person: it is for those who decide."""
    return item.reference if person.may(Role.REVIEWER, item.process) else MASK
