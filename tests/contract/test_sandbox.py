"""What people hand in is opened in a process of its own: it may break that, and nothing else."""

from __future__ import annotations

import os
import random
import time
from collections import Counter
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path
from typing import Annotated, Any

import psutil
import pytest
from pydantic import AfterValidator

from bots.engine.core.column import Column, Sheets
from bots.engine.core.errors import BusinessException, SystemException
from bots.engine.core.item import NewItem, State
from bots.engine.core.record import Record
from bots.engine.core.summary import Verdict
from bots.engine.documents.sandbox.sandbox import Limits, Sandbox
from bots.engine.intake.files import HandIn
from bots.engine.store.database.database import SqliteDatabase
from bots.engine.store.work.claims import StoreClaims
from bots.engine.store.work.queue import SqlQueue
from bots.processes.registry import find
from tests.unit.engine.documents.pdf.test_pdf import form

pytestmark = pytest.mark.usefixtures("own_readers")

KEPT: list[bytes] = []


def misbehaving(text: str) -> str:
    """As a file does that its reader was not written for."""
    match text:
        case "crash":
            os.abort()
        case "hang":
            time.sleep(3600)
        case "spin":
            while True:
                pass
        case "rest":
            time.sleep(4.0)
        case "grow":
            kept = [bytes(8 << 20) + b"x" for _ in range(100)]
            time.sleep(3600 if kept else 0)
        case "keep":
            KEPT.append(b"x" * 140_000_000)  # the reader itself takes 110
        case "hold":
            KEPT.append(b"x" * 85_000_000)
        case "linger":
            kept = [b"x" * 140_000_000]
            time.sleep(0.5 if kept else 0)
        case "allocate":
            bytearray(1 << 40)
        case "fail":
            raise OSError("a message that quotes Asha Testerton")
        case "print":
            print("not a frame", flush=True)
        case "look":
            return ",".join(sorted(os.environ))
    return text


class Sample(Record):
    known_by = (("number",),)

    number: Annotated[str, Column("Number")]
    word: Annotated[str, AfterValidator(misbehaving), Column("Word")] = ""


def text(path: Path, *words: str) -> Path:
    lines = ["Number,Word", *(f"{number},{word}" for number, word in enumerate(words, start=1))]
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return path


@pytest.fixture
async def sandbox() -> AsyncIterator[Sandbox]:
    async with Sandbox(Limits(seconds=20.0, megabytes=300)) as sandbox:
        yield sandbox


async def read(sandbox: Sandbox, path: Path) -> list[NewItem]:
    reading = await sandbox.read(path, Sample, Sheets())
    return [item async for items in reading.items for item in items]


async def refusal(sandbox: Sandbox, path: Path) -> BusinessException:
    with pytest.raises(BusinessException) as caught:
        await read(sandbox, path)
    return caught.value


def readers() -> set[int]:
    children: list[Any] = psutil.Process().children()
    return {child.pid for child in children if "bots.engine.documents.sandbox.reader" in child.cmdline()}


async def test_one_reader_for_many_files(sandbox: Sandbox, tmp_path: Path) -> None:
    seen = set()
    for name in ("a", "b", "c"):
        items = await read(sandbox, text(tmp_path / name, "one", "two", "print", "four"))
        assert [item.data["word"] for item in items] == ["one", "two", "print", "four"]
        assert [item.origin["row"] for item in items] == [2, 3, 4, 5]
        seen |= readers()
    assert len(seen) == 1
    assert sandbox.megabytes > 10
    assert 0 < sandbox.seconds < 20


async def test_it_ends_with_its_block(tmp_path: Path) -> None:
    async with Sandbox() as sandbox:
        await read(sandbox, text(tmp_path / "a", "one"))
        assert readers()
    assert not readers()


@pytest.mark.parametrize(
    ("word", "code"),
    [
        ("crash", "breaks-the-reader"),
        ("fail", "breaks-the-reader"),
        ("grow", "too-large"),
        ("allocate", "too-large"),
    ],
)
async def test_a_file_that_breaks_its_reader(sandbox: Sandbox, tmp_path: Path, word: str, code: str) -> None:
    found = await refusal(sandbox, text(tmp_path / "bad", "one", word))
    assert found.code == code
    assert "Testerton" not in f"{found.sentence} {found.detail}"
    assert len(await read(sandbox, text(tmp_path / "good", "one"))) == 1, "and the next one is read"


async def test_what_one_file_took_is_not_counted_against_the_next(sandbox: Sandbox, tmp_path: Path) -> None:
    assert len(await read(sandbox, text(tmp_path / "a", "keep"))) == 1
    before = readers()
    assert len(await read(sandbox, text(tmp_path / "b", "keep"))) == 1, "of 300 MB it may take 140 again"
    assert readers() - before


async def test_a_file_is_too_large_only_for_a_reader_of_its_own(sandbox: Sandbox, tmp_path: Path) -> None:
    """What the first one left is not so much yet that its reader would be ended; with the second it is."""
    assert len(await read(sandbox, text(tmp_path / "a", "hold"))) == 1
    before = readers()
    found = await sandbox.row(text(tmp_path / "b", "linger"), Sample, Sheets(), 2)
    assert found["cells"][1]["text"] == "linger"
    assert readers() - before


@pytest.mark.parametrize("way", ["hang", "spin"])
async def test_a_file_that_takes_for_ever(tmp_path: Path, way: str) -> None:
    async with Sandbox(Limits(seconds=3.0, patience=8.0)) as sandbox:
        await read(sandbox, text(tmp_path / "warm", "one"))
        assert (await refusal(sandbox, text(tmp_path / "bad", way))).code == "too-slow"
        assert len(await read(sandbox, text(tmp_path / "good", "one"))) == 1


