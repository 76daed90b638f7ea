"""Where a flow's errors become a state that Prefect may keep: a plain sentence, never a record's values.

Prefect stores a traceback with the message of every error in it, and those of browsers and databases
quote what was being typed. So no error leaves a flow; what is logged of it is its kind and its place.

Before anything else a run looks whether it is what Rekey deployed: in Prefect it could be changed while it
waited.
"""

from __future__ import annotations

from collections.abc import Coroutine, Iterator
from pathlib import Path
from traceback import extract_tb
from typing import Any

from prefect import get_run_logger
from prefect.client.schemas.objects import State
from prefect.context import FlowRunContext
from prefect.states import Failed

from bots.engine.core.errors import RekeyError
from bots.engine.settings import load_settings
from bots.prefect_host.register import Register


async def concluded(run: Coroutine[Any, Any, State[Any]]) -> State[Any]:
    """The state that the run ended in, or Failed with one sentence."""
    log = get_run_logger()
    try:
        _as_registered()
        return await run
    except RekeyError as error:
        log.error("%s: %s", error.code, error.sentence)
        return Failed(message=error.sentence)
    except Exception as error:
        for line in places(error):
            log.error(line)
        kind = type(error).__name__
        return Failed(message=f"Something unexpected stopped this run ({kind}). Its log says where.")
    finally:
        run.close()  # if it was never begun


def _as_registered() -> None:
    """Code of ours that calls a flow by itself has no deployment."""
    context = FlowRunContext.get()
    if context is not None and context.flow_run is not None and context.flow_run.deployment_id is not None:
        told = {"deployment_id": context.flow_run.deployment_id, "parameters": context.parameters}
        Register(load_settings().home).of_run(told)


def places(error: BaseException) -> Iterator[str]:
    """An error and what caused it: kinds, files, lines and functions, without any message."""
    seen: BaseException | None = error
    while seen is not None:
        yield f"{type(seen).__name__} at:"
        for frame in extract_tb(seen.__traceback__):
            yield f"  {Path(frame.filename).name}:{frame.lineno} {frame.name}"
        seen = seen.__cause__ or seen.__context__
