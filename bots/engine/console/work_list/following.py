"""What follows a decision: the next item that waits."""

from __future__ import annotations

from starlette.responses import RedirectResponse, Response

from ...core.people import Role
from ..item.outcome import after
from ..web.request import Visit
from .filters import wanted_of


async def show(visit: Visit) -> Response:
    """After a decision: to the next item that waits, or back to the list. There the person is told of it."""
    process, item = await visit.item(Role.VIEWER)
    wanted = wanted_of(visit, {"process": process.name})
    _, following = await visit.desk.work.around(wanted, item.id)
    to = f"/items/{following}" if following else "/"
    return RedirectResponse(f"{to}?{after(item.id)}", status_code=303)
