"""`rekey queue retry`, `withdraw`, `decide` and so on: commands, made of the list of decisions."""

from __future__ import annotations

import inspect
import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Annotated, Any

import typer
from pydantic import ValidationError

from bots.engine.core.decision import Answers
from bots.engine.core.errors import ConfigurationError
from bots.engine.core.item import State, WorkItem
from bots.engine.core.papers import DOCUMENT
from bots.engine.core.queue import Queue
from bots.engine.core.work_list import DAY, MINUTE
from bots.engine.decisions.decision import Ask, Asked, Command, Decision, joined, which
from bots.engine.decisions.list import DECISIONS
from bots.processes.registry import find
from bots.terminal.display import console

from .arguments import Why
from .authorise import about_item

Item = Annotated[str, typer.Argument(help="The item's id, as every list shows it.")]
_UNITS = {"--minutes": MINUTE, "--days": DAY}


def add_to(group: typer.Typer) -> None:
    for same in joined(DECISIONS, lambda one: one.command.name if one.command else None).values():
        _add(group, same)


def _add(group: typer.Typer, same: Sequence[Decision]) -> None:
    command = same[0].command
    assert command is not None

    def decide(item: str, why: str, **given: Any) -> None:
        _decide(same, command, item, why, given)

    parameters = [_parameter("item", Item), _parameter("why", Why), *_options(same)]
    decide.__signature__ = inspect.Signature(parameters)  # type: ignore[attr-defined]
    decide.__annotations__ = {one.name: one.annotation for one in parameters}
    group.command(command.name, help=command.help)(decide)


def _parameter(name: str, kind: Any, default: Any = inspect.Parameter.empty) -> inspect.Parameter:
    return inspect.Parameter(name, inspect.Parameter.KEYWORD_ONLY, default=default, annotation=kind)


def _options(same: Sequence[Decision]) -> list[inspect.Parameter]:
    asks = {ask.what: ask for one in same for ask in one.asks}
    wanted = {what for what in asks if all(one.ask(what) for one in same)}
    flags = [one.command for one in same if one.command and one.command.flag]
    return [
        *(_option(ask, ask.what in wanted) for ask in asks.values()),
        *(_parameter(_named(c.flag), bool, typer.Option(False, c.flag, help=c.flag_help)) for c in flags),
    ]


def _option(ask: Ask, wanted: bool) -> inspect.Parameter:
    """One that stands for a decision, among joined ones, may be left out."""
    if ask.what is Asked.SECONDS:
        usual = ask.default / _UNITS[ask.option] if ask.default is not None else None
        default = ... if usual is None else int(usual) if usual.is_integer() else usual
        return _parameter(ask.what.value, float, typer.Option(default, ask.option, help=ask.help, min=0))
    kind: Any = Path if ask.what is Asked.RECORD else str
    option = typer.Option(... if wanted else None, ask.option, help=ask.help)
    return _parameter(ask.what.value, kind if wanted else kind | None, option)


def _named(flag: str) -> str:
    return flag.lstrip("-").replace("-", "_")


def _decide(
    same: Sequence[Decision], command: Command, item: str, why: str, given: Mapping[str, Any]
) -> None:
    decision = _chosen(same, command, given)
    wait, file = decision.ask(Asked.SECONDS), given.get(Asked.RECORD)
    record = _record(file) if file else None
    seconds = given[Asked.SECONDS] * _UNITS[wait.option] if wait else 0.0
    answers = Answers(why=why, reference=given.get(Asked.REFERENCE), record=record, seconds=seconds)

    async def carry_out(queue: Queue, who: str) -> WorkItem | None:
        found = await queue.item(item)
        if found is not None and record is not None:
            _check_record(found, record)
        await queue.decide(item, decision, who, answers)
        return await queue.item(item)

    now = about_item(item, decision.role, carry_out)
    waits = now is not None and now.state is State.AWAITING_APPROVAL and command.says_waiting
    said = command.says_waiting if waits else command.says
    console.print(said.format(item=item, minutes=seconds / MINUTE, days=seconds / DAY))


def _chosen(same: Sequence[Decision], command: Command, given: Mapping[str, Any]) -> Decision:
    """Of joined ones: whose flag is given, or who asks for just what is given."""
    asked = {what for what in Asked if given.get(what) is not None}
    flagged = [one for one in same if one.command and given.get(_named(one.command.flag))]
    plain = [one for one in same if one.command and not one.command.flag]
    found = flagged[0] if len(flagged) == 1 and not asked else None if flagged else which(plain, asked)
    if found is None:
        raise ConfigurationError("arguments", command.either)
    return found


def _check_record(item: WorkItem, data: Mapping[str, Any]) -> None:
    """A correction replaces the whole record: what it leaves out would be gone. Its pages stay its own."""
    if data.get(DOCUMENT) != item.data.get(DOCUMENT):
        raise ConfigurationError("other-document", f"The record's {DOCUMENT} cannot be changed to another.")
    try:
        find(item.process).record.model_validate(data)
    except ValidationError as error:
        fields = sorted({str(one["loc"][0]) if one["loc"] else "record" for one in error.errors()})
        raise ConfigurationError(
            "no-record",
            f"The file is no whole record: {', '.join(fields)} is missing or wrong. Nothing was changed. "
            "`rekey queue show` prints the record as it is.",
        ) from None


def _record(file: Path) -> dict[str, Any]:
    try:
        found = json.loads(file.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        raise ConfigurationError("data-file", f"{file.name} cannot be read as JSON.") from None
    if not isinstance(found, dict):
        raise ConfigurationError("data-file", f"{file.name} should hold one record.")
    return found
