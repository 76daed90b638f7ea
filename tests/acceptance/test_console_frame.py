"""What stands around every page of the console, in a real browser: wide, narrow, and without scripts."""

from __future__ import annotations

import asyncio
import contextlib
import html
import logging
import os
import re
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest
import uvicorn
from axe_playwright_python.async_playwright import Axe
from fastapi import FastAPI, Request
from fastapi.responses import HTMLResponse
from playwright.async_api import Browser, Page
from starlette.exceptions import HTTPException

from bots.engine.console.services.headers import HEADERS
from bots.engine.console.services.rendering import Installation, Pages, ago, moment, number
from bots.engine.console.services.static import FILES, MISSING, Assets
from bots.engine.console.web.errors import framed

NOW = datetime(2026, 11, 2, 9, 30, tzinfo=UTC)
SECRET = "Mrs Amberley of 4 Larch Close"
TAGS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
WIDTHS = (1280, 320)
ASKED = {Assets.read().address(name) for name in FILES}
PAGES = ("/", "/narrow", "/nowhere", "/refused/403", "/broken")
SAMPLE = """
{% extends "base.html" %}
{% from "govuk_frontend_jinja/components/button/macro.html" import govukButton %}
{% block title %}Work list{% endblock %}
{% block wide %}{{ wide_page }}{% endblock %}
{% block content %}
<h1 class="govuk-heading-l">Work list</h1>
<p class="govuk-body">{{ 12345 | number }} items wait, the oldest since {{ oldest | moment }}.</p>
<div class="rekey-scroll" role="region" aria-label="Items" tabindex="0">
<table class="govuk-table rekey-dense">
  <caption class="govuk-table__caption govuk-visually-hidden">Items that wait for a person</caption>
  <thead class="govuk-table__head"><tr class="govuk-table__row">
    {% for name in ("Reference", "Process", "Reason", "Since", "With") %}
    <th scope="col" class="govuk-table__header">{{ name }}</th>{% endfor %}</tr></thead>
  <tbody class="govuk-table__body">
  {% for row in rows %}<tr class="govuk-table__row">
    <td class="govuk-table__cell"><a class="govuk-link" href="/narrow">{{ row.reference }}</a></td>
    <td class="govuk-table__cell">{{ row.process }}</td><td class="govuk-table__cell">{{ row.reason }}</td>
    <td class="govuk-table__cell">{{ row.since | ago }}</td>
    <td class="govuk-table__cell">{{ row.holder }}</td>
  </tr>{% endfor %}</tbody>
</table></div>
<div class="rekey-actions">{{ govukButton({"text": "Retry what is chosen"}) }}
{{ govukButton({"text": "Give back", "classes": "govuk-button--secondary"}) }}</div>
{% endblock %}
"""
REASONS = ("Property not known", "Several properties match", "Hard to read", "The form is not signed")
NAV = ("Work list", "In doubt", "Documents", "Approvals", "Hand in", "Figures")


def around(request: Request) -> dict[str, Any]:
    nav = [{"text": text, "href": "/", "current": not number} for number, text in enumerate(NAV)]
    person = {"name": "Priya Sample", "href": "/narrow", "sign_out": "/sign-out", "token": "a"}
    return {"nav": nav, "person": person}


