"""The settings under which Prefect's own processes run on this machine."""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping
from pathlib import Path

HOST = "127.0.0.1"
WORK_POOL = "rekey"


def ui_address(port: int) -> str:
    return f"http://{HOST}:{port}"


def api_address(port: int) -> str:
    return f"{ui_address(port)}/api"


def prefect_environment(
    *, home: Path, root: Path, store: str | None, port: int, extra: Mapping[str, str]
) -> dict[str, str]:
    """Everything that the server, the worker and the flow runs are told.

    A person's own Prefect settings are left out, so that their profile, server or cloud account never
    changes what Rekey does; `extra` is the way in for those that ICT chose (a password, PostgreSQL).
    """
    return {
        **_inherited(),
        **_server(home, port),
        **_worker(),
        **_rekey(home, root, store),
        **extra,
    }


def _inherited() -> dict[str, str]:
    # Handed on to the child processes, not read for a decision.
    kept = {name: value for name, value in os.environ.items() if not name.upper().startswith("PREFECT_")}
    # Job variables say `python`: every worker's machine finds its own, here that of our virtual environment.
    # Not resolved: in a virtual environment the executable is a link to a Python that lacks our packages.
    kept["PATH"] = os.pathsep.join([str(Path(sys.executable).parent), kept.get("PATH", os.defpath)])
    return kept


def _server(home: Path, port: int) -> dict[str, str]:
    return {
        "PREFECT_HOME": str(home / "prefect"),
        "PREFECT_API_URL": api_address(port),
        "PREFECT_SERVER_API_HOST": HOST,
        # `prefect server start --port N` alone leaves the UI calling port 4200.
        "PREFECT_SERVER_API_PORT": str(port),
        "PREFECT_SERVER_UI_API_URL": api_address(port),
        "PREFECT_UI_URL": ui_address(port),
        "PREFECT_SERVER_ANALYTICS_ENABLED": "false",
        "DO_NOT_TRACK": "1",
        "PREFECT_SERVER_UI_SHOW_PROMOTIONAL_CONTENT": "false",
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


def _worker() -> dict[str, str]:
    return {
        # How soon a run that a person starts begins. The default is 10 seconds.
        "PREFECT_WORKER_QUERY_SECONDS": "2",
        "PREFECT_CLI_PROMPT": "false",
        "PYTHONUNBUFFERED": "1",
        "PYTHONUTF8": "1",
    }


def _rekey(home: Path, root: Path, store: str | None) -> dict[str, str]:
    # An empty REKEY_STORE means "whichever store is there": the flows treat it as not given.
    return {"REKEY_HOME": str(home), "REKEY_ROOT": str(root), "REKEY_STORE": store or ""}
