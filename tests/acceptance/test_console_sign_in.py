"""The ways in with a local account, as somebody who wants in without one tries them."""

from __future__ import annotations

import asyncio
import base64
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from copy import copy
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import httpx
import pyotp
import pytest
from fastapi import FastAPI
from starlette.exceptions import HTTPException

from bots.assembly.console import console_of, serving
from bots.assembly.worker import Rekey, open_rekey
from bots.engine.console.services.passwords import hash_password
from bots.engine.console.services.totp import new_key, new_secret, seal
from bots.engine.console.sign_in import views as sign_in
from bots.engine.console.sign_in.views import local
from bots.engine.console.web import drafts
from bots.engine.console.web.context import Desk
from bots.engine.console.web.routes import Routes
from bots.engine.console.web.throttle import Attempts
from bots.engine.core.item import NewItem
from bots.engine.core.people import EVERYWHERE, Person, Role
from bots.engine.credentials import Credentials
from bots.engine.settings import Settings
from tests.acceptance.test_console_routes import OTHER, PROCESS, REPORT

PASSWORD = "correct staple horse"
HASH = hash_password(PASSWORD)


class StandingClock:
    """For the console and the apps of all people here: no code grows old between two steps of a test."""

    def __init__(self) -> None:
        self.now = datetime.now(UTC)

    def __call__(self) -> datetime:
        return self.now


CLOCK = StandingClock()


@dataclass(frozen=True, kw_only=True)
class Account:
    person: Person
    secret: str

    def code(self, ahead: int = 0) -> str:
        """`ahead`: of how many steps from now; the clock's tolerance is one."""
        totp = pyotp.TOTP(self.secret)
        return totp.generate_otp(totp.timecode(CLOCK.now) + ahead)

    def sent(self, **change: str) -> dict[str, str]:
        return {"login": self.person.login, "password": PASSWORD, "code": self.code()} | change


@dataclass(frozen=True, kw_only=True)
class Door:
    """A console, and clients that come to it as browsers do."""

    rekey: Rekey
    app: FastAPI
    key: str
    item: str

    @asynccontextmanager
    async def client(self, host: str = "127.0.0.1") -> AsyncIterator[httpx.AsyncClient]:
        transport = httpx.ASGITransport(self.app, client=(host, 1234))
        async with httpx.AsyncClient(transport=transport, base_url="http://console") as client:
            yield client

    async def account(self, login: str, *roles: tuple[Role, str], code: bool = True) -> Account:
        people = self.rekey.people
        person, secret = await people.add(login, f"{login.title()} Sample", "test"), new_secret()
        for role, scope in roles:
            await people.grant(person.id, scope, role, "test")
        await people.set_password(person.id, HASH, "test")
        if code:
            await people.set_code_secret(person.id, seal(secret, self.key, person.id), "test")
        return Account(person=person, secret=secret)

    async def told(self) -> list[str]:
        """The log of people, the newest first."""
        return [one.what for one in await self.rekey.people.entries(limit=1000)]


@pytest.fixture(scope="module")
async def house(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Door]:
    home = tmp_path_factory.mktemp("door")
    (home / "keyring.key").write_text("a key for tests only", encoding="utf-8")
    async with open_rekey(Settings(home=home, console_hosts=("console",))) as rekey:
        batch = await rekey.queue.open_batch(PROCESS, "portal", "test")
        wrong = {"code": "property-not-found", "sentence": "Nobody knows this property."}
        await rekey.queue.add(PROCESS, batch, [NewItem(reference="MB-2026-0001", data=REPORT, **wrong)])
        [item] = await rekey.queue.items(PROCESS)
        app = console_of(rekey)
        key = Credentials(rekey.settings).key("console", new_key)
        yield Door(rekey=rekey, app=app, key=key, item=item.id)


@pytest.fixture
def door(house: Door) -> Door:
    """With nobody counted yet."""
    routes: Routes = house.app.state.routes
    routes.attempts.forget()
    desk_of(house).tries.forget()
    CLOCK.now = datetime.now(UTC)
    object.__setattr__(desk_of(house), "clock", CLOCK)
    return house


