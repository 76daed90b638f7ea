"""A chaos run: workers that are struck over a council that misbehaves, then peace, then the verdict."""

from __future__ import annotations

import asyncio
import random
import shutil
import tempfile
import time
from collections import Counter, deque
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

from bots.assembly.worker import Rekey, open_rekey
from bots.engine.core.errors import ConfigurationError
from bots.engine.core.item import State
from bots.engine.settings import Settings
from tests import staff
from tests.benefits import answers as answers_of_benefits
from tests.benefits import forms
from tests.chaos.asked import Asked
from tests.chaos.blows import Blows
from tests.chaos.people import People
from tests.chaos.prefect import Server
from tests.chaos.schedule import (
    BINS,
    CLAIMS,
    MOVES,
    SYSTEM,
    SYSTEMS_KEYED,
    Act,
    Blow,
    Round,
    Target,
    schedule,
    standing,
)
from tests.chaos.store import a_store
from tests.chaos.verdict import Report, fill, judged
from tests.chaos.without import prepare, undo_unique
from tests.moves import answers as answers_of_moves
from tests.moves import workbook
from tests.town import Town, a_town, edit_map

FAR = 1e6
_MEND_EVERY = 4  # rounds: what was armed and met nobody is not left lying
_LATE = 3  # good cases of each process that come at the very end, and prove the searches alive
_FEW = 6  # items, of which a second machine would only start and end
_MORE_TRIES = 2  # at points that no worker came by when it was their turn


Say = Callable[[int, int, str], None]  # rounds over, of how many, what goes on


