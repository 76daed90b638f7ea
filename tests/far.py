"""A target on the far side of a line that can be cut: in a network namespace of its own, behind a router.

Wants root and `ip`. What is cut is silent, as a dead switch is: nothing is refused, nothing comes back.
"""

from __future__ import annotations

import asyncio
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from bots.engine.settings import ROOT
from tests.tiny import Target

HERE, ROUTER, THERE = "10.77.1.1", ("10.77.1.2", "10.77.2.1"), "10.77.2.2"
_PORT = 8080


@dataclass(frozen=True, kw_only=True)
class Line:
    """`url`: of the target. `saves`: a file to which it writes each save."""

    name: str
    url: str
    saves: Path

    def cut(self) -> None:
        self._forward(0)

    def mend(self) -> None:
        self._forward(1)

    def _forward(self, on: int) -> None:
        _run("ip", "netns", "exec", f"{self.name}-r", "sysctl", "-qw", f"net.ipv4.ip_forward={on}")

    def keys(self) -> list[str]:
        return self.saves.read_text(encoding="utf-8").split() if self.saves.exists() else []


def can_cut() -> bool:
    return sys.platform == "linux" and os.geteuid() == 0 and shutil.which("ip") is not None


@contextmanager
def far_target(folder: Path) -> Iterator[Line]:
    name = f"rk{os.getpid() % 10_000}"
    router, there = f"{name}-r", f"{name}-t"
    try:
        for space in (router, there):
            _run("ip", "netns", "add", space)
        _wire(name, "a", None, f"{HERE}/24", router, f"{ROUTER[0]}/24")
        _wire(name, "b", router, f"{ROUTER[1]}/24", there, f"{THERE}/24")
        _run("ip", "route", "add", "10.77.2.0/24", "via", ROUTER[0])
        _run("ip", "netns", "exec", there, "ip", "route", "add", "default", "via", ROUTER[1])
        line = Line(name=name, url=f"http://{THERE}:{_PORT}", saves=folder / "saves.txt")
        line.mend()
        command = ["ip", "netns", "exec", there, sys.executable, "-m", "tests.far", str(line.saves)]
        with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) as server:
            assert server.stdout is not None
            assert server.stdout.readline() == "ready\n"
            try:
                yield line
            finally:
                server.kill()
    finally:
        # A namespace takes its ends of a line away a while after it is gone, and their names are the next's.
        subprocess.run(["ip", "link", "del", f"{name}a0"], check=False, capture_output=True)
        for space in (router, there):
            subprocess.run(["ip", "netns", "del", space], check=False, capture_output=True)


def _wire(name: str, part: str, one: str | None, address: str, other: str, across: str) -> None:
    ends = f"{name}{part}0", f"{name}{part}1"
    _run("ip", "link", "add", ends[0], "type", "veth", "peer", "name", ends[1])
    for end, space, given in ((ends[0], one, address), (ends[1], other, across)):
        inside = ["ip", "netns", "exec", space] if space else []
        if space:
            _run("ip", "link", "set", end, "netns", space)
        _run(*inside, "ip", "addr", "add", given, "dev", end)
        _run(*inside, "ip", "link", "set", end, "up")


def _run(*command: str) -> None:
    subprocess.run(command, check=True, capture_output=True)


async def _serve(file: Path) -> None:
    target = Target()
    keep = target.save

    def save(values: dict[str, str]) -> str:
        with file.open("a", encoding="utf-8") as lines:
            lines.write(values["key"] + "\n")
        return keep(values)

    target.at["/save"] = save  # type: ignore[assignment]
    server = await asyncio.start_server(target.serve, "0.0.0.0", _PORT)
    print("ready", flush=True)
    async with server:
        await server.serve_forever()


if __name__ == "__main__":
    asyncio.run(_serve(Path(sys.argv[1])))
