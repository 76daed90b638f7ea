"""`rekey limit`: what a bot is allowed."""

from __future__ import annotations

from decimal import Decimal, InvalidOperation
from typing import Annotated

import typer

from bots.engine.core.errors import ConfigurationError
from bots.engine.core.limits import Limits, pounds
from bots.engine.core.people import Role
from bots.engine.core.queue import Queue
from bots.processes.registry import find
from bots.terminal.display import facts, write_json

from .arguments import Json, with_queue
from .authorise import about_process


def add_to(app: typer.Typer) -> None:
    app.command()(limit)


def limit(
    process: Annotated[str, typer.Argument(help="Such as missed-bins.")],
    why: Annotated[str | None, typer.Option(help="Needed to change anything.")] = None,
    items: Annotated[int | None, typer.Option(min=0, help="So many items a day at most.")] = None,
    money: Annotated[str | None, typer.Option("--pounds", help="So much money a day at most.")] = None,
    first: Annotated[
        int | None, typer.Option(min=0, help="A person agrees to the first so many items.")
    ] = None,
    over: Annotated[
        str | None, typer.Option(help="A person agrees to a case that moves more than so many pounds.")
    ] = None,
    none: Annotated[bool, typer.Option("--none", help="No limits.")] = False,
    json_file: Json = None,
) -> None:
    """Show or set what a bot may do in a day, over all workers, and how its first items are looked at.

    What is not named is no limit.
    """
    found = find(process)
    asked = none or any(each is not None for each in (items, money, first, over))
    pence, large = _pence(money), _pence(over)
    if (pence is not None or large is not None) and found.pounds is None:
        raise ConfigurationError("no-money", f"{found.title} moves no money: it has no limit in pounds.")
    if asked and not (why or "").strip():
        raise ConfigurationError("no-why", "Say why: --why TEXT.")
    wanted = Limits(daily_items=items, daily_pence=pence, approve_first=first or 0, approve_over=large)

    async def both(queue: Queue) -> tuple[Limits, object]:
        return await queue.limits(process), await queue.spent(process)

    if asked:
        about_process(process, Role.OWNER, lambda q, who: q.set_limits(process, wanted, who, str(why)))
    now, spent = with_queue(both)
    facts(f"Limits of {process}", _shown(now, spent))
    write_json(json_file, {"process": process, "limits": now, "today": spent})


def _shown(now: Limits, spent: object) -> dict[str, object]:
    return {
        "Items a day": "no limit" if now.daily_items is None else now.daily_items,
        "Pounds a day": "no limit" if now.daily_pence is None else pounds(now.daily_pence),
        "First items that want a person": now.approve_first or "none",
        "Cases that want a person": "none"
        if now.approve_over is None
        else f"over {pounds(now.approve_over)}",
        "Begun today": f"{getattr(spent, 'items', 0)} items, {pounds(getattr(spent, 'pence', 0))}",
    }


def _pence(money: str | None) -> int | None:
    if money is None:
        return None
    try:
        amount = Decimal(money.replace(",", "").removeprefix("£"))
    except InvalidOperation:
        raise ConfigurationError("pounds", "Write the pounds as a number, such as 1500 or 1500.50.") from None
    if not amount.is_finite() or amount < 0 or amount != amount.quantize(Decimal("0.01")):
        raise ConfigurationError("pounds", "Write the pounds as a number, such as 1500 or 1500.50.")
    return int(amount * 100)
