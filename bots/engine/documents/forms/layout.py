"""Layouts: the strict schema of `layouts/*.yaml`, which says where a document's values stand.

A layout describes one version of one document. It knows a page by what stands on it, and a value by the
label beside it; where a PDF has form fields, by their names. Boxes are in points (72 an inch), measured from
the middle of the label's left side, which a letter more or less does not move: [left, top, right, bottom].
A layout that says where its labels stand (`at`: that same point, from the top left corner of the page) is
laid over the page as a whole, so that one label that was misread does no harm. A field stands on the first
page of its case, or on the one that it names (`page`).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from functools import cache
from pathlib import Path
from re import Pattern
from typing import Annotated, Any, Literal

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from ...core.errors import ConfigurationError
from .rows import spread_out

Offsets = tuple[float, float, float, float]
Point = tuple[float, float]
Labels = Annotated[tuple[str, ...], Field(min_length=1)]
"""The words on the page, in every language in which the document comes."""


class Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Mark(Strict):
    """A tick box, or a place for a signature: something is drawn there, or nothing is. One that has a `form`
    alone is read from the fillable form only."""

    form: str | None = None
    """The name of the form field; with `=` behind it the choice that it must have: `period=Weekly`."""
    label: Labels | None = None
    at: Point | None = None
    box: Offsets | None = None

    @model_validator(mode="after")
    def _somewhere(self) -> Mark:
        _must_be_somewhere(self.form, self.label, self.at, self.box)
        return self


class TextPart(Strict):
    """One of several places of which a value is made. Each is found as a text is: see `FieldLayout`."""

    form: str | None = None
    label: Labels | None = None
    at: Point | None = None
    box: Offsets | None = None
    lines: bool = False

    @model_validator(mode="after")
    def _somewhere(self) -> TextPart:
        _must_be_somewhere(self.form, self.label, self.at, self.box)
        return self


def _must_be_somewhere(form: str | None, label: Labels | None, at: Point | None, box: Offsets | None) -> None:
    if (label is None) != (box is None):
        raise ValueError("label and box go together")
    if form is None and box is None:
        raise ValueError("give form, or label and box")
    if at is not None and label is None:
        raise ValueError("at says where a label stands, and there is none")


class Near(Strict):
    """A value to the right of its label or below it, wherever on the pages of its case: for documents of many
    makers. All places where it stands must say the same; what could be read in two ways is a person's."""

    kind: Literal["number", "date", "amount"]
    labels: Labels
    weak: tuple[str, ...] = ()
    """Labels that may stand beside other values, too: looked at on the right alone. Of a number or a date
    they count only in the upper half of a page, and only where none of the others stands."""
    beside: tuple[str, ...] = ()
    """Words beside an amount that are no part of it."""
    then: tuple[str, ...] = ()
    """Words that may follow a number, with something else behind them."""
    largest: bool = False
    """No amount in the case is larger: a net sum is never taken for the whole."""
    unless: tuple[str, ...] = ()
    """Where any of these stands on a page, a person looks at the value."""


class FieldLayout(Strict):
    """Where one value stands: just one of `box`, `one_of`, `ticked`, `drawn`, `joined`, `near`; or a `form`
    alone, which is read from the fillable form only."""

    caption: str
    """What people call it."""
    page: int = Field(default=1, ge=1)
    """On which page of its case it stands."""
    form: str | None = None
    label: Labels | None = None
    at: Point | None = None
    box: Offsets | None = None
    """Text beside the label."""
    lines: bool = False
    """The text may have several lines; on a scan it must consist of words that there are."""
    one_of: dict[str, Mark] | None = None
    """Tick boxes of which one is ticked: what the value is then."""
    ticked: Mark | None = None
    """Yes or No: whether this one box is ticked."""
    drawn: Mark | None = None
    """Yes or No: whether somebody signed there."""
    joined: Annotated[tuple[TextPart, ...], Field(min_length=2)] | None = None
    """Places of which the value is made, in their order: day, month and year, or the lines of an address."""
    joint: str = Field(default=" ", alias="with")
    """What stands between them. If that ends in a space or a line break, blank parts are left out."""
    near: Near | None = None

    @model_validator(mode="after")
    def _one_way(self) -> FieldLayout:
        ways = [self.box, self.one_of, self.ticked, self.drawn, self.joined, self.near]
        given = sum(way is not None for way in ways)
        if given > 1 or not (given or self.form):
            raise ValueError("give one of box, one_of, ticked, drawn, joined or near, or form alone")
        if (self.label is None) != (self.box is None):
            raise ValueError("label and box go together")
        if self.near is not None and self.page != 1:
            raise ValueError("near looks at every page: page does not go with it")
        return self

    def marks(self) -> Iterator[Mark]:
        yield from (self.one_of or {}).values()
        yield from (mark for mark in (self.ticked, self.drawn) if mark is not None)

    def spots(self) -> Iterator[FieldLayout | TextPart | Mark]:
        """Everything of it that has a name in a form or a label on the page."""
        yield self
        yield from self.marks()
        yield from self.joined or ()


