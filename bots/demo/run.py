"""`rekey demo`: a demo council's records keyed from end to end through Prefect, then judged.

Lost, twice and wrong come from the council's own databases, save logs and answer file, never from the
engine's word.
"""

from __future__ import annotations

import asyncio
import re
import shutil
import time
from collections.abc import Callable, Coroutine, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from bots.assembly.worker import Rekey, open_rekey
from bots.engine.core.errors import RekeyError
from bots.engine.core.item import State, WorkItem
from bots.engine.core.process import Process
from bots.engine.core.summary import OnProgress, Progress
from bots.engine.settings import load_settings
from bots.prefect_host.server import PrefectServer
from bots.processes import registry
from bots.terminal.display import bars, console, table, write_json

from .council import council, council_environment, council_settings, store_credentials
from .keep_open import stay

_FLOW_WITHIN = 1800.0
_LOOK = 0.5
_ONE_FORM_IN = 4  # so many forms as reports
NewBar = Callable[[str], OnProgress]
HANDED_IN = {"council-tax-moves": "handed-in/moves.xlsx", "benefit-changes": "forms/*"}
"""What people of the demo council hand in, by process."""
JUDGED = {"missed-bins": "submissions", "council-tax-moves": "moves", "benefit-changes": "benefit_changes"}
"""The processes that the council knows the right answers of, as its answer file calls them."""


@dataclass(frozen=True, kw_only=True)
class Counts:
    """What the store holds of a process at one moment."""

    items: int
    keyed: int


