"""Files of which nothing could be taken: they wait in the inbox until a person has seen to them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from starlette.responses import RedirectResponse, Response

from ...core.people import Role
from ...core.process import Process
from ...intake.inbox import Inbox, LeftFile
from ..web.context import Desk
from ..web.request import Missing, Visit


@dataclass(frozen=True, kw_only=True)
class Left:
    process: str
    title: str
    file: LeftFile


def left_files(visit: Visit) -> list[Left]:
    """Those of the processes that the person reviews: the name of a file may name a resident."""
    return [
        Left(process=one.name, title=one.title, file=file)
        for one in _reviewed(visit)
        for file in _inbox(visit.desk, one.name).left()
    ]


def left_count(visit: Visit) -> int:
    return sum(_inbox(visit.desk, one.name).left_count() for one in _reviewed(visit))


def _reviewed(visit: Visit) -> list[Process[Any]]:
    return [one for one in visit.processes(Role.REVIEWER).values() if one.takes_files]


async def dealt_with(visit: Visit) -> Response:
    process = _process(visit)
    if not _inbox(visit.desk, process.name).dealt_with(visit.request.path_params["key"]):
        raise Missing("no-such-file", "The file does not wait any more: a colleague may have seen to it.")
    await visit.desk.operations.note(visit.who, f"inbox:{process.name}", "dealt with", "a file was seen to")
    return RedirectResponse("/hand-ins?put-away#left", status_code=303)


def _process(visit: Visit) -> Process[Any]:
    return visit.desk.processes[visit.request.path_params["process"]]


def _inbox(desk: Desk, process: str) -> Inbox:
    return Inbox(desk.home / "inboxes" / process)
