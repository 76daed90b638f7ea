"""Retention: personal data goes, and the history still proves what was done."""

from __future__ import annotations

import json
import os
import time
from collections.abc import Awaitable, Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from bots.engine.audit import audit as audits
from bots.engine.audit.audit import Audit
from bots.engine.core.audit import Tamper
from bots.engine.core.item import AddOutcome, NewItem, State
from bots.engine.core.limits import Leave, Limits
from bots.engine.core.summary import HandInSummary, Verdict
from bots.engine.evidence import Evidence
from bots.engine.intake.inbox import Inbox
from bots.engine.store.audit.store import StoreAudit
from bots.engine.store.database import tables as t
from bots.engine.store.database.database import Database, connect
from bots.processes.registry import find
from tests import staff

from .conftest import OpenDatabase, sql_desk
from .desk import PROCESS, Clock, Desk, row
from .story import story

DAY = 86_400.0
ENDED = (State.DONE, State.WITHDRAWN)


def audit_of(database: Database, clock: Clock, home: Path) -> Audit:
    return Audit(store=StoreAudit(database, clock), home=home, folder=home / "checkpoints")


async def erased(database: Database, clock: Clock, home: Path) -> tuple[Desk, Audit, list[str]]:
    """The whole story, a month later, with the personal data of all that ended erased."""
    desk, audit = await sql_desk(database, clock), audit_of(database, clock, home)
    await story(desk)
    clock.forward(31 * DAY)
    found = await audit.erase(find(PROCESS), 30, who="person/ann", why="Kept for 30 days")
    return desk, audit, list(found.items)


async def test_a_store_is_whole_after_erasure(open_database: OpenDatabase, tmp_path: Path) -> None:
    desk, audit, items = await erased(open_database(), Clock(), tmp_path)
    ended = [item.id for item in await desk.queue.items(PROCESS, ENDED)]
    assert sorted(items) == sorted(ended)
    assert (await audit.verify()).findings == []


async def test_nothing_of_a_person_is_left(open_database: OpenDatabase, tmp_path: Path) -> None:
    """Everything that was handed in, read back, typed by people or drawn from it, in every table."""
    database, clock = open_database(), Clock()
    desk, _, items = await erased(database, clock, tmp_path)
    for item in items:
        left = await database.run(lambda c, item=item: text_of(c, item))
        for word in ("uprn", "ZZ", "bob", "I looked", "keyed by hand", "not needed", "bins.xlsx", "of ZZ"):
            kept = [line for line in left if word in line]
            # A person's name stays where it says who decided.
            assert not kept or (word == "bob" and all('"who": "bob"' in line for line in kept)), (word, kept)
    counts = await desk.queue.counts(PROCESS)
    assert counts[State.DONE] + counts[State.WITHDRAWN] == len(items)


async def test_an_agreement_goes_on_counting_without_what_it_was_about(
    open_database: OpenDatabase, tmp_path: Path
) -> None:
    """Otherwise the digest would give the data away, or a bot at work for years would ask again."""
    database, clock = open_database(), Clock()
    desk, audit = await sql_desk(database, clock), audit_of(database, clock, tmp_path)
    await desk.queue.set_limits(PROCESS, Limits(approve_first=1), "ann", "a new bot")
    lease = await desk.leased()
    assert await desk.queue.leave(lease) is Leave.WANTED
    await desk.end(lease, State.AWAITING_APPROVAL, code="first-items", sentence="Agree, please.")
    await staff.approve(desk.queue, lease.item.id, "bob", "Mr Sample's case is right")
    again = await desk.take()
    await desk.keyed(again, "C-1")
    await desk.end(again, State.DONE)
    clock.forward(31 * DAY)
    await audit.erase(find(PROCESS), 30, who="person/ann", why="Kept for 30 days")
    left = " ".join(await database.run(lambda c: text_of(c, lease.item.id)))
    assert lease.item.digest not in left
    assert "Sample" not in left
    await desk.add("ZZ2")
    assert await desk.queue.leave(await desk.take()) is Leave.GIVEN
    assert (await audit.verify()).findings == []


