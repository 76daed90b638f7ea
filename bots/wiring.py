"""The one place that puts the parts together."""

from __future__ import annotations

import asyncio
import os
import secrets
import socket
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager, suppress
from itertools import chain
from pathlib import Path
from typing import Any

from bots import registry
from bots.engine.answers import LIMITS, Answers, Returned
from bots.engine.audit import Audit
from bots.engine.core.audit import Erasure
from bots.engine.core.errors import ConfigurationError, RekeyError
from bots.engine.core.hours import Clock, wall_clock
from bots.engine.core.points import OnPoint, pass_by
from bots.engine.core.process import Process
from bots.engine.core.queue import Queue
from bots.engine.core.shadowed import ShadowMatch
from bots.engine.core.summary import HandInSummary, IntakeSummary, OnProgress, Reconciliation, WorkSummary
from bots.engine.credentials import Credentials
from bots.engine.documents.readers import Readers, Turn
from bots.engine.documents.sandbox import Sandbox
from bots.engine.evidence import Evidence
from bots.engine.handin import HandIn
from bots.engine.high_water import HighWater
from bots.engine.inbox import Inbox
from bots.engine.intake import Intake
from bots.engine.mail_in import read_any
from bots.engine.notes import Notes
from bots.engine.opening import Opening
from bots.engine.queue.audit import StoreAudit
from bots.engine.queue.comparisons import StoreComparisons
from bots.engine.queue.database import connect
from bots.engine.queue.figures import StoreFigures
from bots.engine.queue.lookups import StoreLookups
from bots.engine.queue.operations import StoreOperations
from bots.engine.queue.people import StorePeople
from bots.engine.queue.sql import SqlQueue
from bots.engine.queue.work_list import StoreWorkList
from bots.engine.reconcile import Reconcile
from bots.engine.runner import Runner
from bots.engine.screens.mapfiles import System, load_system
from bots.engine.screens.opening_hours import working_days
from bots.engine.screens.systems import BrowserSystems
from bots.engine.settings import Settings
from bots.engine.shadow import Shadow
from bots.engine.shadow_match import Matching
from bots.versions import versions


