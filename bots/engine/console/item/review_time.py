"""How long people's decisions take: what the figures subtract from the hours that a bot gives back."""

from __future__ import annotations

from ...core.item import Kind, WorkItem
from ..web.request import Visit


async def timed(visit: Visit, item: WorkItem) -> None:
    """Note what the decision about an item took that has just been made; `item`: as it was before it.

    From when the person took the item, or opened the page whose form was sent.
    """
    holding = await visit.desk.work.holder(item.id)
    try:
        opened = float(visit.opened)
    except ValueError:
        opened = float("nan")
    if holding is not None and holding.person == visit.person.id and holding.by is None:
        opened = min(opened, holding.since)
    failed = item.kind is Kind.SYSTEM
    await visit.desk.figures.decided(item.process, visit.person.id, opened, failed=failed)
