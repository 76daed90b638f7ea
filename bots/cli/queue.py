"""`rekey queue ...`, `rekey hold` and `rekey release`: what people decide."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated, Any

import typer
from pydantic import ValidationError

from bots.engine.core.brake import Trouble
from bots.engine.core.decision import Answers
from bots.engine.core.errors import ConfigurationError
from bots.engine.core.item import Hold, Receipt, State, WorkItem
from bots.engine.core.papers import DOCUMENT
from bots.engine.core.people import Role
from bots.engine.core.queue import NEVER, Queue
from bots.engine.core.sent import Fate, Sent
from bots.engine.decisions.by_hand import BY_HAND
from bots.engine.decisions.correct import CORRECT
from bots.engine.decisions.defer import DEFER
from bots.engine.decisions.look_again import LOOK_AGAIN
from bots.engine.decisions.not_needed import NOT_NEEDED
from bots.engine.decisions.not_saved import NOT_SAVED
from bots.engine.decisions.retry import RETRY
from bots.engine.decisions.return_to_sender import RETURN_TO_SENDER
from bots.engine.decisions.saved import SAVED
from bots.processes.registry import find
from bots.terminal.display import console, facts, plain, table, write_json

from .arguments import Json, Why, person, when, with_queue
from .authorise import about_item, about_process

queue_app = typer.Typer(no_args_is_help=True, help="Look at the queue and decide about its items.")
Item = Annotated[str, typer.Argument(help="The item's id, as every list shows it.")]


def add_to(app: typer.Typer) -> None:
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
        (i.id, i.state.value.replace("_", " "), i.code or "", i.attempts, when(i.updated), i.sentence or "")
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
            "State": found.state.value.replace("_", " "),
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
        (when(h.at), h.who, h.before.value if h.before else "", h.after.value, h.why) for h in history
    ]
    table("History", ("When", "Who", "From", "To", "Why"), rows_of_history)


def _fate(sent: Sent) -> str:
    if sent.fate is Fate.ANSWERED:
        return f"status {sent.status}"
    return "none: the connection ended" if sent.fate is Fate.CUT else "nobody knows"


@queue_app.command()
def retry(
    item: Item,
    why: Why,
    data: Annotated[Path | None, typer.Option(help="A JSON file with the corrected record.")] = None,
) -> None:
    """Send an exception back to be keyed, as it is or corrected."""
    corrected = _corrected(data) if data else None

    async def again(queue: Queue, who: str) -> WorkItem | None:
        found = await queue.item(item)
        if found is not None and corrected is not None:
            _check_record(found, corrected)
        await queue.decide(item, CORRECT, who, Answers(why=why, record=corrected))
        return await queue.item(item)

    now = about_item(item, Role.REVIEWER, again)
    waits = now is not None and now.state is State.AWAITING_APPROVAL
    console.print(f"{item} {'waits for a second person to agree' if waits else 'is new again'}.")


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


def _check_record(item: WorkItem, data: dict[str, Any]) -> None:
    """A correction replaces the whole record: what it leaves out would be gone. Its pages stay its own."""
    if data.get(DOCUMENT) != item.data.get(DOCUMENT):
        raise ConfigurationError("other-document", f"The record's {DOCUMENT} cannot be changed to another.")
    try:
        find(item.process).record.model_validate(data)
    except ValidationError as error:
        fields = sorted({str(one["loc"][0]) if one["loc"] else "record" for one in error.errors()})
        raise ConfigurationError(
            "no-record",
            f"The file is no whole record: {', '.join(fields)} is missing or wrong. Nothing was changed. "
            "`rekey queue show` prints the record as it is.",
        ) from None


def _corrected(file: Path) -> dict[str, Any]:
    try:
        found = json.loads(file.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        raise ConfigurationError("data-file", f"{file.name} cannot be read as JSON.") from None
    if not isinstance(found, dict):
        raise ConfigurationError("data-file", f"{file.name} should hold one record.")
    return found


@queue_app.command()
def defer(
    item: Item, why: Why, minutes: Annotated[float, typer.Option(min=0, help="From now.")] = 60
) -> None:
    """Leave an item alone for a while."""
    given = Answers(why=why, seconds=minutes * 60)
    about_item(item, Role.REVIEWER, lambda q, who: q.decide(item, DEFER, who, given))
    console.print(f"{item} is deferred for {minutes:g} minutes.")


@queue_app.command()
def withdraw(
    item: Item,
    why: Why,
    reference: Annotated[str | None, typer.Option(help="The target's reference, if you keyed it.")] = None,
) -> None:
    """Close an item: it is not needed, or a person keyed it by hand."""
    rule = NOT_NEEDED if reference is None else BY_HAND
    given = Answers(why=why, reference=reference)
    about_item(item, Role.REVIEWER, lambda q, who: q.decide(item, rule, who, given))
    console.print(f"{item} is withdrawn.")


@queue_app.command("send-back")
def send_back(item: Item, why: Why) -> None:
    """Close an item that whoever sent it in must put right first; the reason goes back to them."""
    about_item(item, Role.REVIEWER, lambda q, who: q.decide(item, RETURN_TO_SENDER, who, Answers(why=why)))
    console.print(f"{item} is sent back.")


@queue_app.command()
def decide(
    item: Item,
    why: Why,
    saved: Annotated[str | None, typer.Option(help="It is in the target, under this reference.")] = None,
    not_saved: Annotated[bool, typer.Option("--not-saved", help="I looked: it is not there.")] = False,
) -> None:
    """Say what became of an item in doubt, after looking in the target."""
    if bool(saved) == not_saved:
        raise ConfigurationError("arguments", "Give either --saved REFERENCE or --not-saved.")
    rule, given = NOT_SAVED if not_saved else SAVED, Answers(why=why, reference=saved)
    about_item(item, Role.REVIEWER, lambda q, who: q.decide(item, rule, who, given))
    console.print(f"{item} is decided.")


@queue_app.command(name="look-again")
def look_again(item: Item, why: Why) -> None:
    """Leave an item in doubt, and let the next run try to settle it, also where it had given up."""
    about_item(item, Role.REVIEWER, lambda q, who: q.decide(item, LOOK_AGAIN, who, Answers(why=why)))
    console.print(f"{item} is looked up by the next run.")


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
