"""What a layout takes from a document, for the person who writes it: every value, with its place, and why a
person would look at it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from ...core.papers import DOCUMENT, Papers
from ...core.record import Record
from ..mistakes import mistakes
from ..pdf.pdf import leaves_of
from ..scans.leaf import Leaf
from ..scans.voting import letters, value_of
from .cases import Case, cases_of
from .layout import Layout
from .taking import marked

_HARD = "is hard to read"
_SOME_FILE = f"{'0' * 64}.pdf"


def tried(
    path: Path, layout: Layout, record: type[Record] | None, folder: Path | None
) -> Iterator[dict[str, Any]]:
    """Plain values: case by case its pages, and its `values`. `record`: by whose types they are checked.
    `folder`: for a picture of each page. Raises a BusinessException."""
    says = value_of(record) if record is not None else letters
    for case in cases_of(_kept(leaves_of(path), folder), [layout], says):
        yield _case(case, record, folder)


def _kept(leaves: Iterable[Leaf], folder: Path | None) -> Iterator[Leaf]:
    """A page can be drawn only until the next one is asked for."""
    if folder is None:
        yield from leaves
        return
    from ..pdf.page_picture import keep_plain

    for leaf in leaves:
        keep_plain(leaf, folder)
        yield leaf


def _case(case: Case, record: type[Record] | None, folder: Path | None) -> dict[str, Any]:
    found: dict[str, Any] = {"first": case.first, "last": case.last, "code": case.code, "pictures": []}
    if case.layout is None:
        return found | {"values": []}
    why = _why(case, record)
    values = [
        {
            "field": name,
            "caption": case.layout.fields[name].caption,
            "value": taken.text,
            "page": taken.page or case.page_of(name),
            "sure": round(taken.sure, 3),
            "why": why.get(name, ""),
            "box": [round(side, 1) for side in taken.box] if taken.box else None,
        }
        for name, taken in case.values.items()
    ]
    others = {name: sentence for name, sentence in why.items() if name not in case.values}
    if folder is not None:
        from ..pdf.page_picture import with_values

        found["pictures"] = [
            with_values(folder, page, [one for one in values if one["page"] == page and one["box"]])
            for page in range(case.first, case.last + 1)
        ]
    return found | {"values": values, "others": others}


def _why(case: Case, record: type[Record] | None) -> Mapping[str, str]:
    """By field why a person would look at it."""
    values = case.values
    unsure = {name: values[name].why or _HARD for name in marked(values, Papers().sure)}
    unsure |= {name: f"is another one on page {page}" for name, page in case.strange.items()}
    if record is None:
        return unsure
    data = {name: taken.text for name, taken in values.items() if taken.text}
    if DOCUMENT in record.model_fields:
        data[DOCUMENT] = _SOME_FILE
    try:
        record.model_validate(data)
    except ValidationError as error:
        return unsure | mistakes(error, unsure)
    return unsure
