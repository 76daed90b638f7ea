"""What colleagues asked the person, and nobody answered yet."""

from __future__ import annotations

from starlette.responses import Response

from ...core.people import Role
from ..item.view import reason
from ..web.colleagues import named
from ..web.request import Visit


async def show(visit: Visit) -> Response:
    processes, names = visit.processes(Role.REVIEWER), await named(visit)
    found = await visit.desk.work.questions(visit.person.id, list(processes))
    questions = [
        {
            "item": one.about.item,
            "title": reason(processes[one.about.process], one.about.code, one.about.state),
            "process": processes[one.about.process].title,
            "reference": one.about.reference,
            "who": names.get(one.asked.who, ""),
            "at": one.asked.at,
            "text": one.asked.text,
        }
        for one in found
    ]
    return visit.desk.pages.show(visit.request, "questions.html", visit=visit, questions=questions)
