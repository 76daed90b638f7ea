"""Runs: what is planned, what is at work, and what was; each leads to its page at the planner."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from starlette.responses import Response

from ...core.errors import RekeyError
from ..services.planner import AWAY, UNKNOWN, Run, Stage
from ..web.request import Visit

_COMING, _PAST = 30, 60
WORDS = {
    Stage.PLANNED: "Planned",
    Stage.LATE: "Should have begun",
    Stage.QUEUED: "Waits for another run to end",
    Stage.BEGINNING: "Beginning",
    Stage.RUNNING: "At work",
    Stage.STOPPING: "Being stopped",
    Stage.ENDED: "Ended",
    Stage.FINDINGS: "Ended, with findings",
    Stage.FAILED: "Did not do all of its work",
    Stage.BROKEN: "Broke off",
    Stage.STOPPED: "Stopped",
    Stage.NOT_NEEDED: "Not needed: another run was at work",
}
COLOURS = {
    Stage.LATE: "yellow",
    Stage.RUNNING: "blue",
    Stage.ENDED: "green",
    Stage.FINDINGS: "yellow",
    Stage.FAILED: "red",
    Stage.BROKEN: "red",
}


async def show(visit: Visit) -> Response:
    processes = visit.processes()
    asked = visit.request.query_params.get("process", "")
    names = [asked] if asked in processes else list(processes)
    coming: Sequence[Run] = ()
    past: Sequence[Run] = ()
    trouble = "" if visit.desk.planner else UNKNOWN
    if visit.desk.planner:
        try:
            coming = await visit.desk.planner.coming(names, _COMING)
            past = await visit.desk.planner.past(names, _PAST)
        except RekeyError:
            trouble = AWAY
    return visit.desk.pages.show(
        visit.request,
        "runs.html",
        visit=visit,
        processes=processes,
        chosen=asked if asked in processes else "",
        coming=coming,
        past=[(run, took(run, visit.desk.clock())) for run in past],
        trouble=trouble,
        words=WORDS,
        colours=COLOURS,
        planner=visit.desk.planner,
    )


def took(run: Run, now: datetime) -> str:
    """Such as 2 minutes 5 seconds; of one that goes on so far."""
    if run.began is None:
        return ""
    if run.ended is None:
        return f"{_span(now - run.began)} so far" if run.stage in (Stage.RUNNING, Stage.STOPPING) else ""
    return _span(run.ended - run.began)


def _span(length: timedelta) -> str:
    minutes, seconds = divmod(max(0, round(length.total_seconds())), 60)
    hours, minutes = divmod(minutes, 60)
    parts = [(hours, "hour"), (minutes, "minute"), (seconds, "second")]
    shown = [f"{count} {name}{'s' if count != 1 else ''}" for count, name in parts if count]
    return " ".join(shown[:2]) or "less than a second"
