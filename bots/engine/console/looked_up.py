"""Asking the bots to look in a target: the answer comes to the item's page."""

from __future__ import annotations

from contextlib import suppress

from starlette.responses import RedirectResponse, Response

from ..core.errors import BusinessException, RekeyError
from ..core.people import Role
from .hand_in import part
from .item_page import page, sight_of
from .visit import Visit


async def ask(visit: Visit) -> Response:
    process, item = await visit.item(Role.REVIEWER)
    try:
        await visit.desk.lookups.ask(item.id, visit.who)
    except BusinessException as error:
        return await page(visit, process, item, problem=error.sentence, status=409)
    if visit.desk.planner is not None:
        with suppress(RekeyError):  # with Prefect away the next run looks
            await visit.desk.planner.start(process.name)
    return RedirectResponse(f"/items/{item.id}#looked", status_code=303)


async def show(visit: Visit) -> Response:
    """The part of the item's page that changes, for htmx."""
    process, item = await visit.item(Role.REVIEWER)
    sight = await sight_of(visit, process, item)
    values = {"visit": visit, "process": process, "item": item, "sight": sight}
    return part(visit, "parts/looked.html", values, goes_on=sight.waits)
