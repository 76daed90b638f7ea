"""Where a Prefect server is and as whom Rekey comes in: what every caller of ours is given.

access = access_of(settings)
async with PrefectApi(access) as api: ...
"""

from __future__ import annotations

from dataclasses import dataclass

from bots.engine.core.errors import ConfigurationError, SystemClosed
from bots.engine.credentials import Credential, Credentials
from bots.engine.settings import Settings
from bots.prefect_leftovers import running_address
from bots.prefect_password import PrefectPassword

SYSTEM = "prefect"
"""The name under which the keyring holds the account of a server of ICT's own."""


@dataclass(frozen=True, kw_only=True)
class PrefectAccess:
    """`address`: as browsers reach it too, without /api."""

    address: str
    account: Credential | None = None

    @property
    def api_address(self) -> str:
        return f"{self.address.rstrip('/')}/api"

    @property
    def auth(self) -> tuple[str, str] | None:
        return (self.account.username, self.account.reveal()) if self.account else None

    def environment(self) -> dict[str, str]:
        """What a process of Prefect's own needs to come in: a worker, a flow run."""
        signed = {"PREFECT_API_AUTH_STRING": ":".join(self.auth)} if self.auth else {}
        return {"PREFECT_API_URL": self.api_address, **signed}


def access_of(settings: Settings) -> PrefectAccess:
    """To the server of ICT's own, else to the one that `rekey up` runs here now."""
    if settings.prefect:
        return declared_access(settings)
    address = running_address(settings.home)
    if address is None:
        raise ConfigurationError("prefect-not-running", "Prefect does not run here. Start it: rekey up.")
    return PrefectAccess(address=address, account=PrefectPassword(settings.home).read())


def declared_access(settings: Settings) -> PrefectAccess:
    """To the server that REKEY_PREFECT names. Not every such server asks for a password."""
    try:
        account = Credentials(settings).account(SYSTEM)
    except SystemClosed:
        account = None
    return PrefectAccess(address=settings.prefect, account=account)