def text_of(connection: sa.Connection, item: str) -> list[str]:
    """Every row of every table that names an item."""
    found = []
    for table in t.metadata.sorted_tables:
        key = table.c.get("item") if table is not t.items else table.c.id
        if key is not None:
            for row in connection.execute(sa.select(table).where(key == item)).mappings():
                found.append(json.dumps({**row}, default=_as_text))
    return found


def _as_text(value: object) -> str:
    """Bytes that are text as they read; digests as hex, for by chance their bytes can spell anything."""
    if not isinstance(value, bytes):
        return repr(value)
    try:
        return value.decode()
    except UnicodeDecodeError:
        return value.hex()


async def test_what_finds_the_entry_in_the_target_stays(open_database: OpenDatabase, tmp_path: Path) -> None:
    desk, _, _ = await erased(open_database(), Clock(), tmp_path)
    proofs = {receipt.reference for receipt in await desk.queue.receipts(PROCESS)}
    assert {"C-1", "C-2", "L-2", "C-hand", "C-8"} <= proofs


async def test_the_history_says_who_erased_it(open_database: OpenDatabase, tmp_path: Path) -> None:
    desk, _, items = await erased(open_database(), Clock(), tmp_path)
    last = (await desk.queue.history(items[0]))[-1]
    assert (last.who, last.why) == ("person/ann", "Kept for 30 days")
    assert last.before is last.after


@pytest.mark.parametrize("column", ["who", "code", "why", "sealed", "facts", "hash"])
async def test_tampering_is_found_after_erasure(
    open_database: OpenDatabase, tmp_path: Path, column: str
) -> None:
    database = open_database()
    _, audit, items = await erased(database, Clock(), tmp_path)
    value = {"sealed": bytes(32), "hash": bytes(32), "facts": {"proofs": {}}}.get(column, "other")
    where = (t.history.c.item == items[0], t.history.c.seq == 2)
    await database.run(lambda c: c.execute(sa.update(t.history).where(*where).values({column: value})))
    [finding] = (await audit.verify()).findings
    assert (finding.tamper, finding.item, finding.row) == (Tamper.CHANGED, items[0], "2")


async def test_what_has_not_ended_or_not_long_ago_is_kept(
    open_database: OpenDatabase, tmp_path: Path
) -> None:
    database, clock = open_database(), Clock()
    desk, audit = await sql_desk(database, clock), audit_of(database, clock, tmp_path)
    await story(desk)
    clock.forward(29 * DAY)
    before = await desk.picture()
    assert (await audit.erase(find(PROCESS), 30, who="ann", why="why")).items == []
    clock.forward(2 * DAY)
    rehearsal = await audit.erase(find(PROCESS), 30, who="ann", why="why", rehearse=True)
    assert rehearsal.items
    assert await desk.picture() == before


async def test_a_case_that_is_handed_in_again_is_a_new_one(
    open_database: OpenDatabase, tmp_path: Path
) -> None:
    database, clock = open_database(), Clock()
    desk, audit, items = await erased(database, clock, tmp_path)
    desk.batches.clear()
    again = await desk.hand_in(row("ZZ1"), row("ZZ2", item=items[0]))
    assert [outcome for outcome, _ in again] == [AddOutcome.ADDED, AddOutcome.ADDED]
    assert not {item for _, item in again} & set(items)
    assert (await audit.verify()).findings == []


