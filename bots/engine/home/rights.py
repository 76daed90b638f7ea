"""Whose files are whose: the home is for the account alone under which Rekey runs.

On Windows the folder's own access list says that, and nothing here does anything.
"""

from __future__ import annotations

import contextlib
import os
import stat
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from ..core.errors import ConfigurationError

HAS_RIGHTS = sys.platform != "win32"
SHARED = ("inboxes", "outboxes")
"""What of the home a team may use, where a group is declared."""
_PRIVATE = 0o077
_OTHERS = stat.S_IRWXG | stat.S_IRWXO


def keep_private() -> int:
    """What this process and those that it starts make from now on is for this account alone. Returns what the
    umask was."""
    return os.umask(_PRIVATE) if HAS_RIGHTS else 0


@contextlib.contextmanager
def for_everybody(usual: int = 0o022) -> Iterator[None]:
    """What is made here is no secret: code, for example."""
    before = os.umask(usual) if HAS_RIGHTS else 0
    try:
        yield
    finally:
        if HAS_RIGHTS:
            os.umask(before)


def tighten(home: Path) -> None:
    """Close to others what an older version left readable for all; what lies deeper is behind closed folders.

    Folders into which somebody let a team by hand stay as they are, and the way to them: `rekey doctor` names
    them.
    """
    if not HAS_RIGHTS or not home.is_dir():
        return
    shared = [home / name for name in SHARED if (home / name).is_dir()]
    for path in _own(home) + ([] if _by_hand(shared) else [*shared, home]):
        with contextlib.suppress(OSError):  # somebody else's: `rekey doctor` names it
            mode = stat.S_IMODE(path.stat().st_mode)
            if mode & _OTHERS:
                path.chmod(mode & ~_OTHERS)


def _by_hand(shared: list[Path]) -> bool:
    """Whether a group may write there, or one that is not ours was given the folder."""
    folders = [*shared, *(one for folder in shared for one in folder.iterdir() if one.is_dir())]
    found = [folder.stat() for folder in folders]
    return any(one.st_mode & stat.S_IWGRP or one.st_gid != os.getegid() for one in found)


def _own(home: Path) -> list[Path]:
    if not HAS_RIGHTS or not home.is_dir():
        return []
    return sorted(path for path in home.iterdir() if path.name not in SHARED and not path.is_symlink())


@dataclass(frozen=True, kw_only=True)
class Team:
    """The group that may drop files into inboxes and fetch them from outboxes. None: nobody may."""

    gid: int | None = None

    @classmethod
    def named(cls, group: str) -> Team:
        """Raises ConfigurationError for a group that is not there, or of which this account is no member."""
        if not group or not HAS_RIGHTS:
            return cls()
        import grp

        try:
            gid = grp.getgrnam(group).gr_gid
        except KeyError:
            sentence = (
                f"REKEY_FILES_GROUP names the group {group}, which is not there. Make it: groupadd {group}"
            )
            raise ConfigurationError("files-group", sentence) from None
        if os.geteuid() != 0 and gid not in {os.getegid(), *os.getgroups()}:
            sentence = (
                f"Rekey's account is no member of the group {group}. "
                f"Make it one, and start again: usermod -a -G {group} {account(os.geteuid())}"
            )
            raise ConfigurationError("files-group", sentence)
        return cls(gid=gid)

    def open(self, home: Path, processes: list[str]) -> None:
        """Make the folders of these processes, for the team to use and nothing beside them."""
        if self.gid is None:
            return
        self._set(home, 0o710)
        for name in SHARED:
            self._set(home / name, 0o2710)
            for process in processes:
                self._set(home / name / process, self.mode(name))

    @staticmethod
    def mode(name: str) -> int:
        """Of a process's folder: into an inbox everybody drops files, and takes back only their own."""
        return 0o3770 if name == "inboxes" else 0o2750

    def may_read(self, path: Path) -> None:
        """A file or a folder of ours. What a member of the team made is theirs to open or close."""
        if self.gid is None:
            return
        with contextlib.suppress(PermissionError):
            self._set(path, 0o2750 if path.is_dir() else 0o640)

    def _set(self, path: Path, mode: int) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        if not path.exists():
            path.mkdir()
        found = path.stat()
        if self.gid is not None and found.st_gid != self.gid:
            os.chown(path, -1, self.gid)
        if stat.S_IMODE(found.st_mode) != mode or found.st_gid != self.gid:
            path.chmod(mode)  # after the group: a change of group takes bits away


def account(uid: int) -> str:
    import pwd

    try:
        return pwd.getpwuid(uid).pw_name
    except KeyError:
        return str(uid)


def amiss(home: Path, others: list[Path], processes: list[str], team: Team) -> list[str]:
    """What is open to others, each with the command that mends it. `others`: secrets that lie elsewhere."""
    if not HAS_RIGHTS:
        return []
    if not _keeps_rights(home):
        return [
            f"The file system of {home} keeps no rights: whoever has an account here can read all of it. "
            "Move the home to one that does, such as ext4 or xfs."
        ]
    found = [of_another(path) for path in (home, *_own(home), *others)]
    found += [_closed(path) for path in (*_own(home), *others)]
    found.append(_as(home, 0o700 if team.gid is None else 0o710, team))
    for name in SHARED:
        found.append(_as(home / name, 0o700 if team.gid is None else 0o2710, team))
        for process in processes if team.gid is not None else ():
            found.append(_as(home / name / process, team.mode(name), team))
    return [sentence for sentence in found if sentence]


def _keeps_rights(home: Path) -> bool:
    probe = home / f".rights-{os.getpid()}"
    try:
        probe.touch(mode=0o600)
        return not probe.stat().st_mode & _OTHERS
    except OSError:
        return True  # that it cannot be written is another matter
    finally:
        probe.unlink(missing_ok=True)


def of_another(path: Path) -> str:
    """Whose it is, if it is somebody else's, and the command that mends it."""
    if not HAS_RIGHTS:
        return ""
    uid, mine = path.stat().st_uid, os.geteuid()
    if uid == mine:
        return ""
    return (
        f"{path} belongs to {account(uid)}, and Rekey runs as {account(mine)}. "
        f"Run it as {account(uid)}, or: chown -R {account(mine)}: {path}"
    )


def _closed(path: Path) -> str:
    mode = path.stat().st_mode
    if not mode & _OTHERS or path.stat().st_uid != os.geteuid():
        return ""
    return f"Others can read {path}: chmod {'700' if path.is_dir() else '600'} {path}"


def _as(path: Path, mode: int, team: Team) -> str:
    """A folder has exactly these rights."""
    if not path.exists():
        return ""
    found = path.stat()
    if team.gid is not None and found.st_gid != team.gid:
        return f"{path} is of another group: chgrp {team.gid} {path} && chmod {mode:o} {path}"
    if stat.S_IMODE(found.st_mode) != mode and stat.S_IMODE(found.st_mode) & ~mode & 0o777:
        return f"{path} is open to others: chmod {mode:o} {path}"
    return ""