def desk_of(house: Door) -> Desk:
    routes: Routes = house.app.state.routes
    return routes._desk


def token_of(text: str) -> str:
    found = re.search(r'name="token" value="([0-9a-f]+)"', text)
    assert found is not None
    return found[1]


# ---- what the answer tells --------------------------------------------------------------------
async def test_the_answer_does_not_tell_who_is_known(door: Door, monkeypatch: pytest.MonkeyPatch) -> None:
    people, checked = door.rekey.people, []

    def verify(kept: str | None, password: str) -> bool:
        checked.append(kept)
        return verify_password(kept, password)

    verify_password = sign_in.verify_password
    monkeypatch.setattr(sign_in, "verify_password", verify)
    ann, gone, slowed = [await door.account(name) for name in ("ann", "gone", "slowed")]
    await people.deactivate(gone.person.id, "test")
    for _ in range(10):
        await people.failed(slowed.person.id)
    await people.add("invited", "Ines Invited", "test")
    await people.add("council", "Cora Council", "test", local=False)
    tries = {
        "nobody": {"login": "nobody", "password": PASSWORD, "code": "123456"},
        "no login": {"login": "no login", "password": PASSWORD},
        "empty": {"login": "", "password": ""},
        "ann": ann.sent(password="wrong staple horse"),
        "ann ": ann.sent(code="000000"),
        "gone": gone.sent(),
        "slowed": slowed.sent(),
        "invited": {"login": "invited", "password": "", "code": ""},
        "council": {"login": "council", "password": PASSWORD, "code": "123456"},
    }
    met = set()
    async with door.client() as client:
        for sent in tries.values():
            answer = await client.post("/sign-in", data=sent)
            assert not client.cookies
            met.add((answer.status_code, re.sub(r'(?<=type="text" value=")[^"]*', "", answer.text)))
    assert len(met) == 1
    assert len(checked) == len(tries), "each takes as long: a password is hashed for every one"
    assert [one.what for one in await people.entries(limit=3)] == ["sign-in refused"] * 3


# ---- wrong tries: an address is slowed down, and no name is locked ----------------------------
async def wrong(door: Door, account: Account, host: str, tries: int = 1) -> list[int]:
    async with door.client(host) as client:
        sent = account.sent(code="000000")
        return [(await client.post("/sign-in", data=sent)).status_code for _ in range(tries)]


async def right(door: Door, account: Account, host: str, ahead: int = 0) -> int:
    async with door.client(host) as client:
        return (await client.post("/sign-in", data=account.sent(code=account.code(ahead)))).status_code


async def test_wrong_tries_by_anybody_lock_no_administrator(door: Door) -> None:
    bea = await door.account("bea", (Role.ADMINISTRATOR, EVERYWHERE))
    other = await door.account("bert")
    assert await wrong(door, bea, "192.0.2.66", 7) == [401] * 5 + [429] * 2
    async with door.client("192.0.2.66") as client:
        refused = await client.post("/sign-in", data=bea.sent(login=" BEA"))
        assert (refused.status_code, int(refused.headers["retry-after"]) > 0) == (429, True)
        assert "Too many wrong tries for this name" in refused.text
    assert await right(door, other, "192.0.2.66") == 303, "another name from there is not slowed by this"
    assert await right(door, bea, "198.51.100.7") == 303, "nobody else keeps her out"


async def test_nothing_tells_whether_a_slowed_name_is_known(door: Door) -> None:
    async with door.client("192.0.2.67") as client:
        sent = {"login": "nobody at all", "password": PASSWORD, "code": "123456"}
        met = [(await client.post("/sign-in", data=sent)).status_code for _ in range(6)]
    assert met == [401] * 5 + [429]


