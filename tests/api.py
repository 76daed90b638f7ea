"""The console's API, served over a store of its own, with work of every kind that a program may meet."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx

from bots.assembly.console import console_of, serving
from bots.assembly.worker import Rekey, open_rekey
from bots.engine.core.item import NewItem
from bots.engine.core.people import EVERYWHERE, Role, TokenScope
from bots.engine.settings import Settings
from tests.acceptance.test_console_routes import PROCESS, REPORT

ALL = tuple(TokenScope)
WRONG = {"code": "property-not-found", "sentence": "Nobody knows this property."}


@dataclass(frozen=True, kw_only=True)
class Api:
    """An open Rekey whose console is served on the loopback."""

    home: Path
    rekey: Rekey
    address: str

    async def token(
        self,
        login: str,
        *roles: tuple[Role, str],
        scopes: tuple[TokenScope, ...] = ALL,
        only: str | None = None,
    ) -> str:
        people = self.rekey.people
        person = await people.by_login(login) or await people.add(login, f"{login.title()} Sample", "test")
        for role, scope in roles or ((Role.APPROVER, EVERYWHERE),):
            await people.grant(person.id, scope, role, "test")
        return await people.make_token(person.id, "a program", scopes, 1, person.who, only)

    @asynccontextmanager
    async def program(
        self, login: str, *roles: tuple[Role, str], **more: Any
    ) -> AsyncIterator[httpx.AsyncClient]:
        """Calls the API in a person's name."""
        headers = {"Authorization": f"Bearer {await self.token(login, *roles, **more)}"}
        async with httpx.AsyncClient(
            base_url=f"{self.address}/api/v1", headers=headers, timeout=30
        ) as client:
            yield client

    async def exceptions(self, *numbers: str) -> list[str]:
        """Reports that wait for a person; their items."""
        queue = self.rekey.queue
        batch = await queue.open_batch(PROCESS, "portal", "test")
        rows = [NewItem(reference=n, data={**REPORT, "number": n}, **WRONG) for n in numbers]
        return [item for _, item in await queue.add(PROCESS, batch, rows)]


@asynccontextmanager
async def an_api(home: Path) -> AsyncIterator[Api]:
    (home / "keyring.key").write_text("a key for tests only", encoding="utf-8")
    async with open_rekey(Settings(home=home)) as rekey, serving(console_of(rekey), 0) as address:
        yield Api(home=home, rekey=rekey, address=address)
