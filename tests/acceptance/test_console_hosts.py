"""Under which names the console answers, and what its links are made of."""

from __future__ import annotations

import html
from collections.abc import AsyncIterator, Mapping
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest
from oidc_provider_mock import run_server_in_thread

from bots.assembly.console import console_of, serving
from bots.assembly.worker import Rekey, open_rekey
from bots.engine.console.services.hosts import Hosts
from bots.engine.console.web.routes import cookie_name
from bots.engine.core.errors import ConfigurationError
from bots.engine.core.people import EVERYWHERE, Role
from bots.engine.credentials import Credentials
from bots.engine.settings import OpenIdConnect, Settings, load_settings

OURS = "rekey.northmoor.example"
EVIL = "evil.example"


@pytest.fixture
async def rekey(tmp_path: Path) -> AsyncIterator[Rekey]:
    (tmp_path / "keyring.key").write_text("a key for tests only", encoding="utf-8")
    async with open_rekey(Settings(home=tmp_path)) as rekey:
        yield rekey


def declared(rekey: Rekey, **change: object) -> Rekey:
    rekey.settings = rekey.settings.model_copy(update=change)
    return rekey


FOREIGN: list[Mapping[str, str]] = [
    {"Host": EVIL},
    {"Host": f"{OURS}.{EVIL}"},
    {"Host": f"{EVIL}@{OURS}"},
    {"Host": f"{OURS}:443@{EVIL}"},
    {"Host": f"{OURS}/{EVIL}"},
    {"Host": f"{OURS}:no"},
    {"Host": ""},
    {"Host": OURS, "X-Forwarded-Host": EVIL},
    {"Host": OURS, "X-Forwarded-Host": f"{OURS}, {EVIL}"},
]
KNOWN: list[Mapping[str, str]] = [
    {"Host": OURS},
    {"Host": OURS.upper()},
    {"Host": f"{OURS}:443"},
    {"Host": OURS, "X-Forwarded-Host": OURS},
    {"Host": "rekey"},
]


async def test_only_declared_names_are_answered(rekey: Rekey) -> None:
    app = console_of(declared(rekey, console_tls=True, console_hosts=(OURS, "rekey")))
    async with serving(app, 0) as address, httpx.AsyncClient(base_url=address) as client:
        for headers in FOREIGN:
            for path in ("/sign-in", "/api/v1/items", "/assets/nothing", "/invitation/guessed"):
                answer = await client.get(path, headers=headers)
                assert answer.status_code == 400, (headers, path)
                assert EVIL not in answer.text
            posted = await client.post("/sign-in", headers=headers, data={"login": "a"})
            assert posted.status_code == 400, headers
        page = (await client.get("/sign-in", headers={"Host": EVIL})).text
        assert "under a name that it does not know" in page
        assert f"https://{OURS}" in page
        told = (await client.get("/api/v1/items", headers={"Host": EVIL})).json()
        assert told["code"] == "other-host"
        for headers in KNOWN:
            assert (await client.get("/sign-in", headers=headers)).status_code == 200, headers
    assert await rekey.people.entries() == [], "nothing was tried"


async def test_without_a_declaration_this_machine_is_answered(rekey: Rekey) -> None:
    async with serving(console_of(rekey), 0) as address, httpx.AsyncClient(base_url=address) as client:
        port = urlsplit(address).port
        for host in (f"127.0.0.1:{port}", f"localhost:{port}", "localhost:5000", "[::1]:5000", "localhost"):
            answer = await client.get("/sign-in", headers={"Host": host})
            assert answer.status_code == 200, f"{host}: a tunnel may end at any port"
        for host in (EVIL, f"localhost.{EVIL}", "127.0.0.2", "0.0.0.0", f"{EVIL}:{port}"):
            assert (await client.get("/sign-in", headers={"Host": host})).status_code == 400, host


@pytest.mark.parametrize("names", [(), (OURS,)])
async def test_invitations_lead_to_the_declared_address(rekey: Rekey, names: tuple[str, ...]) -> None:
    app = console_of(declared(rekey, console_tls=bool(names), console_hosts=names))
    people = rekey.people
    boss, new = await people.add("boss", "Bo Sample", "test"), await people.add("new", "Nia Sample", "test")
    await people.grant(boss.id, EVERYWHERE, Role.ADMINISTRATOR, "test")
    token = await people.begin_session(boss.id, fresh=True)
    session = await people.session(token)
    assert session is not None
    async with serving(app, 0) as address, httpx.AsyncClient(base_url=address) as client:
        headers = {"Host": OURS, "X-Forwarded-Proto": "http"} if names else {"Host": "localhost:5000"}
        headers |= {"Cookie": f"{cookie_name(bool(names))}={token}", "X-Forwarded-Port": "1"}
        sent = {"token": session.csrf}
        page = await client.post(f"/people/{new.id}/link", headers=headers, data=sent)
    assert page.status_code == 200
    assert f"{f'https://{OURS}' if names else address}/invitation/" in html.unescape(page.text)


@pytest.mark.parametrize("names", [(), (OURS,)])
async def test_the_provider_sends_people_back_to_the_declared_address(
    rekey: Rekey, names: tuple[str, ...]
) -> None:
    with run_server_in_thread(require_nonce=True) as provider:
        oidc = OpenIdConnect(issuer=f"http://localhost:{provider.server_port}", client_id="rekey")
        one = declared(rekey, oidc=oidc, console_tls=bool(names), console_hosts=names)
        Credentials(one.settings).set("oidc", "rekey", "a client secret")
        async with serving(console_of(one), 0) as address, httpx.AsyncClient(base_url=address) as client:
            host = f"{OURS}:8443" if names else "localhost:5000"
            left = await client.get("/sign-in/openid", headers={"Host": host})
    [back] = parse_qs(urlsplit(left.headers["location"]).query)["redirect_uri"]
    assert back == f"{f'https://{OURS}' if names else address}/sign-in/openid/back"


async def test_behind_a_proxy_a_name_must_be_declared(rekey: Rekey) -> None:
    with pytest.raises(ConfigurationError, match="REKEY_CONSOLE_HOSTS"):
        console_of(declared(rekey, console_tls=True))


def test_with_a_port_the_port_counts() -> None:
    from starlette.datastructures import Headers

    hosts = Hosts([f"{OURS}:8443"])
    assert hosts.know(Headers({"host": f"{OURS}:8443"}))
    assert not hosts.know(Headers({"host": OURS}))
    twice = Headers(raw=[(b"host", f"{OURS}:8443".encode()), (b"host", EVIL.encode())])
    assert not hosts.know(twice)


@pytest.mark.parametrize(
    "written", ["https://rekey.example", "rekey.example/x", "*", "a b", "-", ".", "a,b c"]
)
def test_what_is_no_name(written: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("REKEY_HOME", str(tmp_path))
    monkeypatch.setenv("REKEY_CONSOLE_HOSTS", written)
    with pytest.raises(ConfigurationError) as refused:
        load_settings()
    assert refused.value.sentence.startswith("REKEY_CONSOLE_HOSTS: ")
    assert "\n" not in refused.value.sentence


def test_several_names(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("REKEY_HOME", str(tmp_path))
    (tmp_path / "rekey.env").write_text(f"REKEY_CONSOLE_HOSTS={OURS}, rekey:8443\n", encoding="utf-8")
    assert load_settings().console_hosts == (OURS, "rekey:8443")
