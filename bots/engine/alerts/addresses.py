"""Where the messages of each recipient go. An address holds secrets, so it lies in the keyring."""

from __future__ import annotations

import secrets
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

from ..core.alert import Matter, Role
from ..core.errors import ConfigurationError
from ..credentials import Credentials, Secret
from .cause import Cause

_KEYRING = "alerts"
"""The name under which the keyring holds them: of each recipient the ids, and each address under its id."""


@dataclass(frozen=True, kw_only=True)
class Address:
    """`id`: random; it stands for the address in the store."""

    id: str
    secret: Secret


class Addresses:
    """`processes`: one team each; their recipients are called team:NAME."""

    def __init__(self, credentials: Credentials, processes: Collection[str]) -> None:
        self._credentials = credentials
        self._recipients = [*(role.value for role in Role), *(f"{Role.TEAM}:{name}" for name in processes)]

    def all(self) -> Mapping[str, Sequence[Address]]:
        """By recipient; those without any are left out."""
        return {name: found for name in self._recipients if (found := self._of(name))}

    def replace(self, recipient: str, addresses: Sequence[str]) -> None:
        self.check(recipient)
        before = self._ids(recipient)
        ids = [f"a-{secrets.token_hex(4)}" for _ in addresses]
        for name, address in zip(ids, addresses, strict=True):
            self._credentials.keep(_KEYRING, name, address)
        self._credentials.keep(_KEYRING, recipient, " ".join(ids))
        for name in before:
            self._credentials.forget(_KEYRING, name)

    def check(self, recipient: str) -> None:
        if recipient not in self._recipients:
            sentence = f"There is no recipient {recipient}. There are: {', '.join(self._recipients)}."
            raise ConfigurationError("recipient", sentence)

    def _of(self, recipient: str) -> list[Address]:
        held = ((name, self._credentials.kept(_KEYRING, name)) for name in self._ids(recipient))
        return [Address(id=name, secret=Secret(secret)) for name, secret in held if secret]

    def _ids(self, recipient: str) -> list[str]:
        return (self._credentials.kept(_KEYRING, recipient) or "").split()


def recipients(matter: Matter, cause: Cause, having: Collection[str]) -> set[str]:
    """Of each role the team of the process, else the role, else ICT. `having`: who has addresses."""
    return {_recipient(role, matter.process, having) for role in cause.roles}


def _recipient(role: Role, process: str | None, having: Collection[str]) -> str:
    wanted = [f"{Role.TEAM}:{process}"] if role is Role.TEAM and process else []
    return next((name for name in (*wanted, role.value) if name in having), Role.ICT.value)
