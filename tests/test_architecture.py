"""Walls that the import rules (`lint-imports`) cannot see."""

from __future__ import annotations

import ast
import re
import sys
from functools import cache
from pathlib import Path

import pytest

from bots.engine.decisions.list import DECISIONS
from bots.engine.settings import ROOT
from bots.processes import registry
from tests import rooms

CODE = sorted((ROOT / "bots").rglob("*.py")) + sorted((ROOT / "flows").rglob("*.py"))
ENGINE = sorted((ROOT / "bots" / "engine").rglob("*.py"))


@cache
def imports(file: Path) -> set[str]:
    """The top-level packages that a file imports, wherever in it."""
    found = set()
    for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            found |= {alias.name.split(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            found.add(node.module.split(".")[0])
    return found


def where(package: str) -> set[str]:
    return {file.relative_to(ROOT).as_posix() for file in CODE if package in imports(file)}


def test_selectors_holds_data_only() -> None:
    """A package of that name would shadow the standard library's module that asyncio needs."""
    others = [f for f in (ROOT / "selectors").rglob("*") if f.is_file() and f.suffix != ".yaml"]
    assert not others


@pytest.mark.parametrize(
    ("package", "home"),
    [
        ("playwright", r"bots/engine/screens/"),
        ("prefect", r"flows/|bots/prefect_host/"),
        ("sqlalchemy", r"bots/engine/store/"),
        ("holidays", r"bots/engine/screens/maps/opening_hours\.py"),
        ("keyring", r"bots/engine/credentials\.py"),
        (
            "yaml",
            r"bots/engine/screens/|bots/engine/documents/forms/layout\.py|bots/prefect_host/(register|automations)\.py",
        ),
        ("rapidocr", r"bots/engine/documents/scans/scan\.py"),
        ("spellchecker", r"bots/engine/documents/forms/prose\.py"),
        ("numpy", r"bots/engine/documents/"),
        ("pypdf", r"bots/engine/documents/"),
        ("pypdfium2", r"bots/engine/documents/"),
        (
            "psutil",
            r"bots/engine/screens/(browser|wire/peers)\.py|bots/engine/documents/sandbox/sandbox\.py|bots/prefect_host/",
        ),
        ("typer", r"bots/cli/"),
        ("openpyxl", r"bots/engine/documents/"),
        ("reportlab", r"bots/engine/documents/"),
        ("python_calamine", r"bots/engine/documents/"),
        ("olefile", r"bots/engine/documents/formats/"),
        ("fastapi", r"bots/engine/console/|bots/assembly/console\.py|bots/demo/keep_open\.py"),
        ("starlette", r"bots/engine/console/|bots/demo/keep_open\.py|bots/prefect_host/"),
        ("uvicorn", r"bots/assembly/console\.py|bots/prefect_host/serve\.py"),
        ("jinja2", r"bots/engine/console/services/rendering\.py"),
        ("argon2", r"bots/engine/console/services/passwords\.py"),
        ("pyotp", r"bots/engine/console/services/totp\.py"),
        ("authlib", r"bots/engine/console/services/openid\.py"),
        ("joserfc", r"bots/engine/console/services/openid\.py"),
        ("apprise", r"bots/engine/alerts/post\.py"),
        ("fixtures", r"bots/demo/run\.py|bots/cli/new_process\.py"),
    ],
)
def test_each_package_has_its_home(package: str, home: str) -> None:
    found = where(package)
    assert found, f"nothing imports {package}: take this line out"
    assert not {file for file in found if not re.match(home, file)}


PROCESSES = sorted(file.parent for file in (ROOT / "bots" / "processes").glob("*/process.py"))


def modules(file: Path) -> set[str]:
    """The full names of the modules that a file imports, relative ones resolved."""
    package = file.relative_to(ROOT).parent.as_posix().replace("/", ".")
    found = set()
    for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            up = package.rsplit(".", node.level - 1)[0] if node.level else ""
            found.add(".".join(filter(None, (up, node.module))))
    return found


@pytest.mark.parametrize("folder", PROCESSES, ids=lambda folder: folder.name)
def test_a_process_imports_the_core_and_the_documents_only(folder: Path) -> None:
    own = f"bots.processes.{folder.name}"
    allowed = (own, "bots.engine.core", "bots.engine.documents", "pydantic")
    for file in folder.rglob("*.py"):
        others = {
            name
            for name in modules(file)
            if name.split(".")[0] not in sys.stdlib_module_names
            and not any(name == one or name.startswith(f"{one}.") for one in allowed)
        }
        assert not others, f"{file.name} imports {others}"


def test_a_decision_imports_the_core_only() -> None:
    """So its rule is pure, and is tried without a store."""
    own = ("bots.engine.decisions", "bots.engine.core")
    for file in (ROOT / "bots" / "engine" / "decisions").glob("*.py"):
        others = {name for name in modules(file) if not name.startswith(own)}
        assert not {name for name in others if name.split(".")[0] not in sys.stdlib_module_names}, file.name


def test_every_decision_is_listed() -> None:
    shared = {"__init__", "decision", "list", "rules"}
    files = {file.stem for file in (ROOT / "bots" / "engine" / "decisions").glob("*.py")} - shared
    assert files == {one.apply.__module__.rsplit(".", 1)[-1] for one in DECISIONS}


def test_every_process_is_registered() -> None:
    assert {folder.name.replace("_", "-") for folder in PROCESSES} == set(registry.names())


def test_the_engine_imports_nothing_of_ours_but_itself() -> None:
    for file in ENGINE:
        ours = {name for name in modules(file) if name.split(".")[0] in ("bots", "flows", "fixtures")}
        assert not {name for name in ours if not name.startswith("bots.engine")}, file.name


def test_the_engine_names_no_process() -> None:
    words = {word for name in registry.names() for word in (name, name.replace("-", "_"))}
    naming = [f.name for f in ENGINE if any(word in f.read_text(encoding="utf-8") for word in words)]
    assert not naming


def test_the_environment_is_read_in_two_places() -> None:
    allowed = {
        "bots/engine/settings.py",
        "bots/engine/credentials.py",
        "bots/prefect_host/environment.py",  # hands it on to the processes that it starts
        "bots/demo/council.py",  # hands it on to the council's process
        "bots/engine/documents/sandbox/sandbox.py",  # hands on the little that a reader may know
    }
    reading = {
        file.relative_to(ROOT).as_posix()
        for file in CODE
        if re.search(r"os\.environ|os\.getenv", file.read_text(encoding="utf-8"))
    }
    assert reading <= allowed


def test_nothing_but_the_council_reads_the_save_log() -> None:
    assert not [f.name for f in CODE if "save_log" in f.read_text(encoding="utf-8")]


def test_only_the_engine_commits() -> None:
    """Nobody calls a session's commit but the keying protocol."""
    calling = {
        f.name for f in CODE if re.search(r"screens\.commit\(|session\.commit\(", f.read_text("utf-8"))
    }
    assert calling == {"committing.py"}


ROOMS = rooms.rooms()
ARROWS = rooms.arrows()
UNIT = sorted((ROOT / "tests" / "unit").rglob("test_*.py"))
MANY = {"bots/engine/core"}  # the words of the whole engine: to look for one in a second folder helps nobody


@pytest.mark.parametrize("parent", sorted({str(Path(folder).parent) for folder in ROOMS} - {"."}))
def test_no_room_imports_one_that_imports_it(parent: str) -> None:
    """Also not through others. If no folder has a circle between its rooms, there is none at all."""
    assert rooms.circle(rooms.inside(ARROWS, parent)) == []


@pytest.mark.parametrize("folder", sorted(ROOMS.keys() - MANY))
def test_a_room_holds_so_much_that_one_can_look_round_in_it(folder: str) -> None:
    assert len(rooms.modules(ROOMS[folder])) <= 20, "find the subjects in it, and give each a folder"


@pytest.mark.parametrize("folder", sorted(ROOMS))
def test_a_subject_is_a_folder_and_no_prefix(folder: str) -> None:
    assert rooms.shared_prefixes(rooms.modules(ROOMS[folder])) == []


@pytest.mark.parametrize("folder", sorted(ROOMS.keys() - {"bots/engine/store/migrations"}))  # Alembic's
def test_a_room_says_what_its_subject_is(folder: str) -> None:
    said = ast.get_docstring(ast.parse((ROOT / folder / "__init__.py").read_text(encoding="utf-8")))
    assert (said or "").endswith(".")


@pytest.mark.parametrize(
    "folder",
    sorted({file.parent for file in UNIT} - {ROOT / "tests" / "unit"}),
    ids=lambda folder: folder.name,
)
def test_a_unit_test_lies_where_what_it_tests_lies(folder: Path) -> None:
    room = f"bots/{folder.relative_to(ROOT / 'tests' / 'unit').as_posix()}"
    assert room in ROOMS
    mentioned = re.compile(rf"\b{room.replace('/', '[.]')}\b")
    for file in folder.glob("test_*.py"):
        assert mentioned.search(file.read_text(encoding="utf-8")), f"{file.name} tests nothing of {room}"


def test_a_circle_is_found_through_others_and_for_types_alone(tmp_path: Path) -> None:
    for name, text in {
        "a/one.py": "from ..b import two",
        "b/two.py": "if TYPE_CHECKING:\n    from bots.c.d.three import Three",
        "c/d/three.py": "def late() -> None:\n    import bots.a.one",
    }.items():
        file = tmp_path / "bots" / name
        file.parent.mkdir(parents=True)
        file.write_text(text, encoding="utf-8")
    found = rooms.inside(rooms.arrows(tmp_path), "bots")
    assert found == {"bots/a": {"bots/b"}, "bots/b": {"bots/c"}, "bots/c": {"bots/a"}}
    assert set(rooms.circle(found)) == {"bots/a", "bots/b", "bots/c"}


def test_a_prefix_that_wants_a_folder_is_found() -> None:
    names = ["cli", "cli_audit", "cli_check", "cli_limits", "mail_in", "_private", "__main__"]
    assert rooms.shared_prefixes(names) == []
    assert rooms.shared_prefixes([*names, "cli_queue"]) == ["cli"]
