"""The program that opens what people hand in: a process of its own, so that a file can break nothing else.

    python -m bots.engine.documents.sandbox.reader MEGABYTES

It reads jobs and answers each with frames, the last of which is `end`; or `refused` with a code and a
sentence; or `broken` when the reader itself failed. A job with a record, and its sheets or its papers, is
answered by `reading`, then `items` over and over, and `said` if there is something to say of all of them; a
job to `look` by a `page` or a `table` over and over; one to `draw` pages by a `picture` of each; one for a
`row` of a sheet by that `row`; one to make a `draft` by `drafted`; one to `try` a layout by a `case` over and
over; one to `unpack` an e-mail by `attached` over and over; one to `answer` by
`written`, the path of the workbook. One about the `spread` of a workbook is refused if its cells stand too
far apart.
"""

from __future__ import annotations

import gc
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from importlib import import_module
from itertools import chain, islice
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any

from ...core.column import Sheets
from ...core.errors import BusinessException
from ...core.item import NewItem
from ...core.papers import Papers
from ...core.record import Record
from ..answers.answer import Answer
from ..forms.layout import load_layout, load_layouts
from ..pdf.papers_in import as_pdf, is_paper, not_paper
from ..refusals import too_large
from ..tables.row_reader import RowReader
from ..tables.sheet import read_workbook
from .frames import frames, told

if TYPE_CHECKING:
    from ..forms.paper_reader import PaperReader

_FIRST, _CHUNK = 250, 2000
"""Rows in the first frame and in one after many: whoever queues them begins early, and is seldom stopped."""


def main() -> None:
    limit_memory(int(sys.argv[1]) * 1_000_000)
    # Rows make many objects and no cycles: looking for those took a tenth of the time (measured).
    gc.set_threshold(50_000, 20, 100)
    # Whatever a library prints must not stand among the frames.
    answers = os.fdopen(os.dup(sys.stdout.fileno()), "wb")
    os.dup2(sys.stderr.fileno(), sys.stdout.fileno())
    _say(answers, {"ready": True})
    for job in frames(sys.stdin.buffer):
        for answer in _answers(job):
            _say(answers, answer)


def _say(answers: IO[bytes], answer: dict[str, Any]) -> None:
    answers.write(told(answer))
    answers.flush()


def limit_memory(size: int) -> None:
    """In bytes. Windows has no such limit; there the parent watches alone."""
    if sys.platform != "win32":
        import resource

        resource.setrlimit(resource.RLIMIT_AS, (size, size))
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


def _answers(job: dict[str, Any]) -> Iterator[dict[str, Any]]:
    try:
        yield from _work(job)
        yield {"end": True}
    except BusinessException as refusal:
        yield _refused(refusal)
    except MemoryError:
        yield _refused(too_large())
    except Exception as error:
        # Its text may quote the file; the kind of error may not.
        yield {"broken": type(error).__name__}


def _work(job: dict[str, Any]) -> Iterator[dict[str, Any]]:
    other = next((work for name, work in _OTHER.items() if name in job), _read)
    return other(job)


def _read(job: dict[str, Any]) -> Iterator[dict[str, Any]]:
    path, kind = Path(job["path"]), _record(job)
    if job["papers"] and is_paper(path):
        with as_pdf(path) as pdf:
            papers = _papers(kind, job)
            items = _begun(papers.items(pdf, path))
            yield {"reading": ["", 0, []]}
            yield from _items(items, 1, 1)
            yield from _said(papers.said())
    elif job["sheets"]:
        reading = read_workbook(path, kind, Sheets.from_plain(job["sheets"]))
        yield {"reading": [reading.sheet, reading.header_row, list(reading.warnings)]}
        rows = RowReader(kind, reading)
        yield from _items(map(rows.item, reading.rows), _FIRST, _CHUNK)
        yield from _said(rows.said())
    else:
        raise not_paper(path)


def _items(items: Iterator[NewItem], size: int, most: int) -> Iterator[dict[str, Any]]:
    while some := [_plain(item) for item in islice(items, size)]:
        yield {"items": some}
        size = min(2 * size, most)


def _said(sentences: list[str]) -> Iterator[dict[str, Any]]:
    if sentences:
        yield {"said": sentences}


