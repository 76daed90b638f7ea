"""OpenID Connect: the council's own provider says who a person is, and in which groups.

The code flow with PKCE. The protocol's parts and the checks of the id token are Authlib's. Its client is not
used: it keeps tokens, and of a provider's answer we keep nothing.
"""

from __future__ import annotations

import base64
import binascii
import hmac
import json
import logging
import secrets
from collections import defaultdict
from collections.abc import Collection, Mapping
from dataclasses import asdict, dataclass
from typing import Any, Self
from urllib.parse import quote_plus

import httpx
from authlib.oauth2.rfc6749.parameters import prepare_grant_uri  # type: ignore[import-untyped]
from authlib.oauth2.rfc7636 import create_s256_code_challenge  # type: ignore[import-untyped]
from authlib.oidc.core import CodeIDToken  # type: ignore[import-untyped]
from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import KeySet
from joserfc.jws import JWSRegistry

from ...core.errors import BusinessException, ConfigurationError, refusal
from ...core.people import EVERYWHERE, Role
from ...credentials import Secret
from ...settings import OpenIdConnect
from .totp import seal, unseal

LOG = logging.getLogger("rekey.console")
GOOD_FOR = 600
"""Seconds that somebody may take at the provider's page."""
_FOR = "openid"
_SCOPE = "openid profile email"
_SIGNED_BY = frozenset({"RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "Ed25519"})
"""Never one whose key we have as well, and never none."""
_LEEWAY = 60  # seconds that two clocks may differ
_TIMEOUT = 10.0
_KEPT = 600.0  # seconds that the provider's description is believed
_NAMES = ("preferred_username", "upn", "email")


@dataclass(frozen=True, kw_only=True)
class Departure:
    """What must be known again when somebody comes back from the provider's page."""

    state: str
    nonce: str
    verifier: str
    redirect: str
    to: str
    at: float

    @classmethod
    def new(cls, *, redirect: str, to: str, now: float) -> Self:
        state, nonce, verifier = (secrets.token_urlsafe(48) for _ in range(3))
        return cls(state=state, nonce=nonce, verifier=verifier, redirect=redirect, to=to, at=now)

    def sealed(self, key: str) -> str:
        """For a cookie: it lies in the browser that departed, and nowhere else."""
        return base64.urlsafe_b64encode(
            seal(json.dumps(asdict(self), ensure_ascii=False), key, _FOR)
        ).decode()

    @classmethod
    def opened(cls, cookie: str, key: str, now: float) -> Self:
        """Raises BusinessException for none of ours, or one that is too old."""
        try:
            found = cls(**json.loads(unseal(base64.urlsafe_b64decode(cookie), key, _FOR)))
        except (ConfigurationError, binascii.Error, ValueError):
            found = None
        if found is None or not 0 <= now - found.at <= GOOD_FOR:
            raise refusal("openid-late", "This sign-in was not begun here, or took too long. Try again.")
        return found


@dataclass(frozen=True, kw_only=True)
class Shown:
    """A person as the provider shows them. `subject` stays the same whatever the login becomes."""

    subject: str
    login: str
    name: str
    roles: Mapping[str, frozenset[Role]]


class OpenIdProvider:
    """The provider of the settings. What it answers wrongly is a BusinessException with a sentence."""

    def __init__(self, settings: OpenIdConnect, secret: Secret, processes: Collection[str]) -> None:
        self._settings = settings
        self._secret = secret
        self._described: tuple[float, Mapping[str, Any]] | None = None
        scopes = {one.partition(":")[2] for those in settings.roles.values() for one in those}
        for scope in sorted(scopes - {EVERYWHERE} - set(processes)):
            sentence = f"REKEY_OIDC gives a role in {scope}, and there is no such process."
            raise ConfigurationError("oidc-roles", sentence)

    async def address(self, departure: Departure) -> str:
        """Of the page at which the person signs in."""
        described = await self._description(departure.at)
        found: str = prepare_grant_uri(
            described["authorization_endpoint"],
            client_id=self._settings.client_id,
            response_type="code",
            redirect_uri=departure.redirect,
            scope=_SCOPE,
            state=departure.state,
            nonce=departure.nonce,
            code_challenge=create_s256_code_challenge(departure.verifier),
            code_challenge_method="S256",
        )
        return found

    async def shown(self, departure: Departure, answered: Mapping[str, str], now: float) -> Shown:
        """Who came back. `answered`: what the provider wrote into the address."""
        if "code" not in answered:
            LOG.warning("OpenID Connect: the provider sent a person back without a code")
            raise refusal("openid-refused", "You were not signed in there. Try again, or ask your ICT desk.")
        if not hmac.compare_digest(answered.get("state", "").encode(), departure.state.encode()):
            raise _foreign("state")
        if answered.get("iss", self._settings.issuer) != self._settings.issuer:
            raise _foreign("issuer")
        described = await self._description(now)
        tokens = await self._tokens(described, departure, answered["code"])
        return self._read(await self._checked(described, tokens, departure, now))

    async def _description(self, now: float) -> Mapping[str, Any]:
        if self._described is None or not 0 <= now - self._described[0] < _KEPT:
            issuer = self._settings.issuer
            found = await _asked("GET", f"{issuer.rstrip('/')}/.well-known/openid-configuration")
            needed = ("authorization_endpoint", "token_endpoint", "jwks_uri")
            if found.get("issuer") != issuer or not all(_safe(found.get(one), issuer) for one in needed):
                raise _foreign("description")
            self._described = now, found
        return self._described[1]

    async def _tokens(
        self, described: Mapping[str, Any], departure: Departure, code: str
    ) -> Mapping[str, Any]:
        sent = {"grant_type": "authorization_code", "code": code, "redirect_uri": departure.redirect}
        sent["code_verifier"] = departure.verifier
        client, secret = self._settings.client_id, self._secret.reveal()
        known = described.get("token_endpoint_auth_methods_supported") or ["client_secret_basic"]
        if "client_secret_basic" in known:
            auth = (quote_plus(client), quote_plus(secret))
            return await _asked("POST", described["token_endpoint"], data=sent, auth=auth)
        more = {"client_id": client, "client_secret": secret}
        return await _asked("POST", described["token_endpoint"], data=sent | more)

    async def _checked(
        self, described: Mapping[str, Any], tokens: Mapping[str, Any], departure: Departure, now: float
    ) -> Mapping[str, Any]:
        """The id token's claims: its signature, issuer, audience, nonce and times are right."""
        said = described.get("id_token_signing_alg_values_supported") or ["RS256"]
        registry = JWSRegistry(algorithms=sorted(_SIGNED_BY & set(said)), strict_check_header=False)
        wanted = {
            "iss": {"essential": True, "value": self._settings.issuer},
            "aud": {"essential": True, "value": self._settings.client_id},
            "sub": {"essential": True},
        }
        known = {"nonce": departure.nonce, "client_id": self._settings.client_id}
        known["access_token"] = tokens.get("access_token", "")
        # Asked for each time: a provider changes its keys when it likes.
        keys = await _asked("GET", described["jwks_uri"])
        try:
            token = jwt.decode(str(tokens["id_token"]), KeySet.import_key_set(keys), registry=registry)  # type: ignore[arg-type]
            claims = CodeIDToken(token.claims, token.header, wanted, known)
            claims.validate(now=int(now), leeway=_LEEWAY)
        except (JoseError, ValueError, KeyError, TypeError) as error:
            raise _foreign(type(error).__name__) from None
        return dict(claims)

    def _read(self, claims: Mapping[str, Any]) -> Shown:
        login = next((str(claims[name]) for name in _NAMES if claims.get(name)), "")
        if not login:
            raise refusal("openid-nameless", "The sign-in page did not say who you are. Ask your ICT desk.")
        return Shown(
            subject=f"{self._settings.issuer}|{claims['sub']}",
            login=login,
            name=str(claims.get("name") or login),
            roles=self._roles(claims),
        )

    def _roles(self, claims: Mapping[str, Any]) -> dict[str, frozenset[Role]]:
        """Of the groups that the settings name; no other group gives anything."""
        claim = self._settings.groups_claim
        # Entra ID leaves the groups out when there are very many, and says so here. To go on would take
        # somebody's roles away.
        if claim in (claims.get("_claim_names") or ()):
            raise refusal("openid-groups", "You are in too many groups to be told here. Ask your ICT desk.")
        said = claims.get(claim) or ()
        groups = {said} if isinstance(said, str) else {one for one in said if isinstance(one, str)}
        found: dict[str, set[Role]] = defaultdict(set)
        for group in groups:
            for written in self._settings.roles.get(group, ()):
                role, _, scope = written.partition(":")
                found[scope].add(Role(role))
        return {scope: frozenset(roles) for scope, roles in found.items()}


async def _asked(method: str, address: str, **options: Any) -> Mapping[str, Any]:
    """The provider's answer, an object."""
    try:
        async with httpx.AsyncClient(timeout=_TIMEOUT) as client:
            answer = await client.request(method, address, **options)
        found = answer.json()
    except (httpx.HTTPError, httpx.InvalidURL, ValueError) as error:
        LOG.warning("OpenID Connect: %s", type(error).__name__)
        raise refusal(
            "openid-unreachable", "Your organisation's sign-in cannot be reached. Try again in a few minutes."
        ) from None
    if answer.status_code != httpx.codes.OK or not isinstance(found, dict):
        raise _foreign(f"status {answer.status_code}")
    return found


def _safe(address: object, issuer: str) -> bool:
    """As safe as the issuer itself: over TLS, or both on this machine."""
    scheme = issuer.partition(":")[0]
    return isinstance(address, str) and address.startswith(("https://", f"{scheme}://"))


def _foreign(what: str) -> BusinessException:
    LOG.warning("OpenID Connect: not accepted: %s", what)
    return refusal("openid-foreign", "The answer of the sign-in page was not the expected one. Try again.")