@dataclass(kw_only=True)
class Chaos:
    """The state of one run."""

    asked: Asked
    town: Town
    settings: Settings
    rekey: Rekey
    people: People
    say: Say
    chance: random.Random
    report: Report
    blows: Blows
    racing: deque[str] = field(default_factory=deque)  # cases that a clerk may key beside the bots
    helped: Sequence[str] = ()  # cases that a clerk keys before the bots
    shares: dict[tuple[Act, str], Sequence[str]] = field(default_factory=dict)  # what comes with an act
    faults: Counter[str] = field(default_factory=Counter)
    openings: int = 0  # of those that are under way
    over: int = 0
    rounds: int = 0

    # ---- before -----------------------------------------------------------------------------
    async def hand_in(self) -> None:
        """Everything into the queue; what must come later waits."""
        await self.rekey.intake(BINS)
        await self.rekey.hand_in(MOVES, [workbook(self.town)])
        await self.rekey.hand_in(CLAIMS, forms(self.town))
        good = self.town.good()
        self.chance.shuffle(good)
        late, self.helped = good[:_LATE], good[_LATE : _LATE + 6]
        moves = [key for key, answer in answers_of_moves(self.town).items() if answer["becomes"] == "done"]
        await self._deal(BINS, [*late, *self.helped, *self._pairs()])
        await self._deal(MOVES, self.chance.sample(sorted(moves), _LATE))
        claims = [
            key
            for key, answer in answers_of_benefits(self.town)["benefit_changes"].items()
            if answer["becomes"] == "done"
        ]
        await self._deal(CLAIMS, self.chance.sample(sorted(claims), min(_LATE, len(claims) // 2)))
        self.racing = deque(number for number in self.shares[Act.RACING, BINS] if number in good)

    def _pairs(self) -> list[str]:
        return [number for number, answer in self.town.answers().items() if "pair" in answer]

    async def _deal(self, process: str, apart: Sequence[str]) -> None:
        """Every act has a share of the items, so that the first one does not leave the others without."""
        waiting = {item.reference: item.id for item in await self.rekey.queue.items(process, [State.NEW])}
        rest = sorted(set(waiting) - set(apart))
        self.chance.shuffle(rest)
        for number, act in enumerate(Act):
            self.shares[act, process] = rest[number :: len(Act)]
        for reference, item in waiting.items():
            if reference not in self.shares[Act.LYING, process]:
                await staff.defer(self.rekey.queue, item, "chaos", "comes later", FAR)

    async def _release(self, process: str, references: Sequence[str] | None = None) -> None:
        """Let what was deferred be taken; None: all of it."""
        wanted = None if references is None else set(references)
        for item in await self.rekey.queue.items(process, [State.NEW], limit=100_000):
            if item.not_before > time.time() + FAR / 2 and (wanted is None or item.reference in wanted):
                await staff.defer(self.rekey.queue, item.id, "chaos", "now it comes", 0)

    # ---- the acts ---------------------------------------------------------------------------
    async def play(self, rounds: Sequence[Round]) -> None:
        self.rounds = len(rounds)
        for act in Act:
            mine = deque(each for each in rounds if each.act is act)
            await self._begin(act)
            await self._act(act, mine)
        for _ in range(_MORE_TRIES):
            blows = [Round(act=Act.RACING, blow=Blow.KILL, target=target) for target in self.blows.missed]
            self.blows.missed.clear()
            await self._act(Act.RACING, deque(blows))

    async def _act(self, act: Act, rounds: deque[Round]) -> None:
        slots = [self._slot(act, rounds, number) for number in range(1, self.asked.workers + 1)]
        await asyncio.gather(*slots)

    async def _begin(self, act: Act) -> None:
        await self._calm(act)
        if act is Act.HELPING:
            await self.town.ask("/clerk", numbers=list(self.helped))
            self.faults["clerk keyed before"] += len(self.helped)
            await self._release(BINS, [*self.helped, *self._pairs()])
        for process in SYSTEM:
            await self._release(process, self.shares[act, process])

    async def _calm(self, act: Act) -> None:
        """Only what is wrong through the whole act; and the breaker's holds are seen to."""
        await self.town.mend()
        for mischief in standing(act, self.asked.seed):
            await self.town.ask("/faults", **mischief.asked())
        await self.people.ict()

    async def _slot(self, act: Act, rounds: deque[Round], number: int) -> None:
        while rounds and not self.report.left:
            wanted = rounds.popleft()
            self.openings += wanted.opening
            await self._round(wanted, f"machine-{number}")
            self.openings -= wanted.opening
            self.over += 1
            self.say(self.over, self.rounds, act.value)
            if self.over % _MEND_EVERY == 0:
                if not self.openings:
                    await self._calm(act)
                if self.asked.without:
                    await self._broken_off()

    async def _broken_off(self) -> None:
        """Without a guard a run has shown what it should as soon as there is harm."""
        for verdict in await judged(self.town, self.rekey):
            if verdict.twice or verdict.wrong:
                self.report.left = "harm was done"

    # ---- a round ----------------------------------------------------------------------------
    async def _round(self, wanted: Round, machine: str) -> None:
        for mischief in wanted.mischief:
            await self.town.ask("/faults", **mischief.asked())
            self.faults[f"{mischief.app}: {mischief.fault}"] += 1
        clerk = [self.racing.popleft() for _ in range(min(wanted.races, len(self.racing)))]
        if wanted.blow is not Blow.KILL:
            self.faults[wanted.blow.value] += 1
        await asyncio.gather(self.blows.strike(wanted, machine), self._race(clerk))

    async def _race(self, numbers: Sequence[str]) -> None:
        for number in numbers:
            # The clerk has a pace of its own; nothing is waited for.
            await asyncio.sleep(self.chance.uniform(0.5, 3.0))
            await self.town.ask("/clerk", numbers=[number])
            self.faults["clerk keyed beside"] += 1

    # ---- afterwards -------------------------------------------------------------------------
    async def recover(self) -> None:
        """No faults any more: what is left is worked, and what proves the searches alive comes last."""
        self.say(self.over, self.rounds, "recovering")
        await self.town.mend()
        await self.people.ict()
        await self.people.send_back()
        await self._release(BINS, self.helped)
        await self._work()
        while pending := [thawing for thawing in self.blows.frozen if not thawing.done()]:
            await self._work()
            await asyncio.wait(pending, timeout=1.0)
        await asyncio.gather(*self.blows.frozen)
        await self.people.send_back()
        for process in SYSTEM:
            await self._release(process)
        await self._work()
        await self.people.look_again()
        await self._work()

    async def _work(self) -> None:
        """Until nothing can be taken any more; of a few items by one machine alone."""
        left = [await self._left(process) for process in SYSTEM]
        machines = self.asked.workers if max(left) > _FEW else 1
        await asyncio.gather(*(self._to_the_end(number) for number in range(1, machines + 1)))
        await self.people.ict()

    async def _due(self, process: str) -> bool:
        """Whether a worker would find something before it gives up."""
        await self.rekey.queue.expire(process)
        due = await self.rekey.queue.due_in(process)
        return due is not None and due < self.settings.patience

    async def _left(self, process: str) -> int:
        counts = await self.rekey.queue.counts(process)
        return counts[State.NEW] + counts[State.IN_PROGRESS] + counts[State.IN_DOUBT]

    async def _to_the_end(self, number: int) -> None:
        for process in tuple(SYSTEM)[:: 1 if number % 2 else -1]:
            if not await self._due(process):
                continue
            life = await self.blows.life(Target(process=process), f"machine-{number}")
            if not await life.over(3600):
                raise RuntimeError("a worker did not end")
            if life.process.returncode != 0:
                raise RuntimeError("a worker failed in the end: see workers.log in the run's home")


def _asked_timing(settings: Settings, lease: float) -> None:
    """The longest save of a system is longer than a lease here."""
    timeouts = f"timeouts: {{ready: 8, window: 1.0, save: {lease + 1.5}, settle: 0.5, late: 0.5}}"
    for system in SYSTEMS_KEYED:
        edit_map(settings.root, f"{system}/system.yaml", r"timeouts: .*", timeouts)


def sizes(kills: int) -> tuple[int, int, int]:
    """How many reports, moves and forms a run of so many kills needs."""
    return min(30, 3 * kills) + kills, min(16, 2 * kills) + kills * 4 // 5, 3 + kills // 2


def about(asked: Asked) -> float:
    """Seconds that a run will take, roughly, on a machine with two cores."""
    return 120.0 + 12.0 * asked.kills / min(2, asked.workers)


@asynccontextmanager
async def _folder(keep: Path | None) -> AsyncIterator[Path]:
    if keep is not None:
        if keep.is_dir() and any(keep.iterdir()):
            raise ConfigurationError("folder-in-use", "A chaos run wants a folder that is empty.")
        keep.mkdir(parents=True, exist_ok=True)
        yield keep
        return
    name = await asyncio.to_thread(tempfile.mkdtemp, prefix="rekey-chaos-")
    try:
        yield Path(name)
    finally:
        shutil.rmtree(name, ignore_errors=True)


async def run(asked: Asked, say: Say) -> Report:
    """Everything from an empty council to the verdict."""
    began = time.monotonic()
    report = Report(seed=asked.seed)
    bins, moves, claims = sizes(asked.kills)
    # A scan takes seconds to read, and what is read is not what is tried here.
    made_from = ("--moves", str(moves), "--benefits", str(claims), "--paper", "filled")
    async with (
        _folder(asked.keep) as folder,
        a_town(folder, bins, asked.seed, *made_from) as town,
        a_store(asked.database, asked.workers, folder) as database,
    ):
        settings = town.settings(
            database=database, lease_seconds=asked.lease, patience=asked.lease + 4.5, look_again_seconds=1.0
        )
        _asked_timing(settings, asked.lease)
        if asked.without:
            prepare(asked.without, settings.root)
        async with open_rekey(settings) as rekey:
            if asked.without == "unique-receipts":
                await undo_unique(rekey.queue)  # type: ignore[arg-type]
            people = People(rekey)
            chaos = Chaos(
                asked=asked,
                town=town,
                settings=settings,
                rekey=rekey,
                people=people,
                say=say,
                chance=random.Random(asked.seed),
                report=report,
                blows=Blows(
                    asked=asked,
                    settings=settings,
                    rekey=rekey,
                    server=Server(settings.home),
                ),
            )
            try:
                await chaos.hand_in()
                await chaos.play(schedule(asked.seed, asked.kills, asked.lease, prefect=asked.prefect))
                if not report.left:
                    await chaos.recover()
                await fill(report, town, rekey, chaos.blows.lives)
            finally:
                await chaos.blows.end()
    report.faults, report.points, report.people = chaos.faults, chaos.blows.points, chaos.people.acts
    report.kills = chaos.blows.kills
    report.seconds = time.monotonic() - began
    return report
