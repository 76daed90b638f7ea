"""Sends messages by apprise: mail, Teams, Slack, web hooks. An address is a secret, and shows nowhere."""

from __future__ import annotations

import asyncio
import logging
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import apprise
from apprise.plugins.custom_form import NotifyForm
from apprise.plugins.custom_json import NotifyJSON
from apprise.plugins.custom_xml import NotifyXML
from apprise.plugins.email.base import NotifyEmail

from ..core.alert import Message
from ..core.errors import ConfigurationError
from ..credentials import Secret

SECONDS = 60.0
"""For which an address may think. Apprise itself waits four seconds for each answer."""
_HOOKS = (NotifyForm, NotifyJSON, NotifyXML)
_UNKNOWN = (
    "This is no address that apprise knows, so it was not stored. Such as mailtos://user:password@mail.example"
    "?to=ict@example.org for mail, jsons://hooks.example/path for a web hook; for Teams and Slack as those "
    "services give it. Runbook: alerts."
)

# What it logs quotes addresses, and so does what it uses.
for _name in ("apprise", "urllib3", "requests"):
    logging.getLogger(_name).setLevel(logging.CRITICAL + 1)


@dataclass(frozen=True, kw_only=True)
class Shown:
    """What may be shown of an address: of many services the host's name is a secret already."""

    kind: str
    host: str = ""

    def __str__(self) -> str:
        return f"{self.kind} at {self.host}" if self.host else self.kind


def shown(address: Secret) -> Shown:
    """Raises ConfigurationError when it is no address; its sentence does not quote it."""
    found = _opened(address)
    if found is None:
        raise ConfigurationError("address", _UNKNOWN)
    kind = str(found.service_name)
    if isinstance(found, NotifyEmail):
        return Shown(kind="Mail", host=str(found.smtp_host or ""))
    if isinstance(found, _HOOKS):
        return Shown(kind=f"Web hook ({kind})", host=str(found.host))
    return Shown(kind=kind)


async def send(address: Secret, message: Message, seconds: float = SECONDS) -> bool:
    """Whether the address took it. Nothing else comes out of here, whatever happens there."""
    loop = asyncio.get_running_loop()
    sent: asyncio.Future[bool] = loop.create_future()

    def work() -> None:
        with _reported(loop, sent) as report:
            report(_notify(address, message))

    # A thread of its own that nobody waits for: one that hangs must not hold up the end of the program.
    threading.Thread(target=work, name="rekey-alert", daemon=True).start()
    try:
        return await asyncio.wait_for(sent, seconds)
    except TimeoutError:
        return False


@contextmanager
def _reported(loop: asyncio.AbstractEventLoop, sent: asyncio.Future[bool]) -> Iterator[Any]:
    def settle(well: bool) -> None:
        if not sent.done():
            sent.set_result(well)

    def report(well: bool) -> None:
        try:
            loop.call_soon_threadsafe(settle, well)
        except RuntimeError:  # the program ended meanwhile
            return

    try:
        yield report
    except Exception:  # its text may quote the address
        report(False)


def _notify(address: Secret, message: Message) -> bool:
    found = _opened(address)
    if found is None:
        return False
    if isinstance(found, NotifyEmail):  # as HTML its lines would not break
        found.notify_format = apprise.NotifyFormat.TEXT
    # Through apprise itself: it writes the text as each service wants it.
    post = apprise.Apprise(servers=found)
    return bool(post.notify(body=message.body, title=message.title, body_format=apprise.NotifyFormat.TEXT))


def _opened(address: Secret) -> Any:
    try:
        return apprise.Apprise.instantiate(address.reveal(), suppress_exceptions=True)
    except Exception:  # its text may quote the address
        return None
