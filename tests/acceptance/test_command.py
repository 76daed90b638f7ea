"""The command as people and scripts use it: exit status, one clear sentence, never a traceback."""

from __future__ import annotations

import asyncio
import json
import os
import sys
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from bots.engine.settings import ROOT
from tests.town import PROCESS, Town, a_town, edit_map, quick_maps


@dataclass(frozen=True, kw_only=True)
class Said:
    status: int
    out: str
    problem: str


async def rekey(town: Town | None, *words: str, **settings: str) -> Said:
    """Run `rekey` with a town's settings, from another directory than the project's."""
    environment = {k: v for k, v in os.environ.items() if not k.startswith("REKEY_")}
    if town is not None:
        made = town.settings()
        environment |= {"REKEY_HOME": str(made.home), "REKEY_ROOT": str(made.root)}
        environment |= {f"REKEY_URLS__{name.upper()}": url for name, url in made.urls.items()}
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "bots", *words),
        cwd=ROOT.parent,
        env=environment | {"COLUMNS": "200"} | settings,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    out, problem = await asyncio.wait_for(process.communicate(), 120)
    assert process.returncode is not None
    assert "Traceback" not in out.decode() + problem.decode()
    return Said(status=process.returncode, out=out.decode(), problem=problem.decode())


@pytest.fixture(scope="module")
async def town(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Town]:
    async with a_town(tmp_path_factory.mktemp("command")) as town:
        yield town


async def test_the_whole_job(town: Town, tmp_path: Path) -> None:
    file = tmp_path / "facts.json"
    assert (await rekey(town, "doctor")).status == 0
    assert (await rekey(town, "intake", PROCESS, "--json", str(file))).status == 0
    assert json.loads(file.read_text())["added"] == 12
    assert (await rekey(town, "work", PROCESS, "--json", str(file))).status == 0
    facts = json.loads(file.read_text())
    assert facts["done"] >= 9
    raised = facts["raised"][0]["item"]
    assert (await rekey(town, "reconcile", PROCESS, "--json", str(file))).status == 0
    assert json.loads(file.read_text())["missing"] == []
    shown = await rekey(town, "queue", "show", raised)
    assert shown.status == 0
    assert "handed in" in shown.out
    assert (await rekey(town, "queue", "defer", raised, "--why", "the owner is away")).status == 0
    assert (await rekey(town, "queue", "withdraw", raised, "--why", "not needed")).status == 0
    again = await rekey(town, "queue", "retry", raised, "--why", "after all")
    assert again.status == 1
    assert "withdrawn and cannot be retried" in again.problem


async def test_hold_and_release(town: Town) -> None:
    assert (await rekey(town, "hold", "waste", "--why", "being upgraded")).status == 0
    held = await rekey(town, "work", PROCESS)
    assert held.status == 0
    assert "being upgraded" in held.out
    assert (await rekey(town, "release", "waste", "--why", "done")).status == 0


NOWHERE = "http://127.0.0.1:9"
MISTAKES: list[tuple[str, list[str], dict[str, str], int, str]] = [
    ("unknown process", ["work", "mised-bins"], {}, 2, "no process mised-bins. There is: missed-bins"),
    ("unknown scope", ["hold", "wate", "--why", "x"], {}, 2, "There is no process or system wate"),
    ("unknown process in a list", ["queue", "list", "missed_bins"], {}, 2, "no process missed_bins"),
    ("unknown item", ["queue", "show", "missed-bins-none"], {}, 2, "There is no item missed-bins-none"),
    ("unknown word", ["wrok", PROCESS], {}, 2, "No such command"),
    ("a number too large", ["work", PROCESS, "--sessions", "99"], {}, 2, "less than or equal to 8"),
    ("closed port", ["intake", PROCESS], {"REKEY_URLS__PORTAL": NOWHERE}, 1, "did not answer"),
    ("wrong address", ["intake", PROCESS], {"REKEY_URLS__PORTAL": "nonsense"}, 1, "did not answer"),
    ("no browser", ["intake", PROCESS], {"REKEY_BROWSER": "netscape"}, 2, "REKEY_BROWSER names a browser"),
    ("no database", ["intake", PROCESS], {"REKEY_DATABASE": "oracle://x"}, 2, "REKEY_DATABASE should"),
    ("environment", ["intake", PROCESS], {"REKEY_ENVIRONMENT": "prod"}, 2, "REKEY_ENVIRONMENT"),
    ("other environment", ["intake", PROCESS], {"REKEY_ENVIRONMENT": "live"}, 2, "belongs to test"),
    ("a file for screens", ["intake", PROCESS, "x.xlsx"], {}, 2, "reads its source through screens"),
    ("key file", ["intake", PROCESS], {"REKEY_KEYRING_KEY_FILE": "none"}, 2, "a file that is not there"),
]  # fmt: skip


@pytest.mark.parametrize(
    ("words", "settings", "status", "sentence"), [m[1:] for m in MISTAKES], ids=[m[0] for m in MISTAKES]
)
async def test_mistake(
    town: Town, words: list[str], settings: dict[str, str], status: int, sentence: str
) -> None:
    said = await rekey(town, *words, **settings)
    assert said.status == status
    assert sentence in " ".join((said.problem + said.out).split())


async def test_no_address(town: Town) -> None:
    said = await rekey(
        town, "intake", PROCESS, REKEY_URLS='{"waste": "http://127.0.0.1:9"}', REKEY_URLS__PORTAL=""
    )
    assert said.status in (1, 2)
    assert said.problem.strip()


async def test_missing_credential(town: Town, tmp_path: Path) -> None:
    (tmp_path / "keyring.key").write_text("another key for tests", encoding="utf-8")
    said = await rekey(town, "intake", PROCESS, REKEY_HOME=str(tmp_path))
    assert said.status == 1
    assert "rekey credentials set portal" in said.problem


async def test_a_map_with_a_typing_mistake(town: Town, tmp_path: Path) -> None:
    root = quick_maps(tmp_path / "root")
    edit_map(root, "waste/new_case.yaml", "caption: Date missed", "captoin: Date missed")
    for words in (["work", PROCESS], ["screens", "check"]):
        said = await rekey(town, *words, REKEY_ROOT=str(root))
        assert said.status == 2
        assert "selectors/waste/new_case.yaml: fields.missed_on.captoin" in said.problem


async def test_home_that_is_a_file(town: Town, tmp_path: Path) -> None:
    (tmp_path / "home").write_text("not a folder", encoding="utf-8")
    said = await rekey(town, "queue", "list", REKEY_HOME=str(tmp_path / "home"))
    assert said.status == 2
    assert "REKEY_HOME" in said.problem
