"""`rekey people token ...`: tokens with which programs use the console's API in a person's name."""

from __future__ import annotations

from typing import Annotated

import typer

from bots.engine.core.errors import ConfigurationError
from bots.engine.core.people import MOST_TOKEN_DAYS, TOKEN_DAYS, ApiToken, TokenScope
from bots.engine.store.people.store import StorePeople
from bots.processes.registry import find
from bots.terminal.display import console, table, write_json

from .arguments import Json, person, when
from .people import Login, known, with_people, with_person

token_app = typer.Typer(no_args_is_help=True, help="Tokens of the API: who may act through programs.")
Days = Annotated[int, typer.Option(min=1, max=MOST_TOKEN_DAYS, help="How long it holds.")]


def add_to(people_app: typer.Typer) -> None:
    people_app.add_typer(token_app, name="token")


@token_app.command()
def add(
    login: Login,
    name: Annotated[str, typer.Option(help="What it is for.")],
    scope: Annotated[list[TokenScope], typer.Option(help="What it is for; may be given again.")],
    process: Annotated[str | None, typer.Option(help="Only in this process.")] = None,
    days: Days = TOKEN_DAYS,
) -> None:
    """Make a token, and print it this one time. It may do no more than the person."""
    only = find(process).name if process is not None else None
    token = with_person(
        login, lambda people, found: people.make_token(found.id, name, scope, days, person(), only)
    )
    console.print(f"A token of {login}, for {days} days. Whoever has it acts in this person's name:")
    console.print(token, soft_wrap=True)


@token_app.command("list")
def list_tokens(
    login: Annotated[str | None, typer.Argument(help="Only this person's.")] = None, json_file: Json = None
) -> None:
    """All tokens that are good now, the newest first, with when they were last used."""

    async def read(people: StorePeople) -> list[ApiToken]:
        found = await people.tokens((await known(people, login)).id if login is not None else None)
        now = await people.now()
        return [one for one in found if one.revoked is None and one.expires > now and one.person.active]

    found = with_people(read)
    rows = [
        (
            one.id,
            one.person.login,
            one.name,
            ", ".join(sorted(one.scopes)),
            one.process or "all",
            when(one.expires),
            when(one.last_used) if one.last_used else "never",
        )
        for one in found
    ]
    table("Tokens", ("Token", "Person", "Name", "For", "Process", "Good until", "Last used"), rows)
    write_json(json_file, [_facts(one) for one in found])


def _facts(one: ApiToken) -> dict[str, object]:
    return {
        "token": one.id,
        "login": one.person.login,
        "name": one.name,
        "scopes": sorted(one.scopes),
        "process": one.process,
        "expires": one.expires,
        "last_used": one.last_used,
    }


@token_app.command()
def revoke(
    token: Annotated[str, typer.Argument(help="As the list shows it; not the secret itself.")],
) -> None:
    """Make a token good for nothing, at once."""
    if token.startswith("rekey_"):
        raise ConfigurationError("token", "Name the token as the list shows it: rekey people token list.")
    with_people(lambda people: people.revoke_token(token, person()))
    console.print(f"{token} is revoked.")
