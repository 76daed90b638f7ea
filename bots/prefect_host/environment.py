"""The settings under which Prefect's own processes run on this machine."""

from __future__ import annotations

import os
import socket
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from .access import PrefectAccess

HOST = "127.0.0.1"
WORK_POOL = "rekey"
CLOSED_TEMPLATE: dict[str, Any] = {
    "job_configuration": {"stream_output": True},  # Prefect takes no empty one
    "variables": {"type": "object", "properties": {}, "additionalProperties": False},
}
"""Of the work pool: the server refuses at once what Rekey's worker would not heed anyway."""
_CHOSEN = (
    "PREFECT_API_DATABASE_",
    "PREFECT_SERVER_DATABASE_",
    "PREFECT_SERVER_EVENTS_RETENTION_PERIOD",
    "PREFECT_SERVER_SERVICES_DB_VACUUM_",
    "PREFECT_SERVER_LOGGING_LEVEL",
    "PREFECT_LOGGING_SERVER_LEVEL",
)
"""How the names of settings begin that ICT may make for the server: where its data lies, how long it is kept
and how much it tells. None of them says who comes in, or what is carried out."""


def ui_address(port: int) -> str:
    return f"http://{HOST}:{port}"


def worker_name() -> str:
    return f"rekey-{socket.gethostname()}"


def prefect_environment(
    *, home: Path, root: Path, store: str | None, access: PrefectAccess, extra: Mapping[str, str]
) -> dict[str, str]:
    """What the worker and the flow runs are told, and whatever else asks the server.

    A person's own Prefect settings are left out, so that their profile, server or cloud account never
    changes what Rekey does. `extra`: of the systems, such as their addresses.
    """
    return {
        **_inherited(),
        **_worker(),
        **_rekey(home, root, store),
        **extra,
        **_client(home),
        **access.environment(),
    }


def server_environment(*, home: Path, port: int, access: PrefectAccess) -> dict[str, str]:
    """What the server is told. It needs no address or name of any system."""
    chosen = {name: value for name, value in os.environ.items() if name.upper().startswith(_CHOSEN)}
    return {**_inherited(), **_server(port), **chosen, **_client(home), **_door(port, access)}


def ignored_settings() -> list[str]:
    """The names of a person's own Prefect settings that count for nothing here."""
    names = (name for name in os.environ if name.upper().startswith("PREFECT_"))
    return sorted(name for name in names if not name.upper().startswith(_CHOSEN))


def _inherited() -> dict[str, str]:
    # Handed on to the child processes, not read for a decision.
    kept = {name: value for name, value in os.environ.items() if not name.upper().startswith("PREFECT_")}
    # Not resolved: in a virtual environment the executable is a link to a Python that lacks our packages.
    kept["PATH"] = os.pathsep.join([str(Path(sys.executable).parent), kept.get("PATH", os.defpath)])
    return kept


def _client(home: Path) -> dict[str, str]:
    return {
        "PREFECT_HOME": str(home / "prefect"),
        "PREFECT_SERVER_ANALYTICS_ENABLED": "false",
        "DO_NOT_TRACK": "1",
        "PREFECT_CLI_PROMPT": "false",
        "PYTHONUNBUFFERED": "1",
        "PYTHONUTF8": "1",
    }


def _server(port: int) -> dict[str, str]:
    return {
        "PREFECT_SERVER_API_HOST": HOST,
        "PREFECT_SERVER_API_PORT": str(port),
        # Relative: the page asks where it came from, also through a tunnel that begins at another port.
        "PREFECT_SERVER_UI_API_URL": "/api",
        "PREFECT_SERVER_UI_SHOW_PROMOTIONAL_CONTENT": "false",
        # The pages to which the console's links lead. The other ones are a click away.
        "PREFECT_SERVER_UI_V2_ENABLED": "false",
        # The default keeps concurrency leases in memory: a server that restarts in mid-run would forget
        # the lease but not the taken slot, and a deployment with a limit of 1 would never run again.
        "PREFECT_SERVER_CONCURRENCY_LEASE_STORAGE": "prefect.server.concurrency.lease_storage.filesystem",
        # Runs are planned ahead as rows of Prefect's database: a few of each deployment are enough to see
        # what comes next. The defaults plan 50 when it is deployed, and 100 later.
        "PREFECT_SERVER_DEPLOYMENT_SCHEDULE_MAX_SCHEDULED_RUNS": "5",
        "PREFECT_SERVER_SERVICES_SCHEDULER_MAX_RUNS": "5",
        # By default only events are cleared away; runs would be kept for ever. Runs go after 90 days.
        "PREFECT_SERVER_SERVICES_DB_VACUUM_ENABLED": "events,flow_runs",
    }


def _door(port: int, access: PrefectAccess) -> dict[str, str]:
    """Who comes in. Nothing that is set elsewhere goes before this."""
    return {
        "PREFECT_SERVER_API_AUTH_STRING": ":".join(access.auth or ()),
        "PREFECT_SERVER_CSRF_PROTECTION_ENABLED": "true",
        "PREFECT_SERVER_CORS_ALLOWED_ORIGINS": ui_address(port),
    }


def _worker() -> dict[str, str]:
    # How soon a run that a person starts begins. The default is 10 seconds.
    return {"PREFECT_WORKER_QUERY_SECONDS": "2"}


def _rekey(home: Path, root: Path, store: str | None) -> dict[str, str]:
    # An empty REKEY_STORE means "whichever store is there": the flows treat it as not given.
    return {"REKEY_HOME": str(home), "REKEY_ROOT": str(root), "REKEY_STORE": store or ""}
