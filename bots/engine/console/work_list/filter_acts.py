"""Filters of the work list that a person keeps under names of their own."""

from __future__ import annotations

from urllib.parse import urlencode

from starlette.responses import RedirectResponse, Response

from ...core.errors import BusinessException
from ..web.request import Visit
from .filters import asked_in, kept_query
from .views import page


async def save(visit: Visit) -> Response:
    """Under a name that is there already it takes the other's place."""
    asked, name = asked_in(visit.sent.get("query", "")), visit.sent.get("name", "")
    query = kept_query(asked)
    try:
        await visit.desk.work.save_filter(visit.person.id, name, query)
    except BusinessException as error:
        return await page(visit, asked, problem=error.sentence, name=name, status=422)
    return RedirectResponse(f"/?{query}", status_code=303)


async def delete(visit: Visit) -> Response:
    await visit.desk.work.delete_filter(visit.person.id, visit.sent.get("name", ""))
    asked = {name: text for name, text in asked_in(visit.sent.get("query", "")).items() if text}
    return RedirectResponse(f"/?{urlencode(asked)}", status_code=303)
