"""Settings: from the environment (REKEY_...), then from `<home>/rekey.env`, then the defaults."""

from __future__ import annotations

import os
import re
from datetime import time
from pathlib import Path
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, SecretStr, ValidationError, field_validator
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict

from .core.errors import BusinessException, ConfigurationError
from .core.people import Role, check_scope

ROOT = Path(__file__).resolve().parents[2]
"""The project's root: where `selectors/` is found, wherever a command is started from."""


_CALLED = re.compile(r"https://[^/?#@\s]+|http://(localhost|127\.0\.0\.1):\d+")
_HOST = re.compile(r"([A-Za-z0-9]([A-Za-z0-9.-]*[A-Za-z0-9])?|\[[0-9A-Fa-f:.]+\])(:[0-9]{1,5})?")


class OpenIdConnect(BaseModel):
    """Sign-on through the council's own provider. Its client secret is in the keyring, under `oidc`."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    issuer: str = Field(pattern=r"^(https://[^/?#@]+|http://(localhost|127\.0\.0\.1):\d+)(/[^?#]*)?$")
    """As the provider writes it itself, to the letter. Without TLS only on this machine."""
    client_id: str = Field(min_length=1)
    groups_claim: str = "groups"
    roles: dict[str, list[str]] = {}
    """By group what its members are, each as role:process or role:*."""

    @field_validator("roles")
    @classmethod
    def _known_roles(cls, roles: dict[str, list[str]]) -> dict[str, list[str]]:
        for written in (one for those in roles.values() for one in those):
            role, _, scope = written.partition(":")
            if role not in set(Role) or not scope:
                raise ValueError(f"{written} is not a role and a process, such as viewer:* for all")
            try:
                check_scope(scope, Role(role))
            except BusinessException as error:
                raise ValueError(error.sentence.rstrip(".")) from None
        return roles


class Settings(BaseSettings):
    """Every name is also an environment variable with REKEY_ before it."""

    model_config = SettingsConfigDict(env_prefix="REKEY_", env_nested_delimiter="__", extra="ignore")

    root: Path = ROOT
    home: Path = Path("var")
    """Database, evidence, inboxes; relative to the project's root, never to the working directory."""
    database: str = ""
    """sqlite:///path or postgresql://...; empty: `<home>/rekey.db`."""
    environment: Literal["test", "live"] = "test"
    urls: dict[str, str] = {}
    """Address of each system: REKEY_URLS__WASTE=http://..."""
    client_certificates: dict[str, Path] = {}
    """By system a PEM file with our certificate and its key, where the system asks who we are:
    REKEY_CLIENT_CERTIFICATES__WASTE=/path/to/file.pem"""
    earlier_sign_ins: dict[str, list[str]] = {}
    """User names that the bots had before, by system: REKEY_EARLIER_SIGN_INS__WASTE='["old.bot"]'"""
    browser: str | None = None
    keyring_key_file: Path | None = None
    """A random key, for the encrypted keyring of a server without a desktop."""
    lease_seconds: float = Field(default=60.0, ge=1.0)
    item_seconds: float | None = Field(default=None, ge=1.0)
    """The longest that an item may take; None: from the maps of its systems."""
    patience: float = Field(default=60.0, ge=0.0)
    """How many seconds a run waits for items that are due later before it ends."""
    files_group: str = ""
    """Its members may drop files into inboxes and fetch them from outboxes, and nothing else of the home."""
    file_patience: float = Field(default=30.0, ge=0.0)
    """How many seconds a file that is open elsewhere or still being copied is waited for."""
    look_again_seconds: float = Field(default=10.0, ge=0.1)
    """Until an item in doubt that a search could not settle is first looked up again; then ever longer."""
    bank_holidays: Literal["england-and-wales", "scotland", "northern-ireland"] = "england-and-wales"
    """Of which nation: due dates and ages are counted in working days."""
    audit_folder: Path = Path("checkpoints")
    """For copies of checkpoints; relative to the home. Best a place where files can only be added."""

    console_name: str = "Rekey"
    """What the console calls this installation, such as the council's name."""
    console_tls: bool = False
    """Whether people reach the console through a proxy that speaks TLS: cookies are sent over it alone."""
    console_hosts: Annotated[tuple[str, ...], NoDecode] = ()
    """Names under which people reach the console, its own first: REKEY_CONSOLE_HOSTS=rekey.example.org"""
    token: SecretStr | None = Field(default=None, repr=False)
    """Of the API: whose it is decides, when `rekey queue` is used. For one command, never for a service."""
    prefect: str = Field(default="", pattern=r"^(https?://[^/?#@\s]+(/[^?#\s]*)?)?$")
    """Address of the Prefect server, without /api, for a console that `rekey up` does not serve."""
    ping: SecretStr | None = Field(default=None, repr=False)
    """An address that is called each minute, as long as Rekey watches and the store answers."""
    alert_doubt_minutes: float = Field(default=20.0, ge=1.0)
    """Longer than from one run to the next: that one settles most."""
    alert_idle_minutes: float = Field(default=60.0, ge=0.0)
    """For how long of its opening hours nothing of a process may be done although work waits; 0: for ever."""
    alert_hours: str = "mon-fri 08:00-18:00"
    """When people are at work, but for bank holidays."""
    alert_digest: time = time(8, 30)
    """When they get the list of what still stands."""
    oidc: OpenIdConnect | None = None
    """REKEY_OIDC='{"issuer": "https://...", "client_id": "...", "roles": {"group": ["viewer:*"]}}'"""

    @field_validator("ping")
    @classmethod
    def _to_be_called(cls, ping: SecretStr | None) -> SecretStr | None:
        # In plain text only on this machine: whoever reads the address can say that all is well.
        if ping is not None and not _CALLED.match(ping.get_secret_value()):
            raise ValueError("it should begin with https://")
        return ping

    @field_validator("console_hosts", mode="before")
    @classmethod
    def _several(cls, written: object) -> object:
        return (
            [one.strip() for one in written.split(",") if one.strip()]
            if isinstance(written, str)
            else written
        )

    @field_validator("console_hosts")
    @classmethod
    def _names(cls, hosts: tuple[str, ...]) -> tuple[str, ...]:
        for host in hosts:
            if not _HOST.fullmatch(host):
                raise ValueError(
                    f"{host} is no name of a host, such as rekey.example.org, perhaps with a port"
                )
        return hosts

    @field_validator("home")
    @classmethod
    def _from_root(cls, home: Path) -> Path:
        return home if home.is_absolute() else ROOT / home

    @property
    def checkpoints(self) -> Path:
        return self.home / self.audit_folder

    @property
    def database_url(self) -> str:
        return self.database or f"sqlite:///{self.home / 'rekey.db'}"


def load_settings() -> Settings:
    """Read the settings. Raises ConfigurationError that names the setting."""
    home = Path(os.environ.get("REKEY_HOME", "var"))
    file = (home if home.is_absolute() else ROOT / home) / "rekey.env"
    try:
        settings = Settings(_env_file=file)
    except ValidationError as error:
        first = error.errors()[0]
        name = "_".join(str(part) for part in first["loc"]).upper()
        raise ConfigurationError("settings", f"REKEY_{name}: {first['msg']}.") from None
    except ValueError as error:
        raise ConfigurationError("settings", f"A setting cannot be read: {error}.") from None
    return settings
