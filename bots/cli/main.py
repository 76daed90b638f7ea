"""The command `rekey`. Exit status 0: ran to its end; 1: it could not; 2: unusable arguments or settings."""

from __future__ import annotations

import signal
import sys
import traceback
from pathlib import Path
from typing import Annotated, Any

import typer
from typer.core import TyperGroup

from bots.engine.core.errors import ConfigurationError, RekeyError
from bots.engine.core.summary import HandInSummary, IntakeSummary
from bots.engine.home.rights import keep_private
from bots.terminal.display import bar, console, drift, facts, problems, table, write_json

from . import reconcile as cli_reconcile
from . import shadow as cli_shadow
from .arguments import Json, person, run
from .check import check_files


class InOrder(TyperGroup):
    def list_commands(self, ctx: Any) -> list[str]:
        return list(self.commands)


app = typer.Typer(
    cls=InOrder,
    no_args_is_help=True,
    add_completion=False,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
    help="Bots that re-key records exactly once, or tell a person.",
)


def main() -> None:
    """Run a command; every failure is one clear sentence."""
    from . import alerts as cli_alerts
    from . import audit as cli_audit
    from . import baseline as cli_baseline
    from . import console as cli_console
    from . import documents as cli_documents
    from . import limits as cli_limits
    from . import new_process as cli_new_process
    from . import people as cli_people
    from . import prefect as cli_prefect
    from . import queue as cli_queue
    from . import restored as cli_restored
    from . import service as cli_service
    from . import tokens as cli_tokens

    keep_private()
    # A polite end from outside is as good as Ctrl-C: what was started is ended too.
    signal.signal(signal.SIGTERM, lambda *_: signal.raise_signal(signal.SIGINT))
    cli_service.add_to(app)
    cli_prefect.add_to(app)
    cli_queue.add_to(app)
    cli_limits.add_to(app)
    cli_baseline.add_to(app)
    cli_audit.add_to(app)
    cli_restored.add_to(app)
    cli_alerts.add_to(app)
    cli_documents.add_to(app)
    cli_new_process.add_to(app)
    cli_people.add_to(app)
    cli_tokens.add_to(cli_people.people_app)
    cli_console.add_to(app)
    try:
        app(standalone_mode=True)
    except BaseException as error:
        raise SystemExit(_status(error)) from None


def _status(error: BaseException) -> int:
    while isinstance(error, BaseExceptionGroup):
        error = error.exceptions[0]
    if isinstance(error, SystemExit):
        return error.code if isinstance(error.code, int) else 1
    if isinstance(error, KeyboardInterrupt):
        problems.print("Stopped.")
        return 1
    if isinstance(error, RekeyError):
        problems.print(error.sentence, soft_wrap=True)
        return 2 if isinstance(error, ConfigurationError) else 1
    # Our own mistake: where it was, without a message that might quote a record.
    place = traceback.extract_tb(error.__traceback__)[-1]
    problems.print(
        f"Rekey itself failed ({type(error).__name__} in {Path(place.filename).name}, line {place.lineno}). "
        "Nothing is lost; please tell the automation team.",
        soft_wrap=True,
    )
    return 1


@app.command()
def intake(
    process: Annotated[str, typer.Argument(help="Such as missed-bins.")],
    paths: Annotated[list[Path] | None, typer.Argument(help="Files; none for screens or the inbox.")] = None,
    check: Annotated[bool, typer.Option("--check", help="Only say what the files would give.")] = False,
    json_file: Json = None,
) -> None:
    """Read a process's source into the queue: its screens, the files named, or its inbox. Twice adds once."""
    if check:
        check_files(process, paths or [], json_file)
        return
    from bots.assembly.worker import open_rekey
    from bots.engine.settings import load_settings
    from bots.processes.registry import find

    from_files = find(process).takes_files
    if paths and not from_files:
        raise ConfigurationError("no-files", f"{process} reads its source through screens, not from files.")

    async def screens() -> None:
        async with open_rekey(load_settings()) as rekey:
            with bar("Reading") as move:
                found = await rekey.intake(process, move)
        facts(f"Intake of {process}", rows_read(found))
        if found.stopped:
            console.print(found.stopped, soft_wrap=True)
        write_json(json_file, found)
        if found.unread:
            problems.print("Some rows could not be read. The next intake tries them again.")
            sys.exit(1)

    async def files() -> None:
        async with open_rekey(load_settings()) as rekey:
            with bar("Reading") as move:
                read = (
                    rekey.collect(process, move)
                    if not paths
                    else rekey.hand_in(process, paths, who=person(), on_progress=move)
                )
                found = await read
        for summary in found:
            show_hand_in(summary)
        if not found:
            console.print(f"Nothing lies in the inbox of {process}.")
        write_json(json_file, {"files": found})
        if any(summary.needs_person for summary in found):
            sys.exit(1)

    run(files() if from_files else screens())


