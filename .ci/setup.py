"""Sets up everything on a machine with only Python 3.11+ and make: virtual environment, packages, browser,
and what the console's pages need from npm.

Standard library only. Run again at any time: what is there already is left alone.
"""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
VENV = ROOT / ".venv"
BIN = VENV / ("Scripts" if os.name == "nt" else "bin")
PYTHON = BIN / ("python.exe" if os.name == "nt" else "python")
STAMP = VENV / "rekey-setup.txt"
LOCK = ROOT / "requirements.lock"
ASSETS = ROOT / "bots" / "engine" / "console" / "assets"
ASSETS_STAMP = ASSETS / "node_modules" / "rekey-setup.txt"


def main() -> int:
    if sys.version_info < (3, 11):
        return _fail("Rekey needs Python 3.11 or newer.")
    if not PYTHON.is_file() and not _make_environment():
        return 1
    if not _packages():
        return _fail("The packages could not be installed. Check the connection to your package index.")
    _assets()
    return _browser()


def _make_environment() -> bool:
    print("Making the virtual environment ...", flush=True)
    for python in (*_system_python(), sys.executable):
        if _run(python, "-m", "venv", str(VENV), quiet=True):
            return True
        # What a failed one left behind would be in the way of the next.
        shutil.rmtree(VENV, ignore_errors=True)
    package = f"python3.{sys.version_info.minor}-venv"
    # Bare Debian leaves the module out.
    if _debian_root() and _apt(package) and _run(sys.executable, "-m", "venv", str(VENV)):
        return True
    _fail(f"Python's venv module is missing. On Debian: install the package {package}.")
    return False


def _system_python() -> list[str]:
    """The system's own Python, where it has the version of the one that runs this. Distributions build theirs
    with optimisation, version managers mostly do not: plain code takes two fifths longer with one of those,
    and the start of a run a tenth."""
    system = Path("/usr/bin", f"python3.{sys.version_info.minor}")
    return [str(system)] if system.is_file() else []


def _packages() -> bool:
    wanted = hashlib.sha256(LOCK.read_bytes() + (ROOT / "pyproject.toml").read_bytes()).hexdigest()
    if STAMP.is_file() and STAMP.read_text(encoding="utf-8") == wanted:
        return True
    print("Installing the packages (a minute or two) ...", flush=True)
    pip = [str(PYTHON), "-m", "pip", "--disable-pip-version-check", "install", "-q"]
    # The lock file is whole, so nothing is left to resolve; older pips stumble over extras otherwise.
    if not _run(*pip, "--no-deps", "--require-hashes", "-r", str(LOCK)):
        return False
    if not _run(*pip, "--no-deps", "-e", str(ROOT)):
        return False
    STAMP.write_text(wanted, encoding="utf-8")
    return True


def _assets() -> None:
    """Without them everything else works, and the console says in one sentence that they are missing."""
    locks = (ASSETS / "package.json", ASSETS / "package-lock.json")
    wanted = hashlib.sha256(b"".join(file.read_bytes() for file in locks)).hexdigest()
    if ASSETS_STAMP.is_file() and ASSETS_STAMP.read_text(encoding="utf-8") == wanted:
        return
    print("Installing the console's style ...", flush=True)
    if _npm_ci(shutil.which("npm")) or _npm_ci(_npm_of_the_environment()):
        ASSETS_STAMP.write_text(wanted, encoding="utf-8")
    else:
        _fail(
            "The console's style could not be installed: npm is missing or does not reach its registry. "
            "Everything else works; run make setup again when npm works."
        )


def _npm_ci(npm: str | None) -> bool:
    quietly = ("--ignore-scripts", "--no-audit", "--no-fund", "--no-update-notifier", "--loglevel=error")
    # It finds the `node` that lies beside it.
    path = {**os.environ, "PATH": os.pathsep.join((str(BIN), os.environ.get("PATH", "")))}
    return npm is not None and _run(npm, "ci", "--prefix", str(ASSETS), *quietly, quiet=True, env=path)


def _npm_of_the_environment() -> str | None:
    """Node from the package index, for machines without it. Large, so only when it is needed."""
    pip = [str(PYTHON), "-m", "pip", "--disable-pip-version-check", "install", "-q"]
    if not _run(*pip, "--no-deps", "--require-hashes", "-r", str(ASSETS / "node.txt"), quiet=True):
        return None
    return shutil.which("npm", path=str(BIN))


def _browser() -> int:
    if _have_browser():
        return 0
    print("Looking for a browser to install ...", flush=True)
    if _run(str(PYTHON), "-m", "playwright", "install", "--only-shell", "chromium", quiet=True):
        return 0
    if _debian_root() and _apt("chromium-headless-shell", "fonts-liberation") and _have_browser():
        return 0
    return _fail(
        "No Chromium, Chrome or Edge was found and none could be installed. Install one (on Debian: "
        "chromium-headless-shell), or name it in REKEY_BROWSER."
    )


def _have_browser() -> bool:
    """Ask the engine itself, so that both look in the same places."""
    question = (
        "from bots.engine.screens.browser import find_browser\n"
        "from playwright.sync_api import sync_playwright\n"
        "import os\n"
        "with sync_playwright() as p:\n"
        "    find_browser(os.environ.get('REKEY_BROWSER'), p.chromium.executable_path)\n"
    )
    return _run(str(PYTHON), "-c", question, quiet=True)


def _debian_root() -> bool:
    return bool(shutil.which("apt-get")) and hasattr(os, "geteuid") and os.geteuid() == 0


def _apt(*packages: str) -> bool:
    print(f"Installing {', '.join(packages)} ...", flush=True)
    environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    _run("apt-get", "update", "-qq", quiet=True, env=environment)
    return _run("apt-get", "install", "-y", "-qq", *packages, quiet=True, env=environment)


def _run(*command: str, quiet: bool = False, env: dict[str, str] | None = None) -> bool:
    output = subprocess.DEVNULL if quiet else None
    return (
        subprocess.run(command, cwd=ROOT, stdout=output, stderr=output, env=env, check=False).returncode == 0
    )


def _fail(sentence: str) -> int:
    print(sentence, file=sys.stderr)
    return 1


if __name__ == "__main__":
    sys.exit(main())
