"""Which home this is: a random name in a file of it. A store belongs to one home."""

from __future__ import annotations

import contextlib
import secrets
from pathlib import Path

from ..core.errors import ConfigurationError
from ..store.audit.restores import StoreRestores

_NAME = "home.id"


def home_id(home: Path) -> str:
    """The home's name, made when there is none. Raises ConfigurationError when it cannot be kept."""
    file = home / _NAME
    try:
        with contextlib.suppress(FileExistsError), file.open("x", encoding="utf-8") as new:
            new.write(f"home-{secrets.token_hex(8)}\n")
        found = file.read_text(encoding="utf-8").strip()
    except OSError as error:
        raise ConfigurationError("home", f"REKEY_HOME cannot be written to ({error.strerror}).") from None
    if not found:  # cut off by a full disk, or another process that writes it now
        raise ConfigurationError("home", f"The file {_NAME} in REKEY_HOME is empty. Delete it and try again.")
    return found


async def must_be_the_stores(home: Path, restores: StoreRestores) -> None:
    """Raises ConfigurationError `other-home`: two homes on one store would judge each other's browsers."""
    if not await restores.bind(home_id(home)):
        raise ConfigurationError(
            "other-home",
            "This store belongs to another home, and nothing was started. Set REKEY_HOME to that one. "
            "If that home is lost and nothing uses it: rekey restored --this-home (runbook: restore).",
        )
