"""A first draft of a record and a layout. What was filled in at the form never gets into it."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from itertools import islice
from pathlib import Path
from typing import Any

from ...core.errors import refusal
from ..pdf.pdf import leaves_of, pages_of
from . import field
from .choosing import fields_of
from .field import Drafted
from .knowing import Knowing
from .layout_text import layout_text
from .likeness import likeness
from .names import plain
from .record_text import record_text
from .spots import FormPage, form_page, has_fields

MOST = 40
"""Pages of a form that are looked at."""
_KEY = re.compile(r"\b(?:reference|ref|number|no|cyfeirnod|rhif)\b", re.I)
_SHORTEST_KEY = 8  # letters that must fit in
_NO_KEY = re.compile(r"phone|mobile|insurance|yswiriant|company|employee|\bdx\b|address|years?\b|child", re.I)


class Drafting:
    """Of one form. `pages` is read first: each of them may take seconds, where it is a scan."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._found: list[FormPage] = []

    def pages(self) -> Iterator[int]:
        """Looks at page after page, and gives the number of each. Raises a BusinessException."""
        ruled = not any(has_fields(page) for page in islice(pages_of(self._path, scans=False), MOST))
        for number, leaf in enumerate(islice(leaves_of(self._path), MOST), start=1):
            self._found.append(form_page(leaf, number, ruled=ruled))
            yield number

    def draft(self, name: str, class_name: str, title: str) -> dict[str, Any]:
        """Plain values: `record` and `layout` as texts; `fields`, `key` and `pages`, of which a sample can be
        made; and `said`, what a person has to complete.

        Raises a BusinessException where there is nothing of which a draft could be made.
        """
        drafted = _Draft(self._found, name, class_name, title)
        if not drafted.fields:
            raise refusal("nothing-to-draft", _NOTHING)
        return drafted.plain()


def draft(path: Path, name: str, class_name: str, title: str) -> dict[str, Any]:
    """All at once."""
    drafting = Drafting(path)
    for _ in drafting.pages():
        pass
    return drafting.draft(name, class_name, title)


_NOTHING = (
    "No field and no ruled box was found in the file, so there is nothing to draft. "
    "Describe it by hand, with what rekey documents try shows of it."
)


class _Draft:
    def __init__(self, pages: Sequence[FormPage], name: str, class_name: str, title: str) -> None:
        self._name, self._class, self._title = name, class_name, title
        self._known = Knowing(pages)
        self._pages = list(_once(self._recognised(page) for page in pages))
        self.fields = fields_of((page.spots, page.around) for page in self._pages)
        self._key = _key(self.fields)

    def plain(self) -> dict[str, Any]:
        return {
            "record": record_text(self.fields, self._key, self._title, self._class),
            "layout": layout_text(
                self._name,
                self.fields,
                self._pages,
                self._known,
                list(self._labels()),
            ),
            "fields": [_told(one) for one in self.fields],
            "key": self._key,
            "pages": likeness(self._pages, self.fields, self._known),
            "said": list(self._said()),
        }

    def _recognised(self, page: FormPage) -> FormPage:
        """A page that no words tell from the others is read by its form's fields alone."""
        if page.number == 1 or page.number in self._known.pages:
            return page
        return replace(page, spots=[replace(spot, anchor=None) for spot in page.spots if spot.form])

    @property
    def _ruled(self) -> bool:
        return not any(spot.form for page in self._pages for spot in page.spots)

    def _labels(self) -> Iterator[str]:
        """Of a form without fields what looks like a label and has no box; never what stands behind it."""
        if not self._ruled:
            return
        for page in self._pages:
            used = {spot.label for spot in page.spots}
            for phrase in page.around.phrases:
                label, colon, _ = phrase.text.partition(":")
                if colon and phrase not in used and label.strip():
                    yield f"page {page.number}: {plain(label)}"

    def _said(self) -> Iterator[str]:
        count, pages = len(self.fields), len(self._pages)
        yield f"The draft has {_many(count, 'value')} on {_many(pages, 'page')}. Look at each of them."
        if len(self._pages) == MOST:
            yield f"No more than {MOST} pages were looked at."
        if self._key:
            yield f"known_by: the draft takes {self._key}. Say which fields make a case the same case."
        else:
            yield "known_by: no field looks like a reference. Say which fields make a case the same case."
        if self._ruled:
            yield "It has no fields: words outside of boxes are taken for labels. Draft it from a blank copy."
        if not self._known.versioned:
            yield "says: the first page shows no version. Give words that tell it from every other version."
        alone = sum(spot.anchor is None for page in self._pages for spot in page.spots)
        if alone:
            yield (
                f"{_many(alone, 'field')} can be read from the fillable form only. "
                "For printed and scanned copies give label and box."
            )
        if guessed := [one.name for one in self.fields if one.kind in _GUESSED]:
            yield f"Guessed from their words: {', '.join(guessed)}. Look at their types in record.py."
        yield "Each value is taken for personal data (Sensitive), and may be blank. Change what is not so."


def _once(pages: Iterable[FormPage]) -> Iterator[FormPage]:
    """A field may have several places, such as a reference at the head of each page: it has one value."""
    known: set[tuple[str, str]] = set()
    for page in pages:
        spots = []
        for spot in page.spots:
            if not spot.form or (spot.form, spot.choice) not in known:
                spots.append(spot)
                known.add((spot.form, spot.choice))
        yield replace(page, spots=spots)


_GUESSED = (field.DATE, field.POUNDS, field.POSTCODE, field.PHONE)


def _told(one: Drafted) -> dict[str, Any]:
    short = not any(spot.lines for spot in one.spots)
    listed = list(one.listed or one.choices)
    return {"name": one.name, "caption": one.caption, "kind": one.kind, "short": short, "options": listed}


def _key(fields: Sequence[Drafted]) -> str:
    texts = [one for one in fields if one.kind == field.TEXT and len(one.spots) == 1]
    texts = [one for one in texts if not one.spots[0].lines and not 0 < one.spots[0].longest < _SHORTEST_KEY]
    keys = [one for one in texts if _is_key(one.name.replace("_", " ")) or _is_key(one.caption)]
    return next((one.name for one in [*keys, *texts]), "")


def _is_key(words: str) -> bool:
    return bool(_KEY.search(words)) and not _NO_KEY.search(words)


def _many(count: int, what: str) -> str:
    return f"{count} {what}" if count == 1 else f"{count} {what}s"
