"""Signing in through a provider of OpenID Connect: a real one on this machine, in a real browser; and answers
that no honest provider gives."""

from __future__ import annotations

import base64
import hmac
import json
import re
import time
from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from typing import Any

import httpx
import pytest
from joserfc import jwt
from joserfc.jwk import RSAKey
from oidc_provider_mock import User, run_server_in_thread
from playwright.async_api import Browser, Page, expect

from bots.assembly.console import console_of, serving
from bots.assembly.worker import Rekey, open_rekey
from bots.engine.console.services import openid
from bots.engine.console.services.openid import Departure, OpenIdProvider, Shown
from bots.engine.console.services.totp import new_key
from bots.engine.core.errors import BusinessException, ConfigurationError, SystemClosed
from bots.engine.core.item import NewItem
from bots.engine.core.people import EVERYWHERE, Role
from bots.engine.credentials import Credentials, Secret
from bots.engine.settings import OpenIdConnect, Settings
from tests.acceptance.test_console_routes import OTHER, PROCESS, REPORT
from tests.console import accessible, pictured
from tests.driver import a_browser
from tests.hands import Hands, Way, either_way

pytestmark = pytest.mark.filterwarnings("ignore:get_jwt_config:DeprecationWarning")  # of the provider
GROUPS = {
    "rekey-bins": ["reviewer:missed-bins", "viewer:council-tax-moves"],
    "rekey-leads": ["owner:*"],
    "rekey-ict": ["administrator:*"],
}
WORK_ACCOUNT = "Sign in with your work account"


def somebody(sub: str, *groups: str, **claims: Any) -> User:
    login = claims.pop("login", sub)
    name = f"{login.title()} Sample"
    return User(sub=sub, claims={"preferred_username": login, "name": name, "groups": list(groups), **claims})


@dataclass(frozen=True, kw_only=True)
class Desk:
    """A console whose people come from a provider."""

    rekey: Rekey
    address: str
    provider: str
    browser: Browser
    item: str

    @asynccontextmanager
    async def page(self, **options: Any) -> AsyncIterator[Page]:
        context = await self.browser.new_context(base_url=self.address, **options)
        context.set_default_timeout(5000)
        yield await context.new_page()
        await context.close()

    async def claims(self, user: User) -> None:
        """The directory now says this of somebody."""
        async with httpx.AsyncClient() as client:
            claims = dict(user.claims)
            answer = await client.put(f"{self.provider}/users/{user.sub}", json=claims)
            answer.raise_for_status()


@pytest.fixture(scope="module")
def provider() -> Iterator[str]:
    with run_server_in_thread(require_nonce=True) as server:
        yield f"http://localhost:{server.server_port}"


@pytest.fixture(scope="module")
async def desk(tmp_path_factory: pytest.TempPathFactory, provider: str) -> AsyncIterator[Desk]:
    home = tmp_path_factory.mktemp("openid")
    (home / "keyring.key").write_text("a key for tests only", encoding="utf-8")
    oidc = OpenIdConnect(issuer=provider, client_id="rekey", roles=GROUPS)
    settings = Settings(home=home, oidc=oidc)
    Credentials(settings).set("oidc", "rekey", "a client secret")
    async with open_rekey(settings) as rekey, a_browser() as browser:
        batch = await rekey.queue.open_batch(PROCESS, "portal", "test")
        wrong = {"code": "property-not-found", "sentence": "Nobody knows this property."}
        await rekey.queue.add(PROCESS, batch, [NewItem(reference="MB-2026-0001", data=REPORT, **wrong)])
        [item] = await rekey.queue.items(PROCESS)
        async with serving(console_of(rekey), 0) as address:
            yield Desk(rekey=rekey, address=address, provider=provider, browser=browser, item=item.id)


async def sign_in(page: Page, sub: str, start: str = "/", way: Way = Way.MOUSE) -> None:
    hands = Hands(page, way)
    await page.goto(start)
    await hands.press(page.get_by_role("button", name=WORK_ACCOUNT))
    await hands.write(page.get_by_placeholder("sub"), sub)
    await hands.press(page.get_by_role("button", name="Authorize", exact=True))


