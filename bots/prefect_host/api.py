"""What Rekey asks of a Prefect server, over its HTTP API."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from types import TracebackType
from typing import Any, Self
from uuid import UUID, uuid4

import httpx

from bots.engine.core.errors import ConfigurationError, RekeyError

from .access import PrefectAccess
from .auth import PrefectDoor
from .register import known_parameters, refuse_unknown
from .tickets import SIGN_IN, TICKET

FINAL = frozenset({"COMPLETED", "FAILED", "CRASHED", "CANCELLED"})
ACTIVE = ("PENDING", "RUNNING", "CANCELLING")
_LOOK_EVERY = 0.25  # seconds between two looks at something for which the API has no event that we can await
_ANSWERS_WITHIN = 30.0
_BUSY_FOR = 120.0
Body = Mapping[str, Any] | Sequence[Mapping[str, Any]]
_REFUSED = (
    "Prefect does not take Rekey's password. With a server of your own: rekey credentials set prefect. "
    "Otherwise start rekey up again."
)
OWN_SCHEDULE = "set-in-console"
"""How the slugs of schedules begin that are not in prefect.yaml: deploying takes those away."""


@dataclass(frozen=True, kw_only=True)
class RunState:
    """A flow run's state as Prefect tells it. What became of the items is in our own store."""

    type: str  # one of Prefect's state types, in capitals
    name: str  # what the UI shows; finer than the type ("Late", "AwaitingConcurrencySlot")
    message: str

    @property
    def final(self) -> bool:
        return self.type in FINAL


@dataclass(frozen=True, kw_only=True)
class Resting:
    """What people set: deployments, and single schedules by deployment and slug, that they switched off, and
    the schedules of their own by deployment."""

    deployments: frozenset[str]
    schedules: frozenset[tuple[str, str | None]]
    own: Mapping[str, Sequence[Mapping[str, Any]]] = field(default_factory=dict)


