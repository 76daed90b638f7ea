"""The home as another account of the same machine finds it, and as a team does that was let in."""

from __future__ import annotations

import os
import shutil
import stat
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from bots.assembly.worker import files_of, open_rekey
from bots.doctor.examine import examine
from bots.engine.core.errors import ConfigurationError
from bots.engine.home import rights
from bots.engine.home.rights import Team, amiss
from bots.engine.settings import ROOT, Settings
from tests.contract.test_two_readers import PROCESS, workbook

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="Windows guards files by access lists")
STRANGER = 65_533
needs_root = pytest.mark.skipif(
    sys.platform == "win32" or os.geteuid() != 0, reason="only root can become another account"
)
_TRIES = """
import os, sys
uid, gid, home, inbox, outbox, name = int(sys.argv[1]), int(sys.argv[2]), *sys.argv[3:7]
os.setgroups([]); os.setgid(gid); os.setuid(uid); os.umask(0o027)
def tried(what, work):
    try: work(); print("could", what)
    except OSError: pass
def each(folder):
    try: names = os.listdir(folder)
    except OSError: return
    print("listed", folder)
    for one in names:
        path = os.path.join(folder, one)
        each(path) if os.path.isdir(path) else tried(f"read {path}", lambda: open(path, "rb").close())
each(home)
for known in ("rekey.env", "rekey.db", "keyring.key", "handed-in", "evidence", "logs"):
    path = os.path.join(home, known)
    tried(f"open {path}", lambda: os.close(os.open(path, os.O_RDONLY)))
each(inbox); each(outbox)
tried("drop", lambda: open(os.path.join(inbox, name), "x").write("Account no,Tenant\\n1,x\\n"))
theirs = os.path.join(inbox, "colleague.csv")
tried("take a colleague's", lambda: os.rename(theirs, theirs + ".mine"))
tried("write an answer", lambda: open(os.path.join(outbox, "forged.xlsx"), "x").close())
"""


@pytest.fixture
def place() -> Iterator[Path]:
    """A folder that everybody may enter, as /srv is."""
    folder = Path(tempfile.mkdtemp(prefix="rekey-rights-"))
    folder.chmod(0o755)
    yield folder
    shutil.rmtree(folder)


@pytest.fixture(autouse=True)
def usual_umask() -> Iterator[None]:
    before = os.umask(0o022)
    yield
    os.umask(before)


def as_another(home: Path, gid: int = STRANGER, name: str = "dropped.csv") -> list[str]:
    """What somebody else could do in the home."""
    inbox, outbox = (home / what / PROCESS for what in ("inboxes", "outboxes"))
    command = [
        sys.executable,
        "-c",
        _TRIES,
        str(STRANGER),
        str(gid),
        str(home),
        str(inbox),
        str(outbox),
        name,
    ]
    ended = subprocess.run(command, capture_output=True, text=True, check=True, timeout=60, cwd="/")
    return ended.stdout.replace(f"{home}", "HOME").splitlines()


async def used(home: Path, group: str = "") -> None:
    """A home in which something was done: a file handed in, refused, and given back."""
    async with open_rekey(Settings(home=home, files_group=group, file_patience=1.0)) as rekey:
        (home / "rekey.env").write_text("REKEY_DATABASE=postgresql://rekey:secret@db.example/rekey\n")
        inbox = home / "inboxes" / PROCESS
        workbook(inbox / "moves.csv", rows=2)
        (inbox / "letter.csv").write_text("Dear all\n")
        os.utime(inbox / "letter.csv", (0, 0))
        (inbox / "moves.csv").chmod(0o640)
        await rekey.collect(PROCESS)
        [batch] = await rekey.queue.batches(PROCESS)
        await rekey.give_back(PROCESS, batch.id)
    (home / "inboxes" / PROCESS / "colleague.csv").write_text("theirs")


_OPENS = """
import asyncio, os, sys
from pathlib import Path
import bots.assembly.worker
from bots.engine.settings import Settings
os.setgroups([]); os.setgid(int(sys.argv[1])); os.setuid(int(sys.argv[1]))
async def main():
    async with bots.assembly.worker.open_rekey(Settings(home=Path(sys.argv[2]))):
        print("opened")
try: asyncio.run(main())
except Exception as error: print(type(error).__name__, error.sentence)
"""


def as_account(home: Path) -> str:
    """What another account is told that opens the home."""
    command = [sys.executable, "-c", _OPENS, str(STRANGER), str(home)]
    return subprocess.run(command, capture_output=True, text=True, check=True, timeout=60, cwd=ROOT).stdout


def shell(command: str) -> None:
    subprocess.run(command, shell=True, check=True)


@needs_root
async def test_nobody_else_gets_at_anything(place: Path) -> None:
    home = place / "home"
    await used(home)
    assert stat.S_IMODE(home.stat().st_mode) == 0o700
    assert as_another(home) == []
    assert amiss(home, [], files_of(), Team()) == []


