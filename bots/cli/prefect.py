"""`rekey prefect`: a way into the page of runs, and the worker of a Prefect server of ICT's own."""

from __future__ import annotations

import typer

from bots.terminal.display import console

from .arguments import run

prefect_app = typer.Typer(no_args_is_help=True, help="Prefect, which starts and shows the runs.")


def add_to(app: typer.Typer) -> None:
    app.add_typer(prefect_app, name="prefect")


@prefect_app.command("open")
def open_prefect() -> None:
    """Print a link that signs one browser in. It is good once, for five minutes."""
    from bots.engine.settings import load_settings
    from bots.prefect_host.access import access_of
    from bots.prefect_host.api import PrefectApi

    settings = load_settings()
    access = access_of(settings)

    async def ask() -> str:
        async with PrefectApi(access) as api:
            return await api.sign_in_link()

    if settings.prefect:  # not ours: no links are made there
        console.print(f"Prefect: {access.address}", soft_wrap=True)
        console.print("Its page asks for name:password, as it was set on that server.")
        return
    # Printed, never opened: every account sees in the list of processes what a browser was started with.
    console.print("Good once, for five minutes:")
    console.print(run(ask()), soft_wrap=True, highlight=False)


@prefect_app.command()
def deploy() -> None:
    """Create the deployments on a server of your own. Again after each update."""
    from bots.assembly.own_server import deploy_there

    run(deploy_there())
    console.print("The deployments are there, and noted here as Rekey's.")


@prefect_app.command()
def worker() -> None:
    """Carry out the runs of a server of your own, until Ctrl-C."""
    from bots.assembly.own_server import work_there

    run(work_there(console.print))
