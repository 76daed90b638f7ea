"""The engine against a plain hand-written Playwright script on the waste case screen.

Both make the same requests to the target for an item: the form, the pop-up, its search, the save. Both
read every field back. What only the engine does (matching, looking first, re-opening the saved case) is
timed apart; its store writes, read-back and gate are inside its figure.
"""

from __future__ import annotations

import contextlib
import os
import tempfile
import time
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

import psutil
from playwright.async_api import Page

from bots.assembly.worker import Rekey, load_systems
from bots.engine.core.item import Ending, Lease, State
from bots.engine.core.points import Point
from bots.engine.credentials import Credentials
from bots.engine.keying.protocol import Keying
from bots.engine.keying.task import Task
from bots.engine.screens.browser import Browser
from bots.engine.screens.systems import BrowserSystems
from bots.processes import registry
from bots.processes.missed_bins.record import MissedBin
from tests.benchmarks.timing import Stopwatch
from tests.town import PROCESS, Town, a_town, rekeyed

_BLOCK = 5


async def run(items: int = 40) -> dict[str, Any]:
    """`items` cases each way, in alternating blocks."""
    with tempfile.TemporaryDirectory() as folder:
        async with a_town(Path(folder) / "town", items=max(60, items * 3)) as town, rekeyed(town) as rekey:
            await rekey.intake(PROCESS)
            async with by_hand(town) as page, by_engine(town, rekey) as engine:
                return await _alternate(town, rekey, page, engine, items)


async def _alternate(town: Town, rekey: Rekey, page: Page, engine: Engine, items: int) -> dict[str, Any]:
    hand = Stopwatch("playwright by hand")
    while len(hand.times) < items:
        for _ in range(_BLOCK):
            lease, record = await engine.next(town)
            with hand.timed():
                await key_by_hand(page, town, record)
            await _set_aside(rekey, lease)
        for _ in range(_BLOCK):
            lease, record = await engine.next(town)
            await engine.key(lease, record)
    engine.discard_first(_BLOCK)
    del hand.times[:_BLOCK]  # the first block warms caches and connections
    return {
        "rows": [hand.row(), *(watch.row() for watch in engine.watches)],
        "ratios": {"engine/playwright": round(engine.whole.median / hand.median, 3)},
        "facts": {"worker process, MB": round(psutil.Process(os.getpid()).memory_info().rss / 1e6)},
    }


async def _set_aside(rekey: Rekey, lease: Lease) -> None:
    ending = Ending(state=State.NEW, delay=1e6, code="keyed-by-hand", sentence="keyed by the other side")
    await rekey.queue.finish(lease, ending, ["log-case"])


# ---- by hand --------------------------------------------------------------------------------
@contextlib.asynccontextmanager
async def by_hand(town: Town) -> AsyncIterator[Page]:
    browser = await Browser.start()
    try:
        page = await (await browser.context()).new_page()
        account = Credentials(town.settings()).account("waste")
        await page.goto(town.addresses["waste"] + "/login")
        await page.fill("[name=txtUser]", account.username)
        await page.fill("[name=txtPass]", account.reveal())
        await page.click("[name=btnLogon]")
        await page.wait_for_selector("frame[name=main]", state="attached")
        page.on("dialog", lambda dialog: dialog.accept())
        yield page
    finally:
        await browser.close()


