"""The command `rekey shadow`: how far staff keyed what shadow runs would have saved."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated, Any

import typer

from bots.engine.core.shadowed import Seen, ShadowMatch, StepMatch
from bots.terminal.display import bar, console, facts, table, write_json

from .arguments import Json, run

WORDS = {
    Seen.DIFFERENT: "Staff keyed something else",
    Seen.NOT_FOUND: "Not found yet",
    Seen.SEVERAL: "Several found",
    Seen.NOT_LOOKED_UP: "Could not be looked up",
    Seen.NOT_REHEARSED: "Went to people in the shadow run",
    Seen.BY_THE_BOT: "Keyed by a bot since",
}
"""What is listed, item by item, in this order."""


def add_to(app: typer.Typer) -> None:
    app.command()(shadow)


def shadow(
    process: Annotated[str, typer.Argument(help="Such as missed-bins.")],
    json_file: Json = None,
    delete_older: Annotated[
        int | None,
        typer.Option("--delete-older-than", min=0, help="First delete notes of so many days ago and more."),
    ] = None,
) -> None:
    """Compare what shadow runs would have saved with what staff then keyed. It changes no system."""
    from bots.assembly.worker import open_rekey
    from bots.engine.settings import load_settings
    from bots.processes.registry import find

    async def compare() -> None:
        async with open_rekey(load_settings()) as rekey:
            if delete_older is not None:
                deleted = rekey.notes.delete_older(find(process).name, delete_older)
                console.print(f"Files of old notes deleted: {deleted}")
            with bar("Comparing") as move:
                found = await rekey.match_shadow(process, move)
        show(found)
        if not found.noted:
            console.print(f"There are no notes. First: rekey work {process} --shadow")
        write_json(json_file, as_json(found))

    run(compare())


def show(found: ShadowMatch) -> None:
    counts = {"Items noted": found.noted, "Keyed as the bot would have": len(found.of(Seen.EQUAL))}
    counts |= {words: len(found.of(seen)) for seen, words in WORDS.items()}
    facts(f"Shadow runs of {found.process} and what staff keyed", counts)
    if found.rates:
        rows = [(r.step, r.field, r.compared, r.equal, f"{r.per_cent:.1f} %") for r in found.rates]
        table("Match rate by field", ("Step", "Field", "Compared", "Equal", "Match"), rows)
    listed = [_row(one) for seen in WORDS for one in found.of(seen)]
    if listed:
        table("Item by item", ("Item", "Step", "What", "Fields or code"), listed)


def _row(one: StepMatch) -> Sequence[str]:
    return one.item, one.step, WORDS[one.seen], ", ".join(one.differing) or one.code or ""


def as_json(found: ShadowMatch) -> dict[str, Any]:
    return {
        "process": found.process,
        "noted": found.noted,
        "equal": len(found.of(Seen.EQUAL)),
        "fields": [
            {"step": r.step, "field": r.field, "compared": r.compared, "equal": r.equal, "match": r.per_cent}
            for r in found.rates
        ],
        **{seen.value.replace("-", "_"): [_entry(one) for one in found.of(seen)] for seen in WORDS},
        "seconds": found.seconds,
    }


def _entry(one: StepMatch) -> dict[str, Any]:
    return {"item": one.item, "step": one.step, "fields": one.differing, "code": one.code}
