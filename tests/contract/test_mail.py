"""E-mails that are handed in: their attachments are read, by what they are, and nothing else of them is."""

from __future__ import annotations

import errno
from collections.abc import AsyncIterator
from dataclasses import dataclass, replace
from email.message import EmailMessage
from pathlib import Path

import pytest
from openpyxl import Workbook

from bots.engine.core.column import Sheets
from bots.engine.core.process import Process
from bots.engine.core.summary import HandInSummary, Verdict
from bots.engine.documents.kinds.mail_mark import is_mail
from bots.engine.documents.sandbox.sandbox import Sandbox
from bots.engine.intake.files import HandIn
from bots.engine.intake.inbox import Inbox
from bots.engine.intake.mail import check_any, reading
from bots.engine.store.database.database import SqliteDatabase
from bots.engine.store.work.claims import StoreClaims
from bots.engine.store.work.queue import SqlQueue
from bots.processes.registry import find
from tests.contract.test_sandbox import Sample

LOGO = b"\x89PNG\r\n\x1a\n" + b"\x00" * 40
File = tuple[bytes, str]


def workbook(folder: Path, *words: str) -> bytes:
    book = Workbook()
    book.active.append(("Number", "Word"))
    for number, word in enumerate(words, start=1):
        book.active.append((f"{word}-{number}", word))
    book.save(folder / "made.xlsx")
    return (folder / "made.xlsx").read_bytes()


def mail(*attached: File | EmailMessage) -> EmailMessage:
    """As mail programs send them: a text in two ways, with a picture in it and a signature below."""
    made = EmailMessage()
    made["From"], made["To"], made["Subject"] = "asha@example.org", "desk@example.org", "Cases – November"
    made.set_content("Number,Word\n7,written in the e-mail itself\n")
    made.add_alternative("<p>See <b>enclosed</b>. <img src='cid:logo'></p>", subtype="html")
    made.get_payload()[1].add_related(LOGO, "image", "png", cid="<logo>", filename="logo.png")
    for one in attached:
        if isinstance(one, EmailMessage):
            made.add_attachment(one)
        else:
            # What it is called and what it is said to be may be anything.
            made.add_attachment(one[0], maintype="image", subtype="jpeg", filename=one[1])
    made.add_attachment(b"0\x82", maintype="application", subtype="pkcs7-signature", filename="smime.p7s")
    return made


@dataclass
class MailDesk:
    folder: Path
    process: Process[Sample]
    queue: SqlQueue
    desk: HandIn
    inbox: Inbox

    async def collect(self, message: EmailMessage | bytes, name: str = "mail.eml") -> list[HandInSummary]:
        """As an intake does, from the inbox and back into it."""
        content = message if isinstance(message, bytes) else message.as_bytes()
        (self.folder / "inbox" / name).write_bytes(content)
        [path] = self.inbox.files()
        async with reading(self.desk, self.process, path, take=self.inbox.take) as read:
            self.inbox.put_away(read.path, *read.found)
            return list(read.found)

    async def items(self) -> list[dict[str, object]]:
        return [dict(item.origin) for item in await self.queue.items(self.process.name)]

    def note(self, where: str) -> str:
        [note] = (self.folder / "inbox" / where).glob("*.eml.txt")
        return note.read_text(encoding="utf-8")

    def kept(self) -> list[str]:
        return sorted(path.suffix for path in (self.folder / "kept").glob("*"))


@pytest.fixture
async def desk(tmp_path: Path) -> AsyncIterator[MailDesk]:
    process = replace(find("council-tax-moves"), record=Sample, sheets=Sheets())
    database = SqliteDatabase(tmp_path / "rekey.db")
    queue = await SqlQueue.open(database, "test", versions={})
    (tmp_path / "inbox").mkdir()
    async with Sandbox() as sandbox:
        claims = StoreClaims(database)
        reader = HandIn(claims=claims, sandbox=sandbox, who="test", folder=tmp_path / "kept", patience=5)
        yield MailDesk(tmp_path, process, queue, reader, Inbox(tmp_path / "inbox", 5))
    await queue.close()


async def test_each_attachment_is_a_hand_in_of_its_own(desk: MailDesk) -> None:
    book, text = workbook(desk.folder, "a", "b"), b"Number,Word\nc-1,c\n"
    found = await desk.collect(mail((book, "Cases.doc"), (text, "more")), "From Asha.eml")
    assert [one.verdict for one in found] == [Verdict.READ, Verdict.READ]
    assert [one.rows.added for one in found if one.rows] == [2, 1]
    assert len({one.rows.batch for one in found if one.rows}) == 2
    assert await desk.items() == [
        {"sheet": "Sheet", "row": 2, "file": "From Asha.eml", "attachment": "Cases.doc"},
        {"sheet": "Sheet", "row": 3, "file": "From Asha.eml", "attachment": "Cases.doc"},
        {"sheet": "CSV", "row": 2, "file": "From Asha.eml", "attachment": "more"},
    ]
    assert desk.kept() == [".csv", ".xlsx"], "what it is, not what it is called"
    [done] = (desk.folder / "inbox" / "done").iterdir()
    assert found[0].rows is not None
    assert done.name == f"From Asha {found[0].rows.batch}.eml"


