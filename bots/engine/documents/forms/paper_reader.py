"""Documents as items for the queue: every case on paper is one, with where each of its values stood."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from ...core.item import NewItem
from ...core.papers import DOCUMENT, Papers
from ...core.record import Record
from ..clean_letters import CleanLetters
from ..mistakes import mistakes
from ..pages.splitting import part_of
from ..pdf.pdf import leaves_of
from ..scans.voting import value_of
from .cases import UNKNOWN, VERSION, Case, cases_of
from .layout import Layout
from .taken import Taken
from .taking import marked

STRANGE = "another-persons-page"
TO_CHECK, INVALID = "value-to-check", "invalid-record"


class PaperReader:
    """`keep`: the folder for the pages of each case; None: nothing is kept."""

    def __init__(
        self, record: type[Record], papers: Papers, layouts: Sequence[Layout], keep: Path | None
    ) -> None:
        self._record = record
        self._says = value_of(record)
        self._papers = papers
        self._layouts = layouts
        self._keep = keep
        self._clean = CleanLetters()
        self.said = self._clean.said

    def items(self, path: Path, original: Path | None = None) -> Iterator[NewItem]:
        """`original`: what was handed in, if it was no PDF. Raises a BusinessException for a file that cannot
        be read."""
        self._file = hashlib.sha256((original or path).read_bytes()).hexdigest()[:16]
        for case in cases_of(leaves_of(path), self._layouts, self._says):
            yield self._item(path, case)

    # ---- a case as an item ------------------------------------------------------------------
    def _item(self, path: Path, case: Case) -> NewItem:
        pages = (case.first, case.last)
        origin: dict[str, Any] = {"page": case.first, "pages": list(pages)}
        if case.layout is None:
            return self._to_people(case, {}, origin, case.code, _UNREAD[case.code], {})
        origin |= {"layout": case.layout.layout, "scanned": case.scanned, "places": _places(case.values)}
        texts = {name: taken.text for name, taken in case.values.items() if taken.text}
        data, spoilt = self._clean.of(texts)
        if DOCUMENT in self._record.model_fields:
            data[DOCUMENT] = part_of(path, None if case.whole else pages, self._keep)
        unsure = {name: _why(case.values[name]) for name in marked(case.values, self._papers.sure)}
        unsure |= {name: f"is another one on page {page}" for name, page in case.strange.items()} | spoilt
        record, wrong = self._valid(data, unsure)
        if record is not None and not wrong:
            return NewItem(reference=record.reference, data=record.data(), origin=origin)
        code = STRANGE if case.strange else TO_CHECK if self._hard_to_read(case, unsure) else INVALID
        return self._to_people(case, data, origin, code, self._sentence(case, wrong), wrong)

    def _valid(
        self, data: Mapping[str, Any], unsure: Mapping[str, str]
    ) -> tuple[Record | None, Mapping[str, str]]:
        """The record, and what keeps it from being keyed."""
        try:
            record = self._record.model_validate(data)
        except ValidationError as error:
            return None, {**unsure, **mistakes(error, unsure)}
        if record.known_as is None and not unsure:
            return None, {"": "has none of the fields by which a case is known"}
        return record, unsure

    def _hard_to_read(self, case: Case, names: Iterable[str]) -> bool:
        return any(case.values[name].sure < self._papers.sure for name in names)

    def _to_people(
        self,
        case: Case,
        data: Mapping[str, Any],
        origin: Mapping[str, Any],
        code: str,
        sentence: str,
        wrong: Mapping[str, str],
    ) -> NewItem:
        """Known by its place in the file: a value that may be misread could name somebody else's case."""
        return NewItem(
            reference=f"{self._file}/{case.first}",
            data=self._record.as_read(data),
            origin=origin,
            code=code,
            sentence=sentence,
            detail={"fields": dict(wrong)} if wrong else {},
        )

    def _sentence(self, case: Case, wrong: Mapping[str, str]) -> str:
        """By page what is wrong on it; the first page leads."""
        assert case.layout is not None
        fields = case.layout.fields
        said: dict[int, list[str]] = {}
        for name, why in sorted(wrong.items(), key=lambda each: case.page_of(each[0])):
            caption = fields[name].caption if name in fields else "it"
            said.setdefault(case.page_of(name), []).append(f"{caption} {why}")
        return " ".join(f"Page {page}: {'; '.join(parts)}." for page, parts in said.items())


_UNREAD = {
    UNKNOWN: "The page is not of a kind that is known here. Look at it, and send it to the right team.",
    VERSION: "The form is of a version that is not known here. Key it by hand, and tell the automation team.",
}


def _why(taken: Taken) -> str:
    return taken.why or "is hard to read"


def _places(values: Mapping[str, Taken]) -> dict[str, Any]:
    """Where each value stood, in points of the page, and how sure it is."""
    return {
        name: {"box": [round(side, 1) for side in taken.box], "sure": round(taken.sure, 3)}
        | ({} if taken.page is None else {"page": taken.page})
        for name, taken in values.items()
        if taken.box is not None
    }
