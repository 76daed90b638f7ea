"""`rekey new-process` in a copy of the project: what it writes is clean and runs at once; what it refuses."""

from __future__ import annotations

import asyncio
import json
import os
import re
import shutil
import signal
import sys
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path

import psutil
import pytest
import yaml

from bots.engine.core.errors import ConfigurationError
from bots.engine.documents.draft.drafting import draft
from bots.engine.settings import ROOT
from bots.scaffold.words import FormDraft
from bots.scaffold.write import NewProcess, plan
from tests.reading.long_form import form

NAME = "dog-licences"
SAMPLE = f"fixtures/samples/{NAME}.xlsx"
NEEDED = ("bots", "flows", "fixtures", "selectors", "runbooks", "tests")
FILES = ("prefect.yaml", "pyproject.toml", "README.md", "LICENSE")
BIN = Path(sys.executable).parent


def wanted(
    name: str = NAME, title: str = "Dog licences", owner: str = "Licensing", system: str = "example"
) -> NewProcess:
    return NewProcess(name=name, title=title, owner=owner, system=system)


async def said(tree: Path, *words: str, status: int = 0, **settings: str) -> str:
    """What a command says in the copy; it must end with the status."""
    environment = {k: v for k, v in os.environ.items() if not k.startswith(("REKEY_", "PYTEST_"))}
    process = await asyncio.create_subprocess_exec(
        *words,
        cwd=tree,
        env=environment | {"COLUMNS": "200"} | settings,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )
    out, _ = await asyncio.wait_for(process.communicate(), 180)
    assert process.returncode == status, f"{' '.join(words)}\n{out.decode()}"
    return out.decode()


async def rekey(tree: Path, *words: str, status: int = 0, **settings: str) -> str:
    # Not the command `rekey`: that is the project's own, not the copy's.
    return await said(tree, sys.executable, "-m", "bots", *words, status=status, **settings)


def snapshot(tree: Path) -> dict[str, bytes]:
    files = (file for file in tree.rglob("*") if file.is_file() and file.suffix in (".py", ".yaml", ".md"))
    return {file.relative_to(tree).as_posix(): file.read_bytes() for file in files}


