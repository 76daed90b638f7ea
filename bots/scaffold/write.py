"""Scaffolds a new process: a bot that runs at once, to be replaced piece by piece."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from string import Template

from bots.engine.core.errors import ConfigurationError

from .checks import check_name, check_system, check_words
from .words import WORKBOOK, FormDraft

EXAMPLE = "example"
"""The system of the demo council that the templates' screen maps describe."""
_TEMPLATES = Path(__file__).parent
_IMPORT = re.compile(r"^from \.(\w+)\.process import PROCESS as \w+$", re.M)
_END_OF_LIST = "    )\n}  # fmt: skip\n"
_LAST_DEPLOYMENT = "  - name: housekeeping\n"


@dataclass(frozen=True, kw_only=True)
class NewProcess:
    name: str
    title: str
    owner: str
    system: str
    form: FormDraft | None = None  # it takes forms, of which this is a draft

    @property
    def package(self) -> str:
        return self.name.replace("-", "_")

    @property
    def sample(self) -> str:
        return f"fixtures/samples/{self.name}.{self.words['ending']}"

    @property
    def test(self) -> str:
        return f"tests/acceptance/test_{self.package}.py"

    @property
    def words(self) -> Mapping[str, str]:
        """What stands in the templates."""
        names = {"name": self.name, "title": self.title, "owner": self.owner, "system": self.system}
        return {**(self.form.words() if self.form else WORKBOOK), **names}

    def fill(self, template: Path) -> str:
        return Template(template.read_text(encoding="utf-8")).substitute(self.words)

    def drafted(self) -> dict[str, str]:
        """Record and layout of a form, by path in the project."""
        if self.form is None:
            return {}
        folder = f"bots/processes/{self.package}"
        return {
            f"{folder}/record.py": self.form.facts["record"],
            f"{folder}/layouts/{self.form.layout}.yaml": self.form.facts["layout"],
        }


@dataclass(frozen=True, kw_only=True)
class Scaffold:
    """What is to be written, by path in the project. `kept`: maps that are there already and stay."""

    new: Mapping[str, str]
    changed: Mapping[str, str]
    sample: str
    kept: str = ""
    written: list[str] = field(default_factory=list)

    def write(self, root: Path, make_sample: Callable[[Path], None]) -> None:
        """All of it or nothing: when a file cannot be written, everything is as it was before."""
        before = {name: (root / name).read_text(encoding="utf-8") for name in self.changed}
        try:
            self._add(root, self.sample, make_sample)
            for name, text in self.new.items():
                self._add(root, name, partial(_put, text))
            for name, text in self.changed.items():
                _put(text, root / name)
        except OSError as error:
            self._take_back(root, before)
            sentence = f"Nothing was added: a file could not be written ({error.strerror})."
            raise ConfigurationError("new-process", sentence) from None

    def _add(self, root: Path, name: str, make: Callable[[Path], None]) -> None:
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        self.written.append(name)
        make(root / name)

    def _take_back(self, root: Path, before: Mapping[str, str]) -> None:
        for name in self.written:
            with suppress(OSError):
                (root / name).unlink()
            with suppress(OSError):  # not empty: the folder was there before
                (root / name).parent.rmdir()
        for name, text in before.items():
            if (root / name).read_text(encoding="utf-8") != text:
                _put(text, root / name)


def plan(root: Path, wanted: NewProcess) -> Scaffold:
    """Everything that would be written. Raises ConfigurationError, with nothing written, if it cannot be."""
    check_name(root, wanted.name)
    check_system(wanted.system)
    check_words("title", wanted.title)
    check_words("owner", wanted.owner)
    has_maps = (root / "selectors" / wanted.system).exists()
    new = {
        **_filled(wanted, "bot", f"bots/processes/{wanted.package}"),
        **({} if has_maps else _filled(wanted, "maps", f"selectors/{wanted.system}")),
        **wanted.drafted(),
        wanted.test: wanted.fill(_TEMPLATES / "test.py.txt"),
        f"runbooks/{wanted.name}.md": wanted.fill(_TEMPLATES / "runbook.md"),
    }
    for name in (*new, wanted.sample):
        if (root / name).exists():
            raise ConfigurationError("new-process", f"There is {name} already. Nothing was written.")
    changed = {
        "bots/processes/registry.py": _registered(root / "bots" / "processes" / "registry.py", wanted),
        "prefect.yaml": _deployed(root / "prefect.yaml", wanted),
    }
    kept = f"selectors/{wanted.system}" if has_maps else ""
    return Scaffold(new=new, changed=changed, sample=wanted.sample, kept=kept)


def _filled(wanted: NewProcess, folder: str, target: str) -> dict[str, str]:
    files = sorted(file for file in (_TEMPLATES / folder).iterdir() if file.is_file())
    return {f"{target}/{file.name.removesuffix('.txt')}": wanted.fill(file) for file in files}


def _registered(file: Path, wanted: NewProcess) -> str:
    text, constant = file.read_text(encoding="utf-8"), wanted.package.upper()
    lines = [found[0] for found in _IMPORT.finditer(text)]
    if not lines or "\n".join(lines) not in text or text.count(_END_OF_LIST) != 1:
        raise _not_as_expected("bots/processes/registry.py")
    more = [*lines, f"from .{wanted.package}.process import PROCESS as {constant}"]
    text = text.replace("\n".join(lines), "\n".join(sorted(more, key=_natural)))
    return text.replace(_END_OF_LIST, f"        {constant},\n{_END_OF_LIST}")


def _natural(line: str) -> list[str | int]:
    """Numbers count as numbers, as ruff sorts imports."""
    return [int(part) if part.isdigit() else part for part in re.split(r"(\d+)", line)]


def _deployed(file: Path, wanted: NewProcess) -> str:
    text = file.read_text(encoding="utf-8")
    if text.count(_LAST_DEPLOYMENT) != 1:
        raise _not_as_expected("prefect.yaml")
    more = wanted.fill(_TEMPLATES / "deployments.yaml")
    return text.replace(_LAST_DEPLOYMENT, more + _LAST_DEPLOYMENT)


def _not_as_expected(name: str) -> ConfigurationError:
    return ConfigurationError(
        "new-process", f"{name} has no place where a process could be added. Nothing was written."
    )


def _put(text: str, path: Path) -> None:
    path.write_text(text, encoding="utf-8", newline="\n")
