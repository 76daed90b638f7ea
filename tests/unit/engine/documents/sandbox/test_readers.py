"""Files are read side by side, and taken in their order."""

from __future__ import annotations

import asyncio

import pytest

from bots.engine.documents.sandbox.readers import Readers, Turn
from bots.engine.documents.sandbox.sandbox import Sandbox


async def test_side_by_side_and_in_order() -> None:
    """The first file is read last, and the second is refused without ever asking for its turn."""
    taken: list[int] = []
    begun: list[int] = []
    third = asyncio.Event()

    async def read(file: int, _: Sandbox, turn: Turn) -> int:
        begun.append(file)
        if file == 2:
            return -2
        if file == 3:
            third.set()
        else:
            await third.wait()
        async with turn:
            taken.append(file)
        return file

    async with asyncio.timeout(10), Readers(2) as readers:
        assert await readers.each([1, 2, 3, 4], read) == [1, -2, 3, 4]
    assert begun[:3] == [1, 2, 3]
    assert taken == [1, 3, 4]


async def test_an_error_ends_all_of_it() -> None:
    async def read(file: int, _: Sandbox, turn: Turn) -> None:
        if file == 1:
            raise LookupError("as it came")
        async with turn:
            raise AssertionError("the first one never ends")

    async with asyncio.timeout(10), Readers(2) as readers:
        with pytest.raises(LookupError, match="as it came"):
            await readers.each([1, 2, 3], read)
