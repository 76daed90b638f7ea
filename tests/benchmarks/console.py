"""How quick the console's pages are with 100 and with 100,000 exceptions, and what 50 reviewers at once do.

One run, in turns: the same pages of a small installation and of a large one, on SQLite and on PostgreSQL. A
page's time is all that the service does for it, from the request to the last byte; the network is left out.

Then 50 reviewers work on one installation over a real connection: they correct the same few items at the same
time. What was acknowledged must be in the store once, as it was typed; and no page that anybody was shown may
hold half of a correction.
"""

from __future__ import annotations

import asyncio
import random
import re
import tempfile
import time
from collections import Counter
from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx

from bots.assembly.console import console_of, serving
from bots.assembly.worker import Rekey, open_rekey
from bots.engine.console.web.routes import cookie_name
from bots.engine.core.item import NewItem, State
from bots.engine.core.people import EVERYWHERE, Role
from bots.engine.settings import Settings

from .timing import Stopwatch
from .work_list import servers, settle

PROCESS = "missed-bins"
SMALL, TURNS = 100, 40
AT_ONCE = 5000
REVIEWERS, EACH, FOUGHT_OVER = 50, 6, 25
CODES = ("property-not-found", "several-match", "too-long")


@dataclass(frozen=True, kw_only=True)
class Side:
    """One installation, and a reviewer in it. `app` answers without a network."""

    rekey: Rekey
    app: Any
    client: httpx.AsyncClient
    items: int


def report(number: int) -> NewItem:
    return NewItem(
        reference=f"MB-BENC-{number:07}",
        data={
            "number": f"MB-BENC-{number:07}",
            "uprn": "990000000001",
            "house": "1",
            "postcode": "ZZ1 1AA",
            "collection": "Refuse",
            "missed_on": "2026-11-02",
            "received_on": "2026-11-03",
            "reported_by": "Zoe Sample",
            "notes": "",
        },
        code=CODES[number % len(CODES)],
        sentence="Waste management knows no such property.",
    )


@asynccontextmanager
async def a_side(folder: Path, database: str, items: int) -> AsyncIterator[Side]:
    folder.mkdir()
    (folder / "keyring.key").write_text("a key for tests only", encoding="utf-8")
    async with open_rekey(Settings(home=folder, database=database)) as rekey:
        batch = await rekey.queue.open_batch(PROCESS, "portal", "benchmark")
        for start in range(0, items, AT_ONCE):
            rows = [report(number) for number in range(start, min(start + AT_ONCE, items))]
            await rekey.queue.add(PROCESS, batch, rows)
        await settle(database)
        app = console_of(rekey)
        transport = httpx.ASGITransport(app)
        async with httpx.AsyncClient(transport=transport, base_url="http://localhost") as client:
            client.cookies.set(cookie_name(False), await a_reviewer(rekey, "ann"))
            yield Side(rekey=rekey, app=app, client=client, items=items)


async def a_reviewer(rekey: Rekey, login: str) -> str:
    """The secret of a session."""
    person = await rekey.people.add(login, f"{login.title()} Sample", "benchmark")
    await rekey.people.grant(person.id, EVERYWHERE, Role.REVIEWER, "benchmark")
    return await rekey.people.begin_session(person.id, fresh=True)


async def run(items: int = 100_000) -> dict[str, Any]:
    rows: list[dict[str, Any]] = []
    ratios: dict[str, float] = {}
    facts: dict[str, Any] = {}
    with tempfile.TemporaryDirectory() as name, servers(Path(name)) as urls:
        for kind, (small, large) in urls.items():
            async with AsyncExitStack() as stack:
                sides = [
                    await stack.enter_async_context(a_side(Path(name) / f"{kind}-{count}", url, count))
                    for url, count in ((small, SMALL), (large, items))
                ]
                watches = await measured(kind, sides)
                rows += [watch.row() for pair in watches.values() for watch in pair]
                for what, pair in watches.items():
                    ratios[f"{kind} {what}: large/small"] = round(pair[1].median / pair[0].median, 2)
                found = await crowd(kind, sides[1])
                rows.append(found.watch.row())
                facts[f"{kind}, {REVIEWERS} reviewers"] = found.told()
    return {"rows": rows, "ratios": ratios, "facts": facts}


async def measured(kind: str, sides: Sequence[Side]) -> dict[str, list[Stopwatch]]:
    watches: dict[str, list[Stopwatch]] = {}
    for what in ("work list", "work list, one reason", "work list, a search", "item"):
        pair = watches[what] = [Stopwatch(f"{kind} {what}, {side.items:,}") for side in sides]
        paths = [await _path(what, side) for side in sides]
        for turn in range(TURNS + 3):
            for side, path, watch in zip(sides, paths, pair, strict=True):
                began = time.perf_counter()
                answer = await side.client.get(path)
                took = (time.perf_counter() - began) * 1000
                assert answer.status_code == 200, f"{what}: {answer.status_code}"
                if turn >= 3:  # before, all is compiled and read
                    watch.times.append(took)
    return watches


