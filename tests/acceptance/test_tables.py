"""A list counts only when it is whole: one that may go on, or is not there yet, is not believed."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

import pytest
from playwright.async_api import Page

from bots.engine.core.errors import ScreenChanged, SystemException
from bots.engine.screens.browser import SCRIPT
from bots.engine.screens.maps.schema import ScreenMap
from bots.engine.screens.tables import Patience, Rows, all_rows
from bots.engine.screens.view import View
from tests.driver import a_browser

PATIENCE = Patience(page=2.0, late=1.0)
HEAD = "<tr><th>Ref</th><th>Name</th></tr>"


def row(number: int) -> str:
    return f"<tr><td>{number}</td><td>Ann {number}</td></tr>"


def table(*rows: str, more: str = "") -> str:
    return f"<table id=t>{HEAD}{''.join(rows)}</table>{more}"


@pytest.fixture(scope="module")
async def page() -> AsyncIterator[Page]:
    async with a_browser() as browser:
        page = await (await browser.new_context()).new_page()
        await page.add_init_script(path=SCRIPT)
        yield page


async def never(*_: Any, **__: Any) -> None:
    raise AssertionError("no other document was expected")


async def read(page: Page, body: str, **declared: Any) -> Rows:
    columns = {"ref": {"header": "Ref"}, "name": {"header": "Name"}}
    spec = {"find": [{"css": "#t"}], "columns": columns, "empty": "No cases", **declared}
    screen = ScreenMap.model_validate({"screen": "s", "ready": {"text": "x"}, "tables": {"cases": spec}})
    await page.goto("about:blank")
    await page.set_content(f"<body>{body}</body>")
    return await all_rows(View(page=page, frame=page.main_frame, screen=screen), "cases", never, PATIENCE)


async def refs(page: Page, body: str, **declared: Any) -> list[str]:
    return [str(one["ref"]) for one in (await read(page, body, **declared)).rows]


THREE = [row(1), row(2), row(3)]
COUNT = {"count": r"(\d+) cases"}


@pytest.mark.parametrize(
    ("body", "declared"),
    [
        (table(*THREE), {}),
        (table(*THREE, more="3 cases"), COUNT),
        (table(*THREE), {"most": 4}),
        (table(*THREE, "<tr><td colspan=2>3 cases</td></tr>"), COUNT),
        (table(*THREE, "<tr><td colspan=2>Page 1 of 1 <a href=#>First</a></td></tr>"), {}),
        (table("<tr><th colspan=2>Open</th></tr>", *THREE), {}),
        (table(*THREE, "<tr><td>Total</td><td>3.00</td></tr>"), {"skip": ["^Total"]}),
        (table(*THREE, "<tr><td colspan=2>Grand total 3.00</td></tr>"), {"skip": ["total"]}),
        # A pager that is off, and links of the rows themselves.
        (table(*THREE, more="<a href=# class=disabled>Next</a><button disabled>2</button>"), {}),
        (table(*THREE[:1], "<tr><td><a href=#>2</a></td><td>Ann</td></tr>", row(3)), {}),
    ],
)
async def test_a_whole_list_is_read(page: Page, body: str, declared: dict[str, Any]) -> None:
    assert await refs(page, body, **declared) == ["1", "2", "3"]


TWENTY = [row(number) for number in range(20)]


@pytest.mark.parametrize(
    ("body", "declared"),
    [
        (table(*THREE, more="4 cases"), COUNT),
        (table(*THREE), COUNT),  # it says nothing, although its map says that it would
        (table(*THREE), {"most": 3}),
        (table(*TWENTY), {}),
        (table(*TWENTY, row(20), row(21), row(22), row(23), row(24)), {}),
        (table(*THREE, more="<a href=# rel=next>On</a>"), {}),
        (table(*THREE, more="<a href=#>Next page</a>"), {}),
        (table(*THREE, more="<a href=#>1</a> <a href=#>2</a>"), {}),
        (table(*THREE, more="<button>Load more</button>"), {}),
        (table(*THREE, more="<button aria-label='Next ›'></button>"), {}),
        (table(*THREE, more="<a href=#>Show all</a>"), {}),
        (table(*THREE, more="<a href=#>»</a>"), {}),
        (table(), {}),
        (table(more="No cases today"), {"empty": {"css": "#none"}}),
    ],
)
async def test_a_list_that_may_go_on_is_not_believed(page: Page, body: str, declared: dict[str, Any]) -> None:
    with pytest.raises(SystemException) as told:
        await read(page, body, **declared)
    assert told.value.code == "list-incomplete"


@pytest.mark.parametrize("declared", [{"most": 30}, {"count": r"(\d+) cases"}])
async def test_what_its_map_says_of_its_end_counts(page: Page, declared: dict[str, Any]) -> None:
    body = table(*TWENTY, more="<p>20 cases</p><a href=#>2</a>")
    assert len(await refs(page, body, **declared)) == 20


async def test_a_row_that_is_no_entry_is_a_problem_unless_it_is_named(page: Page) -> None:
    body = table(row(1), "<tr><td colspan=2>Smith, see overleaf</td></tr>")
    with pytest.raises(ScreenChanged, match="a row that is no entry"):
        await read(page, body)


@pytest.mark.parametrize(
    ("body", "empty"),
    [
        (table(more="No cases"), "No cases"),
        (table("<tr><td colspan=2>No cases</td></tr>"), "No cases"),
        (table(more="<p id=none>Nothing</p>"), {"css": "#none"}),
        (table(more="<h2>No results</h2>"), {"heading": "No results"}),
        ("<p id=none>Nothing</p>", {"css": "#none"}),
        ("No cases", "No cases"),
    ],
)
async def test_an_empty_list(page: Page, body: str, empty: Any) -> None:
    assert await refs(page, body, empty=empty) == []


async def test_empty_by_its_headers(page: Page) -> None:
    declared = {"empty": {"headers": True}, **COUNT}
    assert await refs(page, table(more="0 cases"), **declared) == []
    with pytest.raises(SystemException):
        await read(page, table(more="2 cases"), **declared)
    with pytest.raises(ScreenChanged):
        await read(page, "0 cases", **declared)


async def test_pages_in_one_document(page: Page) -> None:
    """A script puts the next page into the same table."""
    pages = [[row(1), row(2)], [row(3), row(4)], [row(5)]]
    script = f"""<script>
      const pages = {["".join(one) for one in pages]!r}; let at = 0;
      function onward() {{ setTimeout(() => {{ at += 1;
        document.querySelector('#t').innerHTML = `{HEAD}` + pages[at];
        document.querySelector('#p').textContent = `Page ${{at + 1}} of 3`;
        if (at === 2) document.querySelector('#n').remove();
      }}, 100); }}
    </script>"""
    body = table(
        *pages[0], more='<p id=p>Page 1 of 3</p><a id=n href="#" onclick="onward(); return false">Next</a>'
    )
    declared = {"pages": r"Page (\d+) of (\d+)", "next": [{"id": "n"}]}
    assert await refs(page, script + body, **declared) == ["1", "2", "3", "4", "5"]


async def test_what_is_known_of_a_list_is_said(page: Page) -> None:
    read_ = (await read(page, table(*THREE, more="3 cases"), covers="all", **COUNT)).read
    assert (read_.screen, read_.table, read_.covers, read_.counted) == ("s", "cases", "all", 3)


@pytest.mark.parametrize(
    "wrong",
    [
        {"covers": "all cases"},
        {"empty": {"headers": True}},
        {"empty": {"text": "No", "headers": True}},
        {"empty": {}},
        {"skip": ["("]},
        {"most": 0},
    ],
)
async def test_a_map_that_promises_too_much_is_refused(wrong: dict[str, Any]) -> None:
    spec = {"find": [{"css": "#t"}], "columns": {"ref": {"header": "Ref"}}, **wrong}
    with pytest.raises(ValueError, match=r"wants|give|regular expression|greater"):
        ScreenMap.model_validate({"screen": "s", "ready": {"text": "x"}, "tables": {"cases": spec}})