# ---- in a browser -----------------------------------------------------------------------------
@either_way
@pytest.mark.parametrize("scripts", [True, False], ids=["scripts", "no scripts"])
async def test_roles_come_from_groups(desk: Desk, scripts: bool, way: Way) -> None:
    await desk.claims(somebody("s-1", "rekey-bins", "some-others", login="priya"))
    async with desk.page(java_script_enabled=scripts) as page:
        await page.goto(f"/items/{desk.item}")
        if scripts:
            await accessible(page)
            await pictured(page, "sign-in-openid")
        await sign_in(page, "s-1", f"/items/{desk.item}", way)
        await page.wait_for_url(f"**/items/{desk.item}")
        await expect(page.get_by_text("Priya Sample").first).to_be_visible()
        [kept] = [one for one in await page.context.cookies() if one["name"].startswith("rekey")]
        assert (kept["name"], kept["httpOnly"], kept["sameSite"]) == ("rekey", True, "Lax")
        assert kept["expires"] == -1
    person = await desk.rekey.people.by_login("priya")
    assert person is not None
    assert person.roles == {PROCESS: {Role.REVIEWER}, OTHER: {Role.VIEWER}}
    assert not person.local
    [entry] = [one for one in await desk.rekey.people.entries(person.id) if one.what == "signed in"][:1]
    assert entry.detail["by"] == "OpenID Connect"


async def test_groups_count_from_the_next_sign_in(desk: Desk) -> None:
    people = desk.rekey.people
    for groups, roles in (
        (["rekey-leads", "rekey-ict"], {EVERYWHERE: {Role.OWNER, Role.ADMINISTRATOR}}),
        ([], {}),
    ):
        await desk.claims(somebody("s-2", *groups, login="quinn"))
        async with desk.page() as page:
            await sign_in(page, "s-2")
            await page.wait_for_url(f"{desk.address}/")
            person = await people.by_login("quinn")
            assert person is not None
            assert person.roles == roles


async def test_the_same_person_under_a_new_login(desk: Desk) -> None:
    for login in ("rosa", "rosa.maria"):
        await desk.claims(somebody("s-3", "rekey-bins", login=login))
        async with desk.page() as page:
            await sign_in(page, "s-3")
            await page.wait_for_url(f"{desk.address}/")
    everyone = [one.login for one in await desk.rekey.people.everyone()]
    assert "rosa.maria" in everyone
    assert "rosa" not in everyone


async def refused(desk: Desk, page: Page, sentence: str) -> None:
    await expect(page.get_by_role("heading", name="Sign in")).to_be_visible()
    await expect(page.get_by_role("alert")).to_contain_text(sentence)
    assert not [one for one in await page.context.cookies() if one["name"] == "rekey"]


async def test_a_deactivated_person_is_refused(desk: Desk) -> None:
    people = desk.rekey.people
    await desk.claims(somebody("s-4", "rekey-bins", login="gone"))
    async with desk.page() as page:
        await sign_in(page, "s-4")
        await page.wait_for_url(f"{desk.address}/")
        person = await people.by_login("gone")
        assert person is not None
        await people.deactivate(person.id, "test")
        await page.goto("/")
        await expect(page.get_by_role("heading", name="Sign in")).to_be_visible()
    async with desk.page() as page:
        await sign_in(page, "s-4")
        await refused(desk, page, "This person is deactivated.")
        await accessible(page)
        await pictured(page, "sign-in-refused")


async def test_a_local_account_is_not_taken_over(desk: Desk) -> None:
    people = desk.rekey.people
    local = await people.add("ann", "Ann Administrator", "test")
    await people.grant(local.id, EVERYWHERE, Role.ADMINISTRATOR, "test")
    await desk.claims(somebody("s-5", "rekey-bins", login="Ann"))
    async with desk.page() as page:
        await sign_in(page, "s-5")
        await refused(desk, page, "somebody else")
    kept = await people.by_login("ann")
    assert kept == await people.person(local.id)
    assert kept is not None
    assert kept.local


