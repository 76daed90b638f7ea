"""Creating the deployments of a prefect.yaml, and writing down which they are."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Awaitable, Callable
from pathlib import Path

from bots.engine.core.errors import RekeyError

from .api import PrefectApi
from .child import Child
from .register import Register

PREFECT = (sys.executable, "-m", "prefect")
_WITHIN = 120.0


async def deploy(
    api: PrefectApi, register: Register, project: Path, start: Callable[..., Awaitable[Child]]
) -> None:
    """`start`: starts a child process in a folder; `deploy` reads the prefect.yaml of that one."""
    resting = await api.resting()
    child = await start("prefect-deploy", *PREFECT, "--no-prompt", "deploy", "--all", directory=project)
    try:
        status = await asyncio.wait_for(child.process.wait(), _WITHIN)
    finally:
        await child.stop(grace=0)
    if status != 0:
        raise RekeyError("prefect-deploy-failed", see("The deployments could not be created", child))
    register.write(project, await api.deployments())
    # Deploying switches on what a person had switched off.
    await api.rest(resting)


def see(sentence: str, child: Child) -> str:
    return f"{sentence}. See logs/{child.log.name} under Rekey's home folder."
