"""Rows of a sheet as items for the queue."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from pydantic import ValidationError

from ...core.column import columns_of
from ...core.item import NewItem
from ...core.record import Record, digest
from ..clean_letters import CleanLetters, may_be_unclean
from ..mistakes import mistakes
from .sheet import WHOLE_ROW, SheetReading, SheetRow


class RowReader:
    """Makes rows of one sheet into items; a row that is no valid record is an exception from the start."""

    def __init__(self, record: type[Record], reading: SheetReading) -> None:
        self._record = record
        self._sheet = reading.sheet
        self._clean = CleanLetters()
        self.said = self._clean.said
        self._places = {
            name: f"column {reading.columns[name]} ({column.name})"
            for name, column in columns_of(record).items()
            if name in reading.columns
        }

    def item(self, row: SheetRow) -> NewItem:
        # What is blank is as good as absent: the record's own defaults stand for it.
        data: dict[str, Any] = {name: value for name, value in row.data.items() if value is not None}
        origin = {"sheet": self._sheet, "row": row.row}
        wrong = dict(row.problems)
        if may_be_unclean("".join(data.values())):
            data, spoilt = self._clean.of(data)
            wrong |= spoilt
        try:
            record = self._record.model_validate(data)
        except ValidationError as error:
            return self._bad(row, data, origin, wrong | mistakes(error, wrong))
        reference = record.known_as
        if reference is None:
            wrong.setdefault(WHOLE_ROW, "has none of the fields by which a case is known")
        if reference is None or set(wrong) - {WHOLE_ROW}:
            return self._bad(row, data, origin, wrong)
        found = NewItem(reference=reference, data=record.data(), origin=origin, item=row.item)
        # A whole record in a hidden row: known already, it is as good as any; new, it is a question.
        return replace(found, code=row.code, sentence=f"The row {wrong[WHOLE_ROW]}.") if wrong else found

    def _bad(
        self, row: SheetRow, data: Mapping[str, Any], origin: Mapping[str, Any], wrong: Mapping[str, str]
    ) -> NewItem:
        places = [f"{self._places.get(name, 'the row')} {why}" for name, why in wrong.items()]
        return NewItem(
            reference=self._record.reference_in(data) or f"row {digest(data)}",
            data=data,
            origin=origin,
            code="invalid-record",
            sentence="; ".join(places)[:1].upper() + "; ".join(places)[1:] + ".",
            detail={"fields": dict(wrong)},
            item=row.item,
        )