@pytest.fixture(scope="module")
def copied(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The project as somebody gets it who has not written a bot yet."""
    tree = tmp_path_factory.mktemp("copy") / "project"
    for folder in NEEDED:
        shutil.copytree(ROOT / folder, tree / folder, ignore=shutil.ignore_patterns("__pycache__"))
    for file in FILES:
        shutil.copy(ROOT / file, tree)
    return tree


@pytest.fixture(scope="module")
async def tree(copied: Path) -> Path:
    """With the new process in it."""
    before = snapshot(copied)
    out = await rekey(copied, "new-process", NAME, "--owner", "Licensing")
    changed = {name for name, content in snapshot(copied).items() if before.get(name) != content}
    told = {line.split()[-1] for line in out.splitlines() if line.startswith("written")}
    assert changed == (told - {SAMPLE}) | {"bots/processes/registry.py", "prefect.yaml"}
    assert SAMPLE in told
    return copied


async def test_it_is_clean_and_its_own_test_passes(tree: Path) -> None:
    python = sys.executable
    await asyncio.gather(
        said(tree, python, "-m", "pytest", "-n", "0", "tests/acceptance/test_dog_licences.py"),
        said(tree, python, "-m", "ruff", "check", "."),
        said(tree, python, "-m", "ruff", "format", "--check", "bots", "tests", "fixtures"),
        said(tree, python, "-m", "mypy", "bots/processes/dog_licences", "bots/processes/registry.py"),
        said(tree, str(BIN / "lint-imports")),
        said(
            tree,
            *(python, "-m", "pytest", "-n", "0", "tests/test_architecture.py", "tests/unit/test_runbooks.py"),
            *("-k", f"architecture or link or {NAME}"),
        ),
    )


async def test_it_has_its_deployments(tree: Path) -> None:
    found = yaml.safe_load((tree / "prefect.yaml").read_text(encoding="utf-8"))["deployments"]
    ours = {each["name"]: each for each in found if NAME in each["tags"]}
    assert set(ours) == {f"{flow}-{NAME}" for flow in ("intake", "work", "reconcile")}
    assert found[-1]["name"] == "housekeeping"
    for each in ours.values():
        assert each["work_pool"] == found[-1]["work_pool"]
        assert each["parameters"]["process"] == NAME


@asynccontextmanager
async def a_council(tree: Path, home: Path) -> AsyncIterator[Mapping[str, str]]:
    """`rekey council` until Ctrl-C; yields the settings that it tells people to use."""
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "bots", "council", "--items", "10"),
        cwd=tree,
        env={k: v for k, v in os.environ.items() if not k.startswith("REKEY_")} | {"REKEY_HOME": str(home)},
        stdout=asyncio.subprocess.PIPE,
    )
    assert process.stdout is not None
    told = ""
    try:
        while not told.startswith("export "):
            told = (await asyncio.wait_for(process.stdout.readline(), 60)).decode()
            assert told, "the council ended"
        name, _, value = told.removeprefix("export ").strip().partition("=")
        yield {name: value.strip('"')}
    finally:
        process.send_signal(signal.SIGINT)
        await asyncio.wait_for(process.communicate(), 30)
    assert process.returncode == 0
    assert not _left_running(home)


def _left_running(home: Path) -> list[int]:
    running = psutil.process_iter(["cmdline"])
    return [one.pid for one in running if any(str(home) in word for word in one.info["cmdline"] or ())]


@pytest.mark.skipif(os.name == "nt", reason="the line for another terminal is another one there")
@pytest.mark.long
async def test_it_runs_against_the_council_of_the_command(tree: Path, tmp_path: Path) -> None:
    facts = tmp_path / "facts.json"
    async with a_council(tree, tmp_path / "var") as settings:
        await rekey(tree, "intake", NAME, SAMPLE, **settings)
        await rekey(tree, "work", NAME, "--json", str(facts), **settings)
        found = json.loads(facts.read_text(encoding="utf-8"))
        assert (found["keyed"], [one["code"] for one in found["raised"]]) == (6, ["nothing-to-pay"])


async def test_the_command_refuses_and_writes_nothing(tree: Path) -> None:
    before = snapshot(tree)
    out = await rekey(tree, "new-process", NAME, status=2)
    assert "there is bots/processes/dog_licences already" in out
    assert len(out.strip().splitlines()) == 1
    assert snapshot(tree) == before


NAMES = [
    ("Dog-licences", "lower-case words joined by hyphens"),
    ("dog_licences", "lower-case words joined by hyphens"),
    ("dog--licences", "lower-case words joined by hyphens"),
    ("-dogs", "lower-case words joined by hyphens"),
    ("../dogs", "lower-case words joined by hyphens"),
    ("2-dogs", "lower-case words joined by hyphens"),
    ("dogs-" * 8 + "dogs", "of 36 characters at most"),
    ("class", "has a meaning already"),
    ("json", "has a meaning already"),
    ("all", "has a meaning already"),
    ("engine", "there is bots/engine already"),
    ("scaffold", "there is bots/scaffold already"),
    ("registry", "there is bots/processes/registry.py already"),
    ("missed-bins", "there is bots/processes/missed_bins already"),
    ("waste", "there is selectors/waste already"),
    ("lease", "the engine uses the word"),
    ("prefect", "the engine uses the word"),
    ("kills", "There is tests/acceptance/test_kills.py already"),
]


@pytest.mark.parametrize(("name", "sentence"), NAMES)
def test_a_name_that_cannot_be(name: str, sentence: str) -> None:
    with pytest.raises(ConfigurationError) as raised:
        plan(ROOT, wanted(name=name))
    assert sentence in raised.value.sentence


@pytest.mark.parametrize("words", ['Dog "licences"', "", "Dogs\nand cats", "$name", "D" * 37, "{dogs}"])
def test_words_that_cannot_stand_in_code(words: str) -> None:
    for change in ({"title": words}, {"owner": words}):
        with pytest.raises(ConfigurationError, match="simple punctuation"):
            plan(ROOT, wanted(**change))


@pytest.mark.parametrize("system", ["Waste", "../waste", "", "a" * 21, "street-lights"])
def test_a_system_that_cannot_be(system: str) -> None:
    with pytest.raises(ConfigurationError, match="cannot be the name of a system"):
        plan(ROOT, wanted(system=system))


def test_maps_that_are_there_are_left_alone() -> None:
    scaffold = plan(ROOT, wanted(system="waste"))
    assert scaffold.kept == "selectors/waste"
    assert not [name for name in scaffold.new if name.startswith("selectors/")]
    assert "selectors/parking/new_entry.yaml" in plan(ROOT, wanted(system="parking")).new


# ---- from a form ----------------------------------------------------------------------------
@pytest.fixture(scope="module")
def hh4(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("hh4") / "hh4.pdf"
    path.write_bytes(form())
    return path


def test_a_form_gives_record_layout_and_words(hh4: Path) -> None:
    draft_of_it = FormDraft(layout="help-1", facts=draft(hh4, "help-1", "Entry", "the form of Help"))
    planned = plan(ROOT, replace(wanted(name="home-help"), form=draft_of_it))
    assert planned.sample == "fixtures/samples/home-help.zip"
    assert planned.new["bots/processes/home_help/record.py"] == draft_of_it.facts["record"]
    assert planned.new["bots/processes/home_help/layouts/help-1.yaml"] == draft_of_it.facts["layout"]
    assert "papers=Papers()" in planned.new["bots/processes/home_help/process.py"]
    assert '"reference": record.case_ref,' in planned.new["bots/processes/home_help/steps.py"]
    assert draft_of_it.needed == ["signed", "wages", "full_name"]
    runbook = planned.new["runbooks/home-help.md"]
    assert not re.findall(r"\b(?:workbook|row)s?\b", runbook)
    assert all(f"| `{code}` |" in runbook for code in ("incomplete", "value-to-check"))


def test_a_form_with_one_text_is_too_little() -> None:
    facts = {"fields": [{"name": "ref", "caption": "Ref", "kind": "text", "short": True}], "key": "ref"}
    with pytest.raises(ConfigurationError, match="no text by which a case is known"):
        plan(ROOT, replace(wanted(name="home-help"), form=FormDraft(layout="help-1", facts=facts)))


@pytest.mark.long
async def test_a_process_from_a_form_is_clean_and_its_own_test_passes(
    tree: Path, hh4: Path, tmp_path: Path
) -> None:
    copy, python = tmp_path / "project", sys.executable
    shutil.copytree(tree, copy)
    await rekey(copy, "new-process", "home-help", "--owner", "Benefits", "--from-form", str(hh4))
    await asyncio.gather(
        said(copy, python, "-m", "pytest", "-n", "0", "tests/acceptance/test_home_help.py"),
        said(copy, python, "-m", "ruff", "check", "."),
        said(copy, python, "-m", "ruff", "format", "--check", "bots", "tests", "fixtures"),
        said(copy, python, "-m", "mypy", "bots/processes/home_help", "bots/processes/registry.py"),
    )


def test_a_file_that_cannot_be_written_leaves_nothing_behind(tree: Path) -> None:
    before = snapshot(tree)
    scaffold = plan(tree, wanted(name="cat-licences"))
    # The last of the new files: all others are there by then.
    in_the_way = tree / "runbooks" / "cat-licences.md"
    in_the_way.mkdir()
    with pytest.raises(ConfigurationError, match="Nothing was added"):
        scaffold.write(tree, lambda path: path.touch())
    in_the_way.rmdir()
    assert len(scaffold.written) > 6
    assert snapshot(tree) == before
    assert not (tree / "bots" / "processes" / "cat_licences").exists()
    assert not (tree / "fixtures" / "samples" / "cat-licences.xlsx").exists()


def test_the_longest_words_make_no_long_lines(copied: Path) -> None:
    longest = wanted(
        name="parking-permits-of-visitors-examples",
        title="Parking permits of visitors, samples",
        owner="Highways and transport, sample group",
        system="parking_permits_demo",
    )
    lines = [
        line for name, text in plan(copied, longest).new.items() if ".py" in name for line in text.split("\n")
    ]
    assert max(map(len, lines)) <= 110
