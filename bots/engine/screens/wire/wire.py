"""The wire: what all sessions of one browser share."""

from __future__ import annotations

import ssl
from pathlib import Path

import truststore

from ...core.errors import ConfigurationError
from ...core.points import OnPoint
from .authority import Authority
from .door import Door
from .peers import Peers
from .policy import Policy


class Wire:
    def __init__(self, on_point: OnPoint) -> None:
        self._authority = Authority()
        self._peers = Peers()
        self._on_point = on_point

    @property
    def pin(self) -> str:
        """What the browser is told to believe."""
        return self._authority.pin

    async def door(self, policy: Policy, certificate: Path | None = None) -> Door:
        """`certificate`: with its key, where a target wants to know who we are. Raises ConfigurationError."""
        made = Door(
            policy=policy,
            authority=self._authority,
            upstream=_towards_targets(certificate),
            peers=self._peers,
            on_point=self._on_point,
        )
        await made.open()
        return made


def _towards_targets(certificate: Path | None) -> ssl.SSLContext:
    """Believes those whom the operating system believes."""
    context = truststore.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    if certificate is not None:
        try:
            context.load_cert_chain(certificate)
        except (OSError, ssl.SSLError) as error:
            why = error.strerror or type(error).__name__
            sentence = f"The client certificate {certificate.name} cannot be used ({why})."
            raise ConfigurationError("client-certificate", sentence) from None
    return context