async def test_guesses_from_many_addresses_are_slowed_and_keep_nobody_out(door: Door) -> None:
    people, cy = door.rekey.people, await door.account("cy", (Role.ADMINISTRATOR, EVERYWHERE))
    async with door.client("198.51.100.8") as her_browser:
        first = await her_browser.post("/sign-in", data=cy.sent(code=cy.code(-1)))
        assert first.status_code == 303
        for number in range(40):
            assert await wrong(door, cy, f"192.0.2.{number}") == [401]
        kept = await people.credentials(cy.person.id)
        assert kept.failures < 15, "most of the forty were not even counted: nothing was compared for them"
        assert await right(door, cy, "192.0.2.99") == 401, "nor does the right one while strangers wait"
        assert "sign-in slowed down" in await door.told()
        # She herself has signed in in this browser before, whichever way it comes now.
        async with door.client("203.0.113.9") as elsewhere:
            elsewhere.cookies.update(her_browser.cookies)
            again = await elsewhere.post("/sign-in", data=cy.sent(code=cy.code(1)))
            assert again.status_code == 303
    assert (await people.credentials(cy.person.id)).failures == 0


async def test_where_somebody_signed_in_before_they_sign_in_again(door: Door) -> None:
    cora = await door.account("cora")
    assert await right(door, cora, "198.51.100.9", -1) == 303
    for number in range(12):
        await wrong(door, cora, f"192.0.2.{number}")
    assert await right(door, cora, "192.0.2.98") == 401
    assert await right(door, cora, "198.51.100.9", 1) == 303, "the same office, another browser"


async def test_a_familiar_browser_is_slowed_down_as_well(door: Door) -> None:
    """Whoever has it may guess no more than others."""
    cleo, other = await door.account("cleo"), await door.account("cass")
    async with door.client("198.51.100.10") as client:
        assert (await client.post("/sign-in", data=cleo.sent())).status_code == 303
        for status in [401] * 5 + [429]:
            sent = cleo.sent(code="000000")
            assert (await client.post("/sign-in", data=sent)).status_code == status
        # Of somebody else it says nothing.
        client.cookies.delete("rekey")
        for _ in range(12):
            await door.rekey.people.failed(other.person.id)
        assert (await client.post("/sign-in", data=other.sent())).status_code == 401
        client.cookies.set("rekey-known", "made up", domain="console.local", path="/sign-in")
        assert (await client.post("/sign-in", data=other.sent(code=other.code(1)))).status_code == 401


async def test_a_right_password_alone_does_not_forget_wrong_codes(door: Door) -> None:
    cyd = await door.account("cyd")
    async with door.client() as client:
        for code in ("000000", "111111", "222222", "", "444444"):
            await client.post("/sign-in", data=cyd.sent(code=code))
    assert (await door.rekey.people.credentials(cyd.person.id)).failures == 5


async def test_a_new_link_ends_the_wait(door: Door) -> None:
    dora = await door.account("dora")
    for _ in range(12):
        await door.rekey.people.failed(dora.person.id)
    assert await right(door, dora, "192.0.2.97") == 401
    await door.rekey.people.set_password(dora.person.id, HASH, "test")
    assert await right(door, dora, "192.0.2.97", 1) == 303


# ---- codes ------------------------------------------------------------------------------------
async def test_a_code_works_once(door: Door) -> None:
    dee = await door.account("dee")
    sent = dee.sent()
    async with door.client() as client, door.client() as onlooker:
        assert (await client.post("/sign-in", data=sent)).status_code == 303
        assert (await onlooker.post("/sign-in", data=sent)).status_code == 401
        assert (await onlooker.post("/sign-in", data=sent | {"code": dee.code(-1)})).status_code == 401


async def test_one_code_at_two_places_at_once_lets_one_in(door: Door) -> None:
    eve = await door.account("eve")
    sent = eve.sent()
    async with door.client() as one, door.client() as other:
        answers = await asyncio.gather(*(each.post("/sign-in", data=sent) for each in (one, other)))
    assert sorted(answer.status_code for answer in answers) == [303, 401]


# ---- sessions ---------------------------------------------------------------------------------
async def test_a_planted_session_is_not_taken_over(door: Door) -> None:
    fay, mallory = await door.account("fay"), await door.account("mallory")
    people = door.rekey.people
    planted = await people.begin_session(mallory.person.id, fresh=True)
    for known, ahead in (("made-up", 0), (planted, 1)):
        async with door.client() as client:
            client.cookies.set("rekey", known, domain="console.local")
            answer = await client.post("/sign-in", data=fay.sent(code=fay.code(ahead)))
            new = answer.cookies["rekey"]
        assert new != known
        assert await people.session(known) is None
        session = await people.session(new)
        assert session is not None
        assert session.person.login == "fay"


