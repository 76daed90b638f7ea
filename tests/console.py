"""The console over a demo council, and members of staff with a browser."""

from __future__ import annotations

import os
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from typing import Any

from axe_playwright_python.async_playwright import Axe
from axe_playwright_python.base import AxeResults
from playwright.async_api import Browser, Page, expect

from bots.assembly.console import console_of, serving
from bots.assembly.worker import Rekey
from bots.engine.console.services.planner import Planner
from bots.engine.console.web.routes import cookie_name
from bots.engine.core.item import WorkItem
from bots.engine.core.people import EVERYWHERE, Role
from tests.driver import a_browser
from tests.town import PROCESS, Town, as_read

TAGS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
WHERE_IT_STANDS = ["color-contrast", "scrollable-region-focusable", "target-size"]
"""Rules of axe's that ask where something stands, or whether it is seen: another width may break them. It
breaks no other, as long as no style sheet takes anything away in a narrow window."""
_NO_SUCCESS = ("Failed to load resource", "Response Status Error Code")
NOWHERE = "990000000001"
"""A property reference that waste management does not know."""


@dataclass(frozen=True, kw_only=True)
class Office:
    """An open Rekey whose console is served, and a browser for the staff."""

    town: Town
    rekey: Rekey
    address: str
    browser: Browser

    @asynccontextmanager
    async def staff(self, login: str, *roles: tuple[Role, str], **options: Any) -> AsyncIterator[Page]:
        """A member of staff who is signed in, with roles as (role, process)."""
        people = self.rekey.people
        person = await people.by_login(login) or await people.add(login, f"{login.title()} Sample", "test")
        for role, scope in roles:
            await people.grant(person.id, scope, role, "test")
        context = await self.browser.new_context(
            **{"viewport": {"width": 1400, "height": 900}, "base_url": self.address} | options
        )
        context.set_default_timeout(8000)
        token = await people.begin_session(person.id, fresh=True)
        await context.add_cookies([{"name": cookie_name(False), "value": token, "url": self.address}])
        page = await context.new_page()
        # The browser and htmx note answers that are no success; anything else that they say is a fault.
        said: list[str] = []
        page.on("console", lambda message: said.append(message.text))
        page.on("pageerror", lambda error: said.append(str(error)))
        yield page
        await context.close()
        assert not [one for one in said if not one.startswith(_NO_SUCCESS)]

    def reviewer(self, login: str = "ann", **options: Any) -> Any:
        return self.staff(login, (Role.REVIEWER, EVERYWHERE), **options)

    async def item(self, item: str) -> WorkItem:
        found = await self.rekey.queue.item(item)
        assert found is not None
        return found

    def saved(self, number: str) -> list[Mapping[str, Any]]:
        """What the council's own log says was saved for a report."""
        right = self.town.answers()[number]["values"]
        told = ("uprn", "collection", "missed_on")
        return [one for one in self.town.saves() if all(one[name] == right[name] for name in told)]


@asynccontextmanager
async def an_office(town: Town, rekey: Rekey, planner: Planner | None = None) -> AsyncIterator[Office]:
    async with serving(console_of(rekey, planner), 0) as address, a_browser() as browser:
        yield Office(town=town, rekey=rekey, address=address, browser=browser)


async def reported_wrongly(town: Town, rekey: Rekey, scratch: Rekey, count: int) -> list[str]:
    """Queue the reports, the first good ones with a property that does not exist; what is right of those."""
    await town.reported(scratch)
    rows = [as_read(item) for item in await scratch.queue.items(PROCESS, limit=1000)]
    wrong = set(town.good()[:count])
    rows = [
        replace(row, data={**row.data, "uprn": NOWHERE}) if row.reference in wrong else row for row in rows
    ]
    batch = await rekey.queue.open_batch(PROCESS, "portal", "test")
    await rekey.queue.add(PROCESS, batch, rows)
    return town.good()[:count]


_AXE = Axe()
_VIOLATIONS = """async options => {
    const {url, testEngine, violations} = await axe.run(options);
    return {url, testEngine, violations};
}"""
_BROKEN = """() => {
    const found = [], cells = document.querySelectorAll("th, .rekey-scroll td, .rekey-cards td");
    for (const cell of cells) {
        const texts = document.createTreeWalker(cell, NodeFilter.SHOW_TEXT);
        while (texts.nextNode()) {
            for (const word of texts.currentNode.data.matchAll(/\\p{L}{1,15}/gu)) {
                const range = document.createRange();
                range.setStart(texts.currentNode, word.index);
                range.setEnd(texts.currentNode, word.index + word[0].length);
                if (range.getClientRects().length > 1) found.push(word[0]);
            }
        }
    }
    return found;
}"""


async def accessible(page: Page) -> None:
    """No violation of WCAG 2.2 AA or of what axe calls best practice, as it stands and at 400% zoom: a window
    of 1,280 points is 320 wide then (WCAG 1.4.10), and nothing but wide tables scrolls sideways in it. The
    words in tables stay whole."""
    await _no_violation(page, {"type": "tag", "values": TAGS})
    usual = page.viewport_size
    assert usual is not None
    await page.set_viewport_size({"width": 320, "height": 256})
    await _no_violation(page, {"type": "rule", "values": WHERE_IT_STANDS})
    beyond = "document.documentElement.scrollWidth - document.documentElement.clientWidth"
    assert await page.evaluate(beyond) <= 0, f"{page.url} scrolls sideways at 400% zoom"
    broken = await page.evaluate(_BROKEN)
    assert not broken, f"{page.url} breaks words in tables at 400% zoom: {broken}"
    await page.set_viewport_size(usual)


async def _no_violation(page: Page, rules: Mapping[str, Any]) -> None:
    """As `Axe.run`, but the script is handed over once for each page, and only violations come back: of axe's
    time a third."""
    if not await page.evaluate("'axe' in window"):
        await page.evaluate(_AXE.axe_script)
    options = {"runOnly": rules, "resultTypes": ["violations"]}
    found = await page.evaluate(_VIOLATIONS, options)
    assert not found["violations"], AxeResults(found).generate_report()


async def confirmed(page: Page, item: WorkItem, what: str) -> None:
    """The page that follows a decision says what became of the item, and leads back to it."""
    banner = page.get_by_role("alert", name="Success")
    await expect(banner).to_contain_text(f"{item.reference} {what}")
    await expect(banner.get_by_role("link", name=item.reference)).to_have_attribute(
        "href", f"/items/{item.id}"
    )
    assert item.reference not in page.url, "a reference may be personal data"


async def pictured(page: Page, name: str) -> None:
    """A picture to look at, where somebody asks for it."""
    if folder := os.environ.get("REKEY_TEST_PICTURES"):
        await page.screenshot(path=f"{folder}/console-{name}.png", full_page=True)
