"""A poisoned file in an inbox: it alone goes to `problems`, the others are queued, by the real command."""

from __future__ import annotations

import io
import json
import os
import subprocess
import sys
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from pypdf import PdfWriter
from pypdf.generic import ByteStringObject, NameObject

from bots.engine.core.item import NewItem
from bots.engine.core.papers import Papers
from bots.engine.documents.clean_letters import SPOILT
from bots.engine.documents.forms.layout import load_layouts
from bots.engine.documents.sandbox.sandbox import Sandbox
from bots.engine.settings import ROOT
from bots.processes.benefit_changes.record import BenefitChange
from fixtures.council.samples.benefit_change import Paper
from fixtures.council.samples.benefit_inbox import files_of_one_paper

SOUND = 9
NOTES = {
    one.fields["notes"].form
    for one in load_layouts(ROOT / "bots" / "processes" / "benefit_changes" / "layouts")
}


def field(value: bytes) -> bytes:
    """A form in whose box for notes these bytes stand: UTF-16 after its mark."""
    form = next(one for one in files_of_one_paper(Paper.FILLED, 9, seed=8) if not one.cases[0][1].exception)
    writer = PdfWriter(clone_from=io.BytesIO(form.content))
    for widget in writer.pages[0]["/Annots"]:
        if widget.get_object().get("/T") in NOTES:
            widget.get_object()[NameObject("/V")] = ByteStringObject(b"\xfe\xff" + value)
            widget.get_object().pop("/AP", None)  # drawn anew, from the value
    file = io.BytesIO()
    writer.write(file)
    return file.getvalue()


def bomb() -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("form.pdf", b"\0" * 30_000_000)
    return file.getvalue()


def broken_zip() -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        archive.writestr("form.pdf", b"%PDF-1.7 " * 100)
    return file.getvalue()[:-30]


POISONS: dict[str, tuple[bytes, Callable[[], bytes]]] = {
    "not a PDF at all": (b"first.pdf", lambda: b"%PDF-1.7\n" + bytes(range(256)) * 50),
    "a zip bomb": (b"first.zip", bomb),
    "a broken zip": (b"first.pdf", broken_zip),
    "bytes that are no letters in its name": (b"\xff\xfe first.pdf", lambda: b"%PDF-1.7 broken"),
    "a line break in its name": (b"first\nand second.pdf", lambda: b"%PDF-1.7 broken too"),
    "a name as long as names may be": (b"x" * 248 + b".pdf", lambda: b"%PDF-1.7 also broken"),
}
LETTERS = {
    "half a character": "\ud800 moved out",
    "NUL": "moved\0out",
    "a control": "moved\x07out",
    "letters in the other direction": "moved \u202etuo",
}


def intake(home: Path) -> tuple[int, list[dict[str, Any]], str]:
    file = home / "facts.json"
    file.unlink(missing_ok=True)
    environment = {name: value for name, value in os.environ.items() if not name.startswith("REKEY_")}
    done = subprocess.run(
        (sys.executable, "-m", "bots", "intake", "benefit-changes", "--json", str(file)),
        cwd=ROOT,
        env=environment | {"REKEY_HOME": str(home), "COLUMNS": "200", "REKEY_FILE_PATIENCE": "0.3"},
        capture_output=True,
        text=True,
        timeout=120,
    )
    found = json.loads(file.read_text(encoding="utf-8")) if file.is_file() else {"files": []}
    return done.returncode, found["files"], done.stdout + done.stderr


def inbox(home: Path, count: int = SOUND) -> Path:
    folder = home / "inboxes" / "benefit-changes"
    folder.mkdir(parents=True)
    os.chmod(home, 0o700)
    for number, form in enumerate(files_of_one_paper(Paper.FILLED, count, seed=3), start=1):
        (folder / f"{number} form.pdf").write_bytes(form.content)
    return folder


def waiting(folder: Path) -> list[str]:
    return [name for name in os.listdir(folder) if (folder / name).is_file()]


def test_each_poison_alone_goes_to_problems(tmp_path: Path) -> None:
    """All of them before the sound ones in one inbox; the next run finds nothing of them."""
    folder = inbox(tmp_path)
    for number, (name, make) in enumerate(POISONS.values()):
        Path(os.fsdecode(os.path.join(os.fsencode(folder), b"0%d " % number + name))).write_bytes(make())
    status, found, said = intake(tmp_path)
    read = [one for one in found if one["rows"]]
    assert (status, len(read), len(found)) == (1, SOUND, SOUND + len(POISONS)), said
    assert sum(one["rows"]["added"] for one in read) == SOUND
    assert all(one["code"] and one["sentence"] for one in found if not one["rows"])
    assert "Rekey itself failed" not in said
    # A copy that breaks off may still go on: only that one waits for an hour.
    assert [name for name in waiting(folder) if "first.pdf" not in name] == []
    assert len(os.listdir(folder / "problems")) == 2 * (len(POISONS) - 1), "each with a note"
    (folder / "one more.pdf").write_bytes(next(files_of_one_paper(Paper.FILLED, 1, seed=4)).content)
    status, found, said = intake(tmp_path)
    assert (status, [bool(one["rows"]) for one in found]) == (1, [False, True]), said


@pytest.mark.parametrize("letters", LETTERS.values(), ids=LETTERS)
async def test_letters_that_no_record_may_hold_are_a_persons(letters: str, tmp_path: Path) -> None:
    (tmp_path / "form.pdf").write_bytes(field(letters.encode("utf-16-be", "surrogatepass")))
    [item] = await items_of(tmp_path / "form.pdf")
    assert item.detail["fields"] == {"notes": SPOILT}
    json.dumps(vars(item), ensure_ascii=False).encode()  # neither a store nor a terminal refuses it


async def test_letters_that_nobody_sees_are_left_out(tmp_path: Path) -> None:
    (tmp_path / "form.pdf").write_bytes(field("moved\u00ad out\u200b now".encode("utf-16-be")))
    async with Sandbox() as sandbox:
        reading = await sandbox.read(tmp_path / "form.pdf", BenefitChange, None, Papers())
        [item] = [one async for some in reading.items for one in some]
    assert (item.code, item.data["notes"]) == (None, "moved out now")
    assert list(reading.warnings) == [
        "1 record held letters that nobody sees, such as zero-width spaces; they were left out."
    ]


async def items_of(path: Path) -> list[NewItem]:
    async with Sandbox() as sandbox:
        reading = await sandbox.read(path, BenefitChange, None, Papers())
        return [one async for some in reading.items for one in some]