async def test_files_go_with_the_data(tmp_path: Path) -> None:
    """Evidence of the item, and every copy of a workbook of which nothing is left."""
    clock, process = Clock(), find(PROCESS)
    database = connect(f"sqlite:///{tmp_path / 'store.db'}")
    desk, audit = await sql_desk(database, clock), audit_of(database, clock, tmp_path)
    desk.batches[PROCESS] = await desk.queue.open_batch(PROCESS, "workbook", "ann", {"kept": "h-1.xlsx"})
    item, gone = await desk.done(), desk.batches[PROCESS]
    desk.batches[PROCESS] = await desk.queue.open_batch(PROCESS, "workbook", "ann", {"kept": "h-2.xlsx"})
    other = await desk.add("ZZ2")
    kept = [tmp_path / "evidence" / other / "1.png", tmp_path / "handed-in" / PROCESS / "h-2.xlsx"]
    files = [
        tmp_path / "evidence" / item / "1.png",
        tmp_path / "handed-in" / PROCESS / "h-1.xlsx",
        tmp_path / "outboxes" / PROCESS / f"{gone}.xlsx",
        tmp_path / "outboxes" / PROCESS / f"{gone}-2.xlsx",
        tmp_path / "inboxes" / PROCESS / "done" / f"Moves {gone}.xlsx",
        tmp_path / "inboxes" / PROCESS / "done" / f"Moves {gone}.xlsx.txt",
    ]
    for file in (*files, *kept):
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(b"x")
    clock.forward(2 * DAY)
    found = await audit.erase(process, 1, who="ann", why="why")
    assert (list(found.items), found.hand_ins, found.files) == ([item], 1, len(files))
    assert [file.exists() for file in (*files, *kept)] == [False] * len(files) + [True] * len(kept)
    assert (await audit.erase(process, 1, who="ann", why="why")).hand_ins == 0
    await database.close()


async def test_files_that_are_nobodys_go_too(open_database: OpenDatabase, tmp_path: Path) -> None:
    """What a hand-in left behind that was cut off, and the pages of a version that was replaced."""
    clock, database, process = Clock(), open_database(), find(PROCESS)
    desk, audit = await sql_desk(database, clock), audit_of(database, clock, tmp_path)
    folder = tmp_path / "handed-in" / PROCESS
    folder.mkdir(parents=True)
    await desk.queue.open_batch(PROCESS, "document", "ann", {"kept": "h-named.pdf"})
    for reference, name in (("ZZ1", "first.pdf"), ("ZZ1", "second.pdf"), ("ZZ2", "ended.pdf")):
        desk.batches.clear()
        await desk.hand_in(replace(row(reference), data={"uprn": name, "document": name}))
    [ended] = [item for item in await desk.queue.items(PROCESS) if item.reference == "ZZ2"]
    await staff.withdraw(desk.queue, ended.id, "bob", "not needed")
    old = time.time() - 3 * DAY
    for name in ("h-named.pdf", "first.pdf", "second.pdf", "ended.pdf", "h-cut-off.pdf", "h-now.pdf"):
        (folder / name).write_bytes(b"x")
        if name != "h-now.pdf":
            os.utime(folder / name, (old, old))
    clock.forward(2 * DAY)
    await audit.erase(process, 1, who="ann", why="why")
    left = {file.name for file in folder.iterdir()}
    assert left == {"h-named.pdf", "first.pdf", "second.pdf", "h-now.pdf"}


PAGES = "pages.pdf"


def on_paper(reference: str, uprn: str = "100") -> NewItem:
    return replace(row(reference), data={"uprn": uprn, "document": PAGES})


def kept(home: Path, *items: str) -> list[Path]:
    """The pages, and evidence of some items, as old as they are."""
    files = [home / "handed-in" / PROCESS / PAGES, *(home / "evidence" / item / "1.png" for item in items)]
    for file in files:
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(b"x")
        os.utime(file, (time.time() - 40 * DAY,) * 2)
    return files


def meanwhile(monkeypatch: pytest.MonkeyPatch, happens: Callable[[], Awaitable[object]]) -> None:
    """Something happens when it is known what is to be erased, and nothing is erased yet."""
    listed = StoreAudit.due

    async def due(self: StoreAudit, process: str, before: float) -> list[str]:
        found = await listed(self, process, before)
        assert found
        await happens()
        return found

    monkeypatch.setattr(StoreAudit, "due", due)


