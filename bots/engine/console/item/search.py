"""Asking the bots to look in a target: the answer comes to the item's page."""

from __future__ import annotations

from contextlib import suppress
from typing import Any

from starlette.responses import RedirectResponse, Response

from ...core.errors import BusinessException, RekeyError
from ...core.item import WorkItem
from ...core.people import Role
from ...core.process import Process
from ..web.parts import part
from ..web.request import Asking, Visit
from .views import page, sight_of


async def ask(visit: Visit) -> Response:
    """htmx wants the part of the page that changes, and leaves what is typed elsewhere on it."""
    process, item = await visit.item(Role.REVIEWER)
    problem = ""
    try:
        await asked_to_look(visit, item)
    except BusinessException as error:
        problem = error.sentence
    if "HX-Request" in visit.request.headers:
        return await _part(visit, process, item, problem)
    if problem:
        return await page(visit, process, item, problem=problem, status=409)
    return RedirectResponse(f"/items/{item.id}#looked", status_code=303)


async def asked_to_look(asking: Asking, item: WorkItem) -> None:
    """Raises BusinessException where there is nothing that a bot could look for."""
    await asking.desk.lookups.ask(item.id, asking.who)
    if asking.desk.planner is not None:
        with suppress(RekeyError):  # with Prefect away the next run looks
            await asking.desk.planner.start(item.process)


async def show(visit: Visit) -> Response:
    """The part of the item's page that changes, for htmx."""
    process, item = await visit.item(Role.REVIEWER)
    return await _part(visit, process, item)


async def _part(visit: Visit, process: Process[Any], item: WorkItem, problem: str = "") -> Response:
    sight = await sight_of(visit, process, item)
    values = {"visit": visit, "process": process, "item": item, "sight": sight, "unasked": problem}
    return part(visit, "parts/looked.html", values, goes_on=sight.waits)
