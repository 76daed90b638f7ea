"""`rekey console`: the pages on which staff put exceptions right."""

from __future__ import annotations

import asyncio
from typing import Annotated

import typer

from bots.terminal.display import console as screen

from .arguments import run
from .service import CONSOLE_PORT


def add_to(app: typer.Typer) -> None:
    app.command()(console)


def console(port: Annotated[int, typer.Option(help="On this machine.")] = CONSOLE_PORT) -> None:
    """The web console for staff, until Ctrl-C. Prefect and the systems may be down meanwhile."""
    from bots.assembly.console import console_of, serving
    from bots.assembly.worker import open_rekey
    from bots.engine.settings import load_settings
    from bots.prefect_host.access import declared_access
    from bots.prefect_host.planner import PrefectPlanner
    from bots.terminal.stopping import stop_on_signal

    async def serve() -> None:
        settings = load_settings()
        planner = PrefectPlanner(declared_access(settings)) if settings.prefect else None
        async with open_rekey(settings) as rekey:
            with stop_on_signal() as stop:
                async with serving(console_of(rekey, planner), port) as address:
                    screen.print(f"Console: {address}\nCtrl-C ends it.")
                    if not await rekey.people.everyone():
                        screen.print(
                            "Nobody can sign in yet: rekey people add LOGIN --name NAME --administrator"
                        )
                    await asyncio.shield(stop.wait())

    run(serve())
