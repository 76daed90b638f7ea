"""What people do with an item. Each is one decision of the queue, on the item that the person saw."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from functools import partial

from starlette.responses import JSONResponse, RedirectResponse, Response

from ...core.choice import Choice
from ...core.decision import Answers
from ...core.errors import BusinessException, refusal
from ...core.item import WorkItem
from ...core.people import Role
from ...core.work_list import DAY, PUT_OFF_FOR, Remark
from ...decisions.decision import Ask, Asked, Decision
from ..services.record_form import RecordForm, within
from ..web.request import Visit
from .review_time import timed
from .views import limits_of, page, refused

Shown = Callable[..., Awaitable[Response]]
"""A page that takes what `views.page` takes: on it a person is told why something could not be done."""
_CONFLICT = 409
_NOT_OFFERED = "This is not among what can be taken any more. Look again."
_NO_NOTE = "Write the note first."
_NO_REASON = "Say why, in a few words: it goes into the item's history."


def act(decision: Decision) -> Callable[[Visit], Awaitable[Response]]:
    """The handler of a decision's form."""
    if decision.ask(Asked.RECORD) is not None:
        return partial(correct, decision=decision)

    async def answer(visit: Visit) -> Response:
        process, item = await visit.item(decision.role)
        why = visit.sent.get("why", "").strip() or decision.unasked
        if not why:
            return await page(visit, process, item, sent=visit.sent, problem=_NO_REASON, at="why", status=422)

        async def decide(seen: float) -> None:
            given = answers(decision, visit.sent, why)
            await visit.desk.queue.decide(item.id, decision, visit.who, given, seen=seen)

        async def told(now: WorkItem, error: BusinessException) -> Response:
            return await refused(visit, process, now, error)

        return await _decided(visit, item, decide, told)

    return answer


async def correct(visit: Visit, decision: Decision, shown: Shown = page) -> Response:
    """A decision that takes the record as the person filled it in."""
    process, item = await visit.item(decision.role)
    sent = _taken(visit, item)
    if sent is None:
        return await shown(visit, process, item, sent=visit.sent, problem=_NOT_OFFERED, status=_CONFLICT)
    filled = within(limits_of(item), RecordForm(process.record, process.rules).read(sent, item.data))
    if filled.record is None:
        return await shown(visit, process, item, filled=filled, sent=visit.sent, status=422)
    why = visit.sent.get("why", "").strip() or decision.unasked
    given = Answers(why=why, record=filled.record.data())

    async def decide(seen: float) -> None:
        await visit.desk.queue.decide(item.id, decision, visit.who, given, seen=seen)

    async def told(now: WorkItem, error: BusinessException) -> Response:
        why_not = error.sentence
        return await shown(
            visit, process, now, filled=filled, sent=visit.sent, problem=why_not, status=_CONFLICT
        )

    return await _decided(visit, item, decide, told)


def _taken(visit: Visit, item: WorkItem) -> Mapping[str, str] | None:
    """What was sent, with the candidate whose button was pressed. None: it is none any more."""
    choice, value = Choice.of(item.detail), visit.sent.get("take")
    if value is None:
        return visit.sent
    if choice is None or value not in {one.value for one in choice.candidates}:
        return None
    return {**visit.sent, choice.field: str(value)}


async def tried(visit: Visit) -> Response:
    """What the record's own rules say of what is typed so far, by field. Nothing is kept."""
    process, item = await visit.item(Role.REVIEWER)
    await visit.desk.work.still_here(item.id, visit.person.id)
    filled = RecordForm(process.record, process.rules).read(visit.sent, item.data)
    return JSONResponse(dict(filled.mistakes))


def answers(decision: Decision, sent: Mapping[str, str], why: str) -> Answers:
    """What the form asks for besides the record. Raises BusinessException."""
    reference, wait = decision.ask(Asked.REFERENCE), decision.ask(Asked.SECONDS)
    return Answers(
        why=why,
        reference=_reference(sent) if reference is not None else None,
        seconds=_seconds(sent, wait) if wait is not None else 0.0,
    )


def _reference(sent: Mapping[str, str]) -> str:
    found = sent.get("reference", "").strip()
    if not found:
        raise refusal("no-reference", "Give the reference that the system shows for this case.")
    return found


def _seconds(sent: Mapping[str, str], wait: Ask) -> float:
    """Given in days."""
    if "days" not in sent and wait.default is not None:
        return wait.default
    try:
        days = float(sent.get("days", ""))
    except ValueError:
        days = 0.0
    if not 0 < days * DAY <= PUT_OFF_FOR:
        raise refusal("no-days", "Say for how many days.")
    return days * DAY


async def _decided(
    visit: Visit,
    item: WorkItem,
    decide: Callable[[float], Awaitable[None]],
    told: Callable[[WorkItem, BusinessException], Awaitable[Response]],
) -> Response:
    """`told`: the page that tells of a refusal, with all that was typed, and the item as it is now."""
    try:
        await decide(seen_by(visit))
    except BusinessException as error:
        now = await visit.desk.queue.item(item.id) or item
        return await told(now, error)
    await timed(visit, item)
    return RedirectResponse(f"/items/{item.id}/decided", status_code=303)


def seen_by(visit: Visit, name: str = "seen") -> float:
    """Raises BusinessException for a form that does not say which state of the item it shows."""
    try:
        return float(visit.sent.get(name, ""))
    except ValueError:
        raise refusal("changed-meanwhile", "Load the page again, and try once more.") from None


async def comment(visit: Visit) -> Response:
    process, item = await visit.item(Role.REVIEWER)
    text = visit.sent.get("text", "").strip()
    if not text:
        return await page(visit, process, item, sent=visit.sent, problem=_NO_NOTE, at="text", status=422)
    await visit.desk.work.comment(item.id, visit.person.id, text, Remark.COMMENT)
    return RedirectResponse(f"/items/{item.id}#notes", status_code=303)