async def test_a_file_that_was_refused_goes_when_it_was_seen_to_long_ago(
    open_database: OpenDatabase, tmp_path: Path
) -> None:
    """One that nobody has seen to is somebody's case still, however old it is."""
    database, folder = open_database(), tmp_path / "inboxes" / PROCESS
    await sql_desk(database, Clock())
    audit, inbox = audit_of(database, Clock(), tmp_path), Inbox(folder)
    folder.mkdir(parents=True)
    sentence = "The document is damaged and cannot be read."
    for name in ("old.pdf", "new.pdf", "nobody has seen to it.pdf"):
        path = folder / name
        path.write_bytes(b"%PDF")
        os.utime(path, (0, 0))  # as old as its sender says
        inbox.put_away(path, HandInSummary(file=name, verdict=Verdict.REFUSED, sentence=sentence))
    for one in inbox.left():
        if one.name in ("old.pdf", "new.pdf"):
            assert inbox.dealt_with(one.key)
    dealt = folder / "dealt-with"
    long_ago = time.time() - 31 * DAY
    for path in (dealt / "old.pdf", dealt / "old.pdf.txt"):
        os.utime(path, (long_ago, long_ago))
    assert (await audit.erase(find(PROCESS), 30, who="store", why="kept 30 days")).files == 2
    assert sorted(path.name for path in dealt.iterdir()) == ["new.pdf", "new.pdf.txt"]
    assert [one.name for one in inbox.left()] == ["nobody has seen to it.pdf"]


