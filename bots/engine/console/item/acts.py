"""What people do with an item. Each is one decision of the queue, on the item that the person saw."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping

from starlette.responses import JSONResponse, RedirectResponse, Response

from ...core.choice import Choice
from ...core.decision import Answers
from ...core.errors import BusinessException, refusal
from ...core.item import WorkItem
from ...core.people import Role
from ...core.work_list import Remark
from ...decisions.approve import APPROVE
from ...decisions.by_hand import BY_HAND
from ...decisions.correct import CORRECT
from ...decisions.decline import DECLINE
from ...decisions.look_again import LOOK_AGAIN
from ...decisions.not_needed import NOT_NEEDED
from ...decisions.not_saved import NOT_SAVED
from ...decisions.retry import RETRY
from ...decisions.return_to_sender import RETURN_TO_SENDER
from ...decisions.saved import SAVED
from ..services.record_form import RecordForm, within
from ..web.request import Visit
from .review_time import timed
from .views import limits_of, page, refused

Act = Callable[[Visit, WorkItem, str, float], Awaitable[None]]
Shown = Callable[..., Awaitable[Response]]
"""A page that takes what `views.page` takes: on it a person is told why something could not be done."""
_CONFLICT = 409
_NOT_OFFERED = "This is not among what can be taken any more. Look again."
_NO_NOTE = "Write the note first."
_NO_REASON = "Say why, in a few words: it goes into the item's history."


def act(decide: Act, *, role: Role = Role.REVIEWER, why: str = "") -> Callable[[Visit], Awaitable[Response]]:
    """A handler for a decision that takes no record. `why`: stands for a reason where none is asked for."""

    async def answer(visit: Visit) -> Response:
        process, item = await visit.item(role)
        reason = visit.sent.get("why", "").strip() or why
        if not reason:
            return await page(visit, process, item, sent=visit.sent, problem=_NO_REASON, at="why", status=422)

        async def told(now: WorkItem, error: BusinessException) -> Response:
            return await refused(visit, process, now, error)

        return await _decided(visit, item, lambda seen: decide(visit, item, reason, seen), told)

    return answer


async def correct(visit: Visit, shown: Shown = page) -> Response:
    """The record as the person filled it in, back to be keyed."""
    process, item = await visit.item(Role.REVIEWER)
    sent = _taken(visit, item)
    if sent is None:
        return await shown(visit, process, item, sent=visit.sent, problem=_NOT_OFFERED, status=_CONFLICT)
    filled = within(limits_of(item), RecordForm(process.record, process.rules).read(sent, item.data))
    if filled.record is None:
        return await shown(visit, process, item, filled=filled, sent=visit.sent, status=422)
    data, why = filled.record.data(), visit.sent.get("why", "").strip() or "Corrected in the console."

    async def retry(seen: float) -> None:
        await visit.desk.queue.decide(item.id, CORRECT, visit.who, Answers(why=why, record=data), seen=seen)

    async def told(now: WorkItem, error: BusinessException) -> Response:
        why_not = error.sentence
        return await shown(
            visit, process, now, filled=filled, sent=visit.sent, problem=why_not, status=_CONFLICT
        )

    return await _decided(visit, item, retry, told)


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


async def again(visit: Visit, item: WorkItem, why: str, seen: float) -> None:
    await visit.desk.queue.decide(item.id, RETRY, visit.who, Answers(why=why), seen=seen)


async def not_needed(visit: Visit, item: WorkItem, why: str, seen: float) -> None:
    await visit.desk.queue.decide(item.id, NOT_NEEDED, visit.who, Answers(why=why), seen=seen)


async def send_back(visit: Visit, item: WorkItem, why: str, seen: float) -> None:
    """Whoever sent it in must put it right first."""
    await visit.desk.queue.decide(item.id, RETURN_TO_SENDER, visit.who, Answers(why=why), seen=seen)


async def by_hand(visit: Visit, item: WorkItem, why: str, seen: float) -> None:
    """Keyed by a person, or found in the target: under which reference."""
    given = Answers(why=why, reference=_reference(visit))
    await visit.desk.queue.decide(item.id, BY_HAND, visit.who, given, seen=seen)


async def saved(visit: Visit, item: WorkItem, why: str, seen: float) -> None:
    given = Answers(why=why, reference=_reference(visit))
    await visit.desk.queue.decide(item.id, SAVED, visit.who, given, seen=seen)


async def not_saved(visit: Visit, item: WorkItem, why: str, seen: float) -> None:
    await visit.desk.queue.decide(item.id, NOT_SAVED, visit.who, Answers(why=why), seen=seen)


async def look_again(visit: Visit, item: WorkItem, why: str, seen: float) -> None:
    """Nobody can tell yet: it stays in doubt, and the bot tries to settle it."""
    await visit.desk.queue.decide(item.id, LOOK_AGAIN, visit.who, Answers(why=why), seen=seen)


async def approve(visit: Visit, item: WorkItem, why: str, seen: float) -> None:
    await visit.desk.queue.decide(item.id, APPROVE, visit.who, Answers(why=why), seen=seen)


async def decline(visit: Visit, item: WorkItem, why: str, seen: float) -> None:
    await visit.desk.queue.decide(item.id, DECLINE, visit.who, Answers(why=why), seen=seen)


def _reference(visit: Visit) -> str:
    found = visit.sent.get("reference", "").strip()
    if not found:
        raise refusal("no-reference", "Give the reference that the system shows for this case.")
    return found


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