def _record(job: dict[str, Any]) -> type[Record]:
    module, _, name = job["record"].partition(":")
    found: type[Record] = getattr(import_module(module), name)
    return found


def _begun(items: Iterator[NewItem]) -> Iterator[NewItem]:
    """With the first one read: a file that cannot be opened is refused, not broken off."""
    return chain([next(items)], items)


def _papers(kind: type[Record], job: dict[str, Any]) -> PaperReader:
    from ..forms.paper_reader import PaperReader  # loads what rows of a sheet do not need

    papers = Papers(**job["papers"])
    beside = Path(str(sys.modules[kind.__module__].__file__)).parent
    keep = Path(job["keep"]) if job["keep"] else None
    return PaperReader(kind, papers, load_layouts(beside / papers.folder), keep)


def _look(job: dict[str, Any]) -> Iterator[dict[str, Any]]:
    from .preview import look  # loads what rows of a sheet do not need

    with as_pdf(Path(job["path"])) as path:
        yield from look(path, Path(job["look"]) if job["look"] else None)


def _draw(job: dict[str, Any]) -> Iterator[dict[str, Any]]:
    from ..pages.page import Box
    from ..pdf.page_picture import Place, draw_pages  # loads what rows of a sheet do not need

    places = {
        int(page): {name: Place(box=Box(*box), filled=filled) for name, (box, filled) in fields.items()}
        for page, fields in job["places"].items()
    }
    with as_pdf(Path(job["path"])) as path:
        for picture in draw_pages(path, job["draw"], places, job["scanned"]):
            yield {"picture": picture}


def _draft(job: dict[str, Any]) -> Iterator[dict[str, Any]]:
    from ..draft.drafting import Drafting  # loads what other files do not need

    with _as_form(Path(job["path"])) as path:
        drafting = Drafting(path)
        for number in drafting.pages():
            yield {"looked_at": number}
        yield {"drafted": drafting.draft(job["draft"], job["class"], job["title"])}


def _try(job: dict[str, Any]) -> Iterator[dict[str, Any]]:
    from ..forms.trying import tried

    record = _record(job) if job["record"] else None
    folder = Path(job["pictures"]) if job["pictures"] else None
    with _as_form(Path(job["path"])) as path:
        for case in tried(path, load_layout(Path(job["try"])), record, folder):
            yield {"case": case}


@contextmanager
def _as_form(path: Path) -> Iterator[Path]:
    if not is_paper(path):
        raise not_paper(path)
    with as_pdf(path) as pdf:
        yield pdf


def _row(job: dict[str, Any]) -> Iterator[dict[str, Any]]:
    from .preview import look_at_row

    sheets = Sheets.from_plain(job["sheets"])
    yield {"row": look_at_row(Path(job["path"]), _record(job), sheets, job["row"])}


def _unpack(job: dict[str, Any]) -> Iterator[dict[str, Any]]:
    from ..mail.containers import attachments  # loads what other files do not need

    found = attachments(Path(job["path"]), Path(job["unpack"]), job["stem"])
    if found is None:
        yield {"itself": True}
    for one in found or ():
        yield {"attached": vars(one)}


def _answer(job: dict[str, Any]) -> Iterator[dict[str, Any]]:
    from ..answers.returned import write_return  # loads openpyxl

    answers = [Answer.from_plain(one) for one in job["answers"]]
    yield {"written": str(write_return(Path(job["path"]), Path(job["answer"]), job["header"], answers))}


def _spread(job: dict[str, Any]) -> Iterator[dict[str, Any]]:
    from ..tables.spread import must_stand_together  # seldom asked

    must_stand_together(Path(job["spread"]))
    return iter(())


_OTHER = {
    "spread": _spread,
    "look": _look,
    "draft": _draft,
    "try": _try,
    "draw": _draw,
    "row": _row,
    "unpack": _unpack,
    "answer": _answer,
}


def _plain(item: NewItem) -> tuple[Any, ...]:
    """What a file says of it. When it is due and whether it is urgent, is not said here."""
    return item.reference, item.data, item.origin, item.code, item.sentence, item.detail, item.item


def _refused(refusal: BusinessException) -> dict[str, Any]:
    return {"refused": [refusal.code, refusal.sentence, dict(refusal.detail or {})]}


if __name__ == "__main__":
    main()
