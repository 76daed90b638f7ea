"""How a record's fields are headed in workbooks, and which sheet a process reads."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from .record import Record


@dataclass(frozen=True, init=False)
class Column:
    """Declares how a field's column is headed in workbooks: its usual name, and synonyms that people write.

    account: Annotated[AccountNumber | None, Column("Account no", "A/c number")] = None
    """

    names: tuple[str, ...]

    def __init__(self, *names: str) -> None:
        if not names:
            raise ValueError("a column needs at least its usual name")
        object.__setattr__(self, "names", names)

    @property
    def name(self) -> str:
        """The usual name, which sentences use."""
        return self.names[0]


class Hidden(StrEnum):
    """What a process does with hidden rows and sheets. Why they are hidden, only their sender can tell."""

    ASK = "ask"
    """A hidden row that says something new is a question; a hidden sheet is not read, and that is said."""
    READ = "read"
    """As if they were shown: for workbooks from a program that hides what is of no interest to people."""
    LEAVE_OUT = "leave out"
    """Not read, and that is said: for workbooks in which rows are hidden when they have been dealt with."""


@dataclass(frozen=True, kw_only=True)
class Sheets:
    """Where a process's records come from when people hand in workbooks."""

    named: tuple[
        str, ...
    ] = ()  # the sheet's possible names; empty: the one visible sheet that has the header
    ignored: tuple[str, ...] = ()  # headings that are known and not read, e.g. ("Days between",)
    hidden: Hidden = Hidden.ASK

    def plain(self) -> dict[str, Any]:
        """As JSON knows it."""
        return {"named": list(self.named), "ignored": list(self.ignored), "hidden": self.hidden.value}

    @classmethod
    def from_plain(cls, given: Mapping[str, Any]) -> Sheets:
        named, ignored = tuple(given["named"]), tuple(given["ignored"])
        return cls(named=named, ignored=ignored, hidden=Hidden(given["hidden"]))


def columns_of(record: type[Record]) -> dict[str, Column]:
    """The fields that are read from a workbook, in the order of the record."""
    return {
        field: column
        for field, info in record.model_fields.items()
        for column in info.metadata
        if isinstance(column, Column)
    }


def required_of(record: type[Record]) -> tuple[str, ...]:
    """Those of them that a record cannot do without: their columns must be there."""
    return tuple(field for field in columns_of(record) if record.model_fields[field].is_required())