async def key_by_hand(page: Page, town: Town, record: MissedBin) -> str:
    """What an experienced developer writes: explicit, and every field read back."""
    main = page.frame(name="main")
    assert main is not None
    await main.goto(town.addresses["waste"] + "/cases/new")
    async with page.expect_popup() as opening:
        await main.click("#btnFind")
    popup = await opening.value
    await popup.fill("[name=txtRef]", str(record.uprn))
    await popup.click("input[value=Find]")
    await popup.wait_for_selector("#grdProps")
    async with popup.expect_event("close"):
        with contextlib.suppress(Exception):  # the window closes inside the click
            await popup.click("#grdProps a")
    date = record.missed_on.strftime("%d/%m/%Y")
    await main.select_option("[name=ddlColl]", label=record.collection)
    await main.fill("[name=txtDate]", date)
    await main.fill("[name=txtRep]", record.reported_by)
    await main.select_option("[name=ddlSrc]", label="Web")
    await main.fill("[name=txtNotes]", record.notes)
    assert await main.input_value("[name=txtUPRN]") == record.uprn
    assert await main.input_value("[name=txtAddr]")
    assert await main.locator("[name=ddlColl] option:checked").inner_text() == record.collection
    assert await main.input_value("[name=txtDate]") == date
    assert await main.input_value("[name=txtRep]") == record.reported_by
    assert await main.locator("[name=ddlSrc] option:checked").inner_text() == "Web"
    assert not await main.is_checked("[name=chkPri]")
    assert await main.input_value("[name=txtNotes]") == record.notes
    await main.click("[name=btnSave]")
    return await main.locator("#caseref").inner_text()


# ---- by the engine --------------------------------------------------------------------------
@dataclass
class Engine:
    """The real parts of the engine, with a stopwatch at the points between them."""

    rekey: Rekey
    systems: BrowserSystems
    step: Any
    whole: Stopwatch
    looking: Stopwatch
    reopening: Stopwatch
    marks: dict[Point, float] = field(default_factory=dict)

    @property
    def watches(self) -> tuple[Stopwatch, ...]:
        return (self.whole, self.looking, self.reopening)

    def discard_first(self, count: int) -> None:
        for watch in self.watches:
            del watch.times[:count]

    async def next(self, town: Town) -> tuple[Lease, MissedBin]:
        """A leased item that should be done, with its property known; others are set aside."""
        answers = town.answers()
        while True:
            lease = await self.rekey.queue.take(PROCESS, "benchmark", 60.0)
            assert lease is not None, "too few items for the benchmark"
            answer = answers[lease.item.reference]
            if answer["becomes"] == "done" and "pair" not in answer:
                record = MissedBin.model_validate(dict(lease.item.data))
                return lease, record.model_copy(update={"uprn": answer["values"]["uprn"]})
            await _set_aside(self.rekey, lease)

    @cached_property
    def _keying(self) -> Keying:
        """One for all items, as in a run: what only its first saves do is not paid by each."""
        return Keying(
            queue=self.rekey.queue,
            systems=self.systems,
            lease_seconds=60.0,
            on_point=lambda point: self.marks.__setitem__(point, time.perf_counter()),
        )

    async def key(self, lease: Lease, record: MissedBin) -> None:
        """One item through the whole protocol; `whole` leaves out looking first and re-opening."""
        marks = self.marks
        began = time.perf_counter()
        screens = await self.systems.enter("waste", "benchmark")
        await self._keying.step(Task(step=self.step, lease=lease, screens=screens, record=record))
        await self.rekey.queue.finish(lease, Ending(state=State.DONE), [self.step.name])
        ended = time.perf_counter()
        looking = marks[Point.LOOKED] - began
        reopening = marks[Point.REOPENED] - marks[Point.OUTCOME]
        self.looking.times.append(looking * 1000)
        self.reopening.times.append(reopening * 1000)
        self.whole.times.append((ended - began - looking - reopening) * 1000)


@contextlib.asynccontextmanager
async def by_engine(town: Town, rekey: Rekey) -> AsyncIterator[Engine]:
    process = registry.find(PROCESS)
    settings = town.settings()
    systems = BrowserSystems(
        systems=load_systems(settings, process),
        urls=settings.urls,
        accounts=Credentials(settings),
        queue=rekey.queue,
        environment="test",
        workers=rekey.workers,
    )
    try:
        yield Engine(
            rekey=rekey,
            systems=systems,
            step=process.steps[0],
            whole=Stopwatch("engine"),
            looking=Stopwatch("engine: matching and looking first (apart)"),
            reopening=Stopwatch("engine: re-opening the saved case (apart)"),
        )
    finally:
        await systems.close()
