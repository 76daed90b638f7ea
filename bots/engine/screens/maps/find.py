"""Ways to find an element of a page, as screen maps write them: strict, ranked, and never ambiguous."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import BaseModel, Field, model_validator

from ...core.strict import STRICT


class Find(BaseModel):
    """One way to find an element; a map lists several, ranked."""

    model_config = STRICT

    label: str | None = None
    """The text of its label, or its aria-label."""
    name: str | None = None
    """Its name attribute; together with `role`, its accessible name."""
    near: str | None = None
    """The text of the neighbouring cell."""
    id: str | None = None
    css: str | None = None
    role: Literal["button", "link", "heading", "table"] | None = None
    text: str | None = None
    """Its whole text, for an element without children."""
    headers: tuple[str, ...] | None = None
    """For tables: column headings that stand in the first row."""

    @model_validator(mode="after")
    def _one_way(self) -> Find:
        given = {k for k in self.model_fields_set if getattr(self, k) is not None}
        if given not in ({"role"}, {"role", "name"}) and len(given) != 1:
            raise ValueError("give one of label, name, near, id, css, text, headers, or role with name")
        return self

    def plain(self) -> dict[str, Any]:
        return self.model_dump(exclude_none=True)


Finds = Annotated[tuple[Find, ...], Field(min_length=1)]
