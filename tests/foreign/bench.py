"""An application that is up, a store, the real runner between them, and a judge of its database."""

from __future__ import annotations

import asyncio
import sys
from collections import Counter
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
import yaml

from bots.engine.core.item import NewItem, State, WorkItem
from bots.engine.core.process import Process, Retry
from bots.engine.core.screens import Rehearsed
from bots.engine.core.summary import OnProgress, WorkSummary
from bots.engine.core.value import Format, canonical
from bots.engine.evidence import Evidence
from bots.engine.home.life import Workers
from bots.engine.keying.rehearsing import rehearse
from bots.engine.keying.runner import Runner
from bots.engine.screens.maps.files import load_system
from bots.engine.screens.systems import BrowserSystems
from bots.engine.store.database.database import Database, connect
from bots.engine.store.work.lives import StoreLives
from bots.engine.store.work.queue import SqlQueue

from .app import PASSWORD, USER, Case, Foreign, told
from .planted import PREFIX

_FORMATS = {"day": Format.DATE, "paid": Format.YES_NO}
_MOST = 100_000


class _Account:
    username = USER

    def reveal(self) -> str:
        return PASSWORD

    def account(self, system: str) -> _Account:
        return self


@dataclass(frozen=True, kw_only=True)
class Judged:
    """By the application's own database. Keys of cases; `spaces`: cases of which white space differs."""

    lost: Sequence[str] = ()
    twice: Sequence[str] = ()
    wrong: Sequence[str] = ()
    stray: Sequence[str] = ()
    spaces: int = 0

    @property
    def clean(self) -> bool:
        return not (self.lost or self.twice or self.wrong or self.stray)


def judge(items: Sequence[WorkItem], saved: Sequence[dict[str, str]]) -> Judged:
    """`lost`: done, and not there. `wrong`: there with another value than the record has, whatever its state.
    `stray`: there, although its item says that nothing was saved."""
    by_key: dict[str, list[dict[str, str]]] = {}
    for row in saved:
        by_key.setdefault(row["key"].strip(), []).append(row)
    lost, wrong, stray, spaces = [], [], [], 0
    for item in items:
        record = Case.model_validate(dict(item.data))
        rows = by_key.pop(record.key, [])
        if not rows and item.state is State.DONE:
            lost.append(record.key)
        if rows and item.state not in (State.DONE, State.IN_DOUBT):
            stray.append(record.key)
        if any(_other(record, row) for row in rows):
            wrong.append(record.key)
        spaces += any(_spaced(record, row) for row in rows)
    twice = [key for key, number in Counter(row["key"].strip() for row in saved).items() if number > 1]
    return Judged(lost=lost, twice=twice, wrong=wrong, stray=[*stray, *by_key], spaces=spaces)


def _other(record: Case, row: dict[str, str]) -> list[str]:
    formats = ((name, _FORMATS.get(name, Format.TEXT)) for name in Case.model_fields if name in row)
    return [n for n, how in formats if canonical(how, row[n]) != canonical(how, getattr(record, n))]


def _spaced(record: Case, row: dict[str, str]) -> bool:
    return any(
        told(getattr(record, name)).replace("\r\n", "\n") != row[name].replace("\r\n", "\n")
        for name in ("name", "note")
    )


@dataclass(kw_only=True)
class Bench:
    app: Foreign
    folder: Path
    url: str
    queue: SqlQueue
    database: Database
    learned: bool = True
    changed: dict[str, Any] = field(default_factory=dict)  # of the map of the system

    @property
    def process(self) -> Process[Any]:
        step, retry = self.app.step(), Retry(attempts=3, wait=2.0)
        return Process(name="foreign", title="Foreign", owner="O", record=Case, steps=[step], retry=retry)

    async def add(self, cases: Sequence[Case]) -> None:
        batch = await self.queue.open_batch("foreign", "test", "test")
        await self.queue.add("foreign", batch, [NewItem(reference=one.key, data=one.data()) for one in cases])

    async def work(self, *, sessions: int = 2, on_progress: OnProgress | None = None) -> WorkSummary:
        async with self._systems() as (systems, worker):
            runner = Runner(
                process=self.process,
                queue=self.queue,
                systems=systems,
                evidence=Evidence(self.folder / "evidence"),
                worker=worker,
                lease_seconds=180.0,
                patience=20.0,
                look_again=1.0,
            )
            return await runner.run(sessions=sessions, on_progress=on_progress)

    async def rehearse(self) -> Rehearsed:
        async with self._systems() as (systems, worker):
            [step] = self.process.steps
            return await rehearse(self.process, step, queue=self.queue, systems=systems, worker=worker)

    @asynccontextmanager
    async def _systems(self) -> AsyncIterator[tuple[BrowserSystems, str]]:
        self._write_maps()
        workers = Workers(self.folder, StoreLives(self.database), "w1")
        await workers.begin()
        systems = BrowserSystems(
            systems={self.app.name: load_system(self.folder / self.app.name)},
            urls={self.app.name: self.url},
            accounts=_Account(),
            queue=self.queue,
            environment="test",
            workers=workers,
        )
        try:
            yield systems, workers.name
        finally:
            await systems.close()
            await workers.end()

    def _write_maps(self) -> None:
        folder = self.folder / self.app.name
        folder.mkdir(exist_ok=True)
        maps = self.app.maps(learned=self.learned)
        maps["system"] |= self.changed
        for name, one in maps.items():
            (folder / f"{name}.yaml").write_text(yaml.safe_dump(one, allow_unicode=True), encoding="utf-8")

    async def items(self) -> list[WorkItem]:
        return await self.queue.items("foreign", list(State), limit=_MOST)

    async def judged(self) -> Judged:
        return judge(await self.items(), self.app.saved(self.folder))

    async def seen(self) -> Counter[str]:
        """What of the planted traffic reached the application's machine."""
        async with httpx.AsyncClient() as client:
            answer = await client.get(f"{self.url}{PREFIX}seen", timeout=60)
        return Counter(answer.json())


@asynccontextmanager
async def a_bench(app: Foreign, folder: Path, **more: Any) -> AsyncIterator[Bench]:
    folder.mkdir(parents=True, exist_ok=True)
    async with _served(app, folder) as url:
        database = connect(f"sqlite:///{folder / 'rekey.db'}")
        queue = await SqlQueue.open(database, "test", steps={"foreign": [("keep", app.name)]})
        try:
            yield Bench(app=app, folder=folder, url=url, queue=queue, database=database, **more)
        finally:
            await queue.close()


@asynccontextmanager
async def _served(app: Foreign, folder: Path) -> AsyncIterator[str]:
    with (folder / "server.log").open("wb") as log:
        process = await asyncio.create_subprocess_exec(
            sys.executable,
            *("-m", "tests.foreign.serve", app.name, str(folder)),
            stdout=asyncio.subprocess.PIPE,
            stderr=log,
        )
        try:
            assert process.stdout is not None
            line = await process.stdout.readline()
            assert line, (folder / "server.log").read_text(encoding="utf-8")[-2000:]
            yield f"http://127.0.0.1:{int(line)}"
        finally:
            if process.returncode is None:
                process.kill()
            await process.wait()
