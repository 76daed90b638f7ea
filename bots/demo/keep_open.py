"""The demo after its judgement: the console, and a bot that keys what people put right there."""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import Mapping

from fastapi import Request
from starlette.responses import RedirectResponse, Response

from bots.assembly.console import console_of, serving
from bots.assembly.worker import Rekey
from bots.engine.console.web.routes import cookie_name
from bots.engine.core.people import EVERYWHERE, Person, Role
from bots.prefect_host.planner import PrefectPlanner
from bots.prefect_host.server import PrefectServer
from bots.processes import registry
from bots.terminal.display import console
from bots.terminal.stopping import stop_on_signal

_LOOK = 2.0  # seconds between two looks into our own store, which tells nobody when it changes
_WHO = "demo"
_LOGIN, _NAME = "dana", "Dana Demo"


async def stay(rekey: Rekey, server: PrefectServer, addresses: Mapping[str, str]) -> None:
    """Until Ctrl-C, or until Prefect ends."""
    app = console_of(rekey, PrefectPlanner(server.access))
    person, word = await _someone(rekey), secrets.token_urlsafe(16)

    async def way_in(_request: Request) -> Response:
        """In the demo a link is enough. It is known to nobody but who reads this screen."""
        answer = RedirectResponse("/", status_code=303)
        token = await rekey.people.begin_session(person.id, fresh=True)
        answer.set_cookie(cookie_name(rekey.settings.console_tls), token, httponly=True, samesite="lax")
        return answer

    async def into_prefect(_request: Request) -> Response:
        return RedirectResponse(await server.api.sign_in_link(), status_code=303)

    app.add_route(f"/demo/{word}", way_in, methods=["GET"], include_in_schema=False)
    app.add_route(f"/demo/{word}/prefect", into_prefect, methods=["GET"], include_in_schema=False)
    await server.pause_schedules(False)
    with stop_on_signal() as stop:
        async with serving(app, 0) as address:
            for name, where in {**addresses, "Prefect": f"{address}/demo/{word}/prefect"}.items():
                console.print(f"{name}: {where}", soft_wrap=True)
            console.print(f"\nPut the exceptions right here, as {_NAME}:")
            console.print(f"{address}/demo/{word}", soft_wrap=True)
            console.print("The bots key at once what you save. Ctrl-C ends everything.")
            ends = [
                asyncio.ensure_future(work)
                for work in (server.watch(), stop.wait(), _key_what_comes(rekey, server))
            ]
            await asyncio.wait(ends, return_when=asyncio.FIRST_COMPLETED)
            for end in ends:
                end.cancel()


async def _someone(rekey: Rekey) -> Person:
    """A member of staff who may do everything."""
    people = rekey.people
    found = await people.by_login(_LOGIN) or await people.add(_LOGIN, _NAME, _WHO)
    await people.grant(found.id, EVERYWHERE, Role.OWNER, _WHO)
    return found


async def _key_what_comes(rekey: Rekey, server: PrefectServer) -> None:
    """Start a run when somebody changed something and an item waits for a bot, or asked a bot to look."""
    seen = await rekey.queue.last_entry()
    while True:
        await asyncio.sleep(_LOOK)
        now = await rekey.queue.last_entry()
        for name in registry.names():
            waits = now != seen and await rekey.queue.due_in(name) == 0
            if waits or await rekey.lookups.waiting(name):
                await server.wait_for(await server.run_deployment(f"work-{name}"))
        if now != seen:
            seen = await rekey.queue.last_entry()