def sample_app(folder: Path, *, tls: bool = False, assets: Assets | None = None) -> FastAPI:
    (folder / "sample.html").write_text(SAMPLE, encoding="utf-8")
    app = FastAPI()
    installation = Installation(
        name="Northmoor Borough Council", environment="test", facts={"Version": "0.1.0"}
    )
    pages = Pages(installation, around=around, assets=assets, clock=lambda: NOW, folders=(folder,))
    rows = [
        {
            "reference": f"MB-2026-{1000 + 7 * n}",
            "process": ("Missed bins", "Council tax moves", "Benefit changes")[n % 3],
            "reason": REASONS[n % 4],
            "since": NOW - timedelta(minutes=37 * n),
            "holder": "<b>Priya</b>" if n % 5 == 0 else "",
        }
        for n in range(12)
    ]

    @app.get("/")
    async def wide(request: Request) -> HTMLResponse:
        return pages.show(request, "sample.html", wide_page="yes", rows=rows, oldest=NOW)

    @app.get("/narrow")
    async def narrow(request: Request) -> HTMLResponse:
        return pages.show(request, "sample.html", rows=rows[:3], oldest=NOW)

    @app.get("/refused/{status}")
    @app.get("/api/refused/{status}")
    async def refused(status: int) -> None:
        raise HTTPException(status, detail=SECRET, headers={"Retry-After": "5"})

    @app.get("/broken")
    @app.get("/api/broken")
    async def broken() -> None:
        raise ValueError(SECRET)

    @app.get("/api/items")
    async def items(limit: int) -> int:
        return limit

    framed(app, pages, tls=tls)
    return app


class _Server(uvicorn.Server):
    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        """The tests hear the signals."""
        yield


