"""`rekey alerts`: who is told when something is wrong, whether messages arrive, and what stands now."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from typing import TYPE_CHECKING, Annotated

import typer

from bots.engine.core.errors import ConfigurationError, RekeyError
from bots.terminal.display import console, problems, table, write_json

from .arguments import Json, run, when

if TYPE_CHECKING:
    from bots.engine.alerts.watch import RoundEnded
    from bots.engine.alerts.wording import Wording
    from bots.engine.core.alert import Standing, Told
    from bots.engine.credentials import Secret

alerts_app = typer.Typer(no_args_is_help=True, help="Who is told when something is wrong, and of what.")
Recipient = Annotated[
    str, typer.Argument(help="ict, team, automation, or the team of one process: team:missed-bins.")
]


def add_to(app: typer.Typer) -> None:
    app.add_typer(alerts_app, name="alerts")


@alerts_app.command("set")
def set_addresses(
    recipient: Recipient,
    none: Annotated[bool, typer.Option("--none", help="No address any more.")] = False,
) -> None:
    """Store the addresses of a recipient, in place of those before. Nothing shows as you type."""
    from bots.assembly.alerts import addresses_of
    from bots.engine.alerts.post import shown
    from bots.engine.credentials import Secret
    from bots.engine.settings import load_settings

    addresses = addresses_of(load_settings())
    addresses.check(recipient)
    given = [] if none else _asked()
    if not given and not none:
        raise ConfigurationError("no-address", "No address was given, and nothing was changed.")
    found = [shown(Secret(one)) for one in given]
    addresses.replace(recipient, given)
    for one in found:
        console.print(f"{recipient}: {one}")
    console.print("Stored. Try them: rekey alerts test" if found else f"{recipient} has no address now.")


def _asked() -> list[str]:
    """From a person one by one, from a program one a line."""
    if not sys.stdin.isatty():
        return [line.strip() for line in sys.stdin if line.strip()]
    given: list[str] = []
    while line := str(typer.prompt(_QUESTION[bool(given)], default="", hide_input=True, show_default=False)):
        given.append(line.strip())
    return given


_QUESTION = {False: "Address", True: "Another address (Enter ends)"}


@alerts_app.command()
def show(json_file: Json = None) -> None:
    """Of each recipient what kind its addresses are. Addresses themselves are never shown."""
    from bots.assembly.alerts import addresses_of
    from bots.engine.alerts.post import shown
    from bots.engine.settings import load_settings

    held = addresses_of(load_settings()).all()
    rows = [(name, one.id, str(shown(one.secret))) for name, those in held.items() for one in those]
    table("Who is told", ("Recipient", "Number", "Address"), rows)
    if not rows:
        console.print("Nobody is told anything. Set an address: rekey alerts set ict")
    write_json(json_file, [{"recipient": r, "id": i, "address": a} for r, i, a in rows])


@alerts_app.command("test")
def try_addresses(
    recipient: Annotated[str | None, typer.Argument(help="Such as ict; nobody named: all.")] = None,
) -> None:
    """Send a harmless message to each address, and say of each whether it was accepted."""
    from bots.assembly.alerts import addresses_of, wording_of
    from bots.engine.alerts.post import shown
    from bots.engine.settings import load_settings

    settings = load_settings()
    addresses = addresses_of(settings)
    if recipient is not None:
        addresses.check(recipient)
    held = [
        (name, one) for name, those in addresses.all().items() for one in those if recipient in (None, name)
    ]
    if not held:
        raise RekeyError("no-address", "There is no address to try. Set one: rekey alerts set ict")
    taken = run(_tried([one.secret for _, one in held], wording_of(settings)))
    rows = [
        (name, str(shown(one.secret)), "accepted" if well else "NOT accepted")
        for (name, one), well in zip(held, taken, strict=True)
    ]
    table("Test messages", ("Recipient", "Address", "Result"), rows)
    if not all(taken):
        problems.print("Check those addresses and whether this machine may reach them (runbook: alerts).")
        sys.exit(1)


async def _tried(secrets: Sequence[Secret], wording: Wording) -> list[bool]:
    import asyncio

    from bots.engine.alerts.post import send

    return await asyncio.gather(*(send(one, wording.test()) for one in secrets))


@alerts_app.command("list")
def list_alerts(json_file: Json = None) -> None:
    """What stands as of the last round, and the latest messages."""
    standing, told, last = run(_listed())
    rows = [
        (one.recipient, one.matter.cause, one.matter.about, when(one.matter.since), _told(one.told))
        for one in standing
    ]
    table("Stands now", ("For", "What", "Where", "Since", "Told"), rows)
    sent = [(when(one.at), one.recipient, one.title, f"{one.accepted} of {one.addresses}") for one in told]
    table("Latest messages", ("At", "To", "Message", "Addresses that took it"), sent)
    console.print(
        f"Last looked: {when(last)}" if last else "Nobody has looked yet: rekey up, or rekey alerts send"
    )
    write_json(json_file, {"standing": standing, "told": told, "last": last})


async def _listed() -> tuple[list[Standing], list[Told], float | None]:
    from bots.assembly.worker import open_rekey
    from bots.engine.settings import load_settings

    async with open_rekey(load_settings(), reading=True) as rekey:
        last, _ = await rekey.alerts.last_round()
        return await rekey.alerts.standing(), await rekey.alerts.told(), last


def _told(moment: float | None) -> str:
    return when(moment) if moment is not None else "not yet"


@alerts_app.command()
def automations(
    block: Annotated[str, typer.Argument(help="A notification block of Prefect, as slack-webhook/ict.")],
) -> None:
    """Put the automations of flows/automations.yaml into Prefect: it then tells what Rekey tells, too."""
    from bots.engine.settings import load_settings
    from bots.prefect_host.access import access_of
    from bots.prefect_host.api import PrefectApi
    from bots.prefect_host.automations import put_automations

    settings = load_settings()

    async def put() -> list[str]:
        async with PrefectApi(access_of(settings)) as api:
            return await put_automations(api, settings.root, block)

    for name in run(put()):
        console.print(name)


@alerts_app.command()
def send(json_file: Json = None) -> None:
    """Look once at everything and tell whoever must be told. For a timer, where `rekey up` does not run."""
    ended = run(_sent())
    console.print(
        f"Messages made: {len(ended.told)}. Accepted: {ended.accepted}. Not accepted: {ended.failed}."
    )
    write_json(json_file, ended)
    if ended.failed:
        sys.exit(1)


async def _sent() -> RoundEnded:
    from bots.assembly.alerts import prefect_of, watch_of
    from bots.assembly.worker import open_rekey
    from bots.engine.home.identity import must_be_the_stores
    from bots.engine.settings import load_settings

    settings = load_settings()
    # As one that only looks: this round is no worker, and must not count as one that came back.
    async with open_rekey(settings, reading=True) as rekey, prefect_of(settings) as prefect:
        await must_be_the_stores(settings.home, rekey.restores)
        return await watch_of(rekey, prefect).round()
