"""The one place that puts the parts together."""

from __future__ import annotations

import asyncio
import os
import secrets
import socket
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import replace
from itertools import chain
from pathlib import Path
from typing import Any

from bots.engine.audit.audit import Audit
from bots.engine.core.audit import Erasure
from bots.engine.core.errors import ConfigurationError, RekeyError
from bots.engine.core.hours import Clock, wall_clock
from bots.engine.core.points import OnPoint, pass_by
from bots.engine.core.process import Process
from bots.engine.core.queue import Queue
from bots.engine.core.screens import Rehearsed
from bots.engine.core.shadowed import ShadowMatch
from bots.engine.core.summary import HandInSummary, IntakeSummary, OnProgress, Reconciliation, WorkSummary
from bots.engine.credentials import Credentials
from bots.engine.documents.sandbox.readers import Readers, Turn
from bots.engine.documents.sandbox.sandbox import Sandbox
from bots.engine.evidence import Evidence
from bots.engine.home.identity import must_be_the_stores
from bots.engine.home.life import Workers
from bots.engine.home.marks import Marks
from bots.engine.home.rights import Team, keep_private, of_another, tighten
from bots.engine.intake.answers import LIMITS, Answers, Returned
from bots.engine.intake.files import HandIn
from bots.engine.intake.inbox import Inbox
from bots.engine.intake.mail import reading
from bots.engine.intake.screens import Intake
from bots.engine.keying.opening import Opening
from bots.engine.keying.rehearsing import find_step, rehearse
from bots.engine.keying.runner import Runner
from bots.engine.reconcile.run import Reconcile
from bots.engine.reconcile.strays import Strays
from bots.engine.screens.maps.files import System, load_system
from bots.engine.screens.maps.opening_hours import working_days
from bots.engine.screens.systems import BrowserSystems
from bots.engine.settings import Settings
from bots.engine.shadow.match import Matching
from bots.engine.shadow.notes import Notes
from bots.engine.shadow.run import Shadow
from bots.engine.store.alerts.store import StoreAlerts
from bots.engine.store.audit.comparisons import StoreComparisons
from bots.engine.store.audit.operations import StoreOperations
from bots.engine.store.audit.restores import StoreRestores
from bots.engine.store.audit.store import StoreAudit
from bots.engine.store.database.database import connect
from bots.engine.store.figures.store import StoreFigures
from bots.engine.store.people.store import StorePeople
from bots.engine.store.work.claims import StoreClaims
from bots.engine.store.work.lives import StoreLives
from bots.engine.store.work.lookups import StoreLookups
from bots.engine.store.work.queue import SqlQueue
from bots.engine.store.work_list.store import StoreWorkList
from bots.processes import registry

from .versions import versions


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
        restores: StoreRestores,
        alerts: StoreAlerts,
        marks: Marks,
        workers: Workers,
        claims: StoreClaims,
        team: Team,
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
        self.restores = restores
        self.alerts = alerts
        self.marks = marks
        self.workers = workers
        self.worker = workers.name
        self.claims = claims
        self._team = team
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

        async def read(path: Path, sandbox: Sandbox, turn: Turn) -> Sequence[HandInSummary]:
            desk = self.desk(found, sandbox, turn=turn, who=who)
            async with reading(desk, found, path, on_progress) as read:
                return read.found

        async with _readers(found) as readers:
            return [*chain.from_iterable(await readers.each(paths, read))]

    async def collect(self, process: str, on_progress: OnProgress | None = None) -> list[HandInSummary]:
        """Read what lies in the process's inbox, and put each file away."""
        found = registry.find(process)
        inbox = Inbox(self._files("inboxes", found), self.settings.file_patience, self._team)

        async def read(path: Path, sandbox: Sandbox, turn: Turn) -> Sequence[HandInSummary]:
            if (refused := await inbox.ready(path)) is not None:
                return [refused]
            desk = self.desk(found, sandbox, turn=turn)
            async with reading(desk, found, path, on_progress, take=inbox.take) as read:
                inbox.put_away(read.path, *read.found)
                return read.found

        async with _readers(found) as readers:
            return [*chain.from_iterable(await readers.each(inbox.files(), read))]

    def desk(self, process: Process[Any], sandbox: Sandbox, *, who: str | None = None, **more: Any) -> HandIn:
        """Where files of a process are taken in."""
        usual = {"patience": self.settings.file_patience, "waits": self.settings.file_patience}
        return HandIn(
            claims=self.claims,
            sandbox=sandbox,
            who=who or self.worker,
            holder=self.worker,
            folder=self._files("handed-in", process),
            working_days=self.working_days,
            **usual | more,
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
            yield Answers(queue=self.queue, kept=kept, outbox=outbox, sandbox=sandbox, team=self._team)

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
            strays = Strays(
                queue=self.queue,
                restores=self.restores,
                systems=systems,
                worker=self.worker,
                sign_ins=self._sign_ins(found),
                processes=registry.PROCESSES.values(),
            )
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
                ask_first=lambda: strays.look(found),
                longest=self.settings.item_seconds,
                on_point=self._on_point,
                clock=self._clock,
            )
            async with self._unless_interrupted(stop or asyncio.Event()) as end:
                summary = await runner.run(
                    sessions=sessions, max_items=max_items, on_progress=on_progress, stop=end
                )
            why = self.workers.why
            return replace(summary, stopped=why, blocked=True) if why else summary

    @asynccontextmanager
    async def _unless_interrupted(self, stop: asyncio.Event) -> AsyncIterator[asyncio.Event]:
        """The event is set also when this worker's own life was interrupted."""

        async def ended() -> None:
            await self.workers.interrupted.wait()
            stop.set()

        watch = asyncio.create_task(ended())
        try:
            yield stop
        finally:
            watch.cancel()

    @property
    def notes(self) -> Notes:
        """What shadow runs would have saved."""
        return Notes(self.settings.home / "shadow")

    async def rehearse(self, screen: str) -> Rehearsed:
        """What Save of a screen would send, named as `system/screen`. In the test environment only."""
        if self.settings.environment != "test":
            raise ConfigurationError("test-only", "A screen is rehearsed in the test environment only.")
        found, step = find_step(registry.PROCESSES.values(), screen)
        async with self.systems_of(found) as systems:
            Opening(systems=systems, names=found.systems, clock=self._clock).must_be_open()
            return await rehearse(found, step, queue=self.queue, systems=systems, worker=self.worker)

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
        from bots.engine.console.services.uploads import (  # a worker has no other use for the console
            DAY,
            clear_out,
        )

        clear_out(self.settings.home)
        for process, kept in await self.claims.forget(await self.queue.now() - DAY):
            for copy in (self.settings.home / "handed-in" / process).glob(f"{Path(kept).stem}*"):
                copy.unlink()
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
            certificates=self.settings.client_certificates,
            workers=self.workers,
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