async def test_the_cookie_without_tls(door: Door) -> None:
    gus = await door.account("gus")
    async with door.client() as client:
        kept, known = (await client.post("/sign-in", data=gus.sent())).headers.get_list("set-cookie")
    assert re.fullmatch(r"rekey-known=\S+; HttpOnly; Max-Age=\d+; Path=/sign-in; SameSite=lax", known)
    assert re.fullmatch(r"rekey=[\w-]{43}; HttpOnly; Path=/; SameSite=lax", kept)


async def test_the_cookie_over_tls(door: Door) -> None:
    hal = await door.account("hal")
    tls = replace_settings(door.rekey, console_tls=True)
    transport = httpx.ASGITransport(console_of(tls))
    async with httpx.AsyncClient(transport=transport, base_url="https://console") as client:
        kept, known = (await client.post("/sign-in", data=hal.sent())).headers.get_list("set-cookie")
        assert known.startswith("__Secure-rekey-known=")
        assert known.endswith("; Secure")
        assert re.fullmatch(r"__Host-rekey=[\w-]{43}; HttpOnly; Path=/; SameSite=lax; Secure", kept)
        page = await client.get("/")
        assert page.status_code == 200
        assert "max-age=31536000" in page.headers["strict-transport-security"]
        left = await client.post("/sign-out", data={"token": token_of(page.text)})
    assert "Secure" in left.headers["set-cookie"]
    assert "Max-Age=0" in left.headers["set-cookie"]


def replace_settings(rekey: Rekey, **change: Any) -> Rekey:
    other = copy(rekey)
    other.settings = rekey.settings.model_copy(update=change)
    return other


async def test_signing_out_ends_the_session_in_the_store(door: Door) -> None:
    ida = await door.account("ida")
    async with door.client() as client:
        token = (await client.post("/sign-in", data=ida.sent())).cookies["rekey"]
        page = await client.get("/")
        assert (await client.post("/sign-out", data={"token": "0" * 64})).status_code == 403
        assert await door.rekey.people.session(token) is not None, "nobody else signs a person out"
        left = await client.post("/sign-out", data={"token": token_of(page.text)})
        assert left.headers["clear-site-data"] == '"cache", "storage"'
        assert "rekey" not in client.cookies
        assert await door.rekey.people.session(token) is None
        again = await client.get("/", headers={"Cookie": f"rekey={token}"})
    assert again.headers["location"] == "/sign-in?next=%2F"
    assert (await door.told())[0] == "signed out"


LEAVING = [
    "https://evil.example/",
    "//evil.example/",
    "/\\evil.example/",
    "\\\\evil.example/",
    "/\t/evil.example/",
    "/\n/evil.example/",
    "\t//evil.example/",
    " //evil.example/",
    "javascript:alert(1)",
    "evil.example",
    "/x\r\nSet-Cookie: a=b",
    "/\ud800",
    "/\x00",
    "/sign-in?next=/sign-in",
    "/" + "a" * 3000,
    "",
]


@pytest.mark.parametrize("to", LEAVING, ids=lambda to: ascii(to)[:30])
def test_nobody_is_sent_elsewhere(to: str) -> None:
    assert local(to) == "/"


@pytest.mark.parametrize("to", ["/", "/items/abc", "/?text=M%26S&process=x", "/items/abc#notes"])
def test_everybody_comes_where_they_wanted(to: str) -> None:
    assert local(to) == to


async def test_the_way_back_is_kept(door: Door) -> None:
    jo = await door.account("jo")
    async with door.client() as client:
        away = await client.get("/?text=MB-2026", headers={"Accept": "text/html"})
        page = await client.get(away.headers["location"])
        assert 'name="next" value="/?text=MB-2026"' in page.text
        sent = jo.sent(next="/?text=MB-2026")
        assert (await client.post("/sign-in", data=sent)).headers["location"] == "/?text=MB-2026"
        elsewhere = jo.sent(next="//evil.example/", code=jo.code(1))
        assert (await client.post("/sign-in", data=elsewhere)).headers["location"] == "/"


