"""Files that programs hand in: sent, checked before anything is queued, queued once, and followed."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any

from fastapi import Query
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect
from starlette.responses import Response

from ...core.errors import BusinessException, RekeyError, refusal
from ...core.item import Batch
from ...core.people import Role
from ...core.process import Process
from ..hand_in.list_views import (
    GONE,
    LIST_AGE,
    SIZE,
    batch_of,
    gives_back,
    made_now,
    names,
    newest,
    shown,
    waiting,
    who,
)
from ..hand_in.upload_views import check, queue_up, stage_of, taken_in, thrown_away, upload_of
from ..services.uploads import TOO_MUCH, Upload
from ..web.context import Outline
from ..web.request import Call, Missing
from ..web.tokens import API, Caller
from . import words as w


# ---- sending --------------------------------------------------------------------------------
async def send(call: Caller, process: w.ProcessName, response: Response) -> w.Upload:
    """Send files, as a form with parts named `files`. They are read and checked; nothing is queued yet."""

    def begin(fields: Mapping[str, str]) -> str:
        if not call.desk.processes[process].takes_files:
            raise refusal("takes-no-files", "This process does not take its records from files.")
        return process

    try:
        upload = await taken_in(call, begin)
    except ClientDisconnect:  # nobody waits for an answer
        raise HTTPException(400) from None
    except BusinessException as error:
        raise HTTPException(413) if error.code == TOO_MUCH else error from None
    response.headers["Location"] = f"{API}/uploads/{upload.id}"
    return _upload(call, upload)


async def sent(call: Caller, upload: w.UploadId) -> w.Upload:
    """What the files would give, as far as it is known."""
    return _upload(call, upload_of(call, upload))


async def check_again(call: Caller, upload: w.UploadId) -> w.Upload:
    """A check that was broken off."""
    check(call.desk, upload_of(call, upload))
    return await sent(call, upload)


async def queue(call: Caller, upload: w.UploadId) -> w.Upload:
    """What was checked goes into the queue. Asked for twice, it is queued once."""
    queue_up(call, upload_of(call, upload))
    return await sent(call, upload)


async def throw_away(call: Caller, upload: w.UploadId) -> None:
    """Instead of queueing it."""
    await thrown_away(call, upload_of(call, upload))


def _upload(call: Call, upload: Upload) -> w.Upload:
    return w.Upload(
        id=upload.id,
        process=upload.process,
        stage=stage_of(call.desk, upload),
        files=[
            w.SentFile(
                name=one.name,
                size=one.size,
                verdict=one.checked.verdict if one.checked else None,
                code=one.checked.code if one.checked else None,
                sentence=one.checked.sentence if one.checked else None,
                records=one.checked.records if one.checked else 0,
                problems=one.checked.problems if one.checked else 0,
                said=list(one.checked.said) if one.checked else [],
                hand_ins=list(one.hand_ins),
                why=one.why,
            )
            for one in upload.files
        ],
    )


# ---- hand-ins -------------------------------------------------------------------------------
async def hand_ins(
    call: Caller,
    process: Annotated[list[str], Query(max_length=50)] = [],  # noqa: B006  (FastAPI copies it)
    page: Annotated[int, Query(ge=1, le=1_000_000)] = 1,
) -> w.HandIns:
    """The newest first."""
    mine = call.processes()
    if not set(process) <= set(mine):
        raise Missing("no-such-process", "There is no such process, or you may not see it.")
    found = await newest(call, process or tuple(mine))
    known = await names(call)
    here = found[(page - 1) * SIZE : page * SIZE]
    lines = [(one, await call.desk.incoming.outline(one.id, LIST_AGE)) for one in here]
    return w.HandIns(
        hand_ins=[w.HandIn(**_line(call, one, outline, known)) for one, outline in lines],
        page=page,
        pages=max(1, -(-len(found) // SIZE)),
    )


async def hand_in(call: Caller, hand_in: w.HandInId) -> w.OneHandIn:
    """What became of one, as things stand."""
    process, batch = await batch_of(call, Role.VIEWER, hand_in)
    outline = await call.desk.incoming.outline(batch.id)
    return w.OneHandIn(
        **_line(call, batch, outline, await names(call)),
        outcomes=dict(outline.outcomes),
        states=dict(outline.states),
        waiting=[_waiting(process, row) for row in outline.waiting],
        gives_back=gives_back(call, process, batch),
    )


def _line(call: Call, batch: Batch, outline: Outline, known: Mapping[str, str]) -> dict[str, Any]:
    return {
        "id": batch.id,
        "process": batch.process,
        "file": shown(call, batch),
        "who": who(batch, known),
        "received": batch.received,
        "records": outline.records,
        "done": outline.done,
        "needs_person": outline.needs_person,
        "goes_on": outline.goes_on,
    }


def _waiting(process: Process[Any], row: Any) -> w.Waiting:
    one = waiting(process, row)
    return w.Waiting(item=one.id, reason=one.title, place=one.place, state=one.state)


async def returned(call: Caller, hand_in: w.HandInId) -> Response:
    """The return workbook or the cover report, made now."""
    process, batch = await batch_of(call, Role.REVIEWER, hand_in)
    try:
        return await made_now(call, process, batch)
    except RekeyError:
        raise refusal("return-gone", GONE) from None
