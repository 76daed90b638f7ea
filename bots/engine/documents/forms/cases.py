"""The cases of a document, one after the other: which pages belong to each, and what stands on them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace

from ..pages.page import FormField
from ..scans.leaf import Leaf
from ..scans.voting import Value, letters
from .labels import Labels
from .layout import Layout
from .near import Nearby
from .taken import Taken, doubted, nowhere
from .taking import Taking

UNKNOWN, VERSION = "unknown-document", "unknown-form-version"
OTHER_PAGE = "is on a page that is not the one of the form"
MOVED = "is on a form with pages that are in the wrong place, or there twice"


@dataclass(kw_only=True)
class Case:
    """The pages of one case. Without a layout nobody knows how to read it."""

    first: int
    last: int
    layout: Layout | None
    code: str = ""
    says: Value = letters
    values: dict[str, Taken] = field(default_factory=dict)
    near: Nearby | None = None
    scanned: bool = False
    strange: dict[str, int] = field(default_factory=dict)  # by field the page that shows another value of it
    forms: dict[str, set[int]] = field(default_factory=dict)  # by name of a form's field its pages
    # By name of a form's field, and choice, its value on the first page that has it, and that page.
    stored: dict[tuple[str, str], tuple[str, int]] = field(default_factory=dict)
    moved: dict[int, int] = field(default_factory=dict)  # by page of the form the one that is in its place
    whole: bool = False  # it is all that the document holds

    def add(self, leaf: Leaf) -> None:
        """A page that belongs to it, the first one too."""
        self.last = leaf.page.number
        if self.layout is None:
            return
        self._take(leaf, self.layout)
        if self.last > self.first:
            for name in self.layout.whose:
                if self._is_strange(leaf, name):
                    self.strange.setdefault(name, self.last)
        if self.near is not None:
            self.near.add(leaf)
            self.scanned = self.scanned or leaf.page.scanned

    def _take(self, leaf: Leaf, layout: Layout) -> None:
        """What the layout says of this page."""
        for one in leaf.page.fields:
            self.forms.setdefault(one.name, set()).add(self.last)
            if self.last - self.first < layout.last_page:
                self._compare(one, layout)
        number, labels = self.last - self.first + 1, Labels(leaf.page)
        its_own = labels.says(layout.pages.get(number, ()))
        if not its_own:
            self.moved |= {other: self.last for other in layout.pages if _is_page(labels, layout, other)}
        if not layout.on(number):
            return
        found = Taking(leaf, layout, self.says, number).values()
        if number in layout.pages and not its_own:
            found = {name: doubted(taken, OTHER_PAGE) for name, taken in found.items()}
        page = None if number == 1 else self.last
        self.values |= {name: replace(taken, page=page) for name, taken in found.items()}
        self.scanned = self.scanned or leaf.page.scanned

    def _compare(self, one: FormField, layout: Layout) -> None:
        """A form has one value by each name, on whichever of its pages it stands: a page that shows another
        one is of another copy."""
        value, page = self.stored.setdefault((one.name, one.choice), (one.value, self.last))
        if value == one.value or page == self.last:
            return
        for name, its in layout.fields.items():
            if any(spot.form in (one.name, f"{one.name}={one.choice}") for spot in its.spots()):
                self.strange.setdefault(name, self.last)

    def _is_strange(self, leaf: Leaf, name: str) -> bool:
        """Whether a page shows values of a field, and ours is not among them."""
        assert self.layout is not None
        texts = [
            _bare(word.text for word in leaf.page.words),
            *(_bare([one.value]) for one in leaf.page.fields),
        ]
        shown = {found for text in texts for found in self.layout.whose[name].findall(text)}
        return bool(shown) and _bare([self.values[name].text]) not in shown

    def expects(self, leaf: Leaf) -> bool:
        """Whether a page says of itself that it is the next one of this case's form, or another one
        that is in the wrong place."""
        layout, labels = self.layout, Labels(leaf.page)
        if layout is None or not layout.pages:
            return False
        if labels.says(layout.pages.get(leaf.page.number - self.first + 1, ())):
            return True
        other = any(_is_page(labels, layout, number) for number in layout.pages)
        return other and not labels.find(layout.begins)

    def ended(self, *, whole: bool) -> Case:
        """With what all of its pages say together, and with what was on none of them."""
        if self.layout is None:
            return replace(self, whole=whole)
        values = {**self.values, **(self.near.values() if self.near else {})}
        if self.layout.last_page > 1:
            values = {name: self._on_its_page(name, values.get(name)) for name in self.layout.fields}
        return replace(self, values=values, whole=whole)

    def _on_its_page(self, name: str, taken: Taken | None) -> Taken:
        """A value whose page is missing, or whose form field is on another page, is never a blank one."""
        assert self.layout is not None
        its = self.layout.fields[name]
        if taken is None:
            return nowhere(f"is on page {its.page} of the form, which is not there")
        page = self.first + its.page - 1
        if its.page in self.moved or (its.page == 1 and not self.moved.keys() <= self._with_fields):
            return doubted(taken, MOVED)
        names = (spot.form for spot in its.spots() if spot.form is not None)
        for pages in filter(None, (self._pages_of(form) for form in names)):
            if its.near is None and page not in pages:
                return doubted(taken, f"is on page {min(pages)} of the file, and should be on page {page}")
        return taken

    @property
    def _with_fields(self) -> set[int]:
        assert self.layout is not None
        return {one.page for one in self.layout.fields.values()}

    def _pages_of(self, form: str) -> set[int]:
        return self.forms.get(form) or self.forms.get(form.rpartition("=")[0]) or set()

    def page_of(self, name: str) -> int:
        """The page of the document on which a value stands."""
        if self.layout is None or name not in self.layout.fields:
            return self.first
        return self.first + self.layout.fields[name].page - 1


def cases_of(leaves: Iterable[Leaf], layouts: Sequence[Layout], says: Value = letters) -> Iterator[Case]:
    """`says`: what a text says as one of a record's fields."""
    case: Case | None = None
    found = last = 0
    for leaf in leaves:
        last = leaf.page.number
        divides = _divides(leaf, case, layouts)
        begun = None if divides else _begun(leaf, case, layouts, says)
        if case is not None and (divides or begun is not None):
            yield case.ended(whole=False)
            found, case = found + 1, None
        if not divides:
            case = begun or case
            assert case is not None
            case.add(leaf)
    if case is None and not found:  # every page of it is blank
        case = Case(first=1, last=last, layout=None, code=UNKNOWN)
    if case is not None:
        yield case.ended(whole=case.first == 1)


