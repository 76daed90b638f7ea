"""Documents as items for the queue: every case on paper is one, with where each of its values stood."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from ..core.item import NewItem
from ..core.papers import DOCUMENT, Papers
from ..core.record import Record
from .clean_letters import CleanLetters
from .labels import Labels
from .layout import Layout
from .leaf import Leaf
from .mistakes import mistakes
from .near import Nearby
from .pdf import leaves_of
from .splitting import part_of
from .taking import Taken, Taking, marked
from .voting import value_of

UNKNOWN, VERSION = "unknown-document", "unknown-form-version"
STRANGE = "another-persons-page"
TO_CHECK, INVALID = "value-to-check", "invalid-record"


@dataclass(kw_only=True)
class Case:
    """The pages of one case. Without a layout nobody knows how to read it."""

    first: int
    last: int
    layout: Layout | None
    code: str = ""
    values: Mapping[str, Taken] = field(default_factory=dict)
    near: Nearby | None = None
    scanned: bool = False
    strange: dict[str, int] = field(default_factory=dict)  # by field the page that shows another value of it

    def add(self, leaf: Leaf) -> None:
        """A page that belongs to it, the first one too."""
        self.last = leaf.page.number
        if self.layout is not None and self.last > self.first:
            for name in self.layout.whose:
                if self._is_strange(leaf, name):
                    self.strange.setdefault(name, self.last)
        if self.near is not None:
            self.near.add(leaf)
            self.scanned = self.scanned or leaf.page.scanned

    def _is_strange(self, leaf: Leaf, name: str) -> bool:
        """Whether a page shows values of a field, and ours is not among them."""
        assert self.layout is not None
        shown = set(self.layout.whose[name].findall(_bare(word.text for word in leaf.page.words)))
        return bool(shown) and _bare([self.values[name].text]) not in shown

    def ended(self) -> Case:
        """With what all of its pages say together."""
        return replace(self, values={**self.values, **self.near.values()}) if self.near else self


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
        case: Case | None = None
        for leaf in leaves_of(path):
            begun = self._begun(leaf, case)
            if begun is None:
                assert case is not None
                case.add(leaf)
                continue
            if case is not None:
                yield self._item(path, case.ended(), whole=False)
            case = begun
            case.add(leaf)
        assert case is not None, "a document without pages was refused"
        yield self._item(path, case.ended(), whole=case.first == 1)

    def _begun(self, leaf: Leaf, before: Case | None) -> Case | None:
        """The case that this page begins; None: it belongs to the one before."""
        if before is not None and before.layout is not None and before.layout.whole:
            return None
        labels, number = Labels(leaf.page), leaf.page.number
        layout = next((one for one in self._layouts if labels.says(one.says)), None)
        begins = layout is not None or any(_begins(labels, one) for one in self._layouts)
        if not begins and before is not None:
            return None
        if layout is None:
            code = VERSION if begins else UNKNOWN
            return Case(first=number, last=number, layout=None, code=code)
        values = Taking(leaf, layout, self._says).values()
        near = Nearby(layout) if layout.near else None
        scanned = leaf.page.scanned
        return Case(first=number, last=number, layout=layout, values=values, near=near, scanned=scanned)

    # ---- a case as an item ------------------------------------------------------------------
    def _item(self, path: Path, case: Case, *, whole: bool) -> NewItem:
        pages = (case.first, case.last)
        origin: dict[str, Any] = {"page": case.first, "pages": list(pages)}
        if case.layout is None:
            return self._to_people(case, {}, origin, case.code, _UNREAD[case.code], {})
        origin |= {"layout": case.layout.layout, "scanned": case.scanned, "places": _places(case.values)}
        texts = {name: taken.text for name, taken in case.values.items() if taken.text}
        data, spoilt = self._clean.of(texts)
        if DOCUMENT in self._record.model_fields:
            data[DOCUMENT] = part_of(path, None if whole else pages, self._keep)
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
        assert case.layout is not None
        fields = case.layout.fields
        said = [f"{fields[name].caption if name in fields else 'it'} {why}" for name, why in wrong.items()]
        return f"Page {case.first}: {'; '.join(said)}."


def _begins(labels: Labels, layout: Layout) -> bool:
    """By its heading; or, where that cannot be read, by half of its labels: a form must never be taken for an
    attachment of somebody else's."""
    if labels.find(layout.begins):
        return True
    wanted = [label for label, _ in layout.places()]
    return bool(wanted) and sum(bool(labels.find(label)) for label in wanted) >= len(wanted) / 2


_UNREAD = {
    UNKNOWN: "The page is not of a kind that is known here. Look at it, and send it to the right team.",
    VERSION: "The form is of a version that is not known here. Key it by hand, and tell the automation team.",
}


def _bare(texts: Iterable[str]) -> str:
    return "".join("".join(texts).split()).upper()


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
