"""Groups of a form that come again, and the rows of a ruled table: told once, and spread out into fields."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field

_NUMBER = "{n}"


class Rows(BaseModel):
    """`fields`: as those of a layout, for the first row. `{n}` in names, forms, labels and captions is the
    row's number, from 1. Their boxes stand so many points further down or across in each row after it:
    label and `at` are those of the first row, or of a table's headings."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    count: Annotated[int, Field(ge=2, le=50)]
    down: float = 0.0
    across: float = 0.0
    fields: Annotated[dict[str, Any], Field(min_length=1)]

    def spread(self) -> dict[str, Any]:
        """Raises ValueError where two rows would have one field."""
        if plain := [name for name in self.fields if _NUMBER not in name]:
            raise ValueError(f"rows: the name {plain[0]} must hold {_NUMBER}")
        return {
            name.replace(_NUMBER, str(row + 1)): self._moved(field, row)
            for row in range(self.count)
            for name, field in self.fields.items()
        }

    def _moved(self, value: Any, row: int) -> Any:
        if isinstance(value, str):
            return value.replace(_NUMBER, str(row + 1))
        if isinstance(value, Mapping):
            return {key: self._of(key, inner, row) for key, inner in value.items()}
        return [self._moved(inner, row) for inner in value] if isinstance(value, list) else value

    def _of(self, key: Any, value: Any, row: int) -> Any:
        if key != "box" or not isinstance(value, list) or len(value) != 4:
            return self._moved(value, row)
        left, top, right, bottom = value
        across, down = row * self.across, row * self.down
        return [left + across, top + down, right + across, bottom + down]


def spread_out(said: Any) -> Any:
    """What a layout's file says, with the fields of its `rows` among the others. Raises ValueError."""
    if not isinstance(said, Mapping) or "rows" not in said:
        return said
    fields = dict(said.get("fields") or {})
    for raw in said["rows"] or ():
        more = Rows.model_validate(raw).spread()
        if both := sorted(fields.keys() & more.keys()):
            raise ValueError(f"rows: there is a field {both[0]} already")
        fields |= more
    return {key: value for key, value in said.items() if key != "rows"} | {"fields": fields}
