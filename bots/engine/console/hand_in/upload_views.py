"""Handing in work: files are sent, checked before anything is queued, and queued when a person says so."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from contextlib import aclosing, suppress
from dataclasses import replace
from enum import StrEnum
from typing import Any

from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect, Request
from starlette.responses import RedirectResponse, Response

from ...core.errors import BusinessException, refusal
from ...core.people import Role
from ...core.process import Process
from ...core.summary import HandInSummary, Verdict
from ..operations import start_time
from ..services.uploads import MOST_BYTES, MOST_FILES, TOO_MUCH, Begin, Upload
from ..web.context import Desk
from ..web.parts import part
from ..web.request import Asking, Forbidden, Missing, Visit

SENTENCES_SHOWN = 20
_BEING_QUEUED = "These files are being queued just now. What is queued is worked, or closed item by item."


class Stage(StrEnum):
    CHECKING = "checking"  # the files are being read
    BROKEN_OFF = "broken-off"  # and that ended too early: it has to be made again
    CHECKED = "checked"  # a person decides
    QUEUEING = "queueing"
    HALF_QUEUED = "half-queued"  # that ended too early
    QUEUED = "queued"


# ---- sending --------------------------------------------------------------------------------
async def ask(visit: Visit) -> Response:
    """Which process, and which files."""
    return _form(visit)


def _form(visit: Visit, *, problem: BusinessException | None = None, process: str = "") -> Response:
    chosen = process or visit.request.query_params.get("process", "")
    status = 200 if problem is None else 413 if problem.code == TOO_MUCH else 422
    return visit.desk.pages.show(
        visit.request,
        "hand_in.html",
        status=status,
        visit=visit,
        processes=_takers(visit),
        chosen=chosen,
        problem=problem,
        thrown_away="thrown-away" in visit.request.query_params,
        most_files=MOST_FILES,
        most_bytes=MOST_BYTES,
    )


def _takers(visit: Visit) -> dict[str, Process[Any]]:
    """The processes for which this person may hand in files."""
    return {name: one for name, one in visit.processes(Role.REVIEWER).items() if one.takes_files}


async def send(visit: Visit) -> Response:
    chosen = ""

    def begin(fields: Mapping[str, str]) -> str:
        nonlocal chosen
        replace(visit, sent=fields).check_csrf()
        chosen = fields.get("process", "")
        if chosen not in _takers(visit):
            raise refusal("no-process-chosen", "Choose the process for which these files are.")
        return chosen

    try:
        upload = await taken_in(visit, begin)
    except BusinessException as error:
        return _form(visit, problem=error, process=chosen)
    except ClientDisconnect:  # nobody waits for an answer
        return Response(status_code=400)
    return RedirectResponse(f"/hand-in/{upload.id}", status_code=303)


async def taken_in(asking: Asking, begin: Begin) -> Upload:
    """Keep the files of a form, and begin to check them. Raises BusinessException, or ClientDisconnect."""
    try:
        upload = await asking.desk.uploads.receive(asking.request, asking.person.id, begin)
    finally:
        await _pass_by(asking.request)
    check(asking.desk, upload)
    return upload


async def _pass_by(request: Request) -> None:
    """What is left of a form that was refused: a browser shows our answer only when it has sent all."""
    with suppress(RuntimeError, ClientDisconnect, HTTPException):  # nothing is left, or far too much
        async for _ in request.stream():
            pass


# ---- the check ------------------------------------------------------------------------------
async def checked(visit: Visit) -> Response:
    """What the files would give, as far as it is known."""
    upload = upload_of(visit, visit.request.path_params["upload"])
    stage = stage_of(visit.desk, upload)
    if stage is Stage.QUEUED and len(upload.hand_ins) == len(upload.files) == 1:
        return RedirectResponse(f"/hand-ins/{upload.hand_ins[0]}", status_code=303)
    return await _page(visit, upload)


async def progress(visit: Visit) -> Response:
    """The part of that page that changes, for htmx."""
    upload = upload_of(visit, visit.request.path_params["upload"])
    stage = stage_of(visit.desk, upload)
    if stage is Stage.QUEUED and len(upload.hand_ins) == len(upload.files) == 1:
        return Response(headers={"HX-Redirect": f"/hand-ins/{upload.hand_ins[0]}"})
    goes_on = stage in (Stage.CHECKING, Stage.QUEUEING)
    return part(visit, "hand_in_checked.html", await _values(visit, upload), goes_on=goes_on)


async def check_again(visit: Visit) -> Response:
    """A check that was broken off, by a restart or otherwise."""
    upload = upload_of(visit, visit.request.path_params["upload"])
    check(visit.desk, upload)
    return RedirectResponse(f"/hand-in/{upload.id}", status_code=303)


def stage_of(desk: Desk, upload: Upload) -> Stage:
    runs = desk.underway.runs(upload.id)
    if upload.queueing:
        return Stage.QUEUEING if runs else Stage.HALF_QUEUED if upload.to_queue else Stage.QUEUED
    if runs:  # also while its reader is being closed: nothing else begins before that
        return Stage.CHECKING
    return Stage.BROKEN_OFF if upload.unchecked else Stage.CHECKED


def check(desk: Desk, upload: Upload) -> None:
    async def work() -> None:
        files = upload.unchecked
        paths = [desk.uploads.path(upload, one) for one in files]
        async with aclosing(desk.incoming.check(upload.process, paths)) as found:
            for one in files:
                desk.uploads.note(
                    upload.id, one.file, checked=await anext(found), at=desk.clock().timestamp()
                )

    desk.underway.begin(upload.id, work)


async def _page(
    visit: Visit, upload: Upload, *, problem: str = "", where: str = "", status: int = 200
) -> Response:
    """`where`: the field of the form that is wrong."""
    values = await _values(visit, upload) | {"problem": problem, "where": where}
    return visit.desk.pages.show(visit.request, "hand_in_checked.html", status=status, **values)


async def _values(visit: Visit, upload: Upload) -> dict[str, Any]:
    stage, process = stage_of(visit.desk, upload), visit.desk.processes[upload.process]
    return {
        "visit": visit,
        "sent": visit.sent,
        "upload": upload,
        "process": process,
        "stage": stage,
        "said": _said(stage, upload),
        "closed": await start_time.closed(visit.desk, process),
        "choices": await start_time.choices(visit.desk, process),
        "shut_days": start_time.shut_days(await start_time.targets(visit.desk, process), visit.desk.clock()),
        "shown": SENTENCES_SHOWN,
    }


def _said(stage: Stage, upload: Upload) -> str:
    known, all_of_them = len(upload.files) - len(upload.unchecked), len(upload.files)
    match stage:
        case Stage.CHECKING:
            return f"The files are being read: {known} of {all_of_them} checked. Nothing is queued yet."
        case Stage.BROKEN_OFF:
            return "The check was broken off and has to be made again. Nothing is queued."
        case Stage.CHECKED if upload.to_queue:
            return "The check is done. Nothing is queued yet."
        case Stage.CHECKED:
            return "None of this can be queued."
        case Stage.QUEUEING:
            return "The files are being queued."
        case Stage.HALF_QUEUED:
            return "Queueing was broken off. Queue the rest: what is queued already is not added again."
        case Stage.QUEUED:
            return "Queued." if upload.hand_ins else "Nothing was queued."


def upload_of(asking: Asking, name: str) -> Upload:
    """Its sender's alone. Raises Missing or Forbidden."""
    found = asking.desk.uploads.find(name)
    if found is None or found.person != asking.person.id or found.process not in asking.processes():
        raise Missing("no-such-upload", "There are no such files, or you may not see them.")
    if not asking.person.may(Role.REVIEWER, found.process):
        raise Forbidden("not-allowed", "Your role does not let you do this. Ask the process owner.")
    return found