async def test_who_says_no_there_comes_back(desk: Desk) -> None:
    async with desk.page() as page:
        await page.goto("/sign-in?next=/items/abc")
        await page.get_by_role("button", name=WORK_ACCOUNT).click()
        await page.get_by_role("button", name="Deny").click()
        await refused(desk, page, "You were not signed in there")
        assert "error" not in (await page.locator("main").inner_text()).lower()
        await expect(page.get_by_role("button", name=WORK_ACCOUNT)).to_have_attribute(
            "href", "/sign-in/openid?next=/items/abc"
        )


async def test_another_nonce_is_refused(desk: Desk) -> None:
    """An id token that was made for somebody else's sign-in."""
    await desk.claims(somebody("s-6", "rekey-bins"))
    async with desk.page() as page:
        await page.goto("/sign-in")
        await page.get_by_role("button", name=WORK_ACCOUNT).click()
        await page.goto(re.sub(r"(?<=nonce=)[\w-]+", "a-nonce-of-mallory", page.url))
        await page.get_by_placeholder("sub").fill("s-6")
        await page.get_by_role("button", name="Authorize", exact=True).click()
        await refused(desk, page, "not the expected one")
    assert await desk.rekey.people.by_login("s-6") is None


async def test_a_sign_in_that_somebody_else_began_is_refused(desk: Desk) -> None:
    """Mallory sends a link with a code of his own: nobody is signed in as him unawares."""
    await desk.claims(somebody("mallory", "rekey-bins"))
    async with httpx.AsyncClient() as mallorys, desk.page() as anns:
        there = (await mallorys.get(f"{desk.address}/sign-in/openid")).headers["location"]
        link = (await mallorys.post(there, data={"sub": "mallory"})).headers["location"]
        assert link.startswith(f"{desk.address}/sign-in/openid/back?code=")
        await anns.goto(link)
        await refused(desk, anns, "not begun here")
        await anns.goto("/sign-in")
        await anns.get_by_role("button", name=WORK_ACCOUNT).click()
        await anns.goto(link)
        await refused(desk, anns, "not the expected one")


async def test_what_was_typed_waits_for_the_other_tab(desk: Desk) -> None:
    await desk.claims(somebody("s-7", "rekey-bins", login="tess"))
    people = desk.rekey.people
    async with desk.page() as page:
        await sign_in(page, "s-7", f"/items/{desk.item}")
        await page.get_by_label("House").fill("the blue door")
        tess = await people.by_login("tess")
        assert tess is not None
        await people.end_sessions(tess.id, "test")
        await page.get_by_role("button", name="Save and let the bot key it").click()
        await expect(page.get_by_role("heading", name="Sign in")).to_be_visible()
        await accessible(page)
        await pictured(page, "sign-in-draft")
        async with page.context.expect_page() as opened:
            await page.get_by_role("link", name=WORK_ACCOUNT).click()
        tab = await opened.value
        await tab.get_by_placeholder("sub").fill("s-7")
        await tab.get_by_role("button", name="Authorize", exact=True).click()
        await tab.wait_for_url(f"{desk.address}/")
        await page.get_by_role("button", name="Continue with what I typed").click()
        await expect(page.get_by_label("House")).to_have_value("the blue door")


# ---- answers of a provider --------------------------------------------------------------------
ISSUER, CLIENT = "https://issuer.example/tenant", "rekey"
NOW = float(int(time.time()))
KEY, STRANGER = RSAKey.generate_key(2048, {"kid": "one"}), RSAKey.generate_key(2048, {"kid": "one"})
DESCRIBED = {
    "issuer": ISSUER,
    "authorization_endpoint": f"{ISSUER}/authorize",
    "token_endpoint": f"{ISSUER}/token",
    "jwks_uri": f"{ISSUER}/keys",
    "id_token_signing_alg_values_supported": ["RS256", "HS256", "none"],
}
DEPARTED = Departure.new(redirect="https://console/sign-in/openid/back", to="/", now=NOW)
CLAIMS = {
    "iss": ISSUER,
    "aud": CLIENT,
    "sub": "s-1",
    "exp": NOW + 600,
    "iat": NOW,
    "nonce": DEPARTED.nonce,
    "preferred_username": "ann@northmoor.example",
    "name": "Ann Sample",
    "groups": ["rekey-bins", "others", 7],
}


