"""`rekey up`, `rekey credentials`, `rekey screens` and `rekey doctor`: for ICT."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path
from typing import Annotated

import typer

from bots.engine.core.errors import RekeyError
from bots.engine.core.screens import Rehearsed
from bots.terminal.display import console, problems, table, write_json

from .arguments import Json, person, run, with_queue

CONSOLE_PORT = 4300
credentials_app = typer.Typer(no_args_is_help=True, help="The bots' sign-ins, kept in the keyring.")
screens_app = typer.Typer(no_args_is_help=True, help="Screen maps.")


def add_to(app: typer.Typer) -> None:
    app.command()(up)
    app.add_typer(credentials_app, name="credentials")
    app.add_typer(screens_app, name="screens")
    app.command()(doctor)


def up(
    port: Annotated[int, typer.Option(help="Of the Prefect server.")] = 4200,
    console_port: Annotated[int, typer.Option(help="Of the console.")] = CONSOLE_PORT,
) -> None:
    """Prefect server, deployments, worker and console on this machine, until Ctrl-C."""
    from bots.assembly.alerts import watching
    from bots.assembly.console import console_of, serving
    from bots.assembly.worker import open_rekey
    from bots.engine.settings import load_settings
    from bots.prefect_host.alerts import PrefectWatched
    from bots.prefect_host.environment import ignored_settings
    from bots.prefect_host.planner import PrefectPlanner
    from bots.prefect_host.server import PrefectServer
    from bots.terminal.stopping import stop_on_signal

    async def serve() -> None:
        settings = load_settings()
        async with open_rekey(settings) as rekey:
            store = (await rekey.queue.store()).id
            server = PrefectServer(home=settings.home, root=settings.root, store=store, port=port)
            async with (
                serving(console_of(rekey, PrefectPlanner(server.access)), console_port) as address,
                watching(rekey, PrefectWatched(server.api), problems.print),
            ):
                await supervise(server, address)

    async def supervise(server: PrefectServer, address: str) -> None:
        if ignored := ignored_settings():
            console.print(f"Not taken from the environment: {', '.join(ignored)} (runbook: ict-set-up).")
        console.print("Starting Prefect; the first start takes a quarter of a minute.")
        with stop_on_signal() as stop:
            async with server:
                console.print(f"Prefect: {server.ui_url} (a link that signs you in: rekey prefect open)")
                console.print(f"Console: {address}")
                console.print("Ctrl-C ends after the items in hand.")
                watch = asyncio.ensure_future(server.watch())
                asked = asyncio.ensure_future(stop.wait())
                await asyncio.wait([watch, asked], return_when=asyncio.FIRST_COMPLETED)
                ended = watch.result() if watch.done() else None
                watch.cancel()
                asked.cancel()
                console.print("Ending ...")
        if ended:
            raise RekeyError("prefect-ended", ended)

    run(serve())


@credentials_app.command("set")
def set_credentials(
    system: str,
    username: Annotated[str, typer.Option(prompt="User name")],
    password: Annotated[str, typer.Option(prompt="Password", hide_input=True, help="Asked for if absent.")],
) -> None:
    """Store the bot's sign-in to a system. A refused sign-in may be tried again after this."""
    from bots.engine.credentials import Credentials
    from bots.engine.settings import load_settings

    Credentials(load_settings()).set(system, username, password)
    with_queue(lambda q: q.allow_sign_in(system, person()))
    console.print(f"The credentials for {system} are stored.")


@credentials_app.command("check")
def check_credentials(system: str) -> None:
    """Say whether there are credentials; their values are never shown."""
    from bots.engine.credentials import Credentials
    from bots.engine.settings import load_settings

    account = Credentials(load_settings()).account(system)
    console.print(f"There are credentials for {system} (user name of {len(account.username)} characters).")


@screens_app.command("check")
def check_screens() -> None:
    """Read every screen map and say what is wrong with the first that cannot be used."""
    from bots.engine.screens.maps.files import load_system
    from bots.engine.settings import load_settings

    folders = sorted(p.parent for p in (load_settings().root / "selectors").glob("*/system.yaml"))
    systems = [load_system(folder) for folder in folders]
    rows = [(s.map.system, s.map.title, len(s.screens), s.digest) for s in systems]
    table("Screen maps", ("System", "Title", "Screens", "Version"), rows)


@screens_app.command("rehearse")
def rehearse_screen(
    screen: Annotated[str, typer.Argument(help="Such as waste/new_case.")], json_file: Json = None
) -> None:
    """Press Save with the next new item while nothing can leave, and write what its map needs. Test only."""
    from bots.assembly.worker import open_rekey
    from bots.engine.screens.rehearsing import in_words
    from bots.engine.settings import load_settings

    async def press() -> Rehearsed:
        async with open_rekey(load_settings()) as rekey:
            return await rekey.rehearse(screen)

    found = run(press())
    console.print(in_words(screen, found), markup=False, highlight=False, soft_wrap=True, end="")
    write_json(json_file, found)


@screens_app.command("schema")
def screens_schema(folder: Path) -> None:
    """Write the JSON Schemas of the maps, for editors."""
    from bots.engine.screens.maps.schema import ScreenMap, SystemMap

    folder.mkdir(parents=True, exist_ok=True)
    for name, model in (("screen", ScreenMap), ("system", SystemMap)):
        text = json.dumps(model.model_json_schema(), indent=1)
        (folder / f"{name}.schema.json").write_text(text + "\n", encoding="utf-8")
    console.print("Two schemas were written.")


def doctor(json_file: Json = None) -> None:
    """Check everything that a run needs, and say what to mend."""
    from bots.doctor.examine import examine

    findings = run(examine())
    rows = [("ok" if f.well else "MEND", f.what, f.sentence) for f in findings]
    table("Doctor", ("", "What", "Finding"), rows)
    write_json(json_file, findings)
    if not all(finding.well for finding in findings):
        raise SystemExit(1)
