"""The benchmarks of the store still do the whole work that they time; each checks that for itself."""

from __future__ import annotations

import pytest

from tests.benchmarks import audit, console, queue, wire, work_list


async def test_queue() -> None:
    assert (await queue.run(items=queue.BLOCK))["ratios"]["sqlite3/queue"] > 0


async def test_audit() -> None:
    assert (await audit.run(items=20))["facts"]["rows of history"] == "60"


async def test_wire() -> None:
    assert (await wire.run(items=3))["rows"]


@pytest.mark.long
async def test_work_list() -> None:
    assert (await work_list.run(items=200))["rows"]


@pytest.mark.long
async def test_console() -> None:
    assert (await console.run(items=200))["rows"]
