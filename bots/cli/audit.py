"""`rekey audit ...`: prove that the store is whole, keep checkpoints, erase what is old, export evidence."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, TypeVar

import typer

from bots.engine.core.audit import Erasure, Verification
from bots.engine.core.errors import ConfigurationError
from bots.terminal.display import console, facts, table, write_json

from .arguments import Json, Why, person, run

if TYPE_CHECKING:
    from bots.assembly.worker import Rekey

T = TypeVar("T")
audit_app = typer.Typer(no_args_is_help=True, help="Prove what was keyed, and erase what is old.")
_SHOWN = 50


def add_to(app: typer.Typer) -> None:
    app.add_typer(audit_app, name="audit")


def _with_rekey(work: Callable[[Rekey], Awaitable[T]], *, reading: bool = False) -> T:
    from bots.assembly.worker import open_rekey
    from bots.engine.settings import load_settings

    async def inside() -> T:
        async with open_rekey(load_settings(), reading=reading) as rekey:
            return await work(rekey)

    return run(inside())


@audit_app.command()
def verify(
    against: Annotated[Path | None, typer.Option(help="A folder of checkpoints to compare with.")] = None,
    json_file: Json = None,
) -> None:
    """Read every row: is each item's history whole, and does the store say what it tells?"""
    found = _with_rekey(lambda rekey: rekey.audit.verify(against), reading=True)
    _show(found)
    write_json(json_file, {"whole": found.whole, **vars(found)})
    if not found.whole:
        raise SystemExit(1)


def _show(found: Verification) -> None:
    title = "The store is whole" if found.whole else f"The store is NOT whole: {found.found} findings"
    facts(
        title,
        {
            "Items": found.items,
            "Rows of history": found.rows,
            "Checkpoints": found.checkpoints,
            "Compared with copies outside": found.compared,
            "Seconds": f"{found.seconds:.1f}",
        },
    )
    rows = [(one.tamper, one.table, one.item or "", one.row, one.sentence) for one in found.findings[:_SHOWN]]
    if rows:
        table("Findings", ("What", "Table", "Item", "Row", "Why"), rows)
    if found.found > len(rows):
        console.print(f"Only the first {len(rows)} are shown (--json FILE for more).")


@audit_app.command()
def checkpoint() -> None:
    """Write the next checkpoint, and its copy outside of the database. Keep the line that it prints."""

    async def write(rekey: Rekey) -> str:
        return await rekey.audit.line(await rekey.audit.checkpoint())

    console.print(_with_rekey(write), soft_wrap=True)


@audit_app.command()
def erase(
    process: Annotated[str, typer.Argument(help="Such as missed-bins.")],
    why: Why,
    older_than: Annotated[float, typer.Option(min=0, help="Days since the item ended.")],
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only say what would be erased.")] = False,
    json_file: Json = None,
) -> None:
    """Erase personal data of items that ended long ago. What proves that they were worked, stays."""
    found = _with_rekey(
        lambda rekey: rekey.erase(process, older_than, who=person(), why=why, rehearse=dry_run)
    )
    _show_erasure(found)
    write_json(json_file, found)


def _show_erasure(found: Erasure) -> None:
    title = "Would be erased (nothing was)" if found.rehearsed else "Erased for ever"
    rows: dict[str, object] = {"Items": len(found.items)}
    if not found.rehearsed:
        rows |= {"Hand-ins of which nothing is left": found.hand_ins, "Files removed": found.files}
    facts(f"{title}: {found.process}", rows)


@audit_app.command()
def export(
    process: Annotated[str | None, typer.Argument(help="Such as missed-bins.")] = None,
    item: Annotated[str | None, typer.Option(help="One item only.")] = None,
    csv: Annotated[Path | None, typer.Option("--csv", help="The whole history, a row each.")] = None,
    pdf: Annotated[
        Path | None, typer.Option("--pdf", help="An evidence pack; of a process a folder of them.")
    ] = None,
) -> None:
    """For auditors: the history as CSV, evidence packs as PDF. Both hold personal data."""
    if (process is None) == (item is None) or (csv is None and pdf is None):
        raise ConfigurationError("arguments", "Give a process or --item, and --csv or --pdf.")
    from bots.processes.registry import find

    if process is not None:
        find(process)  # a slip in the name must not read as an empty history
    written = _with_rekey(
        lambda rekey: rekey.export(process, item, csv=csv, pdf=pdf, who=person()), reading=True
    )
    for path in written[:_SHOWN]:
        console.print(str(path), soft_wrap=True)
    if len(written) > _SHOWN:
        console.print(f"... {len(written)} files.")
