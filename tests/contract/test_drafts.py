"""Forms that are drafted and tried at a distance, as everything is that opens a file."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import replace
from io import BytesIO
from pathlib import Path

import pytest
from PIL import Image
from rich.console import Console
from typer.testing import CliRunner

from bots.cli.documents import documents_app
from bots.engine.core.errors import BusinessException, ConfigurationError
from bots.engine.documents.sandbox.sandbox import Sandbox
from bots.engine.settings import ROOT
from bots.processes.benefit_changes.record import BenefitChange
from bots.terminal import display
from fixtures.council.samples.benefit_change import Paper
from fixtures.council.samples.benefit_form import draw_form, new_canvas
from fixtures.council.samples.benefit_inbox import benefit_changes
from fixtures.sample_form import PLANTED, write_form_sample
from tests.reading.long_form import form, values

TAKEN, LOOKED_AT = (0, 112, 60), (244, 119, 56)


@pytest.fixture(scope="module")
async def sandbox() -> AsyncIterator[Sandbox]:
    async with Sandbox() as sandbox:
        yield sandbox


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("hh4")
    (folder / "blank.pdf").write_bytes(form())
    (folder / "layouts").mkdir()
    return folder


async def test_a_draft_is_tried_and_shown(sandbox: Sandbox, folder: Path) -> None:
    drafted = await sandbox.draft(folder / "blank.pdf", "hh4", "Case", "the form HH4")
    layout = folder / "layouts" / "hh4.yaml"
    layout.write_text(drafted["layout"], encoding="utf-8")
    (folder / "filled.pdf").write_bytes(form(values(1), order=(1, 2, 3)))
    [case] = await sandbox.try_layout(folder / "filled.pdf", layout, None, folder / "pictures")
    assert (case["first"], case["last"], len(case["pictures"])) == (1, 3, 3)
    told = {one["field"]: one for one in case["values"]}
    assert (told["case_ref"]["value"], told["case_ref"]["why"]) == (values(1)["case_ref"], "")
    assert told["signed_name"]["why"] == "is on page 4 of the form, which is not there"
    with Image.open(folder / "pictures" / "page-1.png") as picture:
        colours = {colour for _, colour in picture.convert("RGB").getcolors(1 << 24) or ()}
    assert TAKEN in colours
    assert LOOKED_AT not in colours


async def test_a_value_is_checked_by_its_record(sandbox: Sandbox, tmp_path: Path) -> None:
    """The layout of a process is tried with the types of its record."""
    change = next(one for one in benefit_changes(8, 7).changes if one.paper is Paper.FILLED)
    file = BytesIO()
    canvas = new_canvas(file)
    draw_form(canvas, replace(change, written={**change.written, "changed_on": "31/02/2026"}))
    canvas.save()
    (tmp_path / "form.pdf").write_bytes(file.getvalue())
    number = change.version.partition("/")[2].rstrip(")")
    layout = ROOT / "bots" / "processes" / "benefit_changes" / "layouts" / f"bc1-{number}.yaml"
    [plain] = await sandbox.try_layout(tmp_path / "form.pdf", layout)
    assert not [value for value in plain["values"] if value["why"]]
    [case] = await sandbox.try_layout(tmp_path / "form.pdf", layout, BenefitChange)
    assert [value["field"] for value in case["values"] if value["why"]] == ["changed_on"]


async def test_a_sample_of_a_draft_is_read_by_it(sandbox: Sandbox, folder: Path, tmp_path: Path) -> None:
    """It has the form's words and fields, and none of its pictures, lines or other words."""
    drafted = await sandbox.draft(folder / "blank.pdf", "hh4", "Case", "the form HH4")
    layout = tmp_path / "hh4.yaml"
    layout.write_text(drafted["layout"], encoding="utf-8")
    write_form_sample(tmp_path / "sample.zip", drafted, ["full_name"])
    found = await sandbox.unpack(tmp_path / "sample.zip", tmp_path, "sample")
    assert found is not None
    for number, one in enumerate(found, start=1):
        [case] = await sandbox.try_layout(tmp_path / one.file, layout)
        told = {value["field"]: value for value in case["values"]}
        assert not [value for value in case["values"] if value["why"]]
        assert told["case_ref"]["value"] == f"REF-{number:04d}"
        assert bool(told["full_name"]["value"]) is (number != PLANTED)


async def test_what_is_no_form_is_refused(sandbox: Sandbox, tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text("a,b\n1,2\n", encoding="utf-8")
    with pytest.raises(BusinessException) as refused:
        await sandbox.draft(tmp_path / "a.csv", "a", "Case", "a")
    assert refused.value.code == "not-a-document"


# ---- the commands -------------------------------------------------------------------------------
def test_the_commands_of_a_newcomer(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("REKEY_HOME", str(tmp_path / "home"))
    monkeypatch.setattr(display, "console", Console(width=200, highlight=False, markup=False))
    (tmp_path / "Help (05.2026).pdf").write_bytes(form())
    (tmp_path / "filled.pdf").write_bytes(form(values(2), order=(1, 2, 4, 3)))
    draft = ["draft", str(tmp_path / "Help (05.2026).pdf"), "--to", str(tmp_path / "draft")]
    said = CliRunner().invoke(documents_app, draft)
    assert said.exit_code == 0, said.output
    layout = tmp_path / "draft" / "layouts" / "help-05-2026.yaml"
    assert f"written   {layout}" in said.output
    assert "known_by: the draft takes case_ref" in said.output
    tried = CliRunner().invoke(documents_app, ["try", str(tmp_path / "filled.pdf"), "--layout", str(layout)])
    assert values(2)["case_ref"] in tried.output
    assert "in the wrong place" in tried.output
    again = CliRunner().invoke(documents_app, draft)
    assert isinstance(again.exception, ConfigurationError)
    assert "record.py already" in again.exception.sentence
