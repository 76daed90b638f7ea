"""The served API against its own description: calls that nobody thought of, by Schemathesis."""

from __future__ import annotations

import asyncio
import json
import os
import sys
from pathlib import Path

import pytest

from bots.engine.core.item import State
from bots.engine.settings import ROOT
from tests.acceptance.test_console_routes import OTHER, PROCESS
from tests.api import Api, an_api

SEED = 20261129
_PROCESSES = [PROCESS, OTHER, "benefit-changes"]


def settings(folder: Path, items: list[str], examples: int) -> Path:
    """Most calls name what is there. `allow-x00`: zero bytes in an address are refused before all else, which
    other tests show."""
    file = folder / "schemathesis.toml"
    file.write_text(
        f"""
seed = {SEED}
color = false
hooks = "tests.api_hooks"
[generation]
max-examples = {examples}
allow-x00 = false
database = "none"
[dictionaries]
items = {{ values = {json.dumps(items)} }}
processes = {{ values = {json.dumps(_PROCESSES)} }}
[parameters]
"path.item" = {{ dictionary = "items", probability = 0.9 }}
"path.process" = {{ dictionary = "processes", probability = 0.9 }}
""",
        encoding="utf-8",
    )
    return file


async def called(api: Api, folder: Path, phases: str, examples: int) -> tuple[int | None, str]:
    """All its checks: no 5xx, answers as described, odd calls refused, right ones taken, a token wanted."""
    items = await api.exceptions(*(f"MB-2026-{n:04}" for n in range(120)))
    token = await api.token("ann")
    command = [sys.executable, "-m", "schemathesis.cli", f"--config-file={settings(folder, items, examples)}"]
    command += ["run", f"{api.address}/api/v1/openapi.json", f"--header=Authorization: Bearer {token}"]
    command += [f"--phases={phases}", "--checks=all"]
    told = os.environ | {"REKEY_TEST_API": f"{api.address}/api/v1 {token}", "PYTHONPATH": str(ROOT)}
    running = await asyncio.create_subprocess_exec(
        *command, cwd=folder, env=told, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.STDOUT
    )
    said, _ = await running.communicate()
    return running.returncode, said.decode("utf-8", "replace")


async def test_calls_that_nobody_thought_of(tmp_path: Path) -> None:
    async with an_api(tmp_path) as api:
        status, said = await called(api, tmp_path, "fuzzing", 3)
        assert status == 0, said
        assert "Tested: 25" in said, said
        await decided(api)


@pytest.mark.long
async def test_many_more_of_them(tmp_path: Path) -> None:
    """Every value at its limits as well, and calls that follow from each other."""
    async with an_api(tmp_path) as api:
        status, said = await called(api, tmp_path, "examples,coverage,fuzzing,stateful", 60)
        assert status == 0, said
        await decided(api)


async def decided(api: Api) -> None:
    """The calls got as far as the decisions themselves, in Ann's name."""
    queue = api.rekey.queue
    items = await queue.items(PROCESS)
    assert any(item.state is not State.EXCEPTION for item in items)
    assert {step.who for item in items for step in await queue.history(item.id)} == {"test", "person/ann"}
