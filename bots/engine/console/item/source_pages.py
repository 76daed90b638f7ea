"""Pictures of the pages of a document, and of the places where values stood: made when somebody asks, and
kept nowhere but in memory."""

from __future__ import annotations

from starlette.responses import Response

from ...core.errors import BusinessException, SystemException
from ...core.people import Role
from ..services.source_files import Drawn, Paper
from ..web.request import Missing, Visit
from .source_view import paper_of

_MOST_DIGITS = 6


async def page(visit: Visit) -> Response:
    """The whole page. Raises Missing."""
    paper = await _paper(visit)
    text = visit.request.path_params["page"]
    number = int(text) if text.isascii() and text.isdigit() and len(text) <= _MOST_DIGITS else 0
    drawn = await _drawn(visit, paper, number)
    return _picture(drawn.content, drawn.kind)


async def place(visit: Visit) -> Response:
    """What stands around one value. Raises Missing."""
    paper, name = await _paper(visit), visit.request.path_params["field"]
    found = paper.places.get(name)
    if found is None:
        raise Missing("no-place", "This value stands nowhere on the document's pages.")
    drawn = await _drawn(visit, paper, found.page)
    if name not in drawn.cuts:
        raise Missing("no-place", "This value stands nowhere on the document's pages.")
    return _picture(drawn.cuts[name], drawn.kind)


async def _paper(visit: Visit) -> Paper:
    process, item = await visit.item(Role.REVIEWER)
    try:
        return await paper_of(visit, process, item)
    except BusinessException as refused:
        raise Missing(refused.code, refused.sentence) from None


async def _drawn(visit: Visit, paper: Paper, number: int) -> Drawn:
    if not paper.holds(number):
        raise Missing("no-such-page", "There is no such page in the document.")
    try:
        return await visit.desk.sources.page(paper, number)
    except (BusinessException, SystemException) as refused:
        raise Missing(refused.code, refused.sentence) from None


def _picture(content: bytes, kind: str) -> Response:
    return Response(content, media_type=kind, headers={"Cache-Control": "no-store"})