def rows_read(found: IntakeSummary) -> dict[str, int]:
    return {
        "In the source": found.source,
        "Added": found.added,
        "Known already": found.same,
        "Corrected by this hand-in": found.updated,
        "Other data than before (for people)": found.changed,
        "Not a whole record (for people)": found.refused,
        "Could not be read now": found.unread,
    }


def show_hand_in(found: HandInSummary) -> None:
    if found.rows is None:
        problems.print(f"{found.file}: {found.sentence}", soft_wrap=True)
        return
    facts(f"{found.file}: hand-in {found.rows.batch}", rows_read(found.rows))
    for sentence in (*found.warnings, *found.problems):
        console.print(sentence, soft_wrap=True)


@app.command(name="return")
def give_back(
    process: Annotated[str, typer.Argument(help="Such as council-tax-moves.")],
    batch: Annotated[str, typer.Argument(help="The hand-in, as intake names it.")],
) -> None:
    """Write the sender's workbook with what became of every row."""
    from bots.assembly.worker import open_rekey
    from bots.engine.settings import load_settings

    async def write() -> Path:
        async with open_rekey(load_settings()) as rekey:
            return await rekey.give_back(process, batch)

    console.print(str(run(write())), soft_wrap=True)


@app.command()
def work(
    process: Annotated[str, typer.Argument(help="Such as missed-bins.")],
    sessions: Annotated[int, typer.Option(min=1, max=8, help="Signed-in sessions at once.")] = 2,
    max_items: Annotated[int | None, typer.Option(min=1, help="Stop after so many items.")] = None,
    shadow: Annotated[bool, typer.Option("--shadow", help="Do everything but save.")] = False,
    json_file: Json = None,
) -> None:
    """Key what waits in the queue. Ctrl-C ends after the items in hand."""
    from bots.assembly.worker import open_rekey
    from bots.engine.intake.answers import Returned
    from bots.engine.settings import load_settings
    from bots.terminal.stopping import stop_on_signal

    async def drain() -> None:
        async with open_rekey(load_settings()) as rekey:
            with bar("Rehearsing" if shadow else "Keying") as move, stop_on_signal() as stop:
                found = await rekey.work(
                    process,
                    sessions=sessions,
                    max_items=max_items,
                    shadow=shadow,
                    on_progress=move,
                    stop=stop,
                )
            holds = await rekey.queue.holds() if found.stopped else []
            returned = Returned() if shadow else await rekey.give_back_finished(process)
        facts(
            f"{'Shadow run' if shadow else 'Work'} on {process}",
            {
                "Taken": found.taken,
                "Could be keyed" if shadow else "Done": found.done,
                "Keyed now": found.keyed,
                "Found in the target": found.adopted,
                "For people": len(found.raised),
                "Still waiting": found.waiting.get("new", 0),
                "In doubt": found.waiting.get("in_doubt", 0),
            },
        )
        if found.raised:
            rows = [(raised.item, raised.code, raised.sentence) for raised in found.raised]
            table("For people", ("Item", "Code", "Why"), rows)
        drift(found.drift)
        if found.given_back:
            console.print(f"Sessions given back because a system was slow: {found.given_back}")
        if found.stopped:
            console.print(f"Ended early: {found.stopped}", soft_wrap=True)
        for hold in holds:
            console.print(f"Held: {hold.scope} by {hold.who}: {hold.why}")
        for workbook in returned.written:
            console.print(f"Return workbook: {workbook}", soft_wrap=True)
        for batch in returned.failed:
            problems.print(f"The return workbook of {batch} could not be written.")
        write_json(json_file, found)
        if found.blocked:
            sys.exit(1)

    run(drain())


cli_reconcile.add_to(app)
cli_shadow.add_to(app)


@app.command()
def demo(
    items: Annotated[int, typer.Option(min=10, max=2000, help="How many sample reports.")] = 60,
    json_file: Json = None,
    keep_open: Annotated[bool, typer.Option("--keep-open", help="Leave everything up at the end.")] = False,
) -> None:
    """Key a demo council's records from end to end, and judge the result from the council's own logs."""
    from bots.demo.run import run_demo

    clean = run(run_demo(items=items, json_file=json_file, keep_open=keep_open))
    if not clean:
        sys.exit(1)


@app.command()
def council(
    items: Annotated[int, typer.Option(min=10, max=2000, help="How many sample reports, at first.")] = 60,
) -> None:
    """A demo council to try processes on, until Ctrl-C. It prints the line for another terminal."""
    from bots.demo.council import run_council

    run(run_council(items=items))
