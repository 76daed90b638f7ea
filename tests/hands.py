"""How a person works a page: with a mouse, or by keyboard alone."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

import pytest
from playwright.async_api import Locator, Page

_MOST = 150  # presses of a key: no page has more to stop at
_THERE = """element => {
    const at = document.activeElement;
    return at === element || (at.matches("a, button, summary") && at.contains(element));
}"""
_BESIDE = "element => element.type === 'radio' && document.activeElement.name === element.name"


class Way(StrEnum):
    MOUSE = "mouse"
    KEYBOARD = "keyboard"


either_way = pytest.mark.parametrize("way", [pytest.param(Way.MOUSE, marks=pytest.mark.long), Way.KEYBOARD])
"""For a journey that is made with a mouse, and by keyboard alone: what a key presses, a click does too."""


@dataclass(frozen=True)
class Hands:
    page: Page
    way: Way

    async def press(self, wanted: Locator) -> None:
        """A button, a link, or what opens a part of the page."""
        if self.way is Way.MOUSE:
            await wanted.click()
        else:
            await self._reach(wanted)
            await self.page.keyboard.press("Enter")

    async def write(self, field: Locator, text: str) -> None:
        """In place of what stands there."""
        if self.way is Way.MOUSE:
            await field.fill(text)
        else:
            await self._reach(field)
            await self.page.keyboard.press("Control+A")
            await self.page.keyboard.type(text)

    async def choose(self, choice: Locator) -> None:
        """A radio button or a tick box."""
        if self.way is Way.MOUSE:
            await choice.check()
        else:
            await self._reach(choice)
            if not await choice.is_checked():
                await self.page.keyboard.press("Space")

    async def give(self, field: Locator, file: Path) -> None:
        """A file, in what the browser opens to choose one."""
        async with self.page.expect_file_chooser() as opened:
            await self.press(field)
        await (await opened.value).set_files(file)

    async def _reach(self, wanted: Locator) -> None:
        """Of radio buttons only one is stopped at; from there the arrows go on."""
        await wanted.wait_for()
        for _ in range(_MOST):
            if await wanted.evaluate(_THERE):
                return
            beside = await wanted.evaluate(_BESIDE)
            await self.page.keyboard.press("ArrowDown" if beside else "Tab")
        raise AssertionError(f"the keyboard does not reach {wanted}")
