"""The page of one item: the source, the record as a form, and what the target showed, side by side."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from starlette.responses import FileResponse, Response

from ...core.choice import Choice
from ...core.errors import BusinessException
from ...core.item import State, WorkItem
from ...core.people import Role
from ...core.process import Process
from ...decisions.decision import Asked, Decision
from ...decisions.list import DECISIONS
from ..services.masking import Veil, reference_of
from ..services.record_form import Filled, RecordForm
from ..web.request import Asking, Missing, Visit
from .holder import desk_of
from .outcome import outcome_of
from .search_result import SightView, sight_view
from .source_view import source_of
from .view import ItemView, named, view_of

_CONFLICT = 409
_FIELDS = {
    "no-why": "why",
    "no-reference": "reference",
    "no-days": "days",
    "not-later": "days",
    "no-colleague": "to",
    "asks-oneself": "to",
    "nothing-said": "text",
}
"""The field of a decision's form that a refusal is about, by its code."""
RESUMED = "You were signed out before this was sent. It is as you left it: look it over, and send it again."


@dataclass(frozen=True, kw_only=True)
class ChoiceView:
    """`field` and `label`: of the record; `rows`: a value, and what the target shows of it."""

    field: str
    label: str
    captions: Sequence[str]
    rows: Sequence[tuple[str, Sequence[str]]]


async def show(visit: Visit) -> Response:
    process, item = await visit.item(Role.VIEWER)
    await visit.desk.work.still_here(item.id, visit.person.id)  # if it is the person's, it stays so
    return await page(visit, process, item)


async def resumed(visit: Visit, name: str) -> Response:
    """As the person left it when the session ended. Nothing has been sent."""
    process, item = await visit.item(Role.VIEWER, name)
    form = RecordForm(process.record)
    texts = {field.name: visit.sent.get(field.name, "") for field in form.fields}
    typed = Filled(texts=texts, record=None, mistakes={}) if set(texts) & visit.sent.keys() else None
    return await page(visit, process, item, filled=typed, sent=visit.sent, problem=RESUMED)


async def page(
    visit: Visit,
    process: Process[Any],
    item: WorkItem,
    *,
    filled: Filled | None = None,
    sent: Mapping[str, str] | None = None,
    problem: str = "",
    at: str = "",
    status: int = 200,
) -> Response:
    """`filled`, `sent`: what the person typed, when it could not be taken; nothing of it is lost.
    `problem`: why not, in a sentence; `at`: the field of a decision's form that it belongs to."""
    clear = visit.person.may(Role.REVIEWER, process.name)
    form = RecordForm(process.record)
    veil = Veil(process, clear=clear)
    view = await view_for(visit, process, item, veil)
    offered, titles = offered_to(visit, item, view), titles_of(process)
    now = _veiled(veil, form.texts(item.data))
    texts = _veiled(veil, filled.texts) if filled else now
    return visit.desk.pages.show(
        visit.request,
        "item.html",
        status=status,
        visit=visit,
        process=process,
        item=item,
        view=view,
        fields=form.fields,
        texts=texts,
        now=now,
        both=[f for f in form.fields if texts[f.name] != now[f.name]] if status == _CONFLICT else [],
        asked=asked(item),
        source=await source_of(visit, process, item),
        corrected=frozenset(item.detail.get("corrected") or ()),
        would_save=would_save(item, veil),
        limits=limits_of(item),
        titles=titles,
        by_hand=_by_hand(process, view),
        choice=choice_of(item, form) if clear and item.state is State.EXCEPTION and not view.kept else None,
        sight=await sight_of(visit, process, item),
        mistakes=dict(filled.mistakes) if filled else {},
        sent=sent or {},
        problem=problem,
        faults={f"{at}-{sent['act']}": problem} if at and sent and sent.get("act") else {},
        decides=clear,
        of_record=next((one for one in offered if one.ask(Asked.RECORD)), None),
        forms=[one for one in offered if not one.ask(Asked.RECORD)],
        in_target=[(titles.get(one.step, ""), one.reference) for one in view.kept],
        desk=await desk_of(visit, item),
        reference=reference_of(visit.person, item),
        outcome=await outcome_of(visit),
    )


