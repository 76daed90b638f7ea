"""Credentials of systems, in a keyring. Secrets print their names, never their values.

With a key file (the setting `keyring_key_file`, or `<home>/keyring.key`) they lie in an encrypted file
under the home, for servers without a desktop; otherwise in the operating system's own keyring.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass

import keyring
from keyring.backend import KeyringBackend
from keyring.errors import KeyringError, PasswordDeleteError
from keyrings.alt.file import EncryptedKeyring

from .core.errors import ConfigurationError, SystemClosed
from .settings import Settings

_USER, _PASSWORD, _KEY = "username", "password", "key"


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
    """The credentials of one installation, each under the service name `rekey/<environment>/<system>`."""

    def __init__(self, settings: Settings) -> None:
        self._environment = settings.environment
        self._backend = _backend(settings)

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
        with _one_sentence():
            self._backend.set_password(self._service(system), _USER, username)
            self._backend.set_password(self._service(system), _PASSWORD, password)

    def key(self, name: str, new: Callable[[], str]) -> str:
        """A key of our own, such as that of one-time codes; `new` makes it when there is none yet."""
        kept = self._get(name, _KEY)
        if kept is None:
            kept = new()
            with _one_sentence():
                self._backend.set_password(self._service(name), _KEY, kept)
        return kept

    def keep(self, name: str, what: str, value: str) -> None:
        """Something secret that is no sign-in, such as an address for alerts."""
        with _one_sentence():
            self._backend.set_password(self._service(name), what, value)

    def kept(self, name: str, what: str) -> str | None:
        return self._get(name, what)

    def forget(self, name: str, what: str) -> None:
        with _one_sentence(), suppress(PasswordDeleteError):  # it is not there
            self._backend.delete_password(self._service(name), what)

    def _get(self, system: str, what: str) -> str | None:
        with _one_sentence():
            return self._backend.get_password(self._service(system), what)

    def _service(self, system: str) -> str:
        return f"rekey/{self._environment}/{system}"


@contextmanager
def _one_sentence() -> Iterator[None]:
    try:
        yield
    # The encrypted file's backend says AssertionError when its key is another one.
    except (KeyringError, OSError, ValueError, AssertionError) as error:
        raise ConfigurationError(
            "keyring",
            f"The keyring cannot be used ({type(error).__name__}). Is its key file the one that it was made "
            "with? On a server without a desktop, name one in REKEY_KEYRING_KEY_FILE.",
        ) from None


def _backend(settings: Settings) -> KeyringBackend:
    named = settings.keyring_key_file
    key_file = named or settings.home / "keyring.key"
    if not key_file.is_file():
        if named:
            raise ConfigurationError("keyring", "REKEY_KEYRING_KEY_FILE names a file that is not there.")
        return keyring.get_keyring()
    backend = EncryptedKeyring()
    backend.file_path = str(settings.home / "keyring.cfg")
    backend.keyring_key = key_file.read_text(encoding="utf-8").strip()
    return backend  # type: ignore[no-any-return]
