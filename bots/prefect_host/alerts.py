"""What a Prefect server knows that people may have to be told of, and telling it what they were told."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import httpx

from bots.engine.core.alert import PrefectFacts, RunFailed, Told
from bots.engine.core.errors import RekeyError
from bots.processes import registry

from .api import FINAL, PrefectApi
from .environment import WORK_POOL

_BAD = ("FAILED", "CRASHED")
_BACK = timedelta(days=7)
_RUNS = 200  # the server gives no more at once; four a day and deployment would be enough


class PrefectWatched:
    """`api`: of a server that runs our deployments."""

    def __init__(self, api: PrefectApi) -> None:
        self._api = api

    async def facts(self) -> PrefectFacts:
        """Raises RekeyError when the server does not answer as it should."""
        try:
            names = {one["id"]: one["name"] for one in await self._api.deployments()}
            worker = await self._api.worker_online(WORK_POOL)
            return PrefectFacts(worker=worker, failed=_failed(await self._ended(), names))
        except (httpx.HTTPError, KeyError, ValueError, RuntimeError) as error:  # or it was closed
            sentence = f"Prefect did not answer as it should ({type(error).__name__})."
            raise RekeyError("prefect-refused", sentence) from None

    async def announce(self, told: Sequence[Told]) -> None:
        """One event for each message, so that automations of ICT's own may act on it. A server that is away
        misses it; people were told all the same."""
        try:
            await self._api.emit([_event(one) for one in told])
        except (httpx.HTTPError, RekeyError, RuntimeError):
            return

    async def _ended(self) -> Sequence[Mapping[str, Any]]:
        only = {
            "flow_runs": {
                "state": {"type": {"any_": sorted(FINAL - {"CANCELLED"})}},
                "end_time": {"after_": (datetime.now(UTC) - _BACK).isoformat()},
            },
            "work_pools": {"name": {"any_": [WORK_POOL]}},
        }
        return await self._api.runs(only, sort="END_TIME_DESC", limit=_RUNS)


def _failed(runs: Sequence[Mapping[str, Any]], names: Mapping[str, str]) -> list[RunFailed]:
    """Of each deployment the latest run that ended, if it failed. `runs`: the latest first."""
    latest: dict[str, Mapping[str, Any]] = {}
    for run in runs:
        if run["deployment_id"] in names:
            latest.setdefault(names[run["deployment_id"]], run)
    return [
        RunFailed(deployment=name, process=_process(name), since=_moment(run["end_time"]))
        for name, run in latest.items()
        if run["state_type"] in _BAD
    ]


def _process(deployment: str) -> str | None:
    """Such as missed-bins for work-missed-bins."""
    _, _, name = deployment.partition("-")
    return name if name in registry.PROCESSES else None


def _moment(text: str | None) -> float:
    return datetime.fromisoformat(text).timestamp() if text else datetime.now(UTC).timestamp()


def _event(told: Told) -> dict[str, Any]:
    return {
        "id": str(uuid4()),
        "occurred": datetime.now(UTC).isoformat(),
        "event": f"rekey.alert.{told.cause}",
        "resource": {"prefect.resource.id": f"rekey.alert.{told.cause}", "rekey.cause": told.cause},
        "payload": {"title": told.title, "recipient": told.recipient},
    }
