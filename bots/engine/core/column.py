"""How a record's fields are headed in workbooks, and which sheet a process reads."""

from __future__ import annotations

from dataclasses import dataclass

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


@dataclass(frozen=True, kw_only=True)
class Sheets:
    """Where a process's records come from when people hand in workbooks."""

    named: tuple[
        str, ...
    ] = ()  # the sheet's possible names; empty: the one visible sheet that has the header
    ignored: tuple[str, ...] = ()  # headings that are known and not read, e.g. ("Days between",)


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
