"""`python -m tests.foreign.serve NAME FOLDER`: one application on a free port, which it prints."""

from __future__ import annotations

import socket
import sys
from pathlib import Path

import uvicorn

from .apps import APPS
from .planted import Planted


def main(name: str, folder: Path) -> None:
    listening = socket.create_server(("127.0.0.1", 0))
    APPS[name].port = listening.getsockname()[1]
    app = Planted(APPS[name].build(folder))
    server = uvicorn.Server(uvicorn.Config(app, log_level="warning", lifespan="auto", access_log=False))
    print(APPS[name].port, flush=True)
    server.run(sockets=[listening])


if __name__ == "__main__":
    main(sys.argv[1], Path(sys.argv[2]))
