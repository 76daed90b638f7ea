"""`rekey people ...`: who may use the console and do what there; the first administrator is made here."""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable
from typing import Annotated, TypeVar

import typer

from bots.engine.core.errors import ConfigurationError
from bots.engine.core.people import EVERYWHERE, PeopleEntry, Person, Role
from bots.engine.store.people.store import StorePeople
from bots.processes.registry import find
from bots.terminal.display import console, plain, table, write_json

from .arguments import Json, person, run, when

T = TypeVar("T")
HOURS = 24
people_app = typer.Typer(no_args_is_help=True, help="Who may use the console, and do what there.")
Login = Annotated[str, typer.Argument(help="The person's sign-in name.")]
Scope = Annotated[str | None, typer.Argument(metavar="[PROCESS|all]", help="Where the role holds.")]


def add_to(app: typer.Typer) -> None:
    app.add_typer(people_app, name="people")


def with_people(work: Callable[[StorePeople], Awaitable[T]]) -> T:
    from bots.assembly.worker import open_rekey
    from bots.engine.settings import load_settings

    async def inside() -> T:
        async with open_rekey(load_settings()) as rekey:
            return await work(rekey.people)

    return run(inside())


def with_person(login: str, work: Callable[[StorePeople, Person], Awaitable[T]]) -> T:
    async def inside(people: StorePeople) -> T:
        return await work(people, await known(people, login))

    return with_people(inside)


async def known(people: StorePeople, login: str) -> Person:
    found = await people.by_login(login)
    if found is None:
        raise ConfigurationError("unknown-person", f"There is no person {login}. See: rekey people list.")
    return found


@people_app.command()
def add(
    login: Login,
    name: Annotated[str, typer.Option(help="As colleagues know them.")],
    administrator: Annotated[bool, typer.Option("--administrator", help="May manage people.")] = False,
) -> None:
    """Add someone who signs in with a password, and print the link with which they choose it."""

    async def made(people: StorePeople) -> str:
        new = await people.add(login, name, person())
        if administrator:
            await people.grant(new.id, EVERYWHERE, Role.ADMINISTRATOR, person())
        return await people.invite(new.id, person(), HOURS)

    token = with_people(made)
    console.print(f"{login} is added{' as an administrator' if administrator else ''}.")
    _show_link(token)


@people_app.command()
def invite(
    login: Login,
    new_code: Annotated[
        bool, typer.Option("--new-code", help="The phone is lost: take the second factor away too.")
    ] = False,
) -> None:
    """Print a new link with which someone chooses a password. Older links are good for nothing then."""

    async def invited(people: StorePeople, found: Person) -> str:
        if new_code:
            await people.set_code_secret(found.id, None, person())
        return await people.invite(found.id, person(), HOURS)

    _show_link(with_person(login, invited))


def _show_link(token: str) -> None:
    console.print("To choose a password, open this at the console's address:")
    console.print(f"/invitation/{token}", soft_wrap=True)
    console.print(f"The link works once, within {HOURS} hours. Whoever has it becomes this person.")


@people_app.command("list")
def list_people(json_file: Json = None) -> None:
    """Everyone, with their roles."""
    found = with_people(lambda people: people.everyone())
    rows = [
        (
            one.login,
            one.name,
            "yes" if one.active else "no",
            "password" if one.local else "the council's page",
            "\n".join(_held(one)),
        )
        for one in found
    ]
    table("People", ("Login", "Name", "Active", "Signs in by", "Roles"), rows)
    write_json(json_file, [_facts(one) for one in found])


def _held(one: Person) -> list[str]:
    return sorted(f"{role} of {_shown(scope)}" for scope, roles in one.roles.items() for role in roles)


def _facts(one: Person) -> dict[str, object]:
    roles = {scope: sorted(held) for scope, held in one.roles.items()}
    return {"login": one.login, "name": one.name, "active": one.active, "local": one.local, "roles": roles}


@people_app.command()
def grant(login: Login, role: Role, process: Scope = None) -> None:
    """Give someone a role, in one process or in all. Each of viewer, reviewer, approver, owner includes those
    before it."""
    scope = _scope(role, process)
    with_person(login, lambda people, found: people.grant(found.id, scope, role, person()))
    console.print(f"{login} is {role} of {_shown(scope)}.")


@people_app.command()
def revoke(login: Login, role: Role, process: Scope = None) -> None:
    """Take a role away."""
    scope = _scope(role, process, known=False)
    with_person(login, lambda people, found: people.revoke(found.id, scope, role, person()))
    console.print(f"{login} is no longer {role} of {_shown(scope)}.")


def _scope(role: Role, process: str | None, *, known: bool = True) -> str:
    """`known`: the process must be there. A role of one that was taken out can still be taken away."""
    if role.of_installation:
        if process not in (None, "all"):
            raise ConfigurationError(
                "scope", f"The role {role} is for the whole installation: name no process."
            )
        return EVERYWHERE
    if process is None:
        raise ConfigurationError("scope", "Say in which process, or all.")
    if process == "all":
        return EVERYWHERE
    return find(process).name if known else process


def _shown(scope: str) -> str:
    return "all" if scope == EVERYWHERE else scope


@people_app.command()
def deactivate(login: Login) -> None:
    """Shut someone out: sessions, links and tokens end at once. What they did stays under their name."""
    with_person(login, lambda people, found: people.deactivate(found.id, person()))
    console.print(f"{login} is deactivated.")


@people_app.command()
def activate(login: Login) -> None:
    """Let someone in again, with the roles and the password that they had."""
    with_person(login, lambda people, found: people.activate(found.id, person()))
    console.print(f"{login} is active.")


@people_app.command("log")
def show_log(
    login: Annotated[str | None, typer.Argument(help="Only what concerns this person.")] = None,
    limit: Annotated[int, typer.Option(min=1)] = 100,
    json_file: Json = None,
) -> None:
    """What was done about people, the newest first."""

    async def read(people: StorePeople) -> tuple[list[PeopleEntry], dict[str, str]]:
        of = (await known(people, login)).id if login is not None else None
        return await people.entries(of, limit), {one.id: one.login for one in await people.everyone()}

    entries, logins = with_people(read)
    rows = [
        (when(one.at), one.who, logins.get(one.person or "", ""), one.what, _told(one)) for one in entries
    ]
    table("What was done about people", ("When", "Who", "Person", "What", "Detail"), rows)
    if len(entries) == limit:
        console.print(f"Only the newest {limit} are shown (--limit).")
    write_json(json_file, [plain(one) | {"login": logins.get(one.person or "")} for one in entries])


def _told(entry: PeopleEntry) -> str:
    return ", ".join(
        f"{name}: {value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)}"
        for name, value in entry.detail.items()
    )
