"""Ending a flow run on request, after the item in hand."""

from __future__ import annotations

import asyncio
import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType


@contextmanager
def stop_on_signal() -> Iterator[asyncio.Event]:
    """The event is set when this process is asked to end; the run then finishes what it has in hand.

    Cancelling in the UI sends SIGTERM to the flow run's process and kills it 30 seconds later. Prefect's own
    handler would raise in the middle of whatever is being keyed, so it is replaced while work is going on.
    The run then ends by itself and returns the state Cancelled. Prefect sets Cancelled once more when it
    sees that the process has gone, with words of its own: what was done stands in the summary.

    Only this process gets the signal, because prefect.yaml names the run's command; see there.

    Windows has no SIGTERM from outside: Prefect sends CTRL_BREAK to the run's console group there, which
    also reaches the browser's driver. The item in hand is then given up by the keying protocol.
    """
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()

    def asked(_number: int, _frame: FrameType | None) -> None:
        # Not `stop.set()`: the handler may interrupt the loop anywhere, and the loop must be woken.
        loop.call_soon_threadsafe(stop.set)

    if threading.current_thread() is not threading.main_thread():
        # Only the main thread may set handlers. Prefect runs async flows there; a test may not.
        yield stop
        return
    before = {number: signal.signal(number, asked) for number in _signals()}
    try:
        yield stop
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def _signals() -> list[signal.Signals]:
    names = ("SIGTERM", "SIGBREAK")  # SIGBREAK exists on Windows only
    return [getattr(signal, name) for name in names if hasattr(signal, name)]
