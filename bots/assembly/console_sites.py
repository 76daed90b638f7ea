"""Satisfies the console's `Sites` with the maps of this installation."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Sequence

from bots.engine.console.services.sites import Site
from bots.engine.core.errors import ConfigurationError
from bots.engine.screens.maps.files import load_system
from bots.engine.settings import Settings
from bots.processes import registry

_MAPS_AGE = 60.0


class MappedSites:
    """Read from the maps at most once a minute: somebody may be mending one."""

    def __init__(self, settings: Settings) -> None:
        self._folder = settings.root / "selectors"
        self._known: dict[str, tuple[float, list[Site]]] = {}

    async def of(self, process: str) -> Sequence[Site]:
        known = self._known.get(process)
        if known is None or time.monotonic() - known[0] > _MAPS_AGE:
            found = await asyncio.to_thread(self._read, registry.find(process).every_system)
            known = self._known[process] = (time.monotonic(), found)
        return known[1]

    def _read(self, systems: frozenset[str]) -> list[Site]:
        return [site for name in sorted(systems) if (site := self._one(name))]

    def _one(self, name: str) -> Site | None:
        try:
            system = load_system(self._folder / name)
        except ConfigurationError:  # a map with a mistake is told by the run that needs it
            return None
        return Site(name=name, title=system.map.title, sessions=system.map.sessions, hours=system.hours)
