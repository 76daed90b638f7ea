"""`python -m bots.prefect_host.serve`: Prefect's server behind our gate, as its own settings describe it."""

from __future__ import annotations

import uvicorn
from prefect.server.api.server import create_app
from prefect.settings import get_current_settings

from .gate import PrefectGate


def main() -> None:
    server = get_current_settings().server
    if server.api.auth_string is None:
        raise SystemExit("Prefect's server was given no password: it does not start without one.")
    uvicorn.run(
        PrefectGate(create_app(final=True), auth=server.api.auth_string.get_secret_value()),
        host=server.api.host,
        port=server.api.port,
        timeout_keep_alive=server.api.keepalive_timeout,
        log_level=server.logging_level.lower(),
        proxy_headers=False,
    )


if __name__ == "__main__":
    main()
