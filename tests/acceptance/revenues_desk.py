"""A person without a browser at the revenues system: reads forms, fills them, posts them back."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from html import unescape
from html.parser import HTMLParser

import httpx

from fixtures.council.accounts import Account


@dataclass
class Screen:
    """One page: its words, and the form on it as a browser would send it."""

    client: httpx.AsyncClient
    answer: httpx.Response
    fields: dict[str, str] = field(default_factory=dict)
    buttons: dict[str, str] = field(default_factory=dict)

    @property
    def html(self) -> str:
        return self.answer.text

    @property
    def heading(self) -> str:
        found = re.search(r"<h1>(.*?)</h1>", self.html)
        return unescape(found[1]) if found else ""

    @property
    def refusal(self) -> str:
        found = re.search(r'<span class="validation"[^>]*>(.*?)</span>', self.html)
        return unescape(found[1]) if found else ""

    def name(self, ending: str) -> str:
        names = [*self.fields, *self.buttons]
        return next(name for name in names if name.rsplit("$", 1)[-1] == ending)

    def value(self, ending: str) -> str:
        return self.fields[self.name(ending)]

    def shown(self, caption: str) -> str:
        """What stands in the cell after the caption's."""
        cell = rf"<td[^>]*>(?:<label[^>]*>)?{re.escape(caption)}(?:</label>)?</td><td>(.*?)</td>"
        found = re.search(cell, self.html, re.DOTALL)
        assert found, caption
        return unescape(re.sub(r"<[^>]+>", "", found[1]))

    def rows(self) -> list[list[str]]:
        rows = [re.findall(r"<td[^>]*>(.*?)</td>", row) for row in re.findall(r"<tr.*?</tr>", self._grid())]
        return [[unescape(re.sub(r"<[^>]+>", "", cell)) for cell in row] for row in rows if row]

    async def press(self, ending: str, **values: str) -> Screen:
        name = self.name(ending)
        return await self.post({name: self.buttons[name]} | self._named(values))

    async def choose(self, ending: str, value: str, **values: str) -> Screen:
        """A drop-down that posts the page back when it is changed."""
        event = {"__EVENTTARGET": self.name(ending), self.name(ending): value}
        return await self.post(self._named(values) | event)

    async def turn(self) -> Screen:
        found = re.search(r'href="javascript:__doPostBack\(([^)]*)\)">Next', unescape(self.html))
        assert found, "there is no link to a next page"
        target, argument = (part.strip("'") for part in found[1].split(","))
        return await self.post({"__EVENTTARGET": target, "__EVENTARGUMENT": argument})

    async def post(self, values: dict[str, str]) -> Screen:
        return read(self.client, await self.client.post(str(self.answer.url), data=self.fields | values))

    def _named(self, values: dict[str, str]) -> dict[str, str]:
        return {self.name(ending): value for ending, value in values.items()}

    def _grid(self) -> str:
        found = re.search(r'<table class="grid".*?</table>', self.html, re.DOTALL)
        return found[0] if found else ""


class _Forms(HTMLParser):
    def __init__(self, screen: Screen) -> None:
        super().__init__()
        self._screen = screen
        self._select = ""
        self._textarea = ""

    def handle_starttag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attributes}
        fields, name = self._screen.fields, given.get("name", "")
        if tag == "input" and given["type"] == "submit":
            self._screen.buttons[name] = given["value"]
        elif tag == "input" and given["type"] == "checkbox":
            if "checked" in given:
                fields[name] = "on"
        elif tag == "input":
            fields[name] = given["value"]
        elif tag == "select":
            self._select, fields[name] = name, ""
        elif tag == "option" and "selected" in given:
            fields[self._select] = given["value"]
        elif tag == "textarea":
            self._textarea, fields[name] = name, ""

    def handle_endtag(self, tag: str) -> None:
        if tag == "textarea":
            self._textarea = ""

    def handle_data(self, data: str) -> None:
        if self._textarea:
            self._screen.fields[self._textarea] += data.removeprefix("\n")


def read(client: httpx.AsyncClient, answer: httpx.Response) -> Screen:
    screen = Screen(client, answer)
    _Forms(screen).feed(answer.text)
    return screen


async def visit(client: httpx.AsyncClient, path: str) -> Screen:
    return read(client, await client.get(path))


async def log_on(client: httpx.AsyncClient, account: Account) -> Screen:
    page = await visit(client, "/Login.aspx")
    return await page.press("btnLogOn", txtUser=account.username, txtPass=account.password)