async def test_a_machine_that_is_busy_makes_no_file_too_slow(tmp_path: Path) -> None:
    """The clock goes on, and the reader has not done anything yet."""
    async with Sandbox(Limits(seconds=3.0)) as sandbox:
        assert len(await read(sandbox, text(tmp_path / "late", "rest"))) == 1


async def test_a_refusal_is_the_same_from_afar(sandbox: Sandbox, tmp_path: Path) -> None:
    (tmp_path / "letter").write_text("Dear Sir", encoding="utf-8")
    found = await refusal(sandbox, tmp_path / "letter")
    assert (found.code, found.sentence) == ("no-header", "No row has the headings that are needed: 'Number'.")


async def test_it_knows_no_secrets(sandbox: Sandbox, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("REKEY_DATABASE", "postgresql://with-a-password")
    [item] = await read(sandbox, text(tmp_path / "a", "look"))
    assert "PATH" in item.data["word"]
    assert "REKEY" not in item.data["word"]


async def test_a_reading_that_is_left_in_the_middle(sandbox: Sandbox, tmp_path: Path) -> None:
    reading = await sandbox.read(text(tmp_path / "long", *(["word"] * 9000)), Sample, Sheets())
    async for items in reading.items:
        assert len(items) == 250
        break
    assert [item.data["word"] for item in await read(sandbox, text(tmp_path / "a", "one"))] == ["one"]


async def test_what_is_in_a_document(sandbox: Sandbox, tmp_path: Path) -> None:
    found = [each async for each in sandbox.look(form(tmp_path / "form.pdf"), tmp_path / "pictures")]
    [page] = [each["page"] for each in found]
    assert {field["name"] for field in page["fields"]} >= {"claimant.name", "paid", "benefits"}
    assert (tmp_path / "pictures" / page["picture"]).is_file()
    [sheet] = [each["table"] async for each in sandbox.look(text(tmp_path / "rows.csv", "one", "two"))]
    assert sheet["first"] == [["Number", "Word"], ["1", "one"], ["2", "two"]]


DAMAGED = {"damaged-document", "damaged-workbook", "password", "empty-document", "too-many-pages"}
UNKNOWN = {"not-a-workbook", "empty-workbook", "breaks-the-reader", "too-large", "too-slow"}


async def test_damaged_documents_get_a_verdict(sandbox: Sandbox, tmp_path: Path) -> None:
    """Bytes changed, cut out and doubled at random; the same ones every time."""
    chance, verdicts = random.Random(5), Counter[str]()
    whole = form(tmp_path / "form.pdf").read_bytes()
    for number in range(60):
        content = bytearray(whole)
        for _ in range(chance.choice((1, 3, 30))):
            at = chance.randrange(len(content))
            match chance.choice("xcd"):
                case "x":
                    content[at] = chance.randrange(256)
                case "c":
                    del content[at : at + chance.randrange(1, 200)]
                case "d":
                    content[at:at] = content[at : at + 100]
        path = tmp_path / f"{number}.pdf"
        path.write_bytes(content)
        try:
            verdicts["read"] += bool([each async for each in sandbox.look(path)])
        except BusinessException as refused:
            verdicts[refused.code] += 1
    assert verdicts["read"] > 5, verdicts
    assert set(verdicts) <= DAMAGED | UNKNOWN | {"read"}, verdicts
    assert verdicts.total() == 60


async def test_a_reader_that_fails_in_the_middle(sandbox: Sandbox, tmp_path: Path) -> None:
    """What was read is queued, and it is said how much that is; handed in again, it adds nothing."""
    words = ["word"] * 2300
    process = replace(find("council-tax-moves"), record=Sample)
    database = SqliteDatabase(tmp_path / "rekey.db")
    queue = await SqlQueue.open(database, "test", versions={})
    desk = HandIn(
        claims=StoreClaims(database), sandbox=sandbox, who="test", folder=tmp_path / "kept", patience=5
    )
    broken = await desk.read(process, text(tmp_path / "a.csv", *words, "crash", "word"))
    [rest] = await queue.items(process.name, [State.EXCEPTION])
    whole = await desk.read(process, text(tmp_path / "b.csv", *words, "mended", "word"))
    await queue.close()
    assert (rest.code, rest.data, rest.origin["row"]) == ("not-read-to-its-end", {}, 1752)
    assert rest.sentence is not None
    assert rest.sentence.startswith("Only the first 1750 rows were read. The file breaks the program")
    assert list(broken.unread) == [broken.problems[0]]
    assert not whole.unread
    assert broken.rows is not None
    assert whole.rows is not None
    assert (broken.verdict, broken.rows.added) == (Verdict.PARTLY, 1750)
    assert broken.problems[0].startswith("Only the first 1750 rows were read. The file breaks the program")
    assert (whole.verdict, whole.rows.added, whole.rows.same) == (Verdict.READ, 552, 1750)


async def test_a_reader_that_does_not_start_blames_no_file(
    sandbox: Sandbox, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "orjson.py").write_text("raise SystemExit(3)")
    path = text(tmp_path / "a.csv", "one")
    with monkeypatch.context() as broken:
        broken.setenv("PYTHONPATH", str(tmp_path))
        with pytest.raises(SystemException, match="did not start"):
            await read(sandbox, path)
    assert len(await read(sandbox, path)) == 1, "and the next time it does"