def open_home(settings: Settings) -> Team:
    """The home is there, and closed to others but for what a team may use."""
    keep_private()
    home, team = settings.home, Team.named(settings.files_group)
    try:
        home.mkdir(parents=True, exist_ok=True)
        tighten(home)
        team.open(home, files_of())
    except OSError as error:
        sentence = f"REKEY_HOME cannot be used as a folder ({error.strerror})."
        raise ConfigurationError("home", sentence) from None
    if not os.access(home, os.W_OK):
        sentence = f"REKEY_HOME cannot be written by this account. {of_another(home)}".strip()
        raise ConfigurationError("home", sentence)
    return team


def files_of() -> list[str]:
    """The processes that read files."""
    return [name for name, process in registry.PROCESSES.items() if process.takes_files]


@asynccontextmanager
async def open_rekey(
    settings: Settings,
    *,
    store_id: str | None = None,
    reading: bool = False,
    on_point: OnPoint = pass_by,
    clock: Clock = wall_clock,
) -> AsyncIterator[Rekey]:
    """Open the store. `store_id`: what a deployment carries; another store stops the worker. `reading`: only
    to look, also at the copy of a store: nothing is noted in it, and no mark of it is kept.
    `clock`: what opening hours are compared with.
    """
    team = open_home(settings)
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
        restores, marks = StoreRestores(database), Marks([settings.home, settings.checkpoints], store.id)
        # The names of the machine and the process are for people; the rest is what tells workers apart.
        name = f"{socket.gethostname()}/{os.getpid()}/{secrets.token_hex(8)}"
        workers = Workers(settings.home, StoreLives(database), name, on_beat=lambda: marks.keep(restores))
        rekey = Rekey(
            settings=settings,
            queue=queue,
            audit=audit,
            people=StorePeople(database),
            work_list=StoreWorkList(database),
            lookups=StoreLookups(database),
            figures=StoreFigures(database),
            operations=StoreOperations(database),
            comparisons=StoreComparisons(database),
            restores=restores,
            alerts=StoreAlerts(database),
            marks=marks,
            workers=workers,
            claims=StoreClaims(database, in_force),
            team=team,
            on_point=on_point,
            clock=clock,
        )
        if reading:
            yield rekey
            return
        async with _alive(rekey):
            yield rekey
    finally:
        await queue.close()


@asynccontextmanager
async def _alive(rekey: Rekey) -> AsyncIterator[None]:
    """This process works on the store: in its one home, with signs of life, and not on a backup unawares."""
    await must_be_the_stores(rekey.settings.home, rekey.restores)
    await rekey.marks.check(rekey.restores)  # before this life begins: what is noted then is older than it
    await rekey.workers.begin()
    try:
        yield
    finally:
        await rekey.workers.end()
        with suppress(RekeyError):
            await rekey.marks.keep(rekey.restores)
