"""`rekey new-process`: a new bot that runs at once, for the automation team."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from bots.terminal.display import console

from .arguments import run

if TYPE_CHECKING:
    from bots.scaffold.words import FormDraft
    from bots.scaffold.write import NewProcess


def add_to(app: typer.Typer) -> None:
    app.command()(new_process)


def new_process(
    name: Annotated[str, typer.Argument(help="Such as dog-licences.")],
    title: Annotated[str, typer.Option(help="What people call it. Without: the name.")] = "",
    owner: Annotated[str, typer.Option(help="Who answers questions about it.")] = "Automation team",
    system: Annotated[str, typer.Option(help="The system that it keys into.")] = "example",
    from_form: Annotated[
        Path | None,
        typer.Option(help="A PDF of the form that it takes, best a blank one. Without: workbooks."),
    ] = None,
) -> None:
    """Write a new process that runs at once against `rekey council`, to be replaced piece by piece."""
    from bots.engine.home.rights import for_everybody
    from bots.engine.settings import ROOT
    from bots.scaffold.write import NewProcess, plan

    title = title or name.replace("-", " ").capitalize()
    form = _form(from_form, name, title) if from_form is not None else None
    wanted = NewProcess(name=name, title=title, owner=owner, system=system, form=form)
    scaffold = plan(ROOT, wanted)
    with for_everybody():  # code, and an invented sample
        scaffold.write(ROOT, lambda path: _write_sample(path, wanted))
    for file in scaffold.written:
        console.print(f"written   {file}", soft_wrap=True)
    for file, what in (("bots/processes/registry.py", "its line"), ("prefect.yaml", "three deployments")):
        console.print(f"added to  {file} ({what})", soft_wrap=True)
    if scaffold.kept:
        console.print(f"kept      {scaffold.kept}/ is there already and was left alone", soft_wrap=True)
        if system != "example":
            console.print(
                f"          The step names the example's screens. Change "
                f"bots/processes/{wanted.package}/steps.py and {wanted.test} to those of {system}.",
                soft_wrap=True,
            )
    for sentence in form.facts["said"] if form is not None else ():
        console.print(f"complete  {sentence}", soft_wrap=True)
    console.print(_NEXT.format(wanted=wanted), soft_wrap=True)


def _form(file: Path, name: str, title: str) -> FormDraft:
    from bots.scaffold.draft_files import drafted_of
    from bots.scaffold.words import FormDraft

    layout = f"{name}-1"
    return FormDraft(layout=layout, facts=run(drafted_of(file, layout, "Entry", f"the form of {title}")))


def _write_sample(path: Path, wanted: NewProcess) -> None:
    from fixtures.sample_form import write_form_sample
    from fixtures.sample_workbook import write_sample

    if wanted.form is None:
        write_sample(path, wanted.title)
    else:
        write_form_sample(path, wanted.form.facts, wanted.form.needed)


_NEXT = """
In a terminal of its own:
  rekey council
In another one, after the line that it prints:
  rekey intake {wanted.name} {wanted.sample}
  rekey work {wanted.name} --shadow
  rekey work {wanted.name}
  rekey reconcile {wanted.name}
And its test:
  pytest {wanted.test}
Once its maps describe your own system, what its save and its pages send, without saving anything:
  rekey screens rehearse {wanted.system}/new_entry
What to replace, and in which order: runbooks/add-a-process.md"""