def offered_to(visit: Visit, item: WorkItem, view: ItemView) -> list[Decision]:
    """The decisions that this person can take about the item, as its page has them."""
    return [
        one
        for one in DECISIONS
        if one.form is not None
        and item.state in one.form.at
        and visit.person.may(one.role, item.process)
        and not (one.form.untouched and view.kept)
    ]


async def refused(visit: Visit, process: Process[Any], item: WorkItem, error: BusinessException) -> Response:
    """The page again, with all that was sent, and why that could not be done."""
    at = _FIELDS.get(error.code, "")
    return await page(visit, process, item, sent=visit.sent, problem=error.sentence, at=at, status=_CONFLICT)


async def picture(visit: Visit) -> Response:
    """The masked picture of the target's screen. Raises Missing."""
    _, item = await visit.item(Role.VIEWER)
    name = str(item.detail.get("evidence") or "")
    found = visit.desk.evidence.look(name) if name.startswith(f"{item.id}/") else None
    if found is None or found.picture is None or not found.whole:
        raise Missing("no-picture", "There is no picture of this item's screen.")
    return FileResponse(found.picture, media_type="image/png", headers={"Cache-Control": "no-store"})


def _veiled(veil: Veil, texts: Mapping[str, str]) -> dict[str, str]:
    return {name: veil.over(name, text) for name, text in texts.items()}


def asked(item: WorkItem) -> dict[str, str]:
    """What is wrong with which field, where the reader of a document said so."""
    said = item.detail.get("fields")
    return {name: str(why) for name, why in said.items()} if isinstance(said, Mapping) else {}


def would_save(item: WorkItem, veil: Veil) -> list[tuple[str, str]]:
    """What the bot had on the screen when it stopped to ask: caption and value."""
    would = (item.detail.get("would_save") or {}).items()
    return [(named(name), veil.over(name, str(value))) for name, value in would]


def titles_of(process: Process[Any]) -> dict[str, str]:
    """Of the steps, by their names."""
    return {step.name: step.title or named(step.name.replace("-", "_")) for step in process.steps}


def _by_hand(process: Process[Any], view: ItemView) -> str:
    """Of which step a reference is asked for; empty where there is one alone."""
    done = {proof.step for proof in view.kept}
    left = [title for name, title in titles_of(process).items() if name not in done]
    return left[0] if left and len(process.steps) > 1 else ""


def limits_of(item: WorkItem) -> dict[str, int]:
    """By field: how many characters the target holds of it, where one had more."""
    field, limit = item.detail.get("field"), item.detail.get("limit")
    return {str(field): int(limit)} if field and isinstance(limit, int) else {}


def choice_of(item: WorkItem, form: RecordForm) -> ChoiceView | None:
    """The entries of the target of which a person takes one, as a table."""
    choice = Choice.of(item.detail)
    label = next((field.label for field in form.fields if choice and field.name == choice.field), None)
    if choice is None or label is None:
        return None
    names = list(dict.fromkeys(name for one in choice.candidates for name in one.shown))
    return ChoiceView(
        field=choice.field,
        label=label,
        captions=[named(name) for name in names],
        rows=[(one.value, [one.shown.get(name, "") for name in names]) for one in choice.candidates],
    )


async def sight_of(asking: Asking, process: Process[Any], item: WorkItem) -> SightView:
    """What a bot saw when somebody asked it to look, and what is in doubt."""
    return sight_view(
        process,
        item,
        lookup=await asking.desk.lookups.latest(item.id),
        intents=await asking.desk.queue.intents(item.id),
        sent=await asking.desk.queue.sent(item.id),
        veil=Veil(process, clear=asking.person.may(Role.REVIEWER, process.name)),
    )


async def view_for(asking: Asking, process: Process[Any], item: WorkItem, veil: Veil) -> ItemView:
    queue = asking.desk.queue
    batch = await queue.batch(item.batch)
    return view_of(
        process,
        item,
        file=str(batch.detail.get("file", batch.source)) if batch else "",
        receipts=await queue.receipts_of(item.id),
        history=await queue.history(item.id),
        sent=await queue.sent(item.id),
        veil=veil,
    )
