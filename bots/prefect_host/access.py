"""Where a Prefect server is and as whom Rekey comes in: what every caller of ours is given.

access = access_of(settings)
async with PrefectApi(access) as api: ...
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from bots.engine.core.errors import ConfigurationError, SystemClosed
from bots.engine.credentials import Credential, Credentials
from bots.engine.settings import Settings

from .orphans import running_address
from .password import PrefectPassword

SYSTEM = "prefect"
"""The name under which the keyring holds the account of a server of ICT's own."""


def nobody() -> None:
    """A server that asks for no password."""


@dataclass(frozen=True, kw_only=True)
class PrefectAccess:
    """`address`: as browsers reach it too, without /api. `account`: is asked at every request, because the
    server of `rekey up` has another password after each start."""

    address: str
    account: Callable[[], Credential | None] = nobody

    @property
    def api_address(self) -> str:
        return f"{self.address.rstrip('/')}/api"

    @property
    def auth(self) -> tuple[str, str] | None:
        account = self.account()
        return (account.username, account.reveal()) if account else None

    def environment(self) -> dict[str, str]:
        """What a process of Prefect's own needs to come in: a worker, a flow run."""
        auth = self.auth
        signed = {"PREFECT_API_AUTH_STRING": ":".join(auth)} if auth else {}
        return {"PREFECT_API_URL": self.api_address, **signed}


def access_of(settings: Settings) -> PrefectAccess:
    """To the server of ICT's own, else to the one that `rekey up` runs here now."""
    if settings.prefect:
        return declared_access(settings)
    address = running_address(settings.home)
    if address is None:
        raise ConfigurationError("prefect-not-running", "Prefect does not run here. Start it: rekey up.")
    return PrefectAccess(address=address, account=PrefectPassword(settings.home).read)


def declared_access(settings: Settings) -> PrefectAccess:
    """To the server that REKEY_PREFECT names: of ICT's own, or that of `rekey up` beside this process."""
    kept = _in_keyring(settings)

    def account() -> Credential | None:
        here = running_address(settings.home) == settings.prefect.rstrip("/")
        return PrefectPassword(settings.home).read() if here else kept

    return PrefectAccess(address=settings.prefect, account=account)


def _in_keyring(settings: Settings) -> Credential | None:
    """Not every server asks for a password."""
    try:
        return Credentials(settings).account(SYSTEM)
    except SystemClosed:
        return None
