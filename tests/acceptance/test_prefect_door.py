"""A Prefect server of the council's own, set up as the runbook says: with a password, and against forged
requests."""

from __future__ import annotations

import asyncio
import os
import sys
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from bots.doctor.examine import _prefect
from bots.engine.core.errors import RekeyError
from bots.engine.credentials import Credential, Credentials, Secret
from bots.engine.settings import ROOT, Settings
from bots.prefect_host.access import PrefectAccess
from bots.prefect_host.api import PrefectApi
from bots.prefect_host.environment import server_environment, ui_address
from bots.prefect_host.planner import PrefectPlanner
from tests.acceptance.stand_in import PATIENCE, until
from tests.acceptance.test_prefect_life import free_port
from tests.prefect_homes import PrefectHomes
from tests.town import MOVES

AUTH = ("rekey", "long and random")


def access(address: str, auth: tuple[str, str] | None) -> PrefectAccess:
    account = auth and Credential(system="prefect", username=auth[0], password=Secret(auth[1]))
    return PrefectAccess(address=address, account=lambda: account)


@pytest.fixture(scope="module")
async def address(
    tmp_path_factory: pytest.TempPathFactory, prefect_homes: PrefectHomes
) -> AsyncIterator[str]:
    home = tmp_path_factory.mktemp("server")
    await prefect_homes.furnish(home)
    port = free_port()
    environment = server_environment(home=home, port=port, access=access(ui_address(port), AUTH))
    command = (sys.executable, "-m", "prefect", "server", "start")
    with (home / "server.log").open("wb") as log:
        child = await asyncio.create_subprocess_exec(*command, env=environment, stdout=log, stderr=log)
    address = ui_address(port)
    async with PrefectApi(access(address, None)) as api:
        await until(api.healthy)
    yield address
    child.terminate()
    await child.wait()


async def test_it_lets_rekey_in_and_nobody_without_the_password(address: str) -> None:
    planner = PrefectPlanner(access(address, AUTH))
    assert list(await planner.coming([MOVES], 5)) == []
    assert list(await planner.past([MOVES], 5)) == [], "the token is good for more than one request"
    for auth in (None, ("rekey", "a wrong one")):
        with pytest.raises(RekeyError) as refused:
            await PrefectPlanner(access(address, auth)).coming([MOVES], 5)
        assert refused.value.code == "prefect-password"


async def test_rekey_deploys_and_works_there(address: str, tmp_path: Path) -> None:
    """As the runbook says: rekey credentials set prefect, rekey prefect deploy, rekey prefect worker."""
    (tmp_path / "keyring.key").write_text("random")
    settings = Settings(home=tmp_path, prefect=address)
    Credentials(settings).set("prefect", *AUTH)
    assert await _prefect(settings) == f"{address} lets Rekey in"
    told = {"REKEY_HOME": str(tmp_path), "REKEY_PREFECT": address}
    assert await (await _start("prefect", "deploy", **told)).wait() == 0
    worker = await _start("prefect", "worker", **told)
    async with PrefectApi(access(address, AUTH)) as api:
        run = await api.start_run("housekeeping", {})
        assert (await api.wait_for(run, seconds=PATIENCE)).type == "COMPLETED"
        worker.terminate()
        assert await worker.wait() == 0


async def _start(*words: str, **settings: str) -> asyncio.subprocess.Process:
    return await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "bots", *words),
        cwd=ROOT,
        env=os.environ | settings,
        stdout=asyncio.subprocess.PIPE,
    )