def _divides(leaf: Leaf, case: Case | None, layouts: Sequence[Layout]) -> bool:
    """Whether it is a blank page between two cases."""
    known = [case.layout] if case is not None and case.layout is not None else layouts
    return any(layout.between == "blank" for layout in known) and leaf.blank


def _begun(leaf: Leaf, before: Case | None, layouts: Sequence[Layout], says: Value) -> Case | None:
    """The case that this page begins; None: it belongs to the one before."""
    if before is not None and before.layout is not None and (before.layout.whole or before.expects(leaf)):
        return None
    labels, number = Labels(leaf.page), leaf.page.number
    layout = next((one for one in layouts if labels.says(one.says)), None)
    begins = layout is not None or any(_begins(labels, one) for one in layouts)
    if not begins and before is not None:
        return None
    if layout is None:
        return Case(first=number, last=number, layout=None, code=VERSION if begins else UNKNOWN)
    near = Nearby(layout) if layout.near else None
    scanned = leaf.page.scanned
    return Case(first=number, last=number, layout=layout, says=says, near=near, scanned=scanned)


def _begins(labels: Labels, layout: Layout) -> bool:
    """By its heading; or, where that cannot be read, by half of its labels: a form must never be taken for an
    attachment of somebody else's."""
    if labels.find(layout.begins):
        return True
    wanted = [label for label, _ in layout.places()]
    return bool(wanted) and sum(bool(labels.find(label)) for label in wanted) >= len(wanted) / 2


def _is_page(labels: Labels, layout: Layout, number: int) -> bool:
    """By most of the words by which the page of a form is known: one of them may be in anybody's letter."""
    words = layout.pages[number]
    return 2 * sum(labels.says([one]) for one in words) > len(words)


def _bare(texts: Iterable[str]) -> str:
    return "".join("".join(texts).split()).upper()