# ---- deciding -------------------------------------------------------------------------------
async def queue(visit: Visit) -> Response:
    """What was checked goes into the queue, in this person's name. Said twice, it is queued once."""
    upload = upload_of(visit, visit.request.path_params["upload"])
    try:
        sent = {"begins": start_time.NOW} | dict(visit.sent)
        queue_up(visit, upload, lambda: start_time.chosen(sent, visit.desk.clock()))
    except BusinessException as error:
        where = start_time.FIELDS.get(error.code, "")
        status = 422 if where else 409
        return await _page(visit, upload, problem=error.sentence, where=where, status=status)
    return RedirectResponse(f"/hand-in/{upload.id}", status_code=303)


def queue_up(asking: Asking, upload: Upload, begins: Callable[[], float | None] = lambda: None) -> None:
    """Begin to queue it, if nobody has. `begins`: when it is keyed at the earliest, as somebody chose; asked
    only once: the rest of what was broken off begins with the first part. Raises BusinessException for what
    cannot be queued."""
    stage = stage_of(asking.desk, upload)
    if stage in (Stage.CHECKING, Stage.BROKEN_OFF):
        raise refusal("not-checked", "The check is not done yet.")
    if stage is Stage.CHECKED and not upload.to_queue:
        raise refusal("nothing-to-queue", "None of these can be queued.")
    if stage in (Stage.CHECKED, Stage.HALF_QUEUED):
        moment = begins() if stage is Stage.CHECKED else upload.begins
        upload = replace(upload, queueing=True, begins=moment)
        asking.desk.uploads.keep(upload)
        _queue(asking.desk, upload, asking.who)


def _queue(desk: Desk, upload: Upload, who: str) -> None:
    files = upload.to_queue

    async def work() -> None:
        named = [(desk.uploads.path(upload, one), one) for one in files]
        async with aclosing(desk.incoming.hand_in(upload.process, named, who, upload.begins)) as found:
            waiting = iter(files)
            async for summaries in found:  # to its end: a file is held until what became of it is noted
                one = next(waiting)
                desk.uploads.note(upload.id, one.file, **_became(summaries))
                desk.uploads.forget(upload, one)
        queued = desk.uploads.find(upload.id)
        if queued is not None and queued.hand_ins:
            await start_time.arrange(desk, upload.process, upload.begins)

    desk.underway.begin(upload.id, work)


def _became(summaries: Sequence[HandInSummary]) -> dict[str, Any]:
    batches = [one.rows.batch for one in summaries if one.rows is not None]
    why = next((one.sentence for one in summaries if one.verdict is Verdict.REFUSED and one.sentence), "")
    unread = " ".join(sentence for one in summaries for sentence in one.unread)
    return {"hand_ins": batches, "why": unread if batches else why or "Nothing of it could be read."}


async def throw_away(visit: Visit) -> Response:
    upload = upload_of(visit, visit.request.path_params["upload"])
    try:
        await thrown_away(visit, upload)
    except BusinessException as error:
        return await _page(visit, upload, problem=error.sentence, status=409)
    return RedirectResponse("/hand-in?thrown-away", status_code=303)


async def thrown_away(asking: Asking, upload: Upload) -> None:
    """Raises BusinessException while it is being queued."""
    if stage_of(asking.desk, upload) is Stage.QUEUEING:
        raise refusal("being-queued", _BEING_QUEUED)
    await asking.desk.underway.stop(upload.id)
    asking.desk.uploads.drop(upload)