async def _path(what: str, side: Side) -> str:
    if what == "item":
        [item] = await side.rekey.queue.items(PROCESS, limit=1)
        return f"/items/{item.id}"
    more = {"work list, one reason": f"code={CODES[1]}", "work list, a search": "text=MB-BENC-0000042"}
    return f"/?{more.get(what, '')}"


# ---- many at once ---------------------------------------------------------------------------
@dataclass(kw_only=True)
class Crowd:
    """What fifty reviewers saw and were told."""

    watch: Stopwatch
    saved: Counter[tuple[str, str]] = field(default_factory=Counter)  # acknowledged: item and stamp
    refused: int = 0
    torn: int = 0  # pages with half of a correction
    lost: int = 0
    twice: int = 0

    def told(self) -> str:
        return (
            f"{sum(self.saved.values())} corrections acknowledged, {self.refused} refused as changed "
            "meanwhile; "
            f"lost {self.lost}, twice {self.twice}, pages with half a correction {self.torn}"
        )


async def crowd(kind: str, side: Side) -> Crowd:
    found = Crowd(watch=Stopwatch(f"{kind} a page while {REVIEWERS} work"))
    targets = [item.id for item in await side.rekey.queue.items(PROCESS, limit=FOUGHT_OVER)]
    tokens = [await a_reviewer(side.rekey, f"reviewer{number}") for number in range(REVIEWERS)]
    async with serving(side.app, 0) as address:
        await asyncio.gather(
            *(_reviewer(found, address, token, number, targets) for number, token in enumerate(tokens))
        )
    await _judge(found, side, targets)
    assert found.lost == found.twice == found.torn == 0, found.told()
    assert found.saved, "somebody must have been first"
    assert found.refused, "with so many on so few items some must meet"
    return found


async def _reviewer(found: Crowd, address: str, token: str, number: int, targets: Sequence[str]) -> None:
    """Opens items that colleagues have open as well, and writes one stamp into two fields of each."""
    chance = random.Random(number)
    cookies = {cookie_name(False): token}
    async with httpx.AsyncClient(base_url=address, cookies=cookies, timeout=60) as client:
        for turn in range(EACH):
            item, stamp = chance.choice(targets), f"{number}-{turn}"
            page = await _timed(found, client, f"/items/{item}")
            form = _form(page)
            _look(found, page)
            await _timed(found, client, "/")
            if form is None:  # a colleague sent it back already
                continue
            sent = {**form, "house": f"house {stamp}", "notes": f"notes {stamp}", "why": "benchmark"}
            answer = await client.post(f"/items/{item}/correct", data=sent)
            if answer.status_code == 303:
                found.saved[item, stamp] += 1
            else:
                assert answer.status_code == 409, answer.status_code
                found.refused += 1


async def _timed(found: Crowd, client: httpx.AsyncClient, path: str) -> str:
    with found.watch.timed():
        answer = await client.get(path)
    assert answer.status_code == 200, answer.status_code
    return answer.text


def _form(page: str) -> dict[str, str] | None:
    """What the form for a correction carries; None where there is none."""
    if '/correct"' not in page:
        return None
    whole = page[page.index('/correct"') :]
    whole = whole[: whole.index("</form>")]
    found = dict(re.findall(r'<input[^>]*name="([^"]+)"[^>]*?value="([^"]*)"', whole))
    return {**found, **report(0).data, "missed_on": "02/11/2026", "received_on": "03/11/2026"} | {
        "number": found["number"]
    }


def _look(found: Crowd, page: str) -> None:
    houses, notes = (set(re.findall(rf"{word} (\d+-\d+)", page)) for word in ("house", "notes"))
    found.torn += houses != notes


async def _judge(found: Crowd, side: Side, targets: Sequence[str]) -> None:
    """The store's word against what was acknowledged."""
    for item in targets:
        history = await side.rekey.queue.history(item)
        moves = [step for step in history if step.after is State.NEW and step.before is State.EXCEPTION]
        told = [stamp for (of, stamp), times in found.saved.items() if of == item for _ in range(times)]
        found.twice += max(0, len(moves) - len(told))
        found.lost += max(0, len(told) - len(moves))
        stored = await side.rekey.queue.item(item)
        if told and (stored is None or stored.data["notes"] != f"notes {told[-1]}"):
            found.lost += 1