async def test_what_came_back_meanwhile_keeps_its_files(
    open_database: OpenDatabase, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Sent back long ago, and put right by its source just now: the bot attaches its pages still."""
    database, clock = open_database(), Clock()
    desk, audit = await sql_desk(database, clock), audit_of(database, clock, tmp_path)
    [(_, item)] = await desk.hand_in(on_paper("ZZ1"))
    await staff.send_back(desk.queue, item, "ann", "not signed")
    files = kept(tmp_path, item)
    clock.forward(31 * DAY)
    desk.batches.clear()
    meanwhile(monkeypatch, lambda: desk.hand_in(on_paper("ZZ1", "101")))
    found = await audit.erase(find(PROCESS), 30, who="store", why="kept 30 days")
    assert (await desk.state(item), list(found.items), found.files) == (State.NEW, [], 0)
    assert all(file.exists() for file in files)


async def test_what_ended_just_now_is_kept_as_long_as_others(
    open_database: OpenDatabase, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The same, and keyed at once: it ended a second ago, not a month."""
    database, clock = open_database(), Clock()
    desk, audit = await sql_desk(database, clock), audit_of(database, clock, tmp_path)
    item = await desk.add("ZZ1")
    await staff.send_back(desk.queue, item, "ann", "not signed")
    clock.forward(31 * DAY)
    desk.batches.clear()

    async def keyed() -> None:
        await desk.hand_in(row("ZZ1", "101"))
        lease = await desk.take()
        await desk.keyed(lease, "C-1")
        await desk.end(lease, State.DONE)

    meanwhile(monkeypatch, keyed)
    assert (await audit.erase(find(PROCESS), 30, who="store", why="kept 30 days")).items == []
    assert (await desk.look(item)).data == {"uprn": "101"}
    monkeypatch.undo()
    clock.forward(31 * DAY)
    found = await audit.erase(find(PROCESS), 30, who="store", why="kept 30 days")
    assert (list(found.items), (await desk.look(item)).data) == ([item], {})


async def test_pages_go_with_the_last_case_that_has_them(open_database: OpenDatabase, tmp_path: Path) -> None:
    """Read anew with a mended layout, the same pages are another item's."""
    database, clock, process = open_database(), Clock(), find(PROCESS)
    desk, audit = await sql_desk(database, clock), audit_of(database, clock, tmp_path)
    [(_, first), (_, second)] = await desk.hand_in(on_paper("file/1"), on_paper("HB1"))
    pages, *_ = kept(tmp_path)
    await staff.send_back(desk.queue, first, "ann", "handed in again, with the new layout")
    clock.forward(31 * DAY)
    found = await audit.erase(process, 30, who="store", why="kept 30 days")
    assert (list(found.items), found.files, pages.exists()) == ([first], 0, True)
    await staff.send_back(desk.queue, second, "ann", "not signed")
    clock.forward(31 * DAY)
    os.utime(pages)  # the same pages are handed in just now: soon a third case names them
    assert list((await audit.erase(process, 30, who="store", why="kept 30 days")).items) == [second]
    assert pages.exists()


@pytest.mark.parametrize(
    ("where", "turn"),
    [(StoreAudit, 2), (audits, 1), (audits, 2), (audits, 3)],
    ids=["the second item", "its workbooks", "its evidence", "its pages"],
)
async def test_what_a_run_leaves_that_is_cut_off_goes_with_the_next(
    open_database: OpenDatabase,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    where: object,
    turn: int,
) -> None:
    database, clock, process = open_database(), Clock(), find(PROCESS)
    desk, audit = await sql_desk(database, clock), audit_of(database, clock, tmp_path)
    desk.batches[PROCESS] = await desk.queue.open_batch(PROCESS, "document", "ann", {"kept": "h-1.pdf"})
    ended = [item for _, item in await desk.hand_in(on_paper("ZZ1"), on_paper("ZZ2"))]
    for item in ended:
        await staff.send_back(desk.queue, item, "ann", "not signed")
    desk.batches.clear()
    stays = await desk.add("ZZ3")
    *gone, evidence = [tmp_path / "handed-in" / PROCESS / "h-1.pdf", *kept(tmp_path, *ended, stays)]
    gone[0].write_bytes(b"x")
    clock.forward(31 * DAY)
    with monkeypatch.context() as cut:
        name, left = ("erase" if where is StoreAudit else "_remove"), turn
        begun = getattr(where, name)

        def cut_off(*given: Any) -> Any:
            nonlocal left
            left -= 1
            if not left:
                raise KeyboardInterrupt
            return begun(*given)

        cut.setattr(where, name, cut_off)
        with pytest.raises(KeyboardInterrupt):
            await audit.erase(process, 30, who="store", why="kept 30 days")
    assert any(file.exists() for file in gone)
    assert (await audit.verify()).findings == []
    await audit.erase(process, 30, who="store", why="kept 30 days")
    assert [(await desk.look(item)).data for item in ended] == [{}, {}]
    assert not [file for file in gone if file.exists()]
    assert evidence.exists()
    assert (await audit.verify()).findings == []


async def test_evidence_is_verified_until_it_is_erased(tmp_path: Path) -> None:
    clock = Clock()
    database = connect(f"sqlite:///{tmp_path / 'store.db'}")
    desk, audit = await sql_desk(database, clock), audit_of(database, clock, tmp_path)
    lease = await desk.leased()
    name = Evidence(tmp_path / "evidence").keep(lease.item.id, "no-such-case", {"picture": b"PNG"})
    await desk.end(lease, State.EXCEPTION, code="no-such-case", detail={"evidence": name})
    await staff.withdraw(desk.queue, lease.item.id, "bob", "not needed")
    assert (await audit.verify()).whole
    picture = tmp_path / "evidence" / f"{name}.png"
    picture.write_bytes(b"other")
    [finding] = (await audit.verify()).findings
    assert (finding.tamper, finding.table, finding.row) == (Tamper.CHANGED, "evidence", name)
    picture.with_suffix(".json").unlink()
    assert [one.tamper for one in (await audit.verify()).findings] == [Tamper.REMOVED]
    clock.forward(2 * DAY)
    await audit.erase(find(PROCESS), 1, who="ann", why="why")
    assert (await audit.verify()).findings == []
    await database.close()


async def test_nothing_is_left_in_the_file(tmp_path: Path) -> None:
    """SQLite leaves what it deletes in the file, unless it is told to overwrite it."""
    clock, path = Clock(), tmp_path / "store.db"
    database = connect(f"sqlite:///{path}")
    assert await database.run(lambda c: c.exec_driver_sql("PRAGMA secure_delete").scalar_one()) == 1
    desk, audit = await sql_desk(database, clock), audit_of(database, clock, tmp_path)
    word = "Placeholder-of-this-test"
    await desk.add("ZZ1", word * 20)
    desk.batches.clear()
    item = await desk.add("ZZ1", word * 10)
    await staff.withdraw(desk.queue, item, "bob", f"{word} rang: not needed")
    clock.forward(2 * DAY)
    await audit.erase(find(PROCESS), 1, who="ann", why="why")
    await database.close()
    assert [file.name for file in tmp_path.glob("store.db*") if word.encode() in file.read_bytes()] == []
