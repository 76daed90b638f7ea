"""Credentials of systems, in a keyring. Secrets print their names, never their values.

With a key file (REKEY_KEYRING_KEY_FILE, or `<home>/keyring.key`) they lie in an encrypted file under
the home, for servers without a desktop; otherwise in the operating system's own keyring.
"""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

import keyring
from keyring.backend import KeyringBackend
from keyring.errors import KeyringError
from keyrings.alt.file import EncryptedKeyring

from .core.errors import ConfigurationError, SystemClosed

_USER, _PASSWORD = "username", "password"


class Secret:
    """A value that shows itself only when it is asked for."""

    __slots__ = ("_value",)

    def __init__(self, value: str) -> None:
        self._value = value

    def reveal(self) -> str:
        return self._value

    def __repr__(self) -> str:
        return "Secret(***)"

    __str__ = __repr__


@dataclass(frozen=True, kw_only=True)
class Credential:
    system: str
    username: str
    password: Secret

    def reveal(self) -> str:
        return self.password.reveal()


class Credentials:
    """The credentials of one home, each under the service name `rekey/<store>/<system>`."""

    def __init__(self, home: Path) -> None:
        self._home = home
        self._backend = _backend(home)

    def account(self, system: str) -> Credential:
        """Raises SystemClosed `no-credentials` when there is none."""
        username, password = self._get(system, _USER), self._get(system, _PASSWORD)
        if not username or not password:
            raise SystemClosed(
                "no-credentials",
                f"There are no credentials for {system}. Set them with: rekey credentials set {system}.",
            )
        return Credential(system=system, username=username, password=Secret(password))

    def set(self, system: str, username: str, password: str) -> None:
        try:
            self._backend.set_password(f"rekey/{system}", _USER, username)
            self._backend.set_password(f"rekey/{system}", _PASSWORD, password)
        except (KeyringError, OSError, ValueError) as error:
            raise _unusable(error) from None

    def _get(self, system: str, what: str) -> str | None:
        try:
            return self._backend.get_password(f"rekey/{system}", what)
        except (KeyringError, OSError, ValueError) as error:
            raise _unusable(error) from None


def _unusable(error: Exception) -> ConfigurationError:
    return ConfigurationError(
        "keyring",
        f"The keyring cannot be used ({type(error).__name__}). On a server without a desktop, name a key "
        "file in REKEY_KEYRING_KEY_FILE.",
    )


def _backend(home: Path) -> KeyringBackend:
    named = os.environ.get("REKEY_KEYRING_KEY_FILE")
    key_file = Path(named) if named else home / "keyring.key"
    if not key_file.is_file():
        if named:
            raise ConfigurationError("keyring", "REKEY_KEYRING_KEY_FILE names a file that is not there.")
        return keyring.get_keyring()
    backend = EncryptedKeyring()
    backend.file_path = str(home / "keyring.cfg")
    backend.keyring_key = key_file.read_text(encoding="utf-8").strip()
    return backend  # type: ignore[no-any-return]