# ---- invitations ------------------------------------------------------------------------------
async def test_an_invitation_from_link_to_work_list(door: Door) -> None:
    people = door.rekey.people
    person = await people.add("kit", "Kit Sample", "test")
    link = f"/invitation/{await people.invite(person.id, 'test')}"
    async with door.client() as client, door.client() as late:
        for method in ("GET", "GET", "HEAD"):
            assert (await client.request(method, link)).status_code == 200, "looking does not use it up"
        for password, again, sentence in (
            ("short", "short", "at least 12 characters"),
            ("password1234", "password1234", "Too many people use this password"),
            ("kit and caboodle", "kit and caboodle", "sign-in name out of the password"),
            (PASSWORD, "correct staple house", "The two passwords differ"),
        ):
            answer = await client.post(link, data={"password": password, "again": again})
            assert answer.status_code == 422
            assert sentence in answer.text
            assert password not in answer.text.replace("Kit Sample", "")
        taken = await client.post(link, data={"password": PASSWORD, "again": PASSWORD})
        assert taken.headers["location"] == "/second-factor"
        for method in ("GET", "POST"):
            gone = await late.request(method, link)
            assert gone.status_code == 410
            assert "has been used already" in gone.text
        half = client.cookies["rekey"]
        assert (await client.get("/")).headers["location"] == "/second-factor"
        page = await client.get("/second-factor")
        wrong = await client.post("/second-factor", data=shown(page.text) | {"code": "000000"})
        assert wrong.status_code == 422
        assert "The code is not right" in wrong.text
        assert secret_of(wrong.text) == secret_of(page.text), "the app need not be told another key"
        assert (await people.credentials(person.id)).code_secret is None
        code = pyotp.TOTP(secret_of(page.text)).now()
        right = await client.post("/second-factor", data=shown(wrong.text) | {"code": code})
        assert right.headers["location"] == "/"
        assert client.cookies["rekey"] != half
        assert await people.session(half) is None
        assert (await client.get("/")).status_code == 200
        used = {"login": "kit", "password": PASSWORD, "code": code}
        assert (await late.post("/sign-in", data=used)).status_code == 401, "that code was used"


def shown(text: str) -> dict[str, str]:
    sealed = re.search(r'name="sealed" value="([0-9a-f]+)"', text)
    assert sealed is not None
    return {"token": token_of(text), "sealed": sealed[1]}


def secret_of(text: str) -> str:
    found = re.search(r'rekey-code">([A-Z2-7 ]+)<', text)
    assert found is not None
    return found[1].replace(" ", "")


async def test_two_who_use_a_link_at_once(door: Door) -> None:
    people = door.rekey.people
    person = await people.add("lou", "Lou Sample", "test")
    link = f"/invitation/{await people.invite(person.id, 'test')}"
    sent = {"password": PASSWORD, "again": PASSWORD}
    async with door.client() as one, door.client() as other:
        answers = await asyncio.gather(*(each.post(link, data=sent) for each in (one, other)))
    assert sorted(answer.status_code for answer in answers) == [303, 410]


async def test_a_link_of_somebody_deactivated(door: Door) -> None:
    people = door.rekey.people
    person = await people.add("max", "Max Sample", "test")
    link = f"/invitation/{await people.invite(person.id, 'test')}"
    await people.deactivate(person.id, "test")
    async with door.client() as client:
        assert (await client.get(link)).status_code == 410
        answer = await client.post(link, data={"password": PASSWORD, "again": PASSWORD})
    assert answer.status_code == 410
    assert not answer.cookies


async def test_a_link_keeps_the_second_factor(door: Door) -> None:
    """A new password is no way around the phone."""
    ned = await door.account("ned")
    link = f"/invitation/{await door.rekey.people.invite(ned.person.id, 'test')}"
    async with door.client() as client:
        answer = await client.post(link, data={"password": PASSWORD + "s", "again": PASSWORD + "s"})
        assert answer.headers["location"] == "/sign-in"
        assert "rekey" not in client.cookies