@dataclass(frozen=True, kw_only=True)
class Answers:
    """A provider that says whatever a test wants."""

    claims: Mapping[str, Any]
    key: Any
    alg: str = "RS256"
    described: Mapping[str, Any]
    sent: list[Mapping[str, Any]]

    async def __call__(self, method: str, address: str, **options: Any) -> Mapping[str, Any]:
        self.sent.append({"address": address, **options})
        if address.endswith("openid-configuration"):
            return self.described
        if address.endswith("/keys"):
            return {"keys": [KEY.as_dict(private=False)]}
        if self.alg == "RS256":
            return {"id_token": jwt.encode({"alg": "RS256", "kid": "one"}, dict(self.claims), self.key)}
        # By hand: the library itself refuses to make these.
        whole = ".".join(_plain(json.dumps(one)) for one in ({"alg": self.alg}, dict(self.claims)))
        mark = hmac.digest(KEY.as_pem(private=False), whole.encode(), "sha256")
        return {"id_token": f"{whole}." + ("" if self.alg == "none" else _plain(mark))}


def _plain(said: str | bytes) -> str:
    content = said.encode() if isinstance(said, str) else said
    return base64.urlsafe_b64encode(content).rstrip(b"=").decode()


async def answered(monkeypatch: pytest.MonkeyPatch, answers: Answers, **said: str) -> Shown:
    monkeypatch.setattr(openid, "_asked", answers)
    settings = OpenIdConnect(issuer=ISSUER, client_id=CLIENT, roles=GROUPS)
    provider = OpenIdProvider(settings, Secret("s"), [PROCESS, OTHER])
    return await provider.shown(DEPARTED, {"state": DEPARTED.state, "code": "c", **said}, NOW)


def saying(**change: Any) -> Answers:
    claims = {name: what for name, what in (CLAIMS | change).items() if what is not None}
    return Answers(claims=claims, key=KEY, described=DESCRIBED, sent=[])


async def test_a_right_answer(monkeypatch: pytest.MonkeyPatch) -> None:
    answers = saying(aud=[CLIENT], iss=ISSUER)
    shown = await answered(monkeypatch, answers, iss=ISSUER)
    assert (shown.subject, shown.login) == (f"{ISSUER}|s-1", "ann@northmoor.example")
    assert shown.roles == {PROCESS: {Role.REVIEWER}, OTHER: {Role.VIEWER}}
    [asked] = [one for one in answers.sent if one["address"].endswith("/token")]
    assert asked["data"]["code_verifier"] == DEPARTED.verifier
    assert asked["data"]["redirect_uri"] == DEPARTED.redirect
    assert asked["auth"] == (CLIENT, "s")


