"""Pages as pictures, drawn at a distance: upright, with the places of their values, kept in memory only."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path
from typing import Annotated, Any

import pytest
from PIL import Image, ImageChops, ImageStat

from bots.engine.console.services.source_files import Paper, Place, SourceFiles, patiently
from bots.engine.core.column import Column, Sheets
from bots.engine.core.errors import BusinessException
from bots.engine.core.record import Record
from bots.engine.documents.sandbox.sandbox import Sandbox
from fixtures.council.samples.benefit_change import BenefitChange
from fixtures.council.samples.benefit_change import Paper as On
from fixtures.council.samples.benefit_form import LAYOUTS, draw_form, new_canvas
from fixtures.council.samples.benefit_inbox import benefit_changes
from fixtures.council.samples.benefit_scan import SCALE, picture_of

A4 = (595, 842)


@dataclass(frozen=True, kw_only=True)
class Form:
    """A printed form, its picture, and where its values stand."""

    content: bytes
    picture: Image.Image
    places: dict[str, tuple[tuple[float, ...], bool]]


@pytest.fixture(scope="module")
def form() -> Form:
    change = next(one for one in benefit_changes(8, 7).changes if one.paper is On.PRINTED)
    file = BytesIO()
    canvas = new_canvas(file)
    draw_form(canvas, change)
    canvas.save()
    boxes = LAYOUTS[change.version].boxes
    places = {
        name: ((box.left, box.top, box.left + box.width, box.top + box.height), bool(text))
        for name, text in written(change).items()
        if (box := boxes.get(name))
    }
    return Form(content=file.getvalue(), picture=picture_of(file.getvalue()), places=places)


def written(change: BenefitChange) -> dict[str, object]:
    claim = change.claim
    return {
        "claim": claim.number,
        "nino": claim.nino,
        "name": claim.name,
        "born": claim.born,
        "postcode": claim.postcode,
        "changed_on": change.changed_on,
        "person": change.person,
        "earnings": change.earnings,
        "pensions": change.pensions,
        "other_income": change.other_income,
        "total": change.total,
        "signed_on": change.signed_on,
    }


@pytest.fixture(scope="module")
async def sandbox() -> AsyncIterator[Sandbox]:
    async with Sandbox() as sandbox:
        yield sandbox


@pytest.fixture
async def files() -> AsyncIterator[SourceFiles]:
    files = SourceFiles()
    yield files
    await files.close()


def scan(form: Form, path: Path, turn: int, skew: float = 0.0) -> Path:
    picture = form.picture.rotate(skew, fillcolor=255).rotate(turn, expand=True)
    picture.save(path, "PDF", resolution=72 * SCALE)
    return path


def opened(content: bytes) -> Image.Image:
    return Image.open(BytesIO(content)).convert("L")


def alike(one: Image.Image, other: Image.Image) -> bool:
    size = (300, 424)
    pictures = [picture.convert("L").resize(size) for picture in (one, other, other.rotate(180))]
    same, turned = (ImageStat.Stat(ImageChops.difference(pictures[0], each)).mean[0] for each in pictures[1:])
    return same < turned / 2


# ---- pages ----------------------------------------------------------------------------------
async def test_a_printed_page(sandbox: Sandbox, form: Form, tmp_path: Path) -> None:
    (tmp_path / "form.pdf").write_bytes(form.content)
    [page] = await sandbox.draw(tmp_path / "form.pdf", [1], {1: form.places}, False)
    assert (page["number"], page["kind"]) == (1, "image/png")
    assert (round(page["width"]), round(page["height"])) == A4
    picture = opened(page["content"])
    assert picture.width == 1000
    assert alike(picture, form.picture)
    assert set(page["cuts"]) == set(form.places)


@pytest.mark.parametrize(("turn", "skew"), [(0, 0.0), (90, 0.0), (180, 1.2), (270, -1.2)])
async def test_a_scan_however_it_lay(
    sandbox: Sandbox, form: Form, tmp_path: Path, turn: int, skew: float
) -> None:
    path = scan(form, tmp_path / "scan.pdf", turn, skew)
    [page] = await sandbox.draw(path, [1], {1: form.places}, True)
    assert (round(page["width"]), round(page["height"])) == pytest.approx(A4, abs=2)
    assert alike(opened(page["content"]), form.picture)
    for name, (_, filled) in form.places.items():
        cut = opened(page["cuts"][name])
        inside = cut.crop((60, 40, cut.width - 60, cut.height - 40))
        assert (inside.getextrema()[0] < 110) is filled, name


async def test_a_scan_that_does_not_tell_is_read(sandbox: Sandbox, form: Form, tmp_path: Path) -> None:
    """One value alone says nothing of which side is up."""
    path = scan(form, tmp_path / "scan.pdf", 180)
    [page] = await sandbox.draw(path, [1], {1: {"claim": form.places["claim"]}}, True)
    assert alike(opened(page["content"]), form.picture)


async def test_a_page_of_a_scan_without_values_is_shown_as_it_lies(
    sandbox: Sandbox, form: Form, tmp_path: Path
) -> None:
    path = scan(form, tmp_path / "scan.pdf", 180)
    [page] = await sandbox.draw(path, [1], {}, True)
    assert alike(opened(page["content"]), form.picture.rotate(180))
    assert await sandbox.draw(path, [2], {}, True) == []


async def test_a_place_beside_the_page_has_no_cutting(sandbox: Sandbox, form: Form, tmp_path: Path) -> None:
    (tmp_path / "form.pdf").write_bytes(form.content)
    places: dict[str, Any] = {"far": ((900.0, 900.0, 950.0, 920.0), True)}
    [page] = await sandbox.draw(tmp_path / "form.pdf", [1], {1: places}, False)
    assert page["cuts"] == {}


async def test_what_is_damaged_is_refused(sandbox: Sandbox, form: Form, tmp_path: Path) -> None:
    (tmp_path / "half.pdf").write_bytes(form.content[: len(form.content) // 3])
    with pytest.raises(BusinessException) as refused:
        await sandbox.draw(tmp_path / "half.pdf", [1], {}, False)
    assert refused.value.code == "damaged-document"


# ---- rows -----------------------------------------------------------------------------------
class Sample(Record):
    known_by = (("number",),)

    number: Annotated[str, Column("Number")]
    day: Annotated[str, Column("Day")] = ""


async def test_a_row_with_all_that_stands_in_it(sandbox: Sandbox, tmp_path: Path) -> None:
    path = tmp_path / "rows.csv"
    path.write_text("Our list,,\nNumber,Day,Ours\n1,2026-11-02,\n2,,A-17\n", encoding="utf-8")
    row = await sandbox.row(path, Sample, Sheets(), 4)
    assert (row["header_row"], row["reference"]) == (2, "2")
    assert [(cell["column"], cell["heading"], cell["text"], cell["field"]) for cell in row["cells"]] == [
        ("A", "Number", "2", "number"),
        ("B", "Day", "", "day"),
        ("C", "Ours", "A-17", ""),
    ]
    with pytest.raises(BusinessException) as refused:
        await sandbox.row(path, Sample, Sheets(), 9)
    assert refused.value.code == "no-such-row"


# ---- what is remembered ---------------------------------------------------------------------
def paper(path: Path, form: Form) -> Paper:
    places = {
        name: Place(page=1, box=(box[0], box[1], box[2], box[3]), sure=1.0, filled=filled)
        for name, (box, filled) in form.places.items()
    }
    return Paper(path=path, first=1, last=1, cut=False, scanned=False, places=places)


async def test_it_is_drawn_once_for_all_who_wait(files: SourceFiles, form: Form, tmp_path: Path) -> None:
    (tmp_path / "form.pdf").write_bytes(form.content)
    mine = paper(tmp_path / "form.pdf", form)
    one, *others = await asyncio.gather(*(files.page(mine, 1) for _ in range(5)))
    assert all(other is one for other in [*others, await files.page(mine, 1)])


async def test_who_stops_waiting_does_not_stop_the_others(
    files: SourceFiles, form: Form, tmp_path: Path
) -> None:
    (tmp_path / "form.pdf").write_bytes(form.content)
    mine = paper(tmp_path / "form.pdf", form)
    staying = asyncio.create_task(files.page(mine, 1))
    with pytest.raises(BusinessException) as refused:
        await patiently(files.page(mine, 1), 0.0)
    assert refused.value.code == "still-read"
    assert (await staying).content


async def test_memory_is_bounded(form: Form, tmp_path: Path) -> None:
    files = SourceFiles(room=400_000)
    try:
        for number in range(6):
            path = tmp_path / f"{number}.pdf"
            path.write_bytes(form.content)
            drawn = await files.page(paper(path, form), 1)
            assert files.held <= 400_000
        assert drawn.size < 400_000
        assert files.held >= drawn.size, "the last one is remembered"
    finally:
        await files.close()


async def test_what_is_erased_is_not_remembered(files: SourceFiles, form: Form, tmp_path: Path) -> None:
    path = tmp_path / "form.pdf"
    path.write_bytes(form.content)
    await files.page(paper(path, form), 1)
    path.unlink()
    with pytest.raises(BusinessException) as refused:
        await files.page(paper(path, form), 1)
    assert refused.value.code == "file-erased"
    assert files.held == 0
