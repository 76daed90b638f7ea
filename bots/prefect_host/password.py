"""The password of the Prefect server that `rekey up` starts."""

from __future__ import annotations

import secrets
from pathlib import Path

from bots.engine.core.errors import ConfigurationError
from bots.engine.credentials import Credential, Secret

from .private_files import is_private, write_private

_USER = "rekey"


class PrefectPassword:
    """In a file of the home, and another one at every start: what asks while `rekey up` does not run may be
    telling it to whoever took the port."""

    def __init__(self, home: Path) -> None:
        self.file = home / "prefect" / "password"

    def renew(self) -> None:
        write_private(self.file, secrets.token_urlsafe(32))

    def read(self) -> Credential:
        """Raises ConfigurationError when there is none that counts."""
        try:
            if not is_private(self.file):
                raise _unusable(
                    f"{self.file} belongs to another account, or others can read it. "
                    "Use the service account, and start rekey up again."
                )
            password = self.file.read_text(encoding="utf-8").strip()
        except OSError:
            raise _unusable("There is no password of Prefect that can be read. rekey up makes one.") from None
        if not password:
            raise _unusable(f"{self.file} is empty. Start rekey up again.")
        return Credential(system="prefect", username=_USER, password=Secret(password))


def _unusable(sentence: str) -> ConfigurationError:
    return ConfigurationError("prefect-password", sentence)
