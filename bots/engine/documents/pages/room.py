"""Memory in which pages are drawn, kept for the next one: new memory takes as long as drawing (measured)."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from ctypes import Array, c_ubyte
from functools import partial
from typing import Any

import pypdfium2  # type: ignore[import-untyped, unused-ignore]

_free: list[Room] = []


class Room:
    """For one page after the other, with as many pictures of each as there are names."""

    def __init__(self) -> None:
        self._parts: dict[str, Array[c_ubyte]] = {}

    def maker(self, name: str) -> Any:
        """What pypdfium2 calls for a new bitmap. The one before of this name is drawn over."""
        return partial(self._made, name)

    def _made(self, name: str, width: int, height: int, **more: Any) -> pypdfium2.PdfBitmap:
        size = width * height  # of shades of grey: a byte a pixel
        if len(self._parts.get(name, ())) < size:
            self._parts[name] = (c_ubyte * size)()
        return pypdfium2.PdfBitmap.new_native(width, height, buffer=self._parts[name], **more)


@contextmanager
def room() -> Iterator[Room]:
    """Nobody else has it until it is given back."""
    mine = _free.pop() if _free else Room()
    try:
        yield mine
    finally:
        _free.append(mine)
