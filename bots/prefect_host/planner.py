"""Satisfies the console's `Planner` with a Prefect server: what is changed here, Prefect's own pages show.

Times that a person sets are schedules of their own, beside those of prefect.yaml, which rest meanwhile: so
the way back is always there, and both outlast the next deployment.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from typing import Any

import httpx

from bots.engine.console.services.planner import Deployed, Kind, Run, Stage
from bots.engine.core.errors import RekeyError, refusal
from bots.engine.core.record import digest
from bots.engine.core.timetable import Timetable, crons, from_crons

from .access import PrefectAccess
from .api import FINAL, OWN_SCHEDULE, PrefectApi, is_own, schedule_of

_ZONE = "Europe/London"
_ANSWERS_WITHIN, _BUSY_FOR = 5.0, 5.0  # somebody waits for the page
_NOT_NEEDED = "concurrency limit"
"""What Prefect says of a run that came while another of its deployment was at work."""
_STAGES = {
    "PENDING": Stage.BEGINNING,
    "RUNNING": Stage.RUNNING,
    "PAUSED": Stage.QUEUED,
    "CANCELLING": Stage.STOPPING,
    "COMPLETED": Stage.ENDED,
    "FAILED": Stage.FAILED,
    "CRASHED": Stage.BROKEN,
    "CANCELLED": Stage.STOPPED,
}
_NAMED = {"Late": Stage.LATE, "AwaitingConcurrencySlot": Stage.QUEUED, "NotClean": Stage.FINDINGS}
"""States that Prefect, or a flow of ours, names more exactly than by their type."""
_BEGUN = [*_STAGES]


class PrefectPlanner:
    def __init__(self, access: PrefectAccess) -> None:
        self.url = access.address.rstrip("/")
        self._api = PrefectApi(access, answers_within=_ANSWERS_WITHIN, busy_for=_BUSY_FOR)
        self._one_change = asyncio.Lock()  # two people of this console at once

    async def close(self) -> None:
        await self._api.__aexit__(None, None, None)

    # ---- schedules ------------------------------------------------------------------------------
    async def deployed(self, processes: Sequence[str]) -> Sequence[Deployed]:
        async with _told():
            found = {each["name"]: each for each in await self._api.deployments()}
        names = [(process, kind, f"{kind}-{process}") for process in processes for kind in Kind]
        return [self._deployed(process, kind, found[name]) for process, kind, name in names if name in found]

    async def pause(self, process: str, kind: Kind, paused: bool, seen: str) -> None:
        async with _told(), self._one_change:
            found = await self._as_seen(process, kind, seen)
            await self._api.pause_deployment(found["id"], paused)

    async def set_times(self, process: str, kind: Kind, table: Timetable | None, seen: str) -> None:
        async with _told(), self._one_change:
            found = await self._as_seen(process, kind, seen)
            wanted = [] if table is None else _schedules(table)
            kept = [schedule_of(one, active=table is None) for one in found["schedules"] if not is_own(one)]
            if not kept and not wanted:
                raise refusal("no-delivered-times", "There are no other times to go back to.")
            left = {one["slug"] for one in wanted}
            old = [one for one in found["schedules"] if is_own(one) and one["slug"] not in left]
            # In one transaction the new ones are on and all others off; what is off then goes.
            off = [schedule_of(one, active=False) for one in old]
            await self._api.set_schedules(found["id"], [*wanted, *kept, *off])
            for one in old:
                await self._api.drop_schedule(found["id"], one["id"])

    async def _as_seen(self, process: str, kind: Kind, seen: str) -> Mapping[str, Any]:
        found = await self._api.deployment(f"{kind}-{process}")
        if _mark(found) != seen:
            raise refusal(
                "changed-meanwhile", "Somebody else changed this schedule just now. Look at it again."
            )
        return found

    def _deployed(self, process: str, kind: Kind, found: Mapping[str, Any]) -> Deployed:
        schedules = found["schedules"]
        tables, others = _read([one for one in schedules if one["active"]])
        own = any(is_own(one) and one["active"] for one in schedules)
        delivered = _read([one for one in schedules if not is_own(one)])[0] if own else None
        return Deployed(
            process=process,
            kind=kind,
            paused=found["paused"],
            tables=tables,
            others=others,
            delivered=delivered or None,
            seen=_mark(found),
            url=f"{self.url}/deployments/deployment/{found['id']}",
        )

    # ---- runs -----------------------------------------------------------------------------------
    async def coming(self, processes: Sequence[str], limit: int) -> Sequence[Run]:
        return await self._runs(processes, ["SCHEDULED"], "EXPECTED_START_TIME_ASC", limit)

    async def past(self, processes: Sequence[str], limit: int) -> Sequence[Run]:
        return await self._runs(processes, _BEGUN, "START_TIME_DESC", limit)

    async def start(self, process: str) -> None:
        async with _told():
            await self._api.start_run(f"{Kind.WORK}-{process}", {})

    async def plan(self, process: str, at: float) -> None:
        async with _told():
            name, moment = f"{Kind.WORK}-{process}", datetime.fromtimestamp(at, UTC)
            run = await self._api.start_run(name, {}, at=moment, key=_key(process, at))
            if (await self._api.state(run)).type in FINAL:  # one that somebody had stopped
                await self._api.start_run(name, {}, at=moment)

    async def unplan(self, process: str, at: float) -> None:
        async with _told():
            for run in await self._planned(process, at):
                await self._api.drop_run(run["id"])

    async def planned(self, process: str, at: float) -> bool:
        async with _told():
            return bool(await self._planned(process, at))

    async def _planned(self, process: str, at: float) -> Sequence[Mapping[str, Any]]:
        waiting = {
            "idempotency_key": {"any_": [_key(process, at)]},
            "state": {"type": {"any_": ["SCHEDULED"]}},
        }
        return await self._api.runs({"flow_runs": waiting}, sort="EXPECTED_START_TIME_ASC", limit=10)

    async def _runs(
        self, processes: Sequence[str], states: Sequence[str], sort: str, limit: int
    ) -> Sequence[Run]:
        known = {f"{kind}-{process}": (process, kind) for process in processes for kind in Kind}
        async with _told():
            names = {each["id"]: each["name"] for each in await self._api.deployments()}
            ids = [id_ for id_, name in names.items() if name in known]
            if not ids:
                return []
            only = {
                "deployments": {"id": {"any_": ids}},
                "flow_runs": {"state": {"type": {"any_": list(states)}}},
            }
            found = await self._api.runs(only, sort=sort, limit=limit)
        return [self._run(each, *known[names[each["deployment_id"]]]) for each in found]

    def _run(self, found: Mapping[str, Any], process: str, kind: Kind) -> Run:
        state = found["state"] or {}
        stage = _stage(
            found["state_type"] or "SCHEDULED", found["state_name"] or "", state.get("message") or ""
        )
        final = found["state_type"] in FINAL
        return Run(
            process=process,
            kind=kind,
            stage=stage,
            expected=_moment(found["expected_start_time"]),
            began=_moment(found["start_time"]),
            ended=_moment(found["end_time"]) if final else None,
            told=(state.get("message") or "") if final and stage is not Stage.NOT_NEEDED else "",
            by_itself=bool(found["auto_scheduled"]),
            url=f"{self.url}/runs/flow-run/{found['id']}",
        )


@asynccontextmanager
async def _told() -> AsyncIterator[None]:
    """What a server refuses, or sends that is no answer, is one kind of error for the console."""
    try:
        yield
    except httpx.HTTPStatusError as error:
        sentence = f"Prefect did not do what was asked of it (status {error.response.status_code})."
        raise RekeyError("prefect-refused", sentence) from None
    except (httpx.HTTPError, httpx.InvalidURL, KeyError, ValueError) as error:
        sentence = f"Prefect did not do what was asked of it ({type(error).__name__})."
        raise RekeyError("prefect-refused", sentence) from None


def _schedules(table: Timetable) -> list[dict[str, Any]]:
    slugs = (OWN_SCHEDULE, *(f"{OWN_SCHEDULE}-{number}" for number in range(2, 25)))
    return [
        {"slug": slug, "active": True, "schedule": {"cron": line, "timezone": _ZONE}}
        for slug, line in zip(slugs, crons(table), strict=False)
    ]


def _read(schedules: Sequence[Mapping[str, Any]]) -> tuple[list[Timetable], list[str]]:
    """As timetables; what is none, as Prefect keeps it."""
    lines, others = [], []
    for one in schedules:
        rule = one["schedule"]
        line = rule.get("cron")
        if line is not None and rule.get("timezone") == _ZONE and from_crons([line]) is not None:
            lines.append(line)
        else:
            others.append(_rule(rule))
    return from_crons(lines) or [], others


def _rule(rule: Mapping[str, Any]) -> str:
    if "interval" in rule:
        return f"every {float(rule['interval']) / 60:g} minutes"
    text = rule.get("cron") or rule.get("rrule") or "a rule"
    return f"{text} ({rule.get('timezone') or 'UTC'})"


def _mark(found: Mapping[str, Any]) -> str:
    """Names a state of a deployment's schedules."""
    schedules = sorted((schedule_of(one) for one in found["schedules"]), key=lambda one: str(one["slug"]))
    return digest({"paused": found["paused"], "schedules": schedules})


def _stage(kind: str, name: str, message: str) -> Stage:
    if kind == "CANCELLED" and _NOT_NEEDED in message:
        return Stage.NOT_NEEDED
    return _NAMED.get(name) or _STAGES.get(kind, Stage.PLANNED)


def _moment(text: str | None) -> datetime | None:
    return datetime.fromisoformat(text) if text else None


def _key(process: str, at: float) -> str:
    """Of the run that was asked for at a moment. It names no hand-in: those of one moment share it."""
    return f"begin-{process}-{int(at)}"