class Rekey:
    """An open store and what can be done with it."""

    def __init__(
        self,
        *,
        settings: Settings,
        queue: Queue,
        audit: Audit,
        people: StorePeople,
        work_list: StoreWorkList,
        lookups: StoreLookups,
        figures: StoreFigures,
        operations: StoreOperations,
        comparisons: StoreComparisons,
        worker: str,
        on_point: OnPoint,
        clock: Clock,
    ) -> None:
        self.settings = settings
        self.queue = queue
        self.audit = audit
        self.people = people
        self.work_list = work_list
        self.lookups = lookups
        self.figures = figures
        self.operations = operations
        self.comparisons = comparisons
        self.worker = worker
        self._on_point = on_point
        self._clock = clock
        self.working_days = working_days(settings.bank_holidays)

    async def intake(self, process: str, on_progress: OnProgress | None = None) -> IntakeSummary:
        """Read the process's own source into the queue."""
        found = registry.find(process)
        async with self.systems_of(found) as systems:
            intake = Intake(
                queue=self.queue,
                systems=systems,
                worker=self.worker,
                clock=self._clock,
                working_days=self.working_days,
            )
            return await intake.read(found, on_progress)

    async def hand_in(
        self,
        process: str,
        paths: Sequence[Path],
        *,
        who: str | None = None,
        on_progress: OnProgress | None = None,
    ) -> list[HandInSummary]:
        """Read files into the queue; each is read or refused, and the others go on. An e-mail gives a summary
        for each attachment that was read."""
        found = registry.find(process)

        async def read(path: Path, sandbox: Sandbox, turn: Turn) -> list[HandInSummary]:
            return await read_any(self._desk(found, sandbox, turn, who), found, path, on_progress)

        async with _readers(found) as readers:
            return [*chain.from_iterable(await readers.each(paths, read))]

    async def collect(self, process: str, on_progress: OnProgress | None = None) -> list[HandInSummary]:
        """Read what lies in the process's inbox, and put each file away."""
        found = registry.find(process)
        inbox = Inbox(self._files("inboxes", found), self.settings.file_patience)

        async def read(path: Path, sandbox: Sandbox, turn: Turn) -> list[HandInSummary]:
            claimed = await inbox.claim(path)
            if isinstance(claimed, HandInSummary):
                return [claimed]
            summaries = await read_any(self._desk(found, sandbox, turn), found, claimed, on_progress)
            inbox.put_away(claimed, *summaries)
            return summaries

        async with _readers(found) as readers:
            return [*chain.from_iterable(await readers.each(inbox.files(), read))]

    def _desk(self, process: Process[Any], sandbox: Sandbox, turn: Turn, who: str | None = None) -> HandIn:
        return HandIn(
            queue=self.queue,
            sandbox=sandbox,
            who=who or self.worker,
            folder=self._files("handed-in", process),
            patience=self.settings.file_patience,
            turn=turn,
            working_days=self.working_days,
        )

    async def give_back(self, process: str, batch: str) -> Path:
        """Write the return workbook of a hand-in, as things stand now."""
        found = registry.find(process)
        async with self._answers(found) as answers:
            return await answers.give_back(found, batch)

    async def give_back_finished(self, process: str) -> Returned:
        """Write the return workbooks of all hand-ins in which nothing waits for the bot any more."""
        found = registry.find(process)
        async with self._answers(found) as answers:
            return await answers.give_back_finished(found)

    @asynccontextmanager
    async def _answers(self, process: Process[Any]) -> AsyncIterator[Answers]:
        kept, outbox = self._files("handed-in", process), self._files("outboxes", process)
        async with Sandbox(LIMITS) as sandbox:
            yield Answers(queue=self.queue, kept=kept, outbox=outbox, sandbox=sandbox)

    def _files(self, what: str, process: Process[Any]) -> Path:
        return self.settings.home / what / process.name

    async def work(
        self,
        process: str,
        *,
        sessions: int = 2,
        max_items: int | None = None,
        shadow: bool = False,
        on_progress: OnProgress | None = None,
        stop: asyncio.Event | None = None,
    ) -> WorkSummary:
        """Drain the queue, or with `shadow` show what would be keyed."""
        found = registry.find(process)
        async with self.systems_of(found) as systems:
            if shadow:
                rehearsal = Shadow(
                    process=found,
                    queue=self.queue,
                    systems=systems,
                    worker=self.worker,
                    notes=self.notes,
                    clock=self._clock,
                )
                return await rehearsal.run(max_items=max_items, on_progress=on_progress, stop=stop)
            runner = Runner(
                process=found,
                queue=self.queue,
                systems=systems,
                evidence=Evidence(self.settings.home / "evidence"),
                worker=self.worker,
                lookups=self.lookups,
                lease_seconds=self.settings.lease_seconds,
                patience=self.settings.patience,
                look_again=self.settings.look_again_seconds,
                longest=self.settings.item_seconds,
                on_point=self._on_point,
                clock=self._clock,
            )
            return await runner.run(
                sessions=sessions, max_items=max_items, on_progress=on_progress, stop=stop
            )

    @property
    def notes(self) -> Notes:
        """What shadow runs would have saved."""
        return Notes(self.settings.home / "shadow")

    async def match_shadow(self, process: str, on_progress: OnProgress | None = None) -> ShadowMatch:
        """Compare what shadow runs would have saved with what staff then keyed."""
        found = registry.find(process)
        async with self.systems_of(found) as systems:
            Opening(systems=systems, names=found.systems, clock=self._clock).must_be_open()
            matching = Matching(
                process=found, queue=self.queue, systems=systems, worker=self.worker, notes=self.notes
            )
            return await matching.compare(on_progress)

    async def reconcile(self, process: str, on_progress: OnProgress | None = None) -> Reconciliation:
        """Compare the source, the queue and the target, as it shows itself."""
        found, began = registry.find(process), await self.comparisons.now()
        async with self.systems_of(found) as systems:
            Opening(systems=systems, names=found.every_system, clock=self._clock).must_be_open()
            reconcile = Reconcile(
                queue=self.queue, systems=systems, worker=self.worker, sign_ins=self._sign_ins(found)
            )
            compared = await reconcile.compare(found, on_progress)
        await self.comparisons.keep(compared, began)
        return compared

    def _sign_ins(self, process: Process[Any]) -> dict[str, list[str]]:
        """By target system: the user names of our bots, now and before."""
        held, before = Credentials(self.settings), self.settings.earlier_sign_ins
        return {name: [held.account(name).username, *before.get(name, ())] for name in process.systems}

    async def housekeeping(self) -> dict[str, int]:
        """Clear up leases that ran out, for every process, and files that were sent and never queued."""
        from bots.engine.console.uploads import clear_out  # a worker has no other use for the console

        clear_out(self.settings.home)
        return {name: await self.queue.expire(name) for name in registry.names()}

    async def erase(
        self, process: str, days: float, *, who: str, why: str, rehearse: bool = False
    ) -> Erasure:
        """Erase personal data of items that ended so many days ago."""
        return await self.audit.erase(registry.find(process), days, who=who, why=why, rehearse=rehearse)

    async def export(
        self, process: str | None, item: str | None, *, csv: Path | None, pdf: Path | None, who: str
    ) -> list[Path]:
        """History as CSV; an evidence pack for `item`, or in the folder `pdf` one for each of `process`."""
        written = [await self.audit.export_csv(csv, process, item)] if csv is not None else []
        if pdf is None:
            return written
        if item is not None:
            return [*written, await self.audit.export_pack(pdf, item, registry.PROCESSES, who)]
        for one in await self.queue.items(process, limit=1_000_000):
            path = pdf / f"{one.id}.pdf"
            written.append(await self.audit.export_pack(path, one.id, registry.PROCESSES, who))
        return written

    async def erase_by_rule(self) -> list[Erasure]:
        """The same for every process whose owner decided how long its data is kept."""
        return [
            await self.audit.erase(
                process, process.keep_days, who="store", why=f"kept {process.keep_days} days"
            )
            for process in registry.PROCESSES.values()
            if process.keep_days is not None
        ]

    @asynccontextmanager
    async def systems_of(self, process: Process[Any]) -> AsyncIterator[BrowserSystems]:
        """The systems of a process, each with its maps; every session ends with the block."""
        systems = BrowserSystems(
            systems=load_systems(self.settings, process),
            urls=self.settings.urls,
            accounts=Credentials(self.settings),
            queue=self.queue,
            environment=self.settings.environment,
            browser=self.settings.browser,
            licence_seconds=self.settings.lease_seconds,
            on_point=self._on_point,
            documents=self._files("handed-in", process),
        )
        try:
            yield systems
        finally:
            await systems.close()