class PrefectApi:
    """An open connection to one server."""

    def __init__(
        self,
        access: PrefectAccess,
        *,
        answers_within: float = _ANSWERS_WITHIN,
        busy_for: float = _BUSY_FOR,
    ) -> None:
        address, self._page = access.api_address, access.address
        door = PrefectDoor(access)
        self._http = httpx.AsyncClient(base_url=address, timeout=answers_within, trust_env=False, auth=door)
        self._busy_for = busy_for

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._http.aclose()

    async def healthy(self) -> bool:
        try:
            return (await self._http.get("/health", timeout=2)).is_success
        except httpx.HTTPError:
            return False

    async def sign_in_link(self) -> str:
        """Lets one browser in, once, within some minutes. Only the server of `rekey up` has such links."""
        ticket = (await self._ask("POST", f"{self._page}{TICKET}")).json()["ticket"]
        return f"{self._page}{SIGN_IN}#{ticket}"

    async def ensure_pool(self, name: str, *, paused: bool, template: Mapping[str, Any]) -> None:
        """A process pool. `template`: what a run may set of its job."""
        pool = {"name": name, "type": "process", "base_job_template": template}
        await self._ask("POST", "/work_pools/", pool, allowed=httpx.codes.CONFLICT)
        await self._ask("PATCH", f"/work_pools/{name}", {"is_paused": paused, "base_job_template": template})

    async def pause_pool(self, name: str, paused: bool) -> None:
        await self._ask("PATCH", f"/work_pools/{name}", {"is_paused": paused})

    async def worker_online(self, pool: str) -> bool:
        workers = await self._read(f"/work_pools/{pool}/workers/filter", {})
        return any(worker["status"] == "ONLINE" for worker in workers)

    async def forget_worker(self, pool: str, name: str) -> None:
        await self._ask("DELETE", f"/work_pools/{pool}/workers/{name}", allowed=httpx.codes.NOT_FOUND)

    async def deployments(self) -> Sequence[Mapping[str, Any]]:
        found: list[Mapping[str, Any]] = await self._read("/deployments/filter", {})
        return found

    async def deployment(self, name: str) -> Mapping[str, Any]:
        """The deployment with this name; ours are unique without the flow's name before them."""
        for deployment in await self.deployments():
            if deployment["name"] == name:
                return deployment
        raise RekeyError("no-such-deployment", f"Prefect has no deployment named {name}.")

    async def pause_deployment(self, deployment_id: str, paused: bool) -> None:
        verb = "pause_deployment" if paused else "resume_deployment"
        await self._ask("POST", f"/deployments/{deployment_id}/{verb}")

    async def resting(self) -> Resting:
        """What of the deployments is switched off now."""
        found = await self.deployments()
        return Resting(
            deployments=frozenset(each["name"] for each in found if each["paused"]),
            schedules=frozenset(
                (each["name"], schedule["slug"])
                for each in found
                for schedule in each["schedules"]
                if not schedule["active"]
            ),
            own={
                each["name"]: own
                for each in found
                if (own := [schedule_of(one) for one in each["schedules"] if is_own(one)])
            },
        )

    async def rest(self, resting: Resting) -> None:
        """Set again what people had set, as far as it still exists."""
        for each in await self.deployments():
            if own := resting.own.get(each["name"]):
                await self.set_schedules(each["id"], own)
            if each["name"] in resting.deployments:
                await self.pause_deployment(each["id"], True)
            for schedule in each["schedules"]:
                if (each["name"], schedule["slug"]) in resting.schedules:
                    path = f"/deployments/{each['id']}/schedules/{schedule['id']}"
                    await self._ask("PATCH", path, {"active": False})

    async def set_schedules(self, deployment_id: str, schedules: Sequence[Mapping[str, Any]]) -> None:
        """Change or add schedules by their slugs, in one transaction of the server."""
        await self._ask("PATCH", f"/deployments/{deployment_id}", {"schedules": list(schedules)})

    async def drop_schedule(self, deployment_id: str, schedule_id: str) -> None:
        path = f"/deployments/{deployment_id}/schedules/{schedule_id}"
        await self._ask("DELETE", path, allowed=httpx.codes.NOT_FOUND)

    async def runs(self, only: Mapping[str, Any], *, sort: str, limit: int) -> Sequence[Mapping[str, Any]]:
        """Flow runs, by the server's own filters."""
        found: list[Mapping[str, Any]] = await self._read(
            "/flow_runs/filter", {**only, "sort": sort, "limit": limit}
        )
        return found

    async def drop_run(self, run_id: str) -> None:
        """Take a run away that has not begun."""
        await self._ask("DELETE", f"/flow_runs/{run_id}", allowed=httpx.codes.NOT_FOUND)

    async def start_run(
        self,
        deployment: str,
        parameters: Mapping[str, Any],
        *,
        at: datetime | None = None,
        key: str | None = None,
    ) -> UUID:
        """Ask for one run, now or at a moment. Parameters are stored as plain JSON: names and ids only.
        `key`: asked for again under the same one, it is the same run."""
        found = await self.deployment(deployment)
        refuse_unknown(deployment, known_parameters(found), parameters)
        when = {"state_details": {"scheduled_time": at.isoformat()}} if at else {}
        body = {
            "parameters": {**found["parameters"], **parameters},
            "state": {"type": "SCHEDULED", **when},
            # Asked twice because the server was busy, it is one run.
            "idempotency_key": key or str(uuid4()),
        }
        path = f"/deployments/{found['id']}/create_flow_run"
        answer = await self._ask("POST", path, body, allowed=httpx.codes.CONFLICT)
        if answer.status_code == httpx.codes.CONFLICT:
            raise ConfigurationError("prefect-parameters", f"{answer.json()['detail']}.")
        return UUID(answer.json()["id"])

    async def state(self, run_id: UUID) -> RunState:
        state = (await self._ask("GET", f"/flow_runs/{run_id}")).json()["state"] or {}
        return RunState(
            type=state.get("type", "SCHEDULED"),
            name=state.get("name", ""),
            message=state.get("message") or "",
        )

    async def active_runs(self, pool: str) -> Sequence[UUID]:
        """Runs of this pool that may have a process."""
        only = {
            "flow_runs": {"state": {"type": {"any_": list(ACTIVE)}}},
            "work_pools": {"name": {"any_": [pool]}},
        }
        return [UUID(run["id"]) for run in await self._read("/flow_runs/filter", only)]

    async def emit(self, events: Sequence[Mapping[str, Any]]) -> None:
        """Events for people's automations. Each has an id of its own: sent twice it counts once."""
        await self._ask("POST", "/events", events)

    async def block(self, slug: str, name: str) -> Mapping[str, Any]:
        """A block that somebody made there, without its secrets."""
        path = f"/block_types/slug/{slug}/block_documents/name/{name}"
        found: Mapping[str, Any] = (await self._ask("GET", path)).json()
        return found

    async def automations(self) -> Sequence[Mapping[str, Any]]:
        found: list[Mapping[str, Any]] = await self._read("/automations/filter", {})
        return found

    async def put_automation(self, automation: Mapping[str, Any], known: str | None) -> None:
        """`known`: the id of the one that it replaces."""
        if known is None:
            await self._ask("POST", "/automations/", automation)
        else:
            await self._ask("PUT", f"/automations/{known}", automation)

    async def set_state(self, run_id: UUID, kind: str, message: str, *, force: bool = False) -> None:
        """Propose a state. The server may refuse it (the run has ended); `force` leaves it no choice."""
        body = {"state": {"type": kind, "message": message}, "force": force}
        await self._ask("POST", f"/flow_runs/{run_id}/set_state", body)

    async def cancel(self, run_id: UUID) -> None:
        """Ask a run to end. A running one is told and has 30 seconds; one that has not begun ends at once."""
        # "Cancelling" is for a process that listens. A run that has none yet would stay in it for ever.
        running = (await self.state(run_id)).type in ("RUNNING", "CANCELLING")
        await self.set_state(run_id, "CANCELLING" if running else "CANCELLED", "Asked to stop.")

    async def wait_for(self, run_id: UUID, *, seconds: float | None = None) -> RunState:
        """The run's last state; after `seconds` without one, a TimeoutError."""
        deadline = None if seconds is None else time.monotonic() + seconds
        while not (state := await self.state(run_id)).final:
            if deadline is not None and time.monotonic() > deadline:
                raise TimeoutError(f"run {run_id} is still {state.name}")
            await asyncio.sleep(_LOOK_EVERY)
        return state

    async def _read(self, path: str, body: Mapping[str, Any]) -> Any:
        return (await self._ask("POST", path, body)).json()

    async def _ask(
        self, method: str, path: str, body: Body | None = None, *, allowed: int | None = None
    ) -> httpx.Response:
        """One request, asked again while the server is busy.

        On SQLite it answers 503 while its database is locked, and not at all for a while on a machine with
        too much to do. Whatever is asked here may be asked twice: it says how things should be, or carries
        a key by which the server knows it again.
        Raises RekeyError("prefect-not-answering").
        """
        deadline = time.monotonic() + self._busy_for
        while (answer := await self._answer(method, path, body)) is None:
            if time.monotonic() > deadline:
                raise _no_answer("The machine may have too much to do.")
            await asyncio.sleep(_LOOK_EVERY)
        if answer.status_code == httpx.codes.UNAUTHORIZED:
            raise RekeyError("prefect-password", _REFUSED)
        if answer.status_code != allowed:
            answer.raise_for_status()
        return answer

    async def _answer(self, method: str, path: str, body: Body | None) -> httpx.Response | None:
        try:
            answer = await self._http.request(method, path, json=body)
        except httpx.ConnectError:
            raise _no_answer(
                "Its server has ended: see logs/prefect-server.log under Rekey's home folder."
            ) from None
        except httpx.TransportError:
            return None
        return None if answer.status_code == httpx.codes.SERVICE_UNAVAILABLE else answer


def is_own(schedule: Mapping[str, Any]) -> bool:
    """Whether it was set in the console, and is not in prefect.yaml."""
    return str(schedule["slug"] or "").startswith(OWN_SCHEDULE)


def schedule_of(schedule: Mapping[str, Any], **change: Any) -> dict[str, Any]:
    """What a schedule says, without what the server knows of it."""
    return {name: schedule[name] for name in ("slug", "schedule", "active")} | change


def _no_answer(why: str) -> RekeyError:
    return RekeyError("prefect-not-answering", f"Prefect does not answer. {why}")
