"""`rekey restored`: what a person knows about the store that Rekey cannot know."""

from __future__ import annotations

from typing import Annotated

import typer

from bots.engine.core.errors import ConfigurationError
from bots.terminal.display import console, table

from .arguments import person, run, when

_UNASKED = (
    "Noted: no system is asked first by runs that begin within two minutes, or while the console or a worker "
    "of Prefect is up."
)
_NEXT = "Every system is asked for entries without a receipt before anything is keyed in it."


def add_to(app: typer.Typer) -> None:
    app.command()(restored)


def restored(
    why: Annotated[str, typer.Option(help="What was restored, when and from what.")] = "",
    no: Annotated[bool, typer.Option("--no", help="Nothing was: key without asking the systems.")] = False,
    this_home: Annotated[
        bool, typer.Option("--this-home", help="The store's home is lost; this one takes its place.")
    ] = False,
    show: Annotated[bool, typer.Option("--list", help="Entries that were found without a receipt.")] = False,
) -> None:
    """Say that the store was restored from a backup (or with --no that it was not)."""
    if show:
        run(_show())
        return
    if not why.strip():
        raise ConfigurationError("no-why", "Say why: --why TEXT.")
    run(_said(why, no=no, this_home=this_home))


async def _said(why: str, *, no: bool, this_home: bool) -> None:
    from bots.assembly.worker import open_rekey
    from bots.engine.home.identity import home_id
    from bots.engine.settings import load_settings

    settings = load_settings()
    # As one that only looks: in a home that is not the store's yet nothing else opens.
    async with open_rekey(settings, reading=True) as rekey:
        if this_home:
            await rekey.restores.take_home(home_id(settings.home), person(), why)
            console.print("This home is the store's now. Workers of the other one are refused.")
        await rekey.restores.said(person(), why, restored=not no)
    console.print(_UNASKED if no else f"Noted. {_NEXT}", soft_wrap=True)


async def _show() -> None:
    from bots.assembly.worker import open_rekey
    from bots.engine.settings import load_settings

    async with open_rekey(load_settings(), reading=True) as rekey:
        strays = await rekey.restores.strays()
    if not strays:
        console.print("No entry without a receipt was found in any system.")
        return
    rows = [(when(one.at), one.system, one.process, one.step, one.reference) for one in strays]
    table(
        "Under the bot's sign-in, without a receipt",
        ("Asked", "System", "Process", "Step", "Reference"),
        rows,
    )
