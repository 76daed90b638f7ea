"""The decisions, for programs: each address with what is sent there, made of the list of them."""

from __future__ import annotations

import inspect
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Any

from pydantic import Field, create_model
from starlette.responses import JSONResponse

from ...core.decision import Answers
from ...core.errors import refusal
from ...core.people import Role
from ...core.process import Process
from ...core.work_list import DAY
from ...decisions.decision import Address, Ask, Asked, Decision, joined, which
from ...decisions.list import DECISIONS
from ..services.record_form import Filled, RecordForm
from ..web.tokens import Caller
from . import words as w
from .acts import as_it_is

_FIELDS = {Asked.REFERENCE: "reference", Asked.RECORD: "corrected", Asked.SECONDS: "days"}
"""How what is asked for is called in what is sent."""


@dataclass(frozen=True, kw_only=True)
class Offered:
    """One address. `joined`: the decisions behind it; what is sent says which is taken."""

    address: Address
    joined: tuple[Decision, ...]

    @property
    def role(self) -> Role:
        return self.joined[0].role

    def asks(self, what: Asked) -> bool:
        return any(one.ask(what) for one in self.joined)


def offered() -> list[Offered]:
    groups = joined(DECISIONS, lambda one: one.address.name if one.address else None).values()
    return [Offered(address=group[0].address, joined=group) for group in groups if group[0].address]


def handler(one: Offered) -> Callable[..., Awaitable[Any]]:
    """As FastAPI wants it: it reads from a function's signature what is sent to it."""

    async def decide(call: Caller, item: w.ItemId, sent: w.Decision) -> Any:
        return await _decide(call, item, sent, one)

    body = inspect.Parameter("sent", inspect.Parameter.POSITIONAL_OR_KEYWORD, annotation=_body(one))
    given = inspect.signature(decide, eval_str=True)
    decide.__signature__ = given.replace(  # type: ignore[attr-defined]
        parameters=[*list(given.parameters.values())[:2], body]
    )
    decide.__doc__ = one.address.described
    return decide


def _body(one: Offered) -> type[w.Decision]:
    asks = {ask.what: ask for decision in one.joined for ask in decision.asks}
    if not asks:
        return w.Decision
    wanted = {what for what in asks if all(decision.ask(what) for decision in one.joined)}
    fields: dict[str, Any] = {_FIELDS[what]: _field(ask, what in wanted) for what, ask in asks.items()}
    name = "".join(part.capitalize() for part in one.address.name.split("-"))
    return create_model(name, __base__=w.Decision, **fields)


def _field(ask: Ask, wanted: bool) -> tuple[Any, Any]:
    described: dict[str, Any] = {"description": ask.described}
    match ask.what:
        case Asked.RECORD:
            return dict[w.Word, w.Value], Field({}, max_length=300, **described)
        case Asked.SECONDS if ask.default is not None:
            return w.Days, Field(ask.default / DAY, **described)
        case Asked.SECONDS:
            return w.Days, Field(**described)
        case Asked.REFERENCE if wanted:
            return w.Reference, Field(**described)
        case Asked.REFERENCE:
            return w.Reference | None, Field(None, **described)


async def _decide(call: Caller, item: str, sent: w.Decision, one: Offered) -> Any:
    process, found = await call.item(one.role, item)
    given = {what: value for what, name in _FIELDS.items() if (value := getattr(sent, name, None))}
    decision = which(one.joined, given.keys())
    if decision is None:
        raise refusal("no-such-decision", "What was sent fits none of the decisions of this address.")
    record = None
    if Asked.RECORD in given:
        filled = _filled(process, found.data, given[Asked.RECORD])
        if filled.record is None:
            return _mistaken(filled.mistakes)
        record = filled.record.data()
    answers = Answers(
        why=sent.why,
        reference=given.get(Asked.REFERENCE),
        record=record,
        seconds=given.get(Asked.SECONDS, 0.0) * DAY,
    )
    await call.desk.queue.decide(item, decision, call.who, answers, seen=sent.seen)
    return await as_it_is(call, item)


def _filled(process: Process[Any], before: Mapping[str, Any], corrected: Mapping[str, w.Value]) -> Filled:
    form = RecordForm(process.record, process.rules)
    known = {field.name for field in form.fields}
    if unknown := sorted(set(corrected) - known):
        return Filled(texts={}, record=None, mistakes={unknown[0]: "There is no such field."})
    written = {name: _written(value) for name, value in corrected.items()}
    return form.read(form.texts(before) | written, before)


def _written(value: w.Value) -> str:
    """As people write it."""
    if value is None:
        return ""
    return ("yes" if value else "no") if isinstance(value, bool) else str(value)


def _mistaken(mistakes: Mapping[str, str]) -> JSONResponse:
    told = w.Mistakes(
        code="record-wrong",
        sentence="The record cannot be used like this. Nothing was changed.",
        mistakes=dict(mistakes),
    )
    return JSONResponse(told.model_dump(), status_code=409)