def _readers(process: Process[Any]) -> Readers:
    """Two for paper, much of which is read letter by letter; one keeps up with the queue for workbooks."""
    return Readers(min(2, os.cpu_count() or 1) if process.papers else 1)


def load_systems(settings: Settings, process: Process[Any]) -> dict[str, System]:
    """The screen maps that a process needs; a mistake in any of them stops before anything begins."""
    folder = settings.root / "selectors"
    return {name: load_system(folder / name) for name in sorted(process.every_system)}


@asynccontextmanager
async def open_rekey(
    settings: Settings,
    *,
    store_id: str | None = None,
    on_point: OnPoint = pass_by,
    clock: Clock = wall_clock,
) -> AsyncIterator[Rekey]:
    """Open the store. `store_id`: what a deployment carries; another store stops the worker.
    `clock`: what opening hours are compared with.
    """
    try:
        settings.home.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        sentence = f"REKEY_HOME cannot be used as a folder ({error.strerror})."
        raise ConfigurationError("home", sentence) from None
    database, in_force = connect(settings.database_url), versions(settings.root)
    queue = await SqlQueue.open(
        database,
        settings.environment,
        versions=in_force,
        steps={name: [(s.name, s.system) for s in p.steps] for name, p in registry.PROCESSES.items()},
        second={name: p.second_person for name, p in registry.PROCESSES.items()},
    )
    try:
        store = await queue.store()
        if store_id is not None and store.id != store_id:
            raise ConfigurationError(
                "other-store",
                "This worker opened another store than the one that its deployment was made for. "
                "Check REKEY_HOME and REKEY_DATABASE.",
            )
        audit = Audit(
            store=StoreAudit(database, versions=in_force), home=settings.home, folder=settings.checkpoints
        )
        mark = HighWater(settings.home)
        await mark.check(queue)
        worker = f"{socket.gethostname()}/{os.getpid()}/{secrets.token_hex(3)}"
        yield Rekey(
            settings=settings,
            queue=queue,
            audit=audit,
            people=StorePeople(database),
            work_list=StoreWorkList(database),
            lookups=StoreLookups(database),
            figures=StoreFigures(database),
            operations=StoreOperations(database),
            comparisons=StoreComparisons(database),
            worker=worker,
            on_point=on_point,
            clock=clock,
        )
        with suppress(RekeyError):
            await mark.keep(queue)
    finally:
        await queue.close()
