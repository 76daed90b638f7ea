"""A demo council of a test's own, with a Rekey home beside it and quick screen maps."""

from __future__ import annotations

import json
import re
import shutil
import sqlite3
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager, closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import pytest

from bots.assembly.worker import Rekey, open_rekey
from bots.engine.core.item import NewItem, WorkItem
from bots.engine.credentials import Credentials
from bots.engine.settings import ROOT, Settings
from bots.processes import registry
from fixtures.council.judge import Outcome, Verdict, judge
from tests.councils import COUNCILS

PROCESS = "missed-bins"
MOVES = "council-tax-moves"
SYSTEMS = sorted({name for process in registry.PROCESSES.values() for name in process.every_system})
# Seconds; the shipped maps are more patient. A doubtful item may be looked up 2 seconds after its intent.
QUICK = {"window": 1.0, "save": 0.8, "settle": 0.2, "late": 0.2}
LEASE = 3.0
GUARDED = [True, pytest.param(False, marks=pytest.mark.long)]
"""With a guard; and without it, to see what it is good for."""
_REPORTS: dict[tuple[str, ...], list[NewItem]] = {}
"""What the intake found in a council, by what the council was made from."""


@dataclass(kw_only=True)
class Town:
    """What a test needs of a council: its addresses, its faults, its own books."""

    folder: Path
    addresses: Mapping[str, str]
    control: httpx.AsyncClient
    made_from: tuple[str, ...]  # councils that were made from the same hold the same

    @property
    def council(self) -> Path:
        return self.folder / "council"

    def settings(self, home: str = "home", **change: Any) -> Settings:
        """Settings of a home beside the council, with quick timeouts and its own keyring."""
        folder = self.folder / home
        values = {
            "root": quick_maps(self.folder / "root"),
            "home": folder,
            # A system that the council does not have is played by its Register.
            "urls": {name: self.addresses.get(name, self.addresses["example"]) for name in SYSTEMS},
            "lease_seconds": LEASE,
            "patience": 8.0,
            "look_again_seconds": 2.0,
        }
        settings = Settings(**(values | change))
        if not folder.is_dir():
            folder.mkdir()
            (folder / "keyring.key").write_text("a key for tests only", encoding="utf-8")
            accounts = json.loads((self.council / "accounts.json").read_text(encoding="utf-8"))
            credentials = Credentials(settings)
            for system in SYSTEMS:
                account = accounts.get(system, accounts["example"])
                credentials.set(system, account["username"], account["password"])
        return settings

    async def fault(self, fault: str, app: str = "waste", **more: Any) -> None:
        answer = await self.control.post("/faults", json={"app": app, "fault": fault, **more})
        answer.raise_for_status()

    async def meddled(self) -> dict[str, int]:
        """What pages sent beside their saves, and arrived."""
        found: dict[str, int] = (await self.control.get("/faults")).json()["meddled"]
        return found

    async def mend(self) -> None:
        await self.control.delete("/faults")

    async def ask(self, path: str, **body: Any) -> Any:
        answer = await self.control.post(path, json=body)
        answer.raise_for_status()
        return answer.json()

    async def reported(self, rekey: Rekey) -> None:
        """Queue the reports as the intake does. Of councils that hold the same, the first alone is asked."""
        rows = _REPORTS.get(self.made_from)
        if rows is None:
            await rekey.intake(PROCESS)
            items = await rekey.queue.items(PROCESS, limit=100_000)
            _REPORTS[self.made_from] = [as_read(item) for item in items]
            return
        batch = await rekey.queue.open_batch(PROCESS, "portal", rekey.worker)
        await rekey.queue.add(PROCESS, batch, rows)

    def answers(self) -> dict[str, dict[str, Any]]:
        text = (self.council / "answers.json").read_text(encoding="utf-8")
        submissions: dict[str, dict[str, Any]] = json.loads(text)["submissions"]
        return submissions

    def good(self) -> list[str]:
        """Numbers of reports that should be done, with no twin."""
        return [n for n, a in self.answers().items() if a["becomes"] == "done" and "pair" not in a]

    def saves(self, system: str = "waste") -> list[dict[str, Any]]:
        """A system's append-only log, oldest first."""
        with closing(sqlite3.connect(self.council / f"{system}.db")) as connection:
            rows = connection.execute("SELECT at, sign_in, reference, values_json FROM save_log ORDER BY id")
            return [{"at": r[0], "by": r[1], "reference": r[2], **json.loads(r[3])} for r in rows]

    async def verdict(self, rekey: Rekey) -> Verdict:
        items = await rekey.queue.items(PROCESS, limit=100_000)
        return judge(self.council, {i.reference: Outcome(i.state.value, i.code) for i in items})


def as_read(item: WorkItem) -> NewItem:
    return NewItem(
        reference=item.reference,
        data=item.data,
        origin=item.origin,
        code=item.code,
        sentence=item.sentence,
        detail=item.detail,
    )


def quick_maps(root: Path) -> Path:
    """The project's screen maps with short timeouts, under a root of their own."""
    if not root.is_dir():
        shutil.copytree(ROOT / "selectors", root / "selectors")
        (root / "bots").mkdir()
        (root / "bots" / "engine").mkdir()
        quick = json.dumps({"ready": 8.0} | QUICK)
        for file in root.glob("selectors/*/system.yaml"):
            if "timeouts: {" in file.read_text(encoding="utf-8"):
                edit_map(root, f"{file.parent.name}/system.yaml", r"timeouts: .*", f"timeouts: {quick}")
    return root


def edit_map(root: Path, name: str, pattern: str, text: str) -> None:
    """Change a map of a test's own root; the pattern must be there."""
    file = root / "selectors" / name
    changed, times = re.subn(pattern, lambda _: text, file.read_text(encoding="utf-8"), count=1)
    assert times == 1, f"{pattern} is not in {name}"
    file.write_text(changed, encoding="utf-8")


@asynccontextmanager
async def a_town(folder: Path, items: int = 12, seed: int = 7, *options: str) -> AsyncIterator[Town]:
    """A council of one's own; it ends with the block."""
    home = folder / "council"
    home.mkdir(parents=True)
    made_from = ("--items", str(items), "--seed", str(seed), *options)
    async with (
        COUNCILS.open("--home", str(home), *made_from) as addresses,
        httpx.AsyncClient(base_url=addresses["control"], timeout=30) as control,
    ):
        yield Town(folder=folder, addresses=addresses, control=control, made_from=made_from)


@asynccontextmanager
async def rekeyed(
    town: Town, home: str = "home", on_point: Any = None, clock: Any = None, **change: Any
) -> AsyncIterator[Rekey]:
    """An open Rekey on a home beside the council."""
    given = {"on_point": on_point, "clock": clock}
    options = {name: what for name, what in given.items() if what}
    async with open_rekey(town.settings(home, **change), **options) as rekey:
        yield rekey
