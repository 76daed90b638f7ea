"""The wire: what all sessions of one browser share."""

from __future__ import annotations

import ssl

from ...core.points import OnPoint
from .authority import Authority
from .door import Door
from .peers import Peers
from .policy import Policy


class Wire:
    def __init__(self, on_point: OnPoint) -> None:
        self._authority = Authority()
        self._peers = Peers()
        self._context = ssl.create_default_context()
        self._on_point = on_point

    @property
    def pin(self) -> str:
        """What the browser is told to believe."""
        return self._authority.pin

    async def door(self, policy: Policy) -> Door:
        made = Door(
            policy=policy,
            authority=self._authority,
            upstream=self._context,
            peers=self._peers,
            on_point=self._on_point,
        )
        await made.open()
        return made