@pytest.fixture(scope="module")
async def console(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[str]:
    """The address of the sample pages."""
    app = sample_app(tmp_path_factory.mktemp("templates"))
    config = uvicorn.Config(app, host="127.0.0.1", port=0, log_level="warning", lifespan="off")
    server = _Server(config)
    sockets = [config.bind_socket()]
    serving = asyncio.create_task(server.serve(sockets=sockets))
    yield f"http://127.0.0.1:{sockets[0].getsockname()[1]}"
    server.should_exit = True
    await serving


@dataclass(frozen=True, kw_only=True)
class Opened:
    """A page, what its browser said of it, and every address that it asked for."""

    page: Page
    said: list[str] = field(default_factory=list)
    asked: list[str] = field(default_factory=list)


@contextlib.asynccontextmanager
async def opened(
    browser: Browser, address: str, *, width: int = 1280, **options: Any
) -> AsyncIterator[Opened]:
    context = await browser.new_context(viewport={"width": width, "height": 900}, **options)
    context.set_default_timeout(5000)
    one = Opened(page=await context.new_page())
    one.page.on("console", lambda message: one.said.append(message.text))
    one.page.on("pageerror", lambda error: one.said.append(str(error)))
    one.page.on("request", lambda request: one.asked.append(request.url))
    await one.page.goto(address)
    yield one
    await context.close()


@pytest.mark.parametrize("width", WIDTHS)
@pytest.mark.parametrize("path", PAGES)
async def test_a_page_is_accessible_and_asks_nobody_else(
    browser: Browser, console: str, path: str, width: int
) -> None:
    async with opened(browser, console + path, width=width) as one:
        page = one.page
        if folder := os.environ.get("REKEY_TEST_PICTURES"):
            name = path.strip("/").replace("/", "-") or "wide"
            await page.screenshot(path=f"{folder}/frame-{name}-{width}.png", full_page=True)
        found = await Axe().run(page, options={"runOnly": TAGS, "resultTypes": ["violations"]})
        assert not found.response["violations"], found.generate_report()
        # The browser itself notes that an answer is no success; anything else is a fault.
        assert not [said for said in one.said if "Failed to load resource" not in said]
        assert {asked.removeprefix(console) for asked in one.asked} <= {path, *ASKED}
        assert await page.evaluate("document.documentElement.scrollWidth") <= width
        assert "GDS" not in await page.evaluate("getComputedStyle(document.querySelector('h1')).fontFamily")


async def test_scripts_bring_the_menu_to_life(browser: Browser, console: str) -> None:
    async with opened(browser, console, width=320) as one:
        page = one.page
        menu = page.get_by_role("button", name="Menu")
        await menu.click()
        assert await page.get_by_role("link", name="In doubt").is_visible()
        assert await page.evaluate("htmx.config.allowEval") is False


async def test_it_works_without_scripts(browser: Browser, console: str) -> None:
    async with opened(browser, console, width=320, java_script_enabled=False) as one:
        page = one.page
        assert await page.get_by_role("link", name="In doubt").is_visible()
        assert await page.get_by_role("button", name="Sign out").is_visible()
        await page.get_by_role("link", name="MB-2026-1000").click()
        await page.wait_for_url("**/narrow")


async def test_the_first_tab_skips_to_the_content(browser: Browser, console: str) -> None:
    async with opened(browser, console) as one:
        page = one.page
        await page.keyboard.press("Tab")
        await page.keyboard.press("Enter")
        assert await page.evaluate("document.activeElement.id") == "main-content"


async def test_values_are_escaped(console: str) -> None:
    async with httpx.AsyncClient(base_url=console) as client:
        text = (await client.get("/")).text
    assert "&lt;b&gt;Priya" in text
    assert "<b>Priya" not in text
    assert "style=" not in text
    assert not re.search(r"<script(?![^>]* src=)", text)


@pytest.mark.parametrize("path", ["/", "/nowhere", "/broken", "/refused/403", "/api/broken"])
async def test_every_answer_carries_the_headers(console: str, path: str) -> None:
    async with httpx.AsyncClient(base_url=console) as client:
        answer = await client.get(path)
    assert {name: answer.headers[name] for name in HEADERS} == HEADERS
    assert answer.headers["cache-control"] == "no-store"
    assert "strict-transport-security" not in answer.headers


async def test_only_behind_tls_browsers_are_told_to_insist_on_it(tmp_path: Path) -> None:
    transport = httpx.ASGITransport(sample_app(tmp_path, tls=True))
    async with httpx.AsyncClient(transport=transport, base_url="https://console") as client:
        assert "max-age=31536000" in (await client.get("/")).headers["strict-transport-security"]


async def test_assets_are_kept_by_the_browser(console: str) -> None:
    assets = Assets.read()
    async with httpx.AsyncClient(base_url=console) as client:
        for name in FILES:
            answer = await client.get(assets.address(name))
            assert answer.status_code == 200
            assert answer.headers["cache-control"] == "public, max-age=31536000, immutable"
            assert answer.headers["content-type"].startswith(("text/", "image/svg+xml"))
            assert not re.search(r"GDS Transport|@font-face|url\(/|sourceMappingURL", answer.text)


TRICKS = (
    "/assets/{digest}/../../app.py",
    "/assets/{digest}/..%2f..%2fframe.py",
    "/assets/{digest}/%2e%2e/%2e%2e/app.py",
    "/assets/{digest}/..%5c..%5cframe.py",
    "/assets/{digest}//etc/passwd",
    "/assets/{digest}/rekey.css%00.svg",
    "/assets/{digest}/package.json",
    "/assets/{digest}/node_modules/htmx.org/package.json",
    "/assets/{digest}/",
    "/assets/0000000000000000/rekey.css",
    "/assets/rekey.css",
)


@pytest.mark.parametrize("trick", TRICKS)
async def test_nothing_else_on_the_disk_can_be_asked_for(console: str, trick: str) -> None:
    port = int(console.rsplit(":", 1)[1])
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    path = trick.format(digest=Assets.read().digest)
    # By hand: a client would tidy the path.
    writer.write(f"GET {path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n".encode())
    answer = (await reader.read()).decode()
    writer.close()
    assert answer.startswith("HTTP/1.1 404")
    assert "Page not found" in answer


async def test_what_is_unexpected_shows_no_internals(console: str, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.DEBUG):
        async with httpx.AsyncClient(base_url=console) as client:
            page, answer = await client.get("/broken"), await client.get("/api/broken")
    assert page.status_code == answer.status_code == 500
    assert answer.json()["code"] == "unexpected"
    for text in (page.text, answer.text, caplog.text):
        assert SECRET not in text
    for text in (page.text, answer.text):
        assert "ValueError" not in text
        assert re.search(r"[0-9A-Z]{4}-[0-9A-Z]{4}", text)[0] in caplog.text  # type: ignore[index]
    assert "ValueError at tests/acceptance/test_console_frame.py:" in caplog.text
    assert "Traceback" not in caplog.text


@pytest.mark.parametrize("status", [400, 401, 403, 404, 413, 418, 422, 429, 503])
async def test_every_refusal_is_a_page_or_a_sentence(console: str, status: int) -> None:
    async with httpx.AsyncClient(base_url=console) as client:
        page, answer = await client.get(f"/refused/{status}"), await client.get(f"/api/refused/{status}")
    assert page.status_code == answer.status_code == status
    assert "What to do" in page.text
    assert "Priya Sample" in page.text
    assert set(answer.json()) == {"code", "sentence"}
    assert page.headers["retry-after"] == "5"
    assert SECRET not in page.text + answer.text


async def test_other_refusals(console: str) -> None:
    async with httpx.AsyncClient(base_url=console) as client:
        wrong = await client.get("/api/items", params={"limit": SECRET})
        assert wrong.status_code == 422
        assert wrong.json() == {"code": "unusable", "sentence": "These parts cannot be used: query limit."}
        posted = await client.post("/")
        assert posted.status_code == 405
        assert posted.headers["allow"] == "GET"
        for path in ("/docs", "/redoc", "/openapi.json", "/docs/oauth2-redirect"):
            assert (await client.get(path)).status_code == 404
        moved = await client.get("/refused/303")
        assert (moved.status_code, moved.text) == (303, "")


async def test_without_the_style_a_page_says_so(tmp_path: Path) -> None:
    (tmp_path / "rekey.css").write_text("", encoding="utf-8")
    app = sample_app(tmp_path, assets=Assets.read(tmp_path))
    transport = httpx.ASGITransport(app)
    async with httpx.AsyncClient(transport=transport, base_url="http://console") as client:
        answer = await client.get("/")
    assert answer.status_code == 200
    assert MISSING in html.unescape(answer.text)
    assert 'src=""' not in answer.text
    assert 'href=""' not in answer.text


MOMENTS = {
    datetime(2026, 11, 2, 9, 30, tzinfo=UTC): "2 November 2026 at 9:30am",
    datetime(2026, 7, 31, 23, 5, tzinfo=UTC): "1 August 2026 at 12:05am",
    datetime(2026, 11, 2, 12, 0, tzinfo=UTC): "2 November 2026 at midday",
    datetime(2026, 11, 2, 0, 0, tzinfo=UTC): "2 November 2026 at midnight",
    datetime(2026, 7, 1, 16, 0, tzinfo=UTC): "1 July 2026 at 5pm",
    date(2026, 12, 25): "25 December 2026",
    datetime(2026, 11, 2, 9, 30, tzinfo=UTC).timestamp(): "2 November 2026 at 9:30am",
    None: "",
}


@pytest.mark.parametrize(("then", "shown"), MOMENTS.items())
def test_moments_are_in_uk_time(then: datetime | date | float | None, shown: str) -> None:
    assert moment(then) == shown


def test_a_time_without_its_zone_is_a_fault() -> None:
    with pytest.raises(ValueError, match="zone"):
        moment(datetime(2026, 11, 2, 9, 30))


@pytest.mark.parametrize(
    ("seconds", "shown"),
    [
        (0, "just now"),
        (59, "just now"),
        (60, "1 minute ago"),
        (7199, "1 hour ago"),
        (86400 * 3 + 5, "3 days ago"),
        (-7200, "in 2 hours"),
    ],
)
def test_how_long_ago(seconds: int, shown: str) -> None:
    assert ago(NOW - timedelta(seconds=seconds), now=NOW) == shown


def test_numbers() -> None:
    assert (number(12345), number(0), number(None)) == ("12,345", "0", "")
