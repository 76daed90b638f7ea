"""Whether who knocks at a port of the wire is our own browser, and not another account of this machine."""

from __future__ import annotations

import contextlib
import sys
from collections.abc import Callable
from pathlib import Path

import psutil

_LOOPBACK = "0100007F"
_TABLE = Path("/proc/net/tcp")
_INODE, _LOCAL, _REMOTE = 9, 1, 2


class Peers:
    """The processes that this one has started, of which one is asked for again and again."""

    def __init__(self) -> None:
        self._last: int | None = None  # Chromium's network process makes all connections

    def ours(self, port: int, at: int) -> bool:
        """`port`: of the other end on loopback; `at`: ours."""
        holds = self._holder(port, at)
        if holds is None:
            return False
        if self._last is not None and holds(self._last):
            return True
        for process in psutil.Process().children(recursive=True):
            if process.pid != self._last and holds(process.pid):
                self._last = process.pid
                return True
        return False

    @staticmethod
    def _holder(port: int, at: int) -> Callable[[int], bool] | None:
        """Whether a process holds the other end; None: it is gone."""
        if sys.platform != "linux":
            return lambda pid: _talks(pid, port, at)
        inode = _inode(port, at)
        return None if inode is None else lambda pid: _has_open(pid, inode)


def _inode(port: int, at: int) -> str | None:
    """Of the other end's socket, by the kernel's table."""
    local, remote = f"{_LOOPBACK}:{port:04X}", f"{_LOOPBACK}:{at:04X}"
    with _TABLE.open() as lines:
        for line in lines:
            parts = line.split()
            if parts[_LOCAL] == local and parts[_REMOTE] == remote:
                return parts[_INODE]
    return None


def _has_open(pid: int, inode: str) -> bool:
    wanted = f"socket:[{inode}]"
    with contextlib.suppress(OSError):
        for link in Path(f"/proc/{pid}/fd").iterdir():
            with contextlib.suppress(OSError):
                if str(link.readlink()) == wanted:
                    return True
    return False


def _talks(pid: int, port: int, at: int) -> bool:
    with contextlib.suppress(psutil.Error):
        for one in psutil.Process(pid).net_connections("tcp"):
            if one.laddr and one.raddr and (one.laddr.port, one.raddr.port) == (port, at):
                return True
    return False
