"""`rekey baseline ...`: how long a case takes by hand, as it was measured and an owner signed it off."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Annotated, TypeVar

import typer
from pydantic import ValidationError

from bots.assembly.worker import Rekey
from bots.engine.core.baseline import Baseline, Measured
from bots.engine.core.errors import ConfigurationError
from bots.engine.core.people import Role
from bots.engine.documents.mistakes import mistakes
from bots.processes.registry import find
from bots.terminal.display import console, table, write_json

from .arguments import Json, run
from .authorise import who_decides

T = TypeVar("T")
baseline_app = typer.Typer(
    no_args_is_help=True, help="How long a case takes by hand, measured and signed off by its owner."
)
ProcessName = Annotated[str, typer.Argument(metavar="PROCESS", help="Such as missed-bins.")]
_OPTIONS = {"first": "--from", "last": "--until"}


def add_to(app: typer.Typer) -> None:
    app.add_typer(baseline_app, name="baseline")


def _with_rekey(work: Callable[[Rekey], Awaitable[T]]) -> T:
    from bots.assembly.worker import open_rekey
    from bots.engine.settings import load_settings

    async def inside() -> T:
        async with open_rekey(load_settings()) as rekey:
            return await work(rekey)

    return run(inside())


@baseline_app.command("set")
def set_baseline(
    process: ProcessName,
    minutes: Annotated[str, typer.Option(help="For one case by hand, such as 7.5.")],
    cases: Annotated[str, typer.Option(help="How many cases were timed.")],
    timed_by: Annotated[str, typer.Option("--timed-by", help="Who timed them.")],
    first: Annotated[str, typer.Option("--from", help="The first day of timing, such as 02/11/2026.")],
    last: Annotated[str, typer.Option("--until", help="The last day of timing.")],
    staff_hour: Annotated[
        str | None, typer.Option("--staff-hour", help="What an hour of staff costs, in pounds.")
    ] = None,
    a_year: Annotated[
        str | None, typer.Option("--a-year", help="What running the bot costs a year, in pounds.")
    ] = None,
) -> None:
    """Sign off a baseline, as an owner of the process. It holds from today on; older ones stay."""
    found = find(process)
    measured = _measured(
        minutes=minutes,
        cases=cases,
        timed_by=timed_by,
        first=first,
        last=last,
        staff_hour=staff_hour,
        a_year=a_year,
    )

    async def sign(rekey: Rekey) -> Baseline:
        who = await who_decides(rekey, Role.OWNER, found.name)
        return await rekey.figures.sign(found.name, measured, who)

    made = _with_rekey(sign)
    console.print(f"Baseline {made.number} of {process} holds from today on: {minutes} minutes for one case.")


def _measured(**said: str | None) -> Measured:
    try:
        return Measured.model_validate({name: text for name, text in said.items() if text is not None})
    except ValidationError as error:
        name, why = next(iter(mistakes(error).items()))
        option = _OPTIONS.get(name, f"--{name.replace('_', '-')}")
        raise ConfigurationError("baseline", f"What stands after {option} {why}.") from None


@baseline_app.command()
def show(process: ProcessName, json_file: Json = None) -> None:
    """Every baseline of a process, the newest first. Each day's figures use the one of that day."""
    found = find(process)
    kept = _with_rekey(lambda rekey: rekey.figures.baselines([found.name]))
    rows = [
        (
            f"{one.day:%d/%m/%Y}",
            one.measured.minutes,
            f"{one.measured.cases} by {one.measured.timed_by}, "
            f"{one.measured.first:%d/%m/%Y} to {one.measured.last:%d/%m/%Y}",
            _pounds(one.measured.staff_hour),
            _pounds(one.measured.a_year),
            one.who,
        )
        for one in kept
    ]
    if rows:
        heads = ("From", "Minutes a case", "Timed", "Hour of staff", "Bot a year", "Signed off by")
        table(f"Baselines of {process}", heads, rows)
    else:
        console.print(f"{process} has no baseline yet, so there is no figure of hours given back.")
    write_json(json_file, {"process": process, "baselines": [_facts(one) for one in kept]})


def _pounds(amount: object) -> str:
    return "not given" if amount is None else f"£{amount:,}"


def _facts(one: Baseline) -> dict[str, object]:
    signed = {"number": one.number, "from": one.day.isoformat(), "who": one.who}
    return signed | one.measured.data()
