"""`rekey documents try`: what Rekey sees in a document."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer

from bots.arguments import Json, run
from bots.display import console, table, write_json

documents_app = typer.Typer(no_args_is_help=True, help="Documents that people hand in.")
_WIDEST = 8  # columns of a sheet that are shown


def add_to(app: typer.Typer) -> None:
    app.add_typer(documents_app, name="documents")


@documents_app.command("try")
def try_file(
    file: Path,
    pictures: Annotated[
        Path | None, typer.Option(help="A folder for pictures of the pages, with boxes.")
    ] = None,
    json_file: Json = None,
) -> None:
    """Show what Rekey sees in a workbook, a CSV file or a PDF. It prints what stands in it."""
    found = run(_looked(file, pictures))
    for each in found:
        if "page" in each:
            _show_page(each["page"], pictures)
        else:
            _show_sheet(each["table"])
    write_json(json_file, {"file": file.name, "found": found})


async def _looked(file: Path, pictures: Path | None) -> list[dict[str, Any]]:
    from bots.engine.documents.arrival import settled
    from bots.engine.documents.sandbox import Sandbox
    from bots.engine.settings import load_settings

    await settled(file, load_settings().file_patience)
    async with Sandbox() as sandbox:
        return [each async for each in sandbox.look(file, pictures)]


def _show_page(page: dict[str, Any], folder: Path | None) -> None:
    title = f"Page {page['number']}: {page['width']:.0f} by {page['height']:.0f} points"
    if page["scan"]:
        console.print(
            f"{title}: scanned. Turned upright and straightened; its words were read from the picture."
        )
    if page["fields"]:
        rows = [(f["name"], f["kind"], f["value"], _place(*f["box"][:2])) for f in page["fields"]]
        table(f"{title}: fields", ("Name", "Kind", "Value", "Left, top"), rows)
    if page["lines"]:
        lines = [(_place(line["left"], line["top"]), line["text"], line["sure"]) for line in page["lines"]]
        table(f"{title}: {page['words']} words", ("Left, top", "Line", "Sure"), lines)
    if folder is not None and page["picture"]:
        console.print(f"Picture: {folder / page['picture']}", soft_wrap=True)


def _place(left: float, top: float) -> str:
    return f"{left:.0f}, {top:.0f}"


def _show_sheet(sheet: dict[str, Any]) -> None:
    widest = max((len(row) for row in sheet["first"]), default=0)
    shown = min(widest, _WIDEST)
    hidden = ", hidden" if sheet["hidden"] else ""
    note = f", {sheet['wrong']:,} with cells that hold no value" if sheet["wrong"] else ""
    more = f"; {widest - shown} columns more" if widest > shown else ""
    title = f"Sheet {sheet['sheet']}{hidden}: {sheet['rows']:,} rows{note}{more}"
    rows = [(number, *row[:shown]) for number, row in enumerate(sheet["first"], start=1)]
    columns = ("Row", *(_letter(sheet["left"] + column) for column in range(shown)))
    table(title, columns, [(*row, *[""] * (len(columns) - len(row))) for row in rows])


def _letter(column: int) -> str:
    from bots.engine.documents.cells import letters

    return letters(column)