async def test_what_was_not_read_is_said_and_names_stay_in_the_note(desk: MailDesk) -> None:
    [found] = await desk.collect(
        mail((b"%PDF-1.7", "Zoë.pdf"), (workbook(desk.folder, "a"), "x"), (b"", "y"))
    )
    assert found.verdict is Verdict.PARTLY
    assert [problem.split(".")[0] for problem in found.problems] == [
        "Document 1 was not read",
        "Document 3 was not read",
    ]
    assert list(found.unread) == list(found.problems)
    assert "Zoë" not in str(found.problems)
    assert "Document 1 is 'Zoë.pdf'.\n" in desk.note("problems"), "where a person is told of it"
    assert "The file is a PDF and not a workbook." in desk.note("problems")


@pytest.mark.parametrize(
    ("attached", "code"), [((), "empty-email"), (((b"%PDF-1.7", "a.csv"), (LOGO, "b")), "not-a-workbook")]
)
async def test_an_email_without_a_document(desk: MailDesk, attached: tuple[File, ...], code: str) -> None:
    [found] = await desk.collect(mail(*attached))
    assert (found.verdict, found.code) == (Verdict.REFUSED, code)
    assert found.sentence
    assert found.sentence in desk.note("problems")
    assert await desk.items() == []
    assert desk.kept() == []


async def test_attached_emails_are_looked_into_but_not_for_ever(desk: MailDesk) -> None:
    message = mail((b"Number,Word\n9,deep\n", "deep.csv"))
    for number in range(5):
        message = mail((f"Number,Word\n{number},x\n".encode(), "a.csv"), message)
    [first, *others] = await desk.collect(message)
    assert first.verdict is Verdict.PARTLY
    assert "inside of 3 others, and was not opened" in first.problems[0]
    assert {one.verdict for one in others} == {Verdict.READ}
    assert len(await desk.items()) == 4


async def test_a_name_from_outside_is_never_a_path(desk: MailDesk) -> None:
    text = b"Number,Word\n1,x\n"
    for number, name in enumerate(("../../evil.csv", "C:\\evil.csv", "/etc/evil.csv", "a\x00b\u202e.csv")):
        await desk.collect(mail((text + b"%d,y\n" % (number + 2), name)), f"{number}.eml")
    names = [str(origin["attachment"]) for origin in await desk.items()]
    assert set(names) <= {"evil.csv", "ab.csv", "a b.csv", "a.csv", "a_b.csv"}, names
    assert not list(desk.folder.rglob("*evil*"))


async def test_an_email_that_was_cut_off_is_refused(desk: MailDesk) -> None:
    whole = mail((b"Number,Word\n" + b"1,x\n" * 300, "a.csv")).as_bytes()
    [found] = await desk.collect(whole[: len(whole) * 2 // 3])
    assert found.code == "damaged-email"
    assert await desk.items() == []


async def test_limits(desk: MailDesk) -> None:
    many = mail(*((b"Number,Word\n1,x\n", "a.csv") for _ in range(51)))
    [found] = await desk.collect(many)
    assert (found.code, await desk.items()) == ("too-many-attachments", [])
    nested = b"From: a@b\r\nTo: c@d\r\nSubject: x\r\nMIME-Version: 1.0\r\n"
    for number in range(2000):
        nested += b'Content-Type: multipart/mixed; boundary="%d"\r\n\r\n--%d\r\n' % (number, number)
    [found] = await desk.collect(nested, "deep.eml")
    assert found.code in ("nested-too-deeply", "damaged-email")
    large = mail().as_bytes() + b"\r\n" * 55_000_000
    [found] = await desk.collect(large, "large.eml")
    assert found.code == "too-large"


async def test_a_check_queues_nothing(desk: MailDesk) -> None:
    path = desk.folder / "mail.eml"
    path.write_bytes(mail((workbook(desk.folder, "a"), "x"), (b"%PDF-1.7", "y")).as_bytes())
    async with Sandbox() as sandbox:
        found = await check_any(desk.process, path, sandbox, 5)
    assert (found.verdict, found.records, found.problems) == (Verdict.PARTLY, 1, 1)
    assert found.said[0].startswith("Document 2: The file is a PDF")
    assert await desk.items() == []


MAILS = [
    (b"From: a@b\nTo: c@d\nSubject: e\n\nHello", True),
    (b"Received: from x\r\n by y\r\nDate: z\r\nX-A: 1\r\nMIME-Version: 1.0\r\n\r\n", True),
    (b"From a@b Mon Jan 1\nFrom: a@b\nTo: c@d\nSubject: e\n\n", True),
    (b"From,To,Subject,Date\n1,2,3,4\n", False),
    (b"From: the desk\nThis is a letter.\n", False),
    (b"", False),
]


@pytest.mark.parametrize(("content", "mark"), MAILS)
def test_an_email_is_known_by_its_content(tmp_path: Path, content: bytes, mark: bool) -> None:
    (tmp_path / "a").write_bytes(content)
    assert is_mail(tmp_path / "a") is mark


async def test_a_file_at_which_rekey_fails_is_refused_alone(
    desk: MailDesk, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object) -> None:
        raise KeyError("reading")

    monkeypatch.setattr(Sandbox, "read", fail)
    [found] = await desk.collect(b"Number,Word\n7,seven\n", "a.csv")
    assert (found.code, found.verdict) == ("file-not-taken", Verdict.REFUSED)
    assert (desk.folder / "inbox" / "problems" / "a.csv").is_file()


async def test_a_full_disk_is_no_files_fault(desk: MailDesk, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(Sandbox, "read", fail)
    with pytest.raises(OSError, match="No space left"):
        await desk.collect(b"Number,Word\n7,seven\n", "a.csv")