@needs_root
async def test_a_home_of_an_older_version_is_closed_or_named(place: Path) -> None:
    home = place / "home"
    await used(home)
    for path in (home, *home.rglob("*")):
        path.chmod(0o755 if path.is_dir() else 0o644)
    assert any("rekey.env" in line for line in as_another(home)), "so it was"
    named = amiss(home, [], files_of(), Team())
    assert f"Others can read {home / 'rekey.env'}: chmod 600 {home / 'rekey.env'}" in named
    assert f"{home} is open to others: chmod 700 {home}" in named
    async with open_rekey(Settings(home=home)):
        pass
    assert as_another(home) == [], "the next command closes it"
    for path in (home, *home.rglob("*")):
        path.chmod(0o755 if path.is_dir() else 0o644)
    for sentence in amiss(home, [], files_of(), Team()):
        shell(sentence.rpartition(": ")[2])
    assert amiss(home, [], files_of(), Team()) == [], "each command mends what it stands with"
    assert as_another(home) == []


@needs_root
async def test_a_team_drops_and_fetches_and_gets_at_nothing_else(
    place: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    import grp

    group = next(one for one in grp.getgrall() if one.gr_gid not in (0, STRANGER))
    home = place / "home"
    await used(home, group.gr_name)
    could = as_another(home, group.gr_gid)
    listed = {line.partition(" ")[2] for line in could if line.startswith("listed")}
    inbox = f"HOME/inboxes/{PROCESS}"
    assert listed == {inbox, f"{inbox}/done", f"{inbox}/problems", f"HOME/outboxes/{PROCESS}"}
    done = [line.rpartition("/")[2] for line in could if line.startswith("could read")]
    assert len([name for name in done if name.endswith(".xlsx")]) == 1, "the answer can be fetched"
    assert "letter.csv.txt" in done, "and what is to be said of a file that was refused"
    assert [line for line in could if line.startswith("could ") and "read" not in line] == ["could drop"]
    assert not [line for line in as_another(home) if line.startswith("could")], (
        "a stranger is none of the team"
    )
    # What was dropped is read.
    async with open_rekey(Settings(home=home, files_group=group.gr_name, file_patience=1.0)) as rekey:
        found = await rekey.collect(PROCESS)
        assert "dropped.csv" in [one.file for one in found]
        assert "file-not-readable" not in [one.code for one in found]
    assert amiss(home, [], files_of(), Team.named(group.gr_name)) == []


@needs_root
async def test_a_home_of_another_account(place: Path) -> None:
    home = place / "home"
    async with open_rekey(Settings(home=home)):
        pass
    os.chown(home, STRANGER, STRANGER)
    [sentence] = amiss(home, [], files_of(), Team())
    assert sentence == (
        f"{home} belongs to {STRANGER}, and Rekey runs as root. "
        f"Run it as {STRANGER}, or: chown -R root: {home}"
    )
    os.chown(home, 0, 0)
    home.chmod(0o755)
    told = as_account(home)
    assert told.startswith("ConfigurationError REKEY_HOME cannot be written by this account."), told
    assert f"chown -R {STRANGER}: {home}" in told
    assert len(told.splitlines()) == 1


def test_a_file_system_without_rights(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rights, "_keeps_rights", lambda home: False)
    [sentence] = amiss(tmp_path, [], [], Team())
    assert sentence.startswith(f"The file system of {tmp_path} keeps no rights")


def test_a_key_that_others_can_read(tmp_path: Path) -> None:
    (tmp_path / "home").mkdir(mode=0o700)
    key = tmp_path / "keyring.key"
    key.touch(mode=0o644)
    assert amiss(tmp_path / "home", [key], [], Team()) == [f"Others can read {key}: chmod 600 {key}"]


def test_a_group_that_is_not_there() -> None:
    with pytest.raises(ConfigurationError, match="groupadd no-such-group"):
        Team.named("no-such-group")


async def test_doctor_names_what_it_leaves_open(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A folder into which somebody let a team by hand, and the way to it; all else is closed."""
    home = tmp_path / "home"
    inbox = home / "inboxes" / PROCESS
    inbox.mkdir(parents=True)
    for path, mode in ((home, 0o755), (inbox.parent, 0o755), (inbox, 0o775)):
        path.chmod(mode)
    monkeypatch.setenv("REKEY_HOME", str(home))
    findings = {one.what: one for one in await examine()}
    assert not findings["Files"].well
    assert f"chmod 700 {home}" in findings["Files"].sentence
    assert stat.S_IMODE(inbox.stat().st_mode) == 0o775, "the team is not shut out by an update"
    inbox.chmod(0o755)
    findings = {one.what: one for one in await examine()}
    assert findings["Files"].well, findings["Files"].sentence
    assert stat.S_IMODE(home.stat().st_mode) == 0o700
