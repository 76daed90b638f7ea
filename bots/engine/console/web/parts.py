"""A part of a page alone, for htmx."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from starlette.responses import HTMLResponse

from .request import Visit

STOP_POLLING = 286
"""What htmx takes for: this is the last of it."""


def part(visit: Visit, template: str, values: Mapping[str, Any], *, goes_on: bool) -> HTMLResponse:
    """The block `part` of a page alone. `goes_on`: htmx is to ask again."""
    found = visit.desk.pages.environment.get_template(template)
    text = "".join(found.blocks["part"](found.new_context({**values, "fragment": True})))
    return HTMLResponse(text, status_code=200 if goes_on else STOP_POLLING)
