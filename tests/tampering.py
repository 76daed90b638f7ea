"""Changing a council's own databases behind everybody's back, and what a reconciliation then finds."""

from __future__ import annotations

import sqlite3
from collections.abc import AsyncIterator, Callable, Iterator, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager, closing, contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import pytest

from bots.assembly.worker import Rekey
from bots.engine.core.item import Receipt, WorkItem
from bots.engine.core.summary import Reconciliation
from bots.engine.reconcile.run import Reconcile
from bots.processes.registry import find
from tests.town import Town

KINDS = ("missing", "twice", "different", "unknown")
SOME = frozenset({"*"})
"""In place of fields: some value differs, whichever."""


@dataclass(frozen=True, kw_only=True)
class Tampering:
    """What is done, as SQL with names in braces, and what is found: "kind item target step: fields".

    Names stand for the items and references of the test's own cases; `-` for none. `*`: some fields.
    """

    sql: Sequence[str]
    found: Sequence[str]
    database: str = ""


def kinds_first(tamperings: Mapping[str, Tampering]) -> list[Any]:
    """Their names, as parameters: of each kind of finding in each step one is in every test run, the others
    in the long ones."""
    seen: set[frozenset[tuple[str, str]]] = set()
    names: list[Any] = []
    for name, tampering in tamperings.items():
        words = [line.partition(":")[0].split() for line in tampering.found]
        kinds = frozenset((each[0], each[-1]) for each in words)
        names.append(pytest.param(name, marks=pytest.mark.long) if kinds in seen else name)
        seen.add(kinds)
    return names


def read(found: Sequence[str], names: Mapping[str, str], step: str) -> dict[str, set[tuple[Any, ...]]]:
    """The findings that a tampering names, by kind."""
    made: dict[str, set[tuple[Any, ...]]] = {kind: set() for kind in KINDS}
    for line in found:
        words, _, fields = line.partition(":")
        kind, item, target, *where = words.split()
        made[kind].add(
            (
                names.get(f"{item}.item", None if item == "-" else item),
                names.get(f"{target}.ref", None if target == "-" else target),
                where[0] if where else step,
                frozenset(fields.replace(",", " ").split()),
            )
        )
    return made


def told(result: Reconciliation) -> dict[str, set[tuple[Any, ...]]]:
    return {
        kind: {(one.item, one.target, one.step, frozenset(one.fields)) for one in getattr(result, kind)}
        for kind in KINDS
    }


def agrees(expected: Mapping[str, set[tuple[Any, ...]]], result: Reconciliation) -> bool:
    """Where a tampering names `*`, some fields must differ; all else must be exactly so."""
    loose = {(*one[:3], SOME) for kind in KINDS for one in expected[kind] if one[3] == SOME}
    seen = {
        kind: {(*one[:3], SOME) if one[3] and (*one[:3], SOME) in loose else one for one in found}
        for kind, found in told(result).items()
    }
    return seen == dict(expected)


# ---- a council that was keyed, and can be put back ------------------------------------------
@dataclass(kw_only=True)
class Desk:
    """A keyed town, with sessions that stay signed in over all comparisons."""

    town: Town
    rekey: Rekey
    process: str
    systems: Any
    names: dict[str, str] = field(default_factory=dict)
    queue: Any = None

    async def compare(self, *, source: bool = False) -> Reconciliation:
        """`source`: read the source again as well, which takes as long as all the rest."""
        process = find(self.process)
        if not source:
            process = replace(process, source=None)
        reconcile = Reconcile(
            queue=self.queue or self.rekey.queue,
            systems=self.systems,
            worker="test",
            sign_ins=self.rekey._sign_ins(process),
        )
        return await reconcile.compare(process)

    def change(self, tampering: Tampering, database: str) -> None:
        path = self.town.council / f"{tampering.database or database}.db"
        with closing(sqlite3.connect(path)) as connection, connection:
            for sql in tampering.sql:
                changed = connection.execute(sql.format(**self.names)).rowcount
                assert changed, f"nothing was changed by {sql.format(**self.names)}"

    @contextmanager
    def put_back(self) -> Iterator[None]:
        """Afterwards every database of the council is as it was."""
        files = sorted(self.town.council.glob("*.db"))
        copies = [_copied(file) for file in files]
        try:
            yield
        finally:
            for file, copy in zip(files, copies, strict=True):
                with closing(sqlite3.connect(file)) as live:
                    copy.backup(live)
                copy.close()


def _copied(file: Path) -> sqlite3.Connection:
    copy = sqlite3.connect(":memory:")
    with closing(sqlite3.connect(file)) as live:
        live.backup(copy)
    return copy


@asynccontextmanager
async def a_desk(town: Town, rekey: Rekey, process: str) -> AsyncIterator[Desk]:
    async with AsyncExitStack() as stack:
        systems = await stack.enter_async_context(rekey.systems_of(find(process)))
        yield Desk(town=town, rekey=rekey, process=process, systems=_Kept(systems))


class _Kept:
    """Sessions that a comparison does not close at its end."""

    def __init__(self, systems: Any) -> None:
        self._systems = systems

    def __getattr__(self, name: str) -> Any:
        return getattr(self._systems, name)

    async def leave_all(self, holder: str) -> None:
        return None


# ---- our own store, tampered with -----------------------------------------------------------
class Forged:
    """A store that says something else of its receipts or items than it kept."""

    def __init__(
        self,
        queue: Any,
        *,
        receipt: Callable[[Receipt], Receipt | None] = lambda one: one,
        item: Callable[[WorkItem], WorkItem] = lambda one: one,
    ) -> None:
        self._queue, self._receipt, self._item = queue, receipt, item

    def __getattr__(self, name: str) -> Any:
        return getattr(self._queue, name)

    async def receipts(self, process: str) -> list[Receipt]:
        forged = [self._receipt(one) for one in await self._queue.receipts(process)]
        return [one for one in forged if one is not None]

    async def items(self, *given: Any, **more: Any) -> list[WorkItem]:
        return [self._item(one) for one in await self._queue.items(*given, **more)]


def forged_values(reference: str, **values: str) -> Callable[[Receipt], Receipt]:
    def forge(one: Receipt) -> Receipt:
        return replace(one, values={**one.values, **values}) if one.reference == reference else one

    return forge


def forged_data(item: str, **data: Any) -> Callable[[WorkItem], WorkItem]:
    def forge(one: WorkItem) -> WorkItem:
        return replace(one, data={**one.data, **data}) if one.id == item else one

    return forge


def copied(table: str, columns: str, where: str, **change: str) -> str:
    """SQL that puts a row of a table in again, with some columns changed."""
    values = ", ".join(change.get(name.strip(), name.strip()) for name in columns.split(","))
    return f"INSERT INTO {table} ({columns}) SELECT {values} FROM {table} WHERE {where}"
