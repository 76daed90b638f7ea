"""Reading a table over all its pages, and whether that was all of it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Protocol

from playwright.async_api import Frame

from ..core.errors import SystemException
from ..core.value import Shown
from .asking import ask
from .maps import ScreenMap, TableMap
from .reading import changed
from .view import View

_MOST_PAGES = 500


class Arrive(Protocol):
    async def __call__(self, frame: Frame, target: ScreenMap, *, old: str) -> None:
        """Wait for the next page: the screen in another document than `old`."""


async def all_rows(view: View, table: str, arrive: Arrive) -> Sequence[Mapping[str, Shown]]:
    """Every row, by the columns' names. Raises when the page says that there are more."""
    spec = view.table(table)
    found: list[Mapping[str, Shown]] = []
    for number in range(1, _MOST_PAGES + 1):
        page = await ask(view.frame, "table", spec.spec())
        if page.get("problem"):
            raise changed(view.screen, {table: page["problem"]})
        found += [_row(spec, row) for row in page["rows"]]
        if not page["more"]:
            _check_complete(view, table, page, found, number)
            return found
        await ask(view.frame, "click", {"find": spec.spec()["next"]})
        await arrive(view.frame, view.screen, old=page["doc"])
    raise SystemException("list-endless", f"The list {table} has more than {_MOST_PAGES} pages.")


def _row(spec: TableMap, row: Mapping[str, str]) -> Mapping[str, Shown]:
    return {name: Shown(text=text, format=spec.columns[name].format) for name, text in row.items()}


def _check_complete(
    view: View, table: str, last: Mapping[str, Any], found: Sequence[Mapping[str, Shown]], number: int
) -> None:
    """A list that is shorter than it says, or empty without saying so, is not taken for the truth."""
    said, pages = last["said"], last["pages"]
    short = said is not None and said != len(found)
    early = pages is not None and (number, number) != tuple(pages)
    unnamed = view.table(table).next and found and said is None and pages is None
    if short or early or unnamed or (not found and not last["empty"]):
        raise SystemException(
            "list-incomplete", f"The list {table} on {view.screen.screen} does not show all of its rows."
        )
