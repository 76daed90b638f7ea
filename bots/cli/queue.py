"""`rekey queue ...`, `rekey hold` and `rekey release`: what waits, and what is held."""

from __future__ import annotations

import json
from typing import Annotated, Any

import typer

from bots.engine.core.brake import Trouble
from bots.engine.core.decision import Answers
from bots.engine.core.errors import ConfigurationError
from bots.engine.core.item import Hold, Receipt, State, WorkItem
from bots.engine.core.people import Role
from bots.engine.core.queue import NEVER, Queue
from bots.engine.core.sent import Fate, Sent
from bots.engine.core.vocabulary import words_of
from bots.engine.decisions.retry import RETRY
from bots.processes.registry import find
from bots.terminal.display import console, facts, plain, table, write_json

from .arguments import Json, Why, person, when, with_queue
from .authorise import about_process
from .decisions import Item
from .decisions import add_to as add_decisions_to

queue_app = typer.Typer(no_args_is_help=True, help="Look at the queue and decide about its items.")


def add_to(app: typer.Typer) -> None:
    add_decisions_to(queue_app)
    app.add_typer(queue_app, name="queue")
    app.command()(hold)
    app.command()(release)


def _not_before(moment: float) -> str:
    if moment >= NEVER:
        return "a person decides"
    return when(moment) if moment else ""


def _proof(receipt: Receipt) -> str:
    if not receipt.proven:
        return "a person's word, not yet checked"
    return "found there" if receipt.adopted else "keyed and read again"


@queue_app.command("list")
def list_items(
    process: Annotated[str | None, typer.Argument()] = None,
    state: Annotated[State | None, typer.Option(help="Only this state.")] = None,
    limit: Annotated[int, typer.Option(min=1)] = 100,
    json_file: Json = None,
) -> None:
    """Items by id, state and reason; references and values stay in the store."""
    if process is not None:
        find(process)  # a slip in the name must not read as an empty queue
    states = [state] if state else []
    items: list[WorkItem] = with_queue(lambda q: q.items(process, states, limit), reading=True)
    rows = [
        (i.id, words_of(i.state).name, i.code or "", i.attempts, when(i.updated), i.sentence or "")
        for i in items
    ]
    table("Queue", ("Item", "State", "Code", "Attempts", "Changed", "Why"), rows)
    if len(items) == limit:
        console.print(f"Only the first {limit} are shown (--limit).")
    write_json(json_file, [{"item": i.id, "state": i.state, "code": i.code} for i in items])


@queue_app.command()
def show(item: Item) -> None:
    """Everything about one item: its data, what happened, its intents and history."""

    async def look(queue: Queue) -> Any:
        found = await queue.item(item)
        receipts = [r for r in await queue.receipts(found.process) if r.item == item] if found else []
        events = await queue.history(item), await queue.intents(item), await queue.sent(item)
        return found, *events, receipts

    found, history, intents, sent, receipts = with_queue(look, reading=True)
    if found is None:
        raise ConfigurationError("unknown-item", f"There is no item {item}.")
    facts(
        f"Item {item}",
        {
            "State": words_of(found.state).name,
            "Why": found.sentence or "",
            "Code": found.code or "",
            "Reference": found.reference,
            "Version": found.version,
            "Attempts": found.attempts,
            "Not before": _not_before(found.not_before),
        },
    )
    facts("Data", found.data)
    if found.detail:
        console.print(json.dumps(plain(found.detail), indent=1, ensure_ascii=False), markup=False)
    if receipts:
        kept = [(when(r.at), r.step, r.system, r.reference, _proof(r)) for r in receipts]
        table("In the target", ("When", "Step", "System", "Reference", "Proof"), kept)
    if intents:
        rows = [(when(i.recorded), i.step, i.status.value, i.id) for i in intents]
        table("Intents", ("When", "Step", "Status", "Intent"), rows)
    if sent:
        left = [(when(s.left), f"{s.method} {s.path}", f"{s.number} of {s.of}", _fate(s)) for s in sent]
        table("Sent", ("When", "Request", "Part", "Answer"), left)
    rows_of_history = [
        (when(h.at), h.who, words_of(h.before).name if h.before else "", words_of(h.after).name, h.why)
        for h in history
    ]
    table("History", ("When", "Who", "From", "To", "Why"), rows_of_history)


def _fate(sent: Sent) -> str:
    if sent.fate is Fate.ANSWERED:
        return f"status {sent.status}"
    return "none: the connection ended" if sent.fate is Fate.CUT else "nobody knows"


@queue_app.command("retry-all")
def retry_all(
    process: str, code: Annotated[str, typer.Option(help="The code that they share.")], why: Why
) -> None:
    """Send every exception of one code back to be keyed, as it is."""

    async def again(queue: Queue, who: str) -> int:
        items = await queue.items(process, [State.EXCEPTION], limit=1_000_000)
        mine = [item for item in items if item.code == code]
        for item in mine:
            await queue.decide(item.id, RETRY, who, Answers(why=why))
        return len(mine)

    sent = about_process(process, Role.REVIEWER, again)
    console.print(
        f"{sent} items go to the bot to be keyed. A correction that wants a second person waits for one."
    )


@queue_app.command()
def holds() -> None:
    """What is held, by whom, since when and why; sign-ins that wait for a person among it."""

    async def both(queue: Queue) -> tuple[list[Hold], list[str]]:
        return await queue.holds(), await queue.refused_sign_ins()

    found, refused = with_queue(both)
    rows = [(h.scope, h.who, when(h.since), h.why, _lets_go(h)) for h in found]
    rows += [
        (f"sign-in:{system}", "the system", "", "refused; put it right: rekey credentials set", "a person")
        for system in refused
    ]
    table("Holds", ("What", "Who", "Since", "Why", "What lets it go"), rows)


def _lets_go(hold: Hold) -> str:
    if hold.cause is None or hold.cause.kind is Trouble.CHANGED:
        return "a person"
    if hold.cause.probe is None:
        return "the bot, when all of them were right; else a person"
    return f"the bot, when an item passes; the next is tried from {when(hold.cause.probe)}"


def hold(
    scope: Annotated[str, typer.Argument(help="A process, a system, or all.")],
    why: Why,
) -> None:
    """Stop keying after the items in hand. Works with Prefect down, and survives restarts."""
    with_queue(lambda q: q.hold(_scope(scope), person(), why))
    console.print(f"{scope} is held.")


def release(
    scope: Annotated[str, typer.Argument(help="A process, a system, or all.")],
    why: Why,
) -> None:
    """Take a hold away."""
    count = with_queue(lambda q: q.release(_scope(scope), person(), why))
    console.print(f"{scope} is released." if count else f"{scope} was not held.")


def _scope(name: str) -> str:
    from bots.processes import registry

    if name == "all":
        return name
    if name in registry.names():
        return f"process:{name}"
    systems = {s for p in registry.PROCESSES.values() for s in p.systems}
    if name in systems:
        return f"system:{name}"
    known = ", ".join([*registry.names(), *sorted(systems), "all"])
    raise ConfigurationError("unknown-scope", f"There is no process or system {name}. There is: {known}.")