class Layout(Strict):
    layout: str
    """Its name: that of the file."""
    says: Labels
    """Any of these stands on the page, letter by letter: it tells the versions apart."""
    begins: Labels
    """Any of these heads the first page of each case."""
    between: Literal["blank"] | None = None
    """A blank page ends a case, and is no part of it: what follows is another one, whatever heads it."""
    whole: bool = False
    """All pages that follow belong to the same case, also where they begin alike."""
    pages: dict[Annotated[int, Field(ge=2)], Labels] = {}
    """By page of a case words that stand on it, letter by letter, and on none of its others: a page without
    any of them is another one."""
    anchors: dict[Annotated[int, Field(ge=1)], dict[str, Point]] = {}
    """By page of a case other words on it, and where they stand: with the labels that say it (`at`) they tell
    how the page lies."""
    whose: dict[str, Pattern[str]] = {}
    """By field how a value of it looks, in capitals and without spaces: a page behind the first that shows
    only other ones is somebody else's."""
    fields: dict[str, FieldLayout]
    """Those of groups that come again, and of the rows of a table, may be told once: see `Rows`."""

    @model_validator(mode="before")
    @classmethod
    def _rows(cls, said: Any) -> Any:
        return spread_out(said)

    @model_validator(mode="after")
    def _whose_fields(self) -> Layout:
        if unknown := sorted(set(self.whose) - set(self.fields)):
            raise ValueError(f"whose names {', '.join(unknown)}, which is no field")
        if later := sorted(name for name in self.whose if self.fields[name].page > 1):
            raise ValueError(f"whose names {', '.join(later)}, which is not on the first page")
        return self

    @model_validator(mode="after")
    def _known_pages(self) -> Layout:
        """Pages with the same labels, such as those of a second child, must not change places in silence."""
        labelled = {field.page for field in self.fields.values() if any(spot.label for spot in field.spots())}
        if unknown := sorted(labelled - set(self.pages) - {1}):
            pages = ", ".join(map(str, unknown))
            raise ValueError(f"pages says no words for page {pages}, which has labels")
        return self

    @property
    def near(self) -> bool:
        """Whether any of its values may stand on later pages."""
        return any(field.near is not None for field in self.fields.values())

    @property
    def last_page(self) -> int:
        """The last page of a case of which it says anything."""
        return max((*self.pages, *(field.page for field in self.fields.values())), default=1)

    def on(self, page: int) -> dict[str, FieldLayout]:
        """The fields of one page of a case; those that are found by `near` are on none."""
        return {
            name: field for name, field in self.fields.items() if field.near is None and field.page == page
        }

    def places(self, page: int = 1) -> Iterator[tuple[Labels, Point]]:
        """The labels and other words of a page of which it says where they stand."""
        for field in self.on(page).values():
            for spot in field.spots():
                if spot.label is not None and spot.at is not None:
                    yield spot.label, spot.at
        yield from (((words,), at) for words, at in self.anchors.get(page, {}).items())


@cache  # a reader is asked for the same ones with every file
def load_layouts(folder: Path) -> tuple[Layout, ...]:
    """All of a folder. Raises ConfigurationError with the file and the path of what is wrong in it."""
    found = [load_layout(file) for file in sorted(folder.glob("*.yaml"))]
    if not found:
        raise ConfigurationError("no-layouts", f"{folder.parent.name}/{folder.name} holds no layout.")
    return tuple(found)


def load_layout(file: Path) -> Layout:
    """One of them. Raises ConfigurationError in the same way."""
    where = f"{file.parent.parent.name}/{file.parent.name}/{file.name}"
    try:
        layout = Layout.model_validate(yaml.safe_load(file.read_text(encoding="utf-8")))
    except (OSError, UnicodeDecodeError):
        raise ConfigurationError("bad-layout", f"{where} cannot be read as a text file.") from None
    except yaml.YAMLError as error:
        raise ConfigurationError("bad-layout", f"{where} is no YAML: {error}") from None
    except ValidationError as error:
        wrong = "; ".join(f"{'.'.join(map(str, e['loc']))}: {e['msg']}" for e in error.errors())
        raise ConfigurationError("bad-layout", f"{where}: {wrong}") from None
    if layout.layout != file.stem:
        raise ConfigurationError("bad-layout", f"{where} says that it is {layout.layout}.")
    return layout


def captions(layouts: Iterable[Layout]) -> dict[str, str]:
    """What people call each field."""
    return {name: field.caption for layout in layouts for name, field in layout.fields.items()}