async def run_demo(*, items: int, json_file: Path | None, keep_open: bool) -> bool:
    """True when nothing was lost, keyed twice or keyed wrongly."""
    began = time.monotonic()
    base = load_settings()
    home = base.home / "demo"
    home.mkdir(parents=True, exist_ok=True)
    async with council(home, items, "--clerk", "--benefits", str(items // _ONE_FORM_IN)) as addresses:
        settings = council_settings(base, home, addresses)
        store_credentials(settings)
        async with open_rekey(settings) as rekey:
            store = await rekey.queue.store()
            before = {name: await _counts(rekey, name) for name in _names()}
            console.print("Starting Prefect (about a quarter of a minute) ...")
            extra = council_environment(addresses)
            server = PrefectServer(home=home, root=settings.root, store=store.id, extra=extra)
            async with server:
                await server.pause_schedules(True)
                with bars() as bar:
                    await _together(_flows(server, rekey, name, home, bar) for name in _names())
                result = await _result(rekey, home, before)
                result["seconds"] = round(time.monotonic() - began, 1)
                _show(result, home, keep_open)
                write_json(json_file, result)
                if keep_open:
                    await stay(rekey, server, addresses)
    return all(
        not found[word] for found in result["processes"].values() for word in ("lost", "twice", "wrong")
    )


def _names() -> list[str]:
    return [name for name in registry.names() if name in JUDGED]


def _hand_in(home: Path, process: str) -> None:
    """Put what was sent into the inbox, as a colleague would."""
    if process in HANDED_IN:
        inbox = home / "inboxes" / process
        inbox.mkdir(parents=True, exist_ok=True)
        for file in sorted((home / "council").glob(HANDED_IN[process])):
            shutil.copy(file, inbox)


# ---- running the flows ----------------------------------------------------------------------
async def _together(all_of_them: Iterable[Coroutine[Any, Any, None]]) -> None:
    try:
        async with asyncio.TaskGroup() as tasks:
            for each in all_of_them:
                tasks.create_task(each)
    except BaseExceptionGroup as failures:
        raise failures.exceptions[0] from None


async def _flows(server: PrefectServer, rekey: Rekey, process: str, home: Path, bar: NewBar) -> None:
    _hand_in(home, process)
    title = registry.find(process).title
    reading = bar(f"{title}: reading")
    # A run that refused a file ends as failed, so that somebody looks: the judge knows which it should be.
    await _flow(server, rekey, process, "intake", reading, _read_progress, ends=("COMPLETED", "FAILED"))
    start = await _handled(rekey, process)
    await _flow(server, rekey, process, "work", bar(f"{title}: keying"), _work_progress(start))
    await _flow(server, rekey, process, "reconcile", bar(f"{title}: reconciling"), None)


async def _flow(
    server: PrefectServer,
    rekey: Rekey,
    process: str,
    flow: str,
    move: OnProgress,
    look: Any,
    ends: Sequence[str] = ("COMPLETED",),
) -> None:
    """Start a deployment's run and show how far it is, from our own store, until it ends."""
    run_id = await server.run_deployment(f"{flow}-{process}", {"sessions": 2} if flow == "work" else {})
    waiting = asyncio.ensure_future(server.wait_for(run_id, seconds=_FLOW_WITHIN))
    try:
        while not waiting.done():
            if look is not None:
                await look(rekey, process, move)
            await asyncio.wait([waiting], timeout=_LOOK)
        if look is not None:
            await look(rekey, process, move)
        else:
            await move(Progress(process=process, done=1, exceptions=0, total=1))
    finally:
        waiting.cancel()
    state = waiting.result()
    if state.type not in ends:
        raise RekeyError("flow-failed", f"The flow {flow}-{process} ended {state.name}: {state.message}")


async def _read_progress(rekey: Rekey, process: str, move: OnProgress) -> None:
    count = sum((await rekey.queue.counts(process)).values())
    await move(Progress(process=process, done=count, exceptions=0, total=count))


async def _handled(rekey: Rekey, process: str) -> Mapping[State, int]:
    return await rekey.queue.counts(process)


def _work_progress(start: Mapping[State, int]) -> Any:
    async def look(rekey: Rekey, process: str, move: OnProgress) -> None:
        now = await rekey.queue.counts(process)
        done = now[State.DONE] - start[State.DONE]
        raised = now[State.EXCEPTION] - start[State.EXCEPTION] + now[State.IN_DOUBT] - start[State.IN_DOUBT]
        total = start[State.NEW] + start[State.IN_DOUBT]
        await move(Progress(process=process, done=done, exceptions=max(0, raised), total=total))

    return look


# ---- the result -----------------------------------------------------------------------------
async def _counts(rekey: Rekey, process: str) -> Counts:
    receipts = await rekey.queue.receipts(process)
    return Counts(
        items=sum((await rekey.queue.counts(process)).values()),
        keyed=sum(not receipt.adopted for receipt in receipts),
    )


async def _result(rekey: Rekey, home: Path, before: Mapping[str, Counts]) -> dict[str, Any]:
    processes = {}
    for name in _names():
        items = await rekey.queue.items(name, limit=1_000_000)
        counts = await rekey.queue.counts(name)
        now = await _counts(rekey, name)
        source, verdict = _judge(name, home / "council", items)
        refused = _refused(home, name)
        verdict["unexpected"] += sorted(refused ^ _should_be_refused(home, name))
        processes[name] = {
            "source": source,
            "done": counts[State.DONE],
            "added": now.items - before[name].items,
            "keyed": now.keyed - before[name].keyed,
            "exceptions": dict(await rekey.queue.reasons(name)),
            "waiting": {
                "in_doubt": counts[State.IN_DOUBT],
                "awaiting_approval": counts[State.AWAITING_APPROVAL],
            },
            "withdrawn": counts[State.WITHDRAWN],
            "files_refused": len(refused),
            **{word: len(verdict[word]) for word in ("lost", "twice", "wrong", "unexpected")},
        }
    return {"processes": processes}


def _judge(process: str, home: Path, items: list[WorkItem]) -> tuple[int, dict[str, Any]]:
    """How many rows the source has, and the verdict, both from the council's own books."""
    from fixtures.council.home import Home, read_json
    from fixtures.council.judge import Outcome, judge
    from fixtures.council.judge_benefits import judge_benefits
    from fixtures.council.judge_moves import judge_moves

    judges = {"submissions": judge, "moves": judge_moves, "benefit_changes": judge_benefits}
    judging = judges[JUDGED[process]]
    outcomes = {item.reference: Outcome(state=item.state.value, code=item.code) for item in items}
    source = read_json(Home(folder=home).answers)[JUDGED[process]]
    return len(source), dict(judging(home, outcomes).to_dict())


def _refused(home: Path, process: str) -> set[str]:
    """The files that could not be read, by the names under which they were sent."""
    put_away = (home / "inboxes" / process / "problems").glob("*")
    return {re.sub(r"^\d+ ", "", file.name) for file in put_away if file.suffix != ".txt"}


def _should_be_refused(home: Path, process: str) -> set[str]:
    from fixtures.council.home import Home, read_json

    answers = read_json(Home(folder=home / "council").answers)
    return set(answers.get("benefit_files", ())) if JUDGED[process] == "benefit_changes" else set()


def _show(result: Mapping[str, Any], home: Path, keep_open: bool) -> None:
    for name, found in result["processes"].items():
        process: Process[Any] = registry.find(name)
        table(
            f"{process.title}: {found['source']} records",
            ("What", "Items"),
            [
                ("In the source", found["source"]),
                ("Done", found["done"]),
                ("Saves made in this run", found["keyed"]),
                *(
                    (f"For people: {process.reasons.get(code, code)}", count)
                    for code, count in found["exceptions"].items()
                ),
                *(
                    [("Files that could not be read", found["files_refused"])]
                    if found["files_refused"]
                    else []
                ),
                ("In doubt", found["waiting"]["in_doubt"]),
                ("Lost", found["lost"]),
                ("Keyed twice", found["twice"]),
                ("Keyed wrongly", found["wrong"]),
            ],
        )
        if found["unexpected"]:
            console.print(f"{found['unexpected']} items did not end as the answer file expects.")
        for workbook in sorted((home / "outboxes" / name).glob("*")):
            console.print(f"Goes back: {workbook}", soft_wrap=True)
    console.print(f"All of it took {result['seconds']:.0f} seconds.")
    console.print(f"Evidence: {home / 'evidence'}", soft_wrap=True)
    if not keep_open:
        console.print("Nothing is left running. To look around: rekey demo --keep-open")
