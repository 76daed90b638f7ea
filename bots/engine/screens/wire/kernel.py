"""What the operating system is asked about a socket, so that nothing of it arrives later than we know."""

from __future__ import annotations

import asyncio
import os
import socket
import struct
import sys

LOOK = 0.001
"""Seconds between two looks at what only the kernel knows."""
_UNANSWERED = 8_000
"""Milliseconds for which the kernel keeps bytes that nobody acknowledged: a lease lasts longer."""
_TCP_USER_TIMEOUT, _SIOCOUTQ = 18, 0x5411


def prompt(found: socket.socket) -> None:
    """Send what is written at once."""
    found.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)


def mortal(found: socket.socket) -> None:
    """What was not delivered dies with the connection, also when this process is killed."""
    found.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    if sys.platform == "linux":
        found.setsockopt(socket.IPPROTO_TCP, _TCP_USER_TIMEOUT, _UNANSWERED)


def unacknowledged(found: socket.socket) -> int:
    """Bytes that the other machine has not confirmed; 0 where nobody can say."""
    if sys.platform != "linux" or found.fileno() < 0:
        return 0
    import fcntl  # Windows has none

    return int(struct.unpack("i", fcntl.ioctl(found.fileno(), _SIOCOUTQ, b"\0" * 4))[0])


async def begins_with(found: socket.socket, wanted: bytes, seconds: float) -> bool:
    """Whether what comes next on a socket begins so; it stays there to be read. Raises TimeoutError."""
    peeked = socket.socket(fileno=os.dup(found.fileno()))
    try:
        async with asyncio.timeout(seconds):
            while True:
                try:
                    return peeked.recv(len(wanted), socket.MSG_PEEK) == wanted
                except BlockingIOError:
                    await asyncio.sleep(LOOK)
    finally:
        peeked.close()
