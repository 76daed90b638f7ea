"""`rekey documents`: what Rekey sees in a document, what a layout takes from it, and a first draft of one."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated, Any

import typer

from bots.terminal.display import console, table, write_json

from .arguments import Json, run

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
    layout: Annotated[
        Path | None, typer.Option(help="Show what this layout takes from it in place of all that is there.")
    ] = None,
    json_file: Json = None,
) -> None:
    """Show what Rekey sees in a workbook, a CSV file or a PDF. It prints what stands in it."""
    if layout is not None:
        _try_layout(file, layout, pictures, json_file)
        return
    found = run(_looked(file, pictures))
    for each in found:
        if "page" in each:
            _show_page(each["page"], pictures)
        else:
            _show_sheet(each["table"])
    write_json(json_file, {"file": file.name, "found": found})


@documents_app.command("draft")
def draft(
    file: Path,
    to: Annotated[Path, typer.Option(help="The folder for record.py and layouts/NAME.yaml.")],
    name: Annotated[str, typer.Option(help="Of the layout. Without: made of the file's name.")] = "",
) -> None:
    """Write a record and a layout from a form's fields or boxes, to be completed by you."""
    from bots.engine.home.rights import for_everybody
    from bots.scaffold.draft_files import draft_files, drafted_of, layout_name, write_draft

    name = layout_name(name, file)
    files = draft_files(to, name)
    drafted = run(drafted_of(file, name, "Case", f"the form {name}"))
    with for_everybody():  # nothing that was filled in is in it
        write_draft(files, drafted)
    for written in files.values():
        console.print(f"written   {written}", soft_wrap=True)
    console.print()
    for sentence in drafted["said"]:
        console.print(f"- {sentence}", soft_wrap=True)
    console.print(f"\nTry it:  rekey documents try {file} --layout {files['layout']}", soft_wrap=True)


# ---- what a layout takes --------------------------------------------------------------------
def _try_layout(file: Path, layout: Path, pictures: Path | None, json_file: Path | None) -> None:
    from bots.engine.documents.forms.layout import load_layout

    load_layout(layout)  # a mistake in it is told with its place
    found = run(_taken(file, layout, pictures))
    for case in found:
        _show_case(case, pictures)
    write_json(json_file, {"file": file.name, "cases": found})


async def _taken(file: Path, layout: Path, pictures: Path | None) -> list[dict[str, Any]]:
    from bots.engine.documents.sandbox.arrival import settled
    from bots.engine.documents.sandbox.sandbox import Sandbox
    from bots.engine.settings import load_settings

    await settled(file, load_settings().file_patience)
    async with Sandbox() as sandbox:
        return await sandbox.try_layout(file, layout, _record_beside(layout), pictures)


def _record_beside(layout: Path) -> Any:
    """The record of the process whose layout it is; None: it is no process's yet."""
    from bots.processes import registry

    folder = layout.resolve().parent.parent
    for process in registry.PROCESSES.values():
        if Path(str(sys.modules[process.record.__module__].__file__)).parent == folder:
            return process.record
    return None


def _show_case(case: dict[str, Any], folder: Path | None) -> None:
    first, last = case["first"], case["last"]
    title = f"Page {first}" if first == last else f"Pages {first} to {last}"
    if case["code"]:
        console.print(f"{title}: {_UNKNOWN[case['code']]}", soft_wrap=True)
        return
    rows = [(v["page"], v["field"], v["value"], f"{v['sure']:.2f}", v["why"]) for v in case["values"]]
    rows += [("", name, "", "", why) for name, why in case["others"].items()]
    wrong = sum(bool(row[-1]) for row in rows)
    what = f"a person would look at {wrong}" if wrong else "all are taken"
    table(
        f"{title}: {len(rows)} values; {what}", ("Page", "Field", "Value", "Sure", "Why a person looks"), rows
    )
    for picture in case["pictures"] if folder is not None else ():
        console.print(f"Picture: {folder / picture}", soft_wrap=True)


_UNKNOWN = {
    "unknown-document": "this is not the form of the layout: none of the words of begins heads the page.",
    "unknown-form-version": "this is another version of the form: none of the words of says is on the page.",
}


async def _looked(file: Path, pictures: Path | None) -> list[dict[str, Any]]:
    from bots.engine.documents.sandbox.arrival import settled
    from bots.engine.documents.sandbox.sandbox import Sandbox
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
    from bots.engine.documents.cells.text import letters

    return letters(column)
