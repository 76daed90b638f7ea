"""The way to a target: straight, or through the proxy that this machine is told to use."""

from __future__ import annotations

import ipaddress
import urllib.request
from urllib.parse import urlsplit

_CONNECT = "CONNECT {host} HTTP/1.1\r\nHost: {host}\r\n\r\n"
_OK = b"200"


def proxy_for(scheme: str, host: str) -> tuple[str, int] | None:
    """By the environment (`HTTPS_PROXY`, `NO_PROXY`) or the system's settings. This machine itself is always
    reached straight."""
    name = host.rpartition(":")[0].strip("[]")
    if name == "localhost" or _is_loopback(name) or urllib.request.proxy_bypass(name):
        return None
    address = urllib.request.getproxies().get(scheme)
    if not address:
        return None
    parts = urlsplit(address if "://" in address else f"http://{address}")
    return (parts.hostname or "", parts.port or 80)


def _is_loopback(name: str) -> bool:
    try:
        return ipaddress.ip_address(name).is_loopback
    except ValueError:
        return False


def tunnel_to(host: str) -> bytes:
    """What asks a proxy for a connection to a host."""
    return _CONNECT.format(host=host).encode("ascii")


def tunnelled(status_line: bytes) -> bool:
    return status_line.split(b" ")[1:2] == [_OK]
