"""Reading a table over all its pages, and whether that was all of it."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

from ..core.absence import ListRead
from ..core.errors import SystemException
from ..core.value import Shown
from .asking import ask, ask_until
from .maps.schema import ScreenMap, TableMap
from .reading import changed
from .view import View

_MOST_PAGES = 500
_FEW = 10
_ROUND = (10, 25)
"""Lists are cut off at round numbers: a longer one of just so many rows is not believed on its own."""

Row = Mapping[str, Shown]


class Arrive(Protocol):
    async def __call__(self, frame: Any, target: ScreenMap, *, old: str) -> None:
        """Wait for the next page: the screen in another document than `old`."""


@dataclass(frozen=True, kw_only=True)
class Rows:
    """All rows of a table, by the columns' names, and what is known of how many there are."""

    rows: Sequence[Row]
    read: ListRead


@dataclass(frozen=True, kw_only=True)
class Patience:
    """Seconds: `page` for the next page to come; `late` for rows that a script is fetching meanwhile.
    `fetching`: the paths of what scripts wait for now; `polls`: of those that were waited for in vain once,
    such as a long poll."""

    page: float
    late: float
    fetching: Callable[[], Collection[str]] = tuple
    polls: set[str] = field(default_factory=set)

    def awaited(self) -> set[str]:
        return set(self.fetching()) - self.polls


async def all_rows(view: View, table: str, arrive: Arrive, patience: Patience) -> Rows:
    """Every row. Raises when the page says that there are more."""
    spec = view.table(table)
    await _if_late(view, spec, patience)
    found: list[Row] = []
    for number in range(1, _MOST_PAGES + 1):
        page = await ask(view.frame, "table", spec.spec())
        if page.get("problem"):
            raise changed(view.screen, {table: page["problem"]})
        found += [_row(spec, row) for row in page["rows"]]
        if not page["more"]:
            _check_whole(view, table, page, len(found), number)
            place = {"screen": view.screen.screen, "table": table, "covers": spec.covers or ""}
            return Rows(rows=found, read=ListRead(**place, counted=len(found), ends=spec.ends))
        await _turn(view, spec, page, arrive, patience.page)
    raise SystemException("list-endless", f"The list {table} has more than {_MOST_PAGES} pages.")


async def _if_late(view: View, spec: TableMap, patience: Patience) -> None:
    """Nothing, says the page, while a script of it still fetches something: perhaps the rows. Where the map
    says how the list ends and the page says it too, nothing is waited for."""
    if not patience.awaited():
        return
    page = await ask(view.frame, "table", spec.spec())
    if page.get("problem") or page["rows"] or page["said"] is not None:
        return
    if await ask_until(view.frame, "filled", spec.spec(), patience.late) is None:
        patience.polls.update(patience.awaited())


async def _turn(view: View, spec: TableMap, page: Mapping[str, Any], arrive: Arrive, patience: float) -> None:
    """To the next page, which may come in the same document."""
    await ask(view.frame, "click", {"find": spec.spec()["next"]})
    number = page["pages"][0] if page["pages"] else None
    asked = {"pages": spec.pages, "old": page["doc"], "number": number}
    turned = await ask_until(view.frame, "turned", asked, patience)
    if turned is None or turned["fresh"]:
        await arrive(view.frame, view.screen, old=page["doc"])


def _row(spec: TableMap, row: Mapping[str, str]) -> Row:
    return {name: Shown(text=text, format=spec.columns[name].format) for name, text in row.items()}


def _check_whole(view: View, table: str, last: Mapping[str, Any], found: int, number: int) -> None:
    """A list that is shorter than it says, or empty without saying so, is not taken for the truth."""
    spec, said, pages = view.table(table), last["said"], last["pages"]
    short = said is not None and said != found
    early = pages is not None and (number, number) != tuple(pages)
    silent = bool(spec.count or spec.pages) and found and said is None and pages is None
    full = spec.most is not None and said is None and found >= spec.most
    if short or early or silent or full or (not found and not last["empty"]):
        raise _incomplete(view, table, "does not show all of its rows")
    if not spec.ends and last["pager"]:
        raise _incomplete(view, table, "seems to have further pages, and its map does not say how it ends")
    if not spec.ends and found > _FEW and any(found % size == 0 for size in _ROUND):
        raise _incomplete(view, table, f"shows just {found} rows, and its map does not say how it ends")


def _incomplete(view: View, table: str, what: str) -> SystemException:
    return SystemException("list-incomplete", f"The list {table} on {view.screen.screen} {what}.")
