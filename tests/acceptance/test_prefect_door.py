"""A Prefect server of the council's own, set up as the runbook says: with a password, and against forged
requests."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from bots.engine.core.errors import RekeyError
from bots.prefect_api import PrefectApi
from bots.prefect_environment import HOST, prefect_environment
from bots.prefect_planner import PrefectPlanner
from tests.acceptance.stand_in import until
from tests.acceptance.test_prefect_life import free_port
from tests.prefect_homes import ROOT, PrefectHomes
from tests.town import MOVES

AUTH = ("rekey", "long and random")


@pytest.fixture
async def address(tmp_path: Path, prefect_homes: PrefectHomes) -> AsyncIterator[str]:
    await prefect_homes.furnish(tmp_path)
    port = free_port()
    environment = prefect_environment(home=tmp_path, root=ROOT, store=None, port=port, extra={})
    environment |= {
        "PREFECT_SERVER_API_AUTH_STRING": ":".join(AUTH),
        "PREFECT_SERVER_CSRF_PROTECTION_ENABLED": "true",
    }
    command = (sys.executable, "-m", "prefect", "server", "start")
    with (tmp_path / "server.log").open("wb") as log:
        child = await asyncio.create_subprocess_exec(*command, env=environment, stdout=log, stderr=log)
    address = f"http://{HOST}:{port}"
    async with PrefectApi(f"{address}/api") as api:
        await until(api.healthy)
    yield address
    child.terminate()
    await child.wait()


async def test_it_lets_rekey_in_and_nobody_without_the_password(address: str) -> None:
    planner = PrefectPlanner(address, AUTH)
    assert list(await planner.coming([MOVES], 5)) == []
    assert list(await planner.past([MOVES], 5)) == [], "the token is good for more than one request"
    for auth in (None, ("rekey", "a wrong one")):
        with pytest.raises(RekeyError) as refused:
            await PrefectPlanner(address, auth).coming([MOVES], 5)
        assert refused.value.code == "prefect-password"
