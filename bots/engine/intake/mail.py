"""E-mails and packages that are handed in: each document in them that can be read is a hand-in of its own."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from ..core.claim import Claim
from ..core.process import Process
from ..core.summary import FileChecked, HandInSummary, OnProgress, Verdict
from ..documents.kinds.beginning import may_hold_documents
from ..documents.mail.attached import Attached
from ..documents.sandbox.arrival import settled
from ..documents.sandbox.sandbox import Sandbox
from .blame import blamed
from .called import called
from .claiming import went_away
from .files import HandIn, Known, check, new_name, refused

Tried = tuple[Attached, HandInSummary]
_UNREAD = "None of the documents in it can be read here."


@dataclass(frozen=True, kw_only=True)
class Read:
    """`path`: where the file lies now. `found`: one summary; of an e-mail one for each attachment that was
    read, or one that says why none was."""

    path: Path
    found: Sequence[HandInSummary]


@asynccontextmanager
async def reading(
    desk: HandIn,
    process: Process[Any],
    path: Path,
    on_progress: OnProgress | None = None,
    take: Callable[[Path], Path] | None = None,
) -> AsyncIterator[Read]:
    """Read any file. It is held until the block ends: what is done with it there is done once.

    `take`: moves the file as soon as it is ours.
    """
    async with AsyncExitStack() as until_it_is_put_away:
        try:
            if take is None:  # who takes it out of the inbox has waited for it
                await desk.complete(process, path)
            claim = await until_it_is_put_away.enter_async_context(desk.held(process, path))
            path = _taken(path, take)
            found = await _read(desk, process, path, claim, on_progress)
            await desk.still_held(claim)
        except Exception as error:
            found = [refused(called(path), blamed(error))]
        yield Read(path=path, found=found)


def _taken(path: Path, take: Callable[[Path], Path] | None) -> Path:
    try:
        return take(path) if take is not None else path
    except FileNotFoundError:  # somebody took it back
        raise went_away() from None


async def _read(
    desk: HandIn, process: Process[Any], path: Path, claim: Claim, on_progress: OnProgress | None
) -> list[HandInSummary]:
    found = await desk.unpack(path, claim) if may_hold_documents(path) else None
    if found is None:
        return [await desk.read_complete(process, path, claim, on_progress)]
    read: list[Tried] = []
    left: list[Tried] = []
    try:
        while found:
            one = found.pop(0)
            if one.why:
                summary = HandInSummary(
                    file=called(path), verdict=Verdict.REFUSED, code=one.code or None, sentence=one.why
                )
                left.append((one, summary))
                continue
            summary = await desk.read_attached(process, path, one, claim, on_progress)
            (left if summary.rows is None else read).append((one, summary))
    finally:  # broken off: the e-mail is read again, and takes them out again
        desk.drop(found)
    return _told(path, read, left)


def _told(path: Path, read: Sequence[Tried], left: Sequence[Tried]) -> list[HandInSummary]:
    """Numbers stand in what is shown everywhere, names in the note beside the file."""
    problems = [f"Document {one.number} was not read. {summary.sentence}" for one, summary in left]
    names = [f"Document {one.number} is '{one.name}'." for one, _ in left if one.name]
    if not read:
        code = left[0][1].code or "empty-email"
        return [
            HandInSummary(
                file=called(path),
                verdict=Verdict.REFUSED,
                code=code,
                sentence=_UNREAD,
                problems=problems,
                warnings=names,
            )
        ]
    summaries = [replace(summary, file=f"{called(path)}: {one.name or one.number}") for one, summary in read]
    if left:
        first = summaries[0]
        summaries[0] = replace(
            first,
            verdict=Verdict.PARTLY,
            unread=[*problems, *first.unread],
            problems=[*problems, *first.problems],
            warnings=[*names, *first.warnings],
        )
    return summaries


async def check_any(
    process: Process[Any],
    path: Path,
    sandbox: Sandbox,
    patience: float = 30.0,
    known: Known | None = None,
) -> FileChecked:
    """As `check`; of an e-mail all attachments together."""
    if not path.is_file() or not may_hold_documents(path):
        return await check(process, path, sandbox, patience, known)
    with TemporaryDirectory() as folder:
        try:
            await settled(path, patience)
            found = await sandbox.unpack(path, Path(folder), new_name())
        except Exception as error:
            refusal = blamed(error)
            return FileChecked(
                file=called(path), verdict=Verdict.REFUSED, code=refusal.code, sentence=refusal.sentence
            )
        if found is None:
            return await check(process, path, sandbox, patience, known)
        checked = [await _checked(process, Path(folder), one, sandbox, known) for one in found]
    return _together(path, checked, known)


async def _checked(
    process: Process[Any], folder: Path, one: Attached, sandbox: Sandbox, known: Known | None
) -> FileChecked:
    name = f"document {one.number}"
    if one.why:
        return FileChecked(file=name, verdict=Verdict.REFUSED, code=one.code or None, sentence=one.why)
    return replace(await check(process, folder / one.file, sandbox, known=known), file=name)


def _together(path: Path, checked: Sequence[FileChecked], known: Known | None) -> FileChecked:
    left = [each for each in checked if each.verdict is Verdict.REFUSED]
    whole = all(each.verdict is Verdict.READ for each in checked)
    none = len(left) == len(checked)
    return FileChecked(
        file=called(path),
        verdict=Verdict.REFUSED if none else Verdict.READ if whole else Verdict.PARTLY,
        code=(left[0].code or "empty-email") if none else None,
        sentence=_UNREAD if none else None,
        records=sum(each.records for each in checked),
        problems=sum(each.problems for each in checked) + len(left) * (not none),
        known=None if known is None else sum(each.known or 0 for each in checked),
        seconds=round(sum(each.seconds for each in checked), 3),
        peak_mb=max(each.peak_mb for each in checked),
        said=[
            f"{each.file.capitalize()}: {said}"
            for each in checked
            for said in filter(None, (each.sentence, *each.said))
        ],
    )