async def test_the_way_there_carries_the_challenge(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(openid, "_asked", saying())
    settings = OpenIdConnect(issuer=ISSUER, client_id=CLIENT)
    address = httpx.URL(await OpenIdProvider(settings, Secret("s"), []).address(DEPARTED))
    assert str(address).startswith(f"{ISSUER}/authorize?")
    assert address.params["code_challenge_method"] == "S256"
    assert DEPARTED.verifier not in str(address)
    assert (address.params["state"], address.params["nonce"]) == (DEPARTED.state, DEPARTED.nonce)
    assert address.params["scope"].split() == ["openid", "profile", "email"]


WRONG = {
    "signed by another key": replace(saying(), key=STRANGER),
    "not signed": replace(saying(), alg="none"),
    "signed with the public key": replace(saying(), alg="HS256"),
    "another issuer": saying(iss="https://issuer.example/other"),
    "no issuer": saying(iss=None),
    "for another program": saying(aud="other"),
    "for others too, and theirs": saying(aud=[CLIENT, "other"], azp="other"),
    "for others too, and nobody's": saying(aud=[CLIENT, "other"]),
    "for nobody": saying(aud=None),
    "expired": saying(exp=NOW - 61),
    "never expires": saying(exp=None),
    "not yet": saying(nbf=NOW + 600),
    "another nonce": saying(nonce="other"),
    "no nonce": saying(nonce=None),
    "of nobody": saying(sub=None),
    "of an empty subject": saying(sub=""),
    "of a number": saying(sub=7),
    "another description": replace(saying(), described=DESCRIBED | {"issuer": f"{ISSUER}/"}),
    "without TLS": replace(saying(), described=DESCRIBED | {"token_endpoint": "http://issuer.example/token"}),
}


@pytest.mark.parametrize("answers", WRONG.values(), ids=list(WRONG))
async def test_a_wrong_answer_is_refused(monkeypatch: pytest.MonkeyPatch, answers: Answers) -> None:
    with pytest.raises(BusinessException, match="openid-foreign"):
        await answered(monkeypatch, answers)


@pytest.mark.parametrize(
    "said",
    [{"state": "other"}, {"state": ""}, {"state": "é"}, {"iss": "https://issuer.example/other"}],
    ids=str,
)
async def test_a_wrong_way_back_is_refused(monkeypatch: pytest.MonkeyPatch, said: dict[str, str]) -> None:
    answers = saying()
    with pytest.raises(BusinessException, match="openid-foreign"):
        await answered(monkeypatch, answers, **said)
    assert not answers.sent, "its code is shown to nobody"


async def test_groups_that_were_left_out(monkeypatch: pytest.MonkeyPatch) -> None:
    """Entra ID does so for somebody in more than 200: their roles are not taken away by that."""
    over = saying(groups=None, _claim_names={"groups": "src1"})
    with pytest.raises(BusinessException, match="openid-groups"):
        await answered(monkeypatch, over)
    assert (await answered(monkeypatch, saying(groups=None))).roles == {}
    assert (await answered(monkeypatch, saying(groups="rekey-leads"))).roles == {EVERYWHERE: {Role.OWNER}}


async def test_nobody_without_a_name(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(BusinessException, match="openid-nameless"):
        await answered(monkeypatch, saying(preferred_username=None))


async def test_a_provider_that_is_away() -> None:
    settings = OpenIdConnect(issuer="http://127.0.0.1:9", client_id=CLIENT)
    with pytest.raises(BusinessException, match="cannot be reached"):
        await OpenIdProvider(settings, Secret("s"), []).address(DEPARTED)


def test_what_the_browser_keeps_is_sealed_and_old_after_ten_minutes() -> None:
    key = new_key()
    kept = DEPARTED.sealed(key)
    assert DEPARTED.state not in kept
    assert len(replace(DEPARTED, to="/" + "é" * 999).sealed(key)) < 4000, "browsers keep no longer cookies"
    assert Departure.opened(kept, key, NOW + 599) == DEPARTED
    for cookie, with_key, now in (
        (kept, key, NOW + 601),
        (kept, new_key(), NOW),
        ("", key, NOW),
        ("é", key, NOW),
    ):
        with pytest.raises(BusinessException, match="openid-late"):
            Departure.opened(cookie, with_key, now)


# ---- settings ---------------------------------------------------------------------------------
@pytest.mark.parametrize(
    "change",
    [
        {"issuer": "http://issuer.example"},
        {"issuer": "http://localhost:1@evil.example/"},
        {"issuer": "issuer.example"},
        {"client_id": ""},
        {"roles": {"g": ["emperor:*"]}},
        {"roles": {"g": ["viewer"]}},
        {"roles": {"g": ["administrator:missed-bins"]}},
        {"role": {}},
    ],
    ids=str,
)
def test_settings_that_cannot_be_used(change: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match="OpenIdConnect"):
        OpenIdConnect.model_validate({"issuer": ISSUER, "client_id": CLIENT} | change)


def test_a_role_in_a_process_that_is_not_there() -> None:
    settings = OpenIdConnect(issuer=ISSUER, client_id=CLIENT, roles={"g": ["viewer:nowhere"]})
    with pytest.raises(ConfigurationError, match="nowhere"):
        OpenIdProvider(settings, Secret("s"), [PROCESS])


async def test_without_its_secret_the_console_says_so(tmp_path: Any) -> None:
    (tmp_path / "keyring.key").write_text("a key for tests only", encoding="utf-8")
    settings = Settings(home=tmp_path, oidc=OpenIdConnect(issuer=ISSUER, client_id=CLIENT))
    async with open_rekey(settings) as rekey:
        with pytest.raises(SystemClosed, match="rekey credentials set oidc"):
            console_of(rekey)