async def test_nobody_sets_up_a_second_factor_over_another(door: Door) -> None:
    ola = await door.account("ola")
    people = door.rekey.people
    kept = (await people.credentials(ola.person.id)).code_secret
    half = await people.begin_session(ola.person.id)
    session = await people.session(half)
    assert session is not None
    mine = new_secret()
    sent = {
        "token": session.csrf,
        "sealed": seal(mine, door.key, ola.person.id).hex(),
        "code": pyotp.TOTP(mine).now(),
    }
    async with door.client() as client:
        answer = await client.post("/second-factor", data=sent, headers={"Cookie": f"rekey={half}"})
    assert answer.headers["location"] == "/sign-in"
    assert (await people.credentials(ola.person.id)).code_secret == kept


async def test_a_sealed_secret_of_somebody_else_is_not_taken(door: Door) -> None:
    pia, rob = await door.account("pia", code=False), await door.account("rob", code=False)
    half = await door.rekey.people.begin_session(pia.person.id)
    session = await door.rekey.people.session(half)
    assert session is not None
    sent = {"token": session.csrf, "sealed": seal(rob.secret, door.key, rob.person.id).hex()}
    sent["code"] = pyotp.TOTP(rob.secret).now()
    async with door.client() as client:
        answer = await client.post("/second-factor", data=sent, headers={"Cookie": f"rekey={half}"})
    assert answer.status_code == 422
    assert (await door.rekey.people.credentials(pia.person.id)).code_secret is None


# ---- how often --------------------------------------------------------------------------------
async def test_who_tries_too_often_waits(door: Door) -> None:
    sue = await door.account("sue")
    async with door.client("192.0.2.7") as client, door.client("192.0.2.8") as neighbour:
        for _ in range(30):
            assert (await client.post("/invitation/guessed")).status_code == 410
        for path in ("/invitation/guessed", "/sign-in"):
            answer = await client.post(path, data=sue.sent())
            assert answer.status_code == 429
            assert "Too many attempts" in answer.text
            assert 0 < int(answer.headers["retry-after"]) <= 300
        assert (await client.get("/sign-in")).status_code == 200
        assert (await neighbour.post("/sign-in", data=sue.sent())).status_code == 303


async def test_who_signs_in_rightly_is_not_counted(door: Door) -> None:
    """The whole office may come from one address, at nine."""
    routes: Routes = door.app.state.routes
    routes.attempts.forget()
    tea = await door.account("tea")
    for _ in range(29):
        routes.attempts.check("192.0.2.9")
    async with door.client("192.0.2.9") as client:
        for ahead in (0, 1):
            answer = await client.post("/sign-in", data=tea.sent(code=tea.code(ahead)))
            assert answer.status_code == 303
        assert (await client.post("/sign-in", data=tea.sent())).status_code == 401
        assert (await client.post("/sign-in", data=tea.sent())).status_code == 429


async def test_behind_a_declared_proxy_each_client_counts_for_itself(door: Door) -> None:
    transport = httpx.AsyncHTTPTransport(retries=3)  # the server may still be starting
    behind = console_of(replace_settings(door.rekey, console_tls=True, console_hosts=("127.0.0.1",)))
    async with serving(behind, 0) as address, httpx.AsyncClient(transport=transport) as client:

        async def tried(forwarded: str) -> int:
            headers = {"X-Forwarded-For": forwarded}
            return (await client.post(f"{address}/invitation/guessed", headers=headers)).status_code

        assert {await tried("192.0.2.17") for _ in range(30)} == {410}
        assert await tried("192.0.2.17") == 429
        assert await tried("203.0.113.5, 192.0.2.17") == 429, "what the client itself said does not count"
        assert await tried("192.0.2.18") == 410


async def test_without_a_declared_proxy_nobody_says_where_they_are(door: Door) -> None:
    transport = httpx.AsyncHTTPTransport(retries=3)
    here = console_of(replace_settings(door.rekey, console_hosts=()))
    async with serving(here, 0) as address, httpx.AsyncClient(transport=transport) as client:
        met = set()
        for number in range(31):
            headers = {"X-Forwarded-For": f"192.0.2.{number}"}
            met.add((await client.post(f"{address}/invitation/guessed", headers=headers)).status_code)
    assert met == {410, 429}


class Clock:
    now = 1000.0

    def __call__(self) -> float:
        return self.now


