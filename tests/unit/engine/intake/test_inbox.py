"""The inbox: every file goes somewhere, and a newer file of the same name is another file."""

from __future__ import annotations

import os
import time
from dataclasses import replace
from pathlib import Path

from openpyxl import Workbook

from bots.engine.core.summary import HandInSummary, IntakeSummary, Verdict
from bots.engine.intake.inbox import Inbox


def workbook(path: Path, word: str = "a") -> Path:
    book = Workbook()
    book.active["A1"] = word
    book.save(path)
    return path


def read(batch: str = "b-1") -> HandInSummary:
    rows = IntakeSummary(process="p", batch=batch, source=1, added=1, same=0, changed=0, refused=0)
    return HandInSummary(file="a.xlsx", verdict=Verdict.READ, rows=rows, warnings=("A remark.",))


def test_what_waits(tmp_path: Path) -> None:
    inbox = Inbox(tmp_path / "new", 0.0)
    assert inbox.files() == []
    for name in ("b.xlsx", "a.xlsx", "~$a.xlsx", ".hidden"):
        (tmp_path / "new" / name).touch()
    assert [file.name for file in inbox.files()] == ["a.xlsx", "b.xlsx"]


async def test_a_file_replaced_while_it_is_read_is_read_next(tmp_path: Path) -> None:
    inbox = Inbox(tmp_path, 2.0)
    claimed = inbox.take(workbook(tmp_path / "moves.xlsx", "first"))
    newer = workbook(tmp_path / "moves.xlsx", "second")
    inbox.put_away(claimed, read())
    assert inbox.files() == [newer]
    assert (tmp_path / "done" / "moves b-1.xlsx").is_file()
    assert (tmp_path / "done" / "moves b-1.xlsx.txt").read_text(encoding="utf-8") == "A remark.\n"


async def test_what_an_intake_left_in_hand_is_taken_up_again(tmp_path: Path) -> None:
    claimed = Inbox(tmp_path, 2.0).take(workbook(tmp_path / "moves.xlsx"))
    later = Inbox(tmp_path, 2.0)
    assert later.files() == [claimed]
    assert await later.ready(claimed) is None
    assert later.take(claimed) == claimed


async def test_half_a_file_waits_and_is_given_up_after_an_hour(tmp_path: Path) -> None:
    half = tmp_path / "moves.xlsx"
    half.write_bytes(workbook(tmp_path / "whole.xlsx").read_bytes()[:500])
    inbox = Inbox(tmp_path, 0.2)
    refusal = await inbox.ready(half)
    assert isinstance(refusal, HandInSummary)
    assert refusal.code == "file-incomplete"
    assert half.is_file(), "somebody may still be copying it"
    long_ago = time.time() - 7200
    os.utime(half, (long_ago, long_ago))
    await inbox.ready(half)
    assert not half.exists()
    note = (tmp_path / "problems" / "moves.xlsx.txt").read_text(encoding="utf-8")
    assert note.strip() == refusal.sentence


async def test_a_file_that_went_away_is_told(tmp_path: Path) -> None:
    refusal = await Inbox(tmp_path, 0.2).ready(tmp_path / "gone.xlsx")
    assert isinstance(refusal, HandInSummary)
    assert (refusal.verdict, refusal.code) == (Verdict.REFUSED, "went-away")
    assert not refusal.needs_person, "another intake was quicker, or its sender took it back"


def test_what_was_left_waits_until_a_person_has_seen_to_it(tmp_path: Path) -> None:
    inbox = Inbox(tmp_path, 0.0)
    assert inbox.left() == []
    for name in ("private.pdf", "notes.pdf.txt"):
        (tmp_path / name).write_bytes(b"x")
        inbox.put_away(tmp_path / name, refused(name))
    first, second = inbox.left()
    assert {first.name, second.name} == {"private.pdf", "notes.pdf.txt"}, "a note is no file"
    assert first.why == "It is protected."
    assert "private" not in first.key + second.key
    assert inbox.dealt_with(first.key)
    assert not inbox.dealt_with(first.key)
    assert inbox.left() == [second]
    assert len(list((tmp_path / "dealt-with").iterdir())) == 2, "the file and its note"


def refused(name: str) -> HandInSummary:
    return HandInSummary(file=name, verdict=Verdict.REFUSED, code="password", sentence="It is protected.")


def test_nothing_in_done_is_overwritten(tmp_path: Path) -> None:
    inbox = Inbox(tmp_path, 0.0)
    for word in ("one", "two"):
        inbox.put_away(workbook(tmp_path / "moves.xlsx", word), read())
    assert len(list((tmp_path / "done").glob("*.xlsx"))) == 2


def test_what_was_read_in_part_waits_for_a_person(tmp_path: Path) -> None:
    """In `done` nobody would look at it."""
    inbox = Inbox(tmp_path)
    sentence = "Only the first 7 rows were read. The file breaks the program that reads it."
    partly = replace(read(), verdict=Verdict.PARTLY, unread=[sentence], problems=[sentence])
    inbox.put_away(workbook(tmp_path / "moves.xlsx"), partly)
    [left] = inbox.left()
    assert left.name == "moves.xlsx"
    assert left.why == f"The rest of it was read: b-1.\nA remark.\n{sentence}"
    assert not (tmp_path / "done").exists()


def put_back(inbox: Inbox, path: Path, sentence: str = "It is damaged.") -> None:
    inbox.put_away(path, HandInSummary(file=path.name, verdict=Verdict.REFUSED, sentence=sentence))


def test_seeing_to_one_puts_no_other_of_its_name_away(tmp_path: Path) -> None:
    """Two people have the page open; meanwhile another file of the same name is refused."""
    inbox = Inbox(tmp_path)
    put_back(inbox, workbook(tmp_path / "moves.xlsx", "monday"))
    [monday] = inbox.left()
    assert inbox.dealt_with(monday.key)
    put_back(inbox, workbook(tmp_path / "moves.xlsx", "tuesday, and longer"))
    [tuesday] = inbox.left()
    assert not inbox.dealt_with(monday.key)
    assert inbox.left() == [tuesday]


def test_a_note_overwrites_nothing_that_was_handed_in(tmp_path: Path) -> None:
    inbox = Inbox(tmp_path)
    (tmp_path / "moves.xlsx.txt").write_text("Handed in by Asha.", encoding="utf-8")
    put_back(inbox, tmp_path / "moves.xlsx.txt", "It is no workbook.")
    put_back(inbox, workbook(tmp_path / "moves.xlsx"), "It is damaged.")
    assert sorted((one.name, one.why) for one in inbox.left()) == [
        ("2 moves.xlsx", "It is damaged."),
        ("moves.xlsx.txt", "It is no workbook."),
    ]
    assert (tmp_path / "problems" / "moves.xlsx.txt").read_text(encoding="utf-8") == "Handed in by Asha."


def test_a_text_file_goes_with_its_note(tmp_path: Path) -> None:
    inbox = Inbox(tmp_path)
    (tmp_path / "moves.txt").write_text("x", encoding="utf-8")
    put_back(inbox, tmp_path / "moves.txt")
    [left] = inbox.left()
    assert inbox.dealt_with(left.key)
    assert inbox.dealt_with_before(time.time() - 60) == []
    gone = [path.name for path in inbox.dealt_with_before(time.time() + 60)]
    assert gone == ["moves.txt", "moves.txt.txt"]
