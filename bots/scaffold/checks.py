"""Whether a new process can have the name that somebody wants: all is checked before anything is written."""

from __future__ import annotations

import keyword
import re
import sys
from pathlib import Path

from bots.engine.core.errors import ConfigurationError

_KEBAB = re.compile(r"[a-z][a-z0-9]*(-[a-z0-9]+)*")
_SYSTEM = re.compile(r"[a-z][a-z0-9]*(_[a-z0-9]+)*")
# Goes into Python, YAML and Markdown as it is.
_WORDS = re.compile(r"[^\W_][\w '&(),./-]*")
_LONGEST = 36
_LONGEST_SYSTEM = 20


def check_name(root: Path, name: str) -> None:
    package = name.replace("-", "_")
    if not _KEBAB.fullmatch(name) or len(name) > _LONGEST:
        example = (
            f"lower-case words joined by hyphens, such as dog-licences, of {_LONGEST} characters at most"
        )
        raise _refused(f"{name} cannot be the name of a process: it should be {example}.")
    if keyword.iskeyword(package) or package in sys.stdlib_module_names or name == "all":
        raise _refused(f"{name} cannot be the name of a process: the word has a meaning already.")
    ours = (f"bots/{package}", f"bots/processes/{package}", f"bots/processes/{package}.py")
    taken = [*ours, f"selectors/{package}", f"flows/{package}.py"]
    for place in taken:
        if (root / place).exists():
            raise _refused(f"{name} cannot be the name of a process: there is {place} already.")
    if named_in := _engine_names(root, name, package):
        raise _refused(
            f"{name} cannot be the name of a process: the engine uses the word ({named_in}), and it may name "
            "no process. Choose a longer name."
        )


def check_system(system: str) -> None:
    if not _SYSTEM.fullmatch(system) or len(system) > _LONGEST_SYSTEM:
        raise _refused(
            f"{system} cannot be the name of a system: it should be lower-case words joined by underscores, "
            f"of {_LONGEST_SYSTEM} characters at most."
        )


def check_words(what: str, words: str) -> None:
    if not _WORDS.fullmatch(words) or len(words) > _LONGEST:
        raise _refused(
            f"The {what} should be letters, digits, spaces and simple punctuation, "
            f"{_LONGEST} characters at most."
        )


def _engine_names(root: Path, name: str, package: str) -> str:
    for file in sorted((root / "bots" / "engine").rglob("*.py")):
        text = file.read_text(encoding="utf-8")
        if name in text or package in text:
            return file.relative_to(root).as_posix()
    return ""


def _refused(sentence: str) -> ConfigurationError:
    return ConfigurationError("new-process", sentence)