def full(attempts: Attempts, host: str) -> bool:
    try:
        attempts.check(host)
    except HTTPException as error:
        return error.status_code == 429
    return False


def test_the_window_slides() -> None:
    clock = Clock()
    attempts = Attempts(most=3, seconds=60, clock=clock)
    for _ in range(3):
        assert not full(attempts, "192.0.2.7")
        clock.now += 10
    assert full(attempts, "192.0.2.7")
    clock.now = 1060.0
    assert not full(attempts, "192.0.2.7"), "the first is a minute ago"
    assert full(attempts, "192.0.2.7")


def test_a_place_has_many_ipv6_addresses() -> None:
    attempts = Attempts(most=1)
    assert not full(attempts, "2001:db8:1:2::1")
    assert full(attempts, "2001:db8:1:2:ffff::9")
    assert not full(attempts, "2001:db8:1:3::1")
    assert not full(attempts, "::ffff:192.0.2.7")
    assert full(attempts, "192.0.2.7")


def test_the_memory_is_bounded() -> None:
    attempts = Attempts(most=1, places=10)
    for number in range(100):
        attempts.check(f"192.0.2.{number}")
    assert full(attempts, "192.0.2.99")
    assert not full(attempts, "192.0.2.1")


# ---- what was typed when the session ended ----------------------------------------------------
async def test_what_was_typed_is_shown_to_who_may_review_it(door: Door) -> None:
    typed = {"house": "the blue door", "token": "0" * 64, "why": "he rang"}
    people = {
        "reviewer": await door.account("tom", (Role.REVIEWER, PROCESS)),
        "viewer": await door.account("uma", (Role.VIEWER, PROCESS)),
        "elsewhere": await door.account("val", (Role.OWNER, OTHER)),
        "no second factor": await door.account("wim", (Role.OWNER, PROCESS), code=False),
    }
    async with door.client() as client:
        page = await client.post(f"/items/{door.item}/correct", data=typed)
    assert page.status_code == 401
    assert "blue door" not in page.text
    found = re.search(r'name="draft" value="([\w=-]+)"', page.text)
    assert found is not None
    for name, account in people.items():
        async with door.client() as client:
            answer = await client.post("/sign-in", data=account.sent(draft=found[1]))
            assert ("the blue door" in answer.text) is (name == "reviewer"), name
            assert answer.status_code == (200 if name == "reviewer" else 303)
            # The same in another tab, after the sign-in.
            again = await client.post("/sign-in/draft", data={"draft": found[1]})
            assert ("the blue door" in again.text) is (name == "reviewer"), name
    async with door.client() as nobody:
        asked = await nobody.post("/sign-in/draft", data={"draft": found[1]})
    assert asked.status_code == 401
    assert found[1] in asked.text, "it is kept for the next try"
    item = await door.rekey.queue.item(door.item)
    assert item is not None
    assert item.version == 1, "nothing was sent by itself"


def test_a_draft_is_good_for_an_hour() -> None:
    key, now = new_key(), 1_000_000.0
    kept = drafts.sealed("/items/abc/correct", {"token": "t", "house": "14"}, key, now)
    for later, good in ((0, True), (3599, True), (3601, False), (-60, False)):
        found = drafts.opened(kept, key, now + later)
        assert (found is not None) is good
    assert found is None
    found = drafts.opened(kept, key, now)
    assert found is not None
    assert (found.item, found.sent) == ("abc", {"house": "14"}), "the token is not kept"


@pytest.mark.parametrize("draft", ["", "x", "é", "AAAA", "====", "a" * 5000])
def test_what_is_no_draft_of_ours(draft: str) -> None:
    assert drafts.opened(draft, new_key(), 0.0) is None


def test_another_key_and_another_use() -> None:
    key = new_key()
    kept = drafts.sealed("/items/abc/correct", {}, key, 0.0)
    assert drafts.opened(kept, new_key(), 0.0) is None
    assert drafts.sealed("/sign-out", {}, key, 0.0) == ""
    other = base64.urlsafe_b64encode(seal('{"item": "abc"}', key, "person-1")).decode()
    assert drafts.opened(other, key, 0.0) is None
