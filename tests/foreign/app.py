"""What an application has to say of itself, and the case that is keyed to it."""

from __future__ import annotations

import importlib.util
import sqlite3
from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from datetime import date
from pathlib import Path
from typing import Any, ClassVar

from bots.engine.core.record import Record
from bots.engine.core.screens import Screens
from bots.engine.core.step import Step
from bots.engine.core.value import Found, Value

from .planted import HARMLESS, TOKEN, Asgi

USER, PASSWORD = "bot", "not-a-secret-9"
KINDS = ("Missed bin", "Noise & smells", "Pest")
TIMEOUTS = {"ready": 20, "window": 15, "save": 30, "settle": 0.5, "late": 0.5}
"""Long, because a machine under load fails no test: everything waits for a condition."""


class Case(Record):
    known_by = (("key",),)
    key: str
    name: str
    note: str = ""
    kind: str = KINDS[0]
    day: date = date(2026, 3, 1)
    paid: bool = False


class Keep(Step[Case]):
    """One case, as its application's screens `new`, `search` and `case` show it."""

    name, system, commit, case = "keep", "", "new.save", ("key",)

    def values(self, record: Case) -> Mapping[str, Value]:
        return {name: getattr(record, name) for name in Case.model_fields}

    async def find(self, screens: Screens, record: Case) -> Sequence[Found]:
        await screens.open("search", q=record.key)
        rows = await screens.rows("cases")
        # Their searches look for what begins or ends with it as well.
        return [
            Found(reference=str(row["ref"]), values={n: v for n, v in row.items() if n != "ref"})
            for row in rows
            if str(row["key"]) == record.key
        ]

    async def key(self, screens: Screens, record: Case) -> None:
        await screens.open("new")
        await screens.fill(**self.values(record))

    async def reopen(self, screens: Screens, reference: str) -> Found:
        await screens.open("case", ref=reference)
        return Found(reference=reference, values=await screens.read())


class Foreign(ABC):
    """One application: how it is built, its maps, and what its own database says."""

    name: ClassVar[str]
    packages: ClassVar[Sequence[str]]
    kind: ClassVar[str]
    """In which way it differs from the others."""
    step: ClassVar[type[Keep]] = Keep
    own: ClassVar[Sequence[Mapping[str, Any]]] = ()
    """Under `harmless`: what its own pages send."""
    table: ClassVar[str] = "cases"
    signed_in: ClassVar[str] = "SELECT count(*) FROM signed_in"
    file: ClassVar[str] = "app.db"
    port = 0
    """Its own, in the process that serves it."""

    @classmethod
    def there(cls) -> bool:
        return all(importlib.util.find_spec(package) for package in cls.packages)

    @abstractmethod
    def build(self, folder: Path) -> Asgi:
        """In a process of its own; it makes its database, with the user `bot`."""

    @abstractmethod
    def screens(self) -> dict[str, Any]:
        """Its maps by name, `system` among them, without what the planted traffic needs."""

    def maps(self, *, learned: bool = True) -> dict[str, Any]:
        maps = self.screens()
        maps["system"] = {
            "system": self.name,
            "title": self.name,
            "sessions": 2,
            "timeouts": TIMEOUTS,
            "harmless": [*HARMLESS, *self.own] if learned else [],
        } | maps["system"]
        saves = maps["new"]["actions"]["save"]["saves"]
        for one in saves if isinstance(saves, list) else [saves]:
            one["ignored"] = [*one.get("ignored", ()), TOKEN]
        return {name: {"screen": name, **one} if name != "system" else one for name, one in maps.items()}

    def declared(self) -> int:
        """Lines that had to be written because of what its pages send: requests, and names in its save."""
        saves = self.maps()["new"]["actions"]["save"]["saves"]
        named = [len(one.get(how, ())) for one in _many(saves) for how in ("constants", "kept", "ignored")]
        return len(HARMLESS) + len(self.own) + sum(named)

    def saved(self, folder: Path) -> list[dict[str, str]]:
        """Every case in its own database: key, name, note, kind, day as yyyy-mm-dd, paid as yes or no."""
        paid = "CASE paid WHEN 1 THEN 'yes' ELSE 'no' END AS paid"
        rows = self.asked(folder, f"SELECT key, name, note, kind, day, {paid} FROM {self.table}")
        return [{name: told(value) for name, value in row.items()} for row in rows]

    def sessions(self, folder: Path) -> int:
        """People who are signed in, by its own table."""
        [row] = self.asked(folder, self.signed_in)
        return int(next(iter(row.values())))

    def locks(self, folder: Path) -> int:
        return 0

    def asked(self, folder: Path, sql: str) -> list[dict[str, Any]]:
        database = sqlite3.connect(f"file:{folder / self.file}?mode=ro", uri=True, timeout=30)
        database.row_factory = sqlite3.Row
        try:
            return [dict(row) for row in database.execute(sql)]
        finally:
            database.close()


def labelled(name: str, label: str, **more: Any) -> dict[str, Any]:
    """A field of a map that is known by both."""
    return {"find": [{"name": name}, {"label": label}], **more}


def told(value: Any) -> str:
    """A value of a database, as the judge compares it."""
    return "" if value is None else str(value)


def _many(saves: Any) -> Sequence[Mapping[str, Any]]:
    return saves if isinstance(saves, list) else [saves]
