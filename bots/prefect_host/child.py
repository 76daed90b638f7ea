"""One process that Rekey started: its log, its end, and the end of all that it started itself."""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
import subprocess
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import psutil


@dataclass(frozen=True, kw_only=True)
class Child:
    """A running child process in a process group of its own."""

    name: str
    log: Path
    process: asyncio.subprocess.Process

    @property
    def running(self) -> bool:
        return self.process.returncode is None

    async def stop(self, *, grace: float) -> None:
        """Ask it to end, then end it; whatever it started and left behind goes with it."""
        family = descendants(self.process.pid)
        if self.running:
            _ask_to_end(self.process)
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self.process.wait(), grace)
            if self.running:
                self.process.kill()
        # The child itself is asyncio's to wait for; two waiting for one process confuse each other.
        rest = [process for process in family if process.pid != self.process.pid]
        await asyncio.to_thread(end_all, rest, grace=5.0)
        _end_group(self.process.pid)
        await self.process.wait()


async def start_child(
    name: str, command: Sequence[str], *, log: Path, environment: Mapping[str, str], directory: Path
) -> Child:
    """Start `python -m ...` or any other command, writing all it says to `log`."""
    log.parent.mkdir(parents=True, exist_ok=True)
    with log.open("ab") as stream:
        process = await asyncio.create_subprocess_exec(
            *command,
            stdin=asyncio.subprocess.DEVNULL,
            stdout=stream,
            stderr=asyncio.subprocess.STDOUT,
            env=dict(environment),
            cwd=directory,
            # Its own group, so that Ctrl-C reaches only us and we choose the order of the end.
            start_new_session=sys.platform != "win32",
            creationflags=getattr(subprocess, "CREATE_NEW_PROCESS_GROUP", 0),
        )
    return Child(name=name, log=log, process=process)


def descendants(pid: int) -> list[psutil.Process]:
    """The process and all below it, taken before it ends: afterwards they have no parent to find them by."""
    try:
        process = psutil.Process(pid)
        return [process, *process.children(recursive=True)]
    except psutil.NoSuchProcess:
        return []


def end_all(family: Sequence[psutil.Process], *, grace: float) -> None:
    """End what is left of a family. psutil compares start times, so a reused number is never hit."""
    for process in family:
        with contextlib.suppress(psutil.NoSuchProcess):
            process.kill()
    psutil.wait_procs(family, timeout=grace)


def _ask_to_end(process: asyncio.subprocess.Process) -> None:
    with contextlib.suppress(ProcessLookupError):
        if sys.platform == "win32":
            process.send_signal(signal.CTRL_BREAK_EVENT)
        else:
            process.terminate()


def _end_group(pid: int) -> None:
    """What lost its parent earlier is still in the group."""
    if sys.platform != "win32":
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(pid, signal.SIGKILL)
