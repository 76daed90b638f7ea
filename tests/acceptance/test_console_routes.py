"""Every address of the console with every role, every address for programs with every role and kind of token,
and requests that no page of ours sends.

Without a browser, on one store.
"""

from __future__ import annotations

import logging
import sqlite3
from collections.abc import AsyncIterator, Iterator
from contextlib import closing
from dataclasses import dataclass
from enum import Enum
from pathlib import Path
from typing import Any

import httpx
import pytest
from fastapi import FastAPI
from starlette.responses import Response
from starlette.routing import Route

from bots.assembly.console import console_of
from bots.assembly.worker import Rekey, open_rekey
from bots.engine.console.services.headers import HEADERS
from bots.engine.console.web.routes import Address, Routes, cookie_name
from bots.engine.console.web.throttle import LONGEST
from bots.engine.core.item import NewItem
from bots.engine.core.people import EVERYWHERE, Role, TokenScope
from bots.engine.core.summary import Difference, Reconciliation, Why
from bots.engine.settings import Settings
from tests import staff

PROCESS, OTHER = "missed-bins", "council-tax-moves"
REPORT = {
    "number": "MB-2026-0001",
    "uprn": "990000000001",
    "house": "14",
    "postcode": "NM1 4QT",
    "collection": "refuse",
    "missed_on": "2026-11-02",
    "received_on": "2026-11-03",
    "reported_by": "Priya Sample",
    "notes": "",
}
INCLUDES = {
    Role.VIEWER: {Role.VIEWER},
    Role.REVIEWER: {Role.VIEWER, Role.REVIEWER},
    Role.APPROVER: {Role.VIEWER, Role.REVIEWER, Role.APPROVER},
    Role.OWNER: {Role.VIEWER, Role.REVIEWER, Role.APPROVER, Role.OWNER},
    Role.AUDITOR: {Role.AUDITOR},
    Role.ADMINISTRATOR: {Role.ADMINISTRATOR},
}
"""Written out once more: a role that is not known here is expected to see nothing."""
OF_INSTALLATION = {Role.AUDITOR, Role.ADMINISTRATOR}
ASSETS = "/assets/{digest}/{name}"


class Met(Enum):
    """What somebody meets at an address."""

    IN = "the page, or what it says to what was sent"
    SIGN_IN = "the sign-in"
    SECOND_FACTOR = "the set-up of the second factor"
    REFUSED = "you cannot do this"
    MISSING = "there is no such page"


@dataclass(frozen=True, kw_only=True)
class Somebody:
    """`scope`: where the role is held; `whole`: signed in with the second factor too."""

    name: str
    role: Role | None = None
    scope: str = PROCESS
    signed_in: bool = True
    whole: bool = True

    @property
    def login(self) -> str:
        return self.name.replace(" ", ".")

    def holds(self, role: Role, process: str | None) -> bool:
        """`process` None: in any."""
        if self.role is None or role not in INCLUDES.get(self.role, set()):
            return False
        return role in OF_INSTALLATION or process is None or self.scope in (process, EVERYWHERE)


EVERYBODY = [
    Somebody(name="nobody", signed_in=False),
    Somebody(name="no role"),
    Somebody(name="password only", role=Role.OWNER, scope=EVERYWHERE, whole=False),
    *(Somebody(name=f"{role} here", role=role) for role in Role if role not in OF_INSTALLATION),
    *(Somebody(name=f"{role} there", role=role, scope=OTHER) for role in Role if role not in OF_INSTALLATION),
    *(Somebody(name=str(role), role=role, scope=EVERYWHERE) for role in Role if role in OF_INSTALLATION),
]


@dataclass(frozen=True, kw_only=True)
class House:
    """A console on a store of its own, with one exception in it."""

    home: Path
    rekey: Rekey
    app: FastAPI
    client: httpx.AsyncClient
    item: str
    nobody: str  # who holds no role

    @property
    def addresses(self) -> list[Address]:
        routes: Routes = self.app.state.routes
        return routes.addresses

    @property
    def for_people(self) -> list[Address]:
        return [one for one in self.addresses if not one.scopes]

    @property
    def for_programs(self) -> list[Address]:
        return [one for one in self.addresses if one.scopes]

    def path(self, address: Address) -> str:
        names = {"item": self.item, "process": PROCESS, "person": self.nobody}
        parts = address.path.split("/")
        return "/".join(names.get(one[1:-1], "1") if one.startswith("{") else one for one in parts)

    async def person_id(self, who: Somebody, *more: tuple[Role, str]) -> str:
        people = self.rekey.people
        person = await people.by_login(who.login) or await people.add(who.login, who.name.title(), "test")
        granted = [*more, (who.role, who.scope)] if who.role else more
        for role, scope in granted:
            await people.grant(person.id, scope, role, "test")
        return person.id

    async def token(self, who: Somebody, *more: tuple[Role, str]) -> str:
        return await self.rekey.people.begin_session(await self.person_id(who, *more), fresh=who.whole)

    async def csrf(self, token: str) -> str:
        session = await self.rekey.people.session(token)
        return session.csrf if session else ""

    async def ask(self, address: Address, token: str, csrf: str | None) -> httpx.Response:
        headers = {"Cookie": f"{cookie_name(False)}={token}"} if token else {}
        sent = {} if csrf is None else {"token": csrf}
        options: dict[str, Any] = {"data": sent} if address.method == "POST" else {}
        if address.streamed:
            options["files"] = {"file": ("a.csv", b"a,b\n1,2\n", "text/csv")}
        return await self.client.request(address.method, self.path(address), headers=headers, **options)

    async def call(self, address: Address, token: str | None) -> httpx.Response:
        headers = {} if token is None else {"Authorization": f"Bearer {token}"}
        options: dict[str, Any] = {"json": {}} if address.method == "POST" else {}
        if address.streamed:
            options = {"files": {"files": ("a.csv", b"a,b\n1,2\n", "text/csv")}}
        return await self.client.request(address.method, self.path(address), headers=headers, **options)

    def dump(self) -> list[str]:
        """The whole store, but for the signs of life that its own worker gives meanwhile."""
        with closing(sqlite3.connect(self.home / "rekey.db")) as connection:
            return [line for line in connection.iterdump() if not line.startswith('INSERT INTO "workers"')]


@pytest.fixture(scope="module")
async def house(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[House]:
    home = tmp_path_factory.mktemp("house")
    (home / "keyring.key").write_text("a key for tests only", encoding="utf-8")
    async with open_rekey(Settings(home=home, console_hosts=("console",))) as rekey:
        batch = await rekey.queue.open_batch(PROCESS, "portal", "test")
        wrong = {"code": "property-not-found", "sentence": "Nobody knows this property."}
        await rekey.queue.add(PROCESS, batch, [NewItem(reference="MB-2026-0001", data=REPORT, **wrong)])
        [item] = await rekey.queue.items(PROCESS)
        somebody = await rekey.people.add("somebody", "Somebody Sample", "test")
        app = console_of(rekey)
        transport = httpx.ASGITransport(app)
        async with httpx.AsyncClient(transport=transport, base_url="http://console") as client:
            yield House(home=home, rekey=rekey, app=app, client=client, item=item.id, nobody=somebody.id)


# ---- who meets what ---------------------------------------------------------------------------
def expected(address: Address, who: Somebody) -> Met:
    if not who.signed_in:
        return Met.SIGN_IN
    if not who.whole and not address.half:
        return Met.SECOND_FACTOR
    if address.role is None:
        return Met.IN
    there = PROCESS if "{item}" in address.path or "{process}" in address.path else None
    if there and address.role not in OF_INSTALLATION and not who.holds(Role.VIEWER, there):
        return Met.MISSING
    return Met.IN if who.holds(address.role, there) else Met.REFUSED


def met(answer: httpx.Response) -> Met:
    to = answer.headers.get("location", "")
    if answer.status_code == 401 or to.startswith("/sign-in?"):
        return Met.SIGN_IN
    if to == "/second-factor":
        return Met.SECOND_FACTOR
    assert answer.status_code < 500, answer.text
    return {403: Met.REFUSED, 404: Met.MISSING}.get(answer.status_code, Met.IN)


def may_be_empty(address: Address) -> bool:
    """An address that also names what this store has not got, such as a picture."""
    named = {part for part in address.path.split("/") if part.startswith("{")}
    return address.path.endswith("/picture") or bool(named - {"{item}", "{process}", "{person}"})


@pytest.mark.parametrize("who", EVERYBODY, ids=lambda who: who.name)
async def test_everybody_meets_what_the_address_declares(house: House, who: Somebody) -> None:
    wrong = []
    for address in (one for one in house.for_people if not one.open):
        # Each with a session of its own: one of them is the sign-out.
        token = await house.token(who) if who.signed_in else ""
        found = met(await house.ask(address, token, await house.csrf(token)))
        wanted = expected(address, who)
        if found is not wanted and not (wanted is Met.IN and found is Met.MISSING and may_be_empty(address)):
            wrong.append(f"{address.method} {address.path}: {found.name}, expected {wanted.name}")
    assert not wrong


async def test_what_is_open_tells_nobody_anything(house: House) -> None:
    for address in (one for one in house.addresses if one.open):
        answer = await house.ask(address, "", None)
        assert answer.status_code < 500, address
        assert REPORT["reported_by"] not in answer.text, address
    ways = {one.path for one in house.addresses if one.open}
    assert all(path.startswith(("/sign-in", "/invitation/")) for path in ways)


async def test_an_item_that_is_not_there_looks_like_one_of_another_process(house: House) -> None:
    token = await house.token(Somebody(name="reviewer there", role=Role.REVIEWER, scope=OTHER))
    headers = {"Cookie": f"{cookie_name(False)}={token}"}
    theirs = await house.client.get(f"/items/{house.item}", headers=headers)
    none = await house.client.get("/items/i-000000000000", headers=headers)
    assert (theirs.status_code, theirs.text) == (none.status_code, none.text)
    assert theirs.status_code == 404


async def test_who_sees_no_references_finds_none(house: House) -> None:
    """The page, its counts and its next pages, whatever else is asked for."""
    viewer = Somebody(name="viewer of this", role=Role.VIEWER)
    tokens = {
        False: await house.token(viewer, (Role.REVIEWER, OTHER)),
        True: await house.token(Somebody(name="reviewer here", role=Role.REVIEWER)),
    }
    for clear, token in tokens.items():
        headers = {"Cookie": f"{cookie_name(False)}={token}"}
        for more in ({}, {"process": PROCESS}, {"order": "process", "holder": "nobody"}, {"put_off": "yes"}):
            for text, found in (("MB-2026-00", clear), ("MB-2026-0001", clear), (house.item, True)):
                page = await house.client.get("/", params={"text": text, **more}, headers=headers)
                assert (f"/items/{house.item}" in page.text) is found, (text, more)
                assert ("Nothing matches this filter" in page.text) is not found, (text, more)
                assert ("1 item that" in page.text) is found, (text, more)


MOVE = {
    "account": "00123456",
    "name": "Eva Sample",
    "old_address": "1 Elm Sample Road",
    "old_postcode": "ZZ1 1AA",
    "moved_out": "2026-09-01",
    "new_address": "2 Oak Sample Road",
    "new_postcode": "ZZ1 1AB",
    "moved_in": "2026-09-02",
}


async def test_who_sees_no_references_sees_none_of_a_target_and_no_name_of_a_file(house: House) -> None:
    """An account's number points at a person, and so may what somebody called a workbook."""
    queue, number = house.rekey.queue, MOVE["account"]
    batch = await queue.open_batch(OTHER, "workbook", "test", {"file": "Eva Sample.xlsx", "kept": "h-1"})
    entry = {"reference": number, "values": {"account": number, "name": "EVA SAMPLE"}}
    stopped = {"code": "already-in-target", "sentence": "It is there, otherwise."}
    found = {"step": "end-liability", "found": [entry], "fields": ["name"]}
    row = NewItem(reference=number, data=MOVE, origin={"sheet": "S", "row": 2}, detail=found, **stopped)
    [(_, item)] = await queue.add(OTHER, batch, [row])
    gone = Difference(item=item, step="end-liability", target=number, why=Why.GONE)
    compared = Reconciliation(process=OTHER, source=1, in_target=1, missing=[gone])
    comparisons = house.rekey.comparisons
    await comparisons.keep(compared, await comparisons.now())
    [known] = await comparisons.latest([OTHER])
    await comparisons.see_to(OTHER, known.findings[0].key, "person/ann", "Eva Sample rang.")
    tokens = {
        False: await house.token(Somebody(name="viewer of moves", role=Role.VIEWER, scope=OTHER)),
        True: await house.token(Somebody(name="reviewer of moves", role=Role.REVIEWER, scope=OTHER)),
    }
    for closed in (False, True):
        if closed:
            await staff.withdraw(queue, item, "person/ann", "keyed by hand", number)
        for clear, token in tokens.items():
            headers = {"Cookie": f"{cookie_name(False)}={token}"}
            for path in (f"/items/{item}", "/comparisons", "/hand-ins", f"/hand-ins/{batch}"):
                page = await house.client.get(path, headers=headers)
                assert page.status_code == 200, path
                told = any(word.lower() in page.text.lower() for word in (number, "Eva Sample"))
                assert told is clear, (path, closed, clear)


async def test_a_refusal_is_noted_without_personal_data(
    house: House, caplog: pytest.LogCaptureFixture
) -> None:
    who = Somebody(name="viewer here", role=Role.VIEWER)
    token = await house.token(who)
    with caplog.at_level(logging.WARNING, "rekey.console"):
        headers = {"Cookie": f"{cookie_name(False)}={token}"}
        await house.client.post(f"/items/{house.item}/comment", headers=headers, data={"text": "Priya"})
    person = await house.rekey.people.by_login(who.login)
    assert person is not None
    assert caplog.messages == [f"{person.id} refused: not-allowed '/items/{house.item}/comment'"]


async def test_a_form_that_is_not_ours_changes_nothing(house: House) -> None:
    chief = Somebody(name="chief", role=Role.OWNER, scope=EVERYWHERE)
    token = await house.token(chief, *((role, EVERYWHERE) for role in OF_INSTALLATION))
    colleague = await house.token(Somebody(name="colleague", role=Role.OWNER, scope=EVERYWHERE))
    foreign = [None, "", "0" * 64, "é", await house.csrf(colleague), colleague, token]
    acts = [one for one in house.for_people if one.method == "POST" and not one.open]
    before = house.dump()
    for address in acts:
        for csrf in foreign:
            answer = await house.ask(address, token, csrf)
            assert answer.status_code == 403, (address.path, csrf)
    assert house.dump() == before
    assert len(acts) > 10


# ---- programs ---------------------------------------------------------------------------------
@dataclass(frozen=True, kw_only=True)
class Program:
    """`of`: whose token it has; `only`: the process for which alone it is; `good`: in force."""

    name: str
    of: Somebody
    scopes: tuple[TokenScope, ...] = tuple(TokenScope)
    only: str | None = None
    good: bool = True

    def holds(self, role: Role, process: str | None) -> bool:
        if self.only is not None and (role in OF_INSTALLATION or process not in (None, self.only)):
            return False
        return self.of.holds(role, process or self.only)


CHIEF = Somebody(name="chief program", role=Role.OWNER, scope=EVERYWHERE)
NO_GOOD = ("none", "unknown", "run out", "revoked", "deactivated")
PROGRAMS = [
    *(Program(name=f"of {who.name}", of=who) for who in EVERYBODY if who.signed_in),
    *(Program(name=f"for {scope} alone", of=CHIEF, scopes=(scope,)) for scope in TokenScope),
    *(Program(name=f"for {process} alone", of=CHIEF, only=process) for process in (PROCESS, OTHER)),
    *(Program(name=f"token {why}", of=CHIEF, good=False) for why in NO_GOOD),
]


async def token_of(house: House, program: Program) -> str | None:
    people, why = house.rekey.people, program.name.removeprefix("token ")
    if why == "none":
        return None
    of = Somebody(name="leaver", role=Role.OWNER, scope=EVERYWHERE) if why == "deactivated" else program.of
    person = await house.person_id(of)
    days = 1e-9 if why == "run out" else 1
    token = await people.make_token(person, program.name, program.scopes, days, "test", program.only)
    if why == "revoked":
        await people.revoke_token((await people.tokens(person))[0].id, "test")
    if why == "deactivated":
        await people.deactivate(person, "test")
    return token[:-4] + "AAAA" if why == "unknown" else token


def expected_by_program(address: Address, program: Program) -> Met:
    if not program.good:
        return Met.SIGN_IN
    if not set(program.scopes) & address.scopes:
        return Met.REFUSED
    if address.role is None:
        return Met.IN
    there = PROCESS if "{item}" in address.path or "{process}" in address.path else None
    if there and not program.holds(Role.VIEWER, there):
        return Met.MISSING
    return Met.IN if program.holds(address.role, there) else Met.REFUSED


@pytest.mark.parametrize("program", PROGRAMS, ids=lambda program: program.name)
async def test_every_program_meets_what_the_address_declares(house: House, program: Program) -> None:
    routes: Routes = house.app.state.routes
    token, wrong = await token_of(house, program), []
    for address in house.for_programs:
        routes.tokens.forget()
        answer = await house.call(address, token)
        found, wanted = met(answer), expected_by_program(address, program)
        if found is not wanted and not (wanted is Met.IN and found is Met.MISSING and may_be_empty(address)):
            wrong.append(f"{address.method} {address.path}: {found.name}, expected {wanted.name}")
        if answer.status_code >= 400:
            assert answer.json().keys() == {"code", "sentence"}, address
        assert ("www-authenticate" in answer.headers) == (answer.status_code == 401 or is_other_scope(answer))
    assert not wrong
    assert len(house.for_programs) > 20


def is_other_scope(answer: httpx.Response) -> bool:
    return answer.status_code == 403 and answer.json()["code"] == "other-scope"


async def test_a_cookie_is_no_token_and_a_token_no_cookie(house: House) -> None:
    chief = await house.person_id(CHIEF)
    cookie = await house.rekey.people.begin_session(chief, fresh=True)
    token = await house.rekey.people.make_token(chief, "all", list(TokenScope), 1, "test")
    before = house.dump()
    for address in house.for_programs:
        # Also with what the console's own forms carry.
        answer = await house.ask(address, cookie, await house.csrf(cookie))
        assert answer.status_code == (200 if address.both else 401), address
    for address in (one for one in house.for_people if not one.open):
        assert met(await house.call(address, token)) is Met.SIGN_IN, address
        assert met(await house.ask(address, token, "")) is Met.SIGN_IN, address
    assert house.dump() == before
    assert [one.path for one in house.addresses if one.both] == ["/api/v1/openapi.json"]


async def test_the_description_is_for_nobody_in_the_street(house: House) -> None:
    [address] = [one for one in house.for_programs if one.both]
    half = await house.token(Somebody(name="password only", role=Role.OWNER, scope=EVERYWHERE, whole=False))
    for cookie in ("", "odd", half):
        assert (await house.ask(address, cookie, None)).status_code == 401
    told = await house.ask(address, await house.token(Somebody(name="no role")), None)
    paths = {(path, method) for path, of in told.json()["paths"].items() for method in of}
    assert paths == {(one.path, one.method.lower()) for one in house.for_programs if not one.both}


async def test_wrong_tokens_are_counted_and_stop_no_right_one(
    house: House, caplog: pytest.LogCaptureFixture
) -> None:
    routes: Routes = house.app.state.routes
    routes.tokens.forget()
    right = await house.rekey.people.make_token(
        await house.person_id(CHIEF), "right", [TokenScope.READ], 1, "test"
    )
    wrong = f"rekey_{'x' * 43}"
    [address] = [one for one in house.for_programs if one.path.endswith("/processes")]
    with caplog.at_level(logging.WARNING, "rekey.console"):
        met_at = [(await house.call(address, wrong)).status_code for _ in range(32)]
    assert met_at == [401] * 30 + [429] * 2
    refused = await house.call(address, wrong)
    assert refused.json()["code"] == "too-many"
    assert 0 < int(refused.headers["retry-after"]) <= 300
    assert (await house.call(address, right)).status_code == 200
    assert (await house.client.get("/sign-in")).status_code == 200
    assert caplog.messages == ["a token was refused at '/api/v1/processes'"] * 30
    routes.tokens.forget()


@pytest.mark.parametrize(
    "said",
    [
        "",
        "Bearer",
        "Bearer ",
        "Basic YW5uOmFubg==",
        "rekey_",
        "Bearer rekey_é",
        "Bearer \x00",
        "Bearer " + "x" * 9000,
    ],
    ids=lambda said: said[:20],
)
async def test_no_header_is_too_odd(house: House, said: str) -> None:
    routes: Routes = house.app.state.routes
    routes.tokens.forget()
    answer = await house.client.get("/api/v1/processes", headers={"Authorization": said.encode()})
    assert (answer.status_code, answer.json()["code"]) == (401, "wrong-token")
    assert 'error="invalid_token"' in answer.headers["www-authenticate"]


async def test_to_a_program_an_item_of_another_process_looks_like_none(house: House) -> None:
    who = Somebody(name="reviewer there", role=Role.REVIEWER, scope=OTHER)
    token = await house.rekey.people.make_token(
        await house.person_id(who), "all", list(TokenScope), 1, "test"
    )
    headers = {"Authorization": f"Bearer {token}"}
    theirs = await house.client.get(f"/api/v1/items/{house.item}", headers=headers)
    none = await house.client.get("/api/v1/items/i-000000000000", headers=headers)
    assert (theirs.status_code, theirs.text) == (none.status_code, none.text)
    assert theirs.json()["code"] == "not-found"
    listed = await house.client.get(f"/api/v1/items?process={PROCESS}", headers=headers)
    assert listed.status_code == 404
    assert house.item not in (await house.client.get("/api/v1/items", headers=headers)).text


async def test_what_a_program_sends_is_read_after_its_token(house: House) -> None:
    """Nobody without one learns what is right, or has anything kept."""
    routes: Routes = house.app.state.routes
    for address in (one for one in house.for_programs if one.method == "POST"):
        routes.tokens.forget()
        for options in (
            {"content": b"{", "headers": {"Content-Type": "application/json"}},
            {"content": b"x"},
        ):
            answer = await house.client.post(house.path(address), **options)
            assert answer.status_code == 401, address
    kept = house.home / "uploads"
    assert not kept.is_dir() or not list(kept.iterdir())


# ---- that all of them are known ---------------------------------------------------------------
def undeclared(app: FastAPI) -> list[str]:
    """Addresses that the application has and nobody declared."""
    routes: Routes = app.state.routes
    known = {(one.path, one.method) for one in routes.addresses} | {(ASSETS, "GET")}
    found = []
    for one in app.router.routes:
        if not isinstance(one, Route):
            found.append(repr(one))  # a mount, or a socket: nothing of ours is one
            continue
        methods = (one.methods or set()) - {"HEAD"}
        found += [f"{method} {one.path}" for method in methods if (one.path, method) not in known]
    return found


async def test_no_address_is_there_that_is_not_declared(house: House) -> None:
    assert undeclared(house.app) == []


async def test_one_that_somebody_adds_is_found(house: House) -> None:
    async def handler(request: object) -> Response:
        raise AssertionError

    kept = list(house.app.router.routes)
    house.app.add_route("/debug", handler, methods=["GET", "DELETE"])
    house.app.mount("/files", handler)
    found = undeclared(house.app)
    house.app.router.routes[:] = kept
    assert {"GET /debug", "DELETE /debug"} < set(found)
    assert len(found) == 3


async def test_every_page_is_kept_nowhere(house: House) -> None:
    for who in (Somebody(name="chief", role=Role.OWNER, scope=EVERYWHERE), Somebody(name="no role")):
        token = await house.token(who, *((role, EVERYWHERE) for role in OF_INSTALLATION if who.role))
        for address in (one for one in house.addresses if one.method == "GET"):
            answer = await house.ask(address, token, None)
            assert answer.headers["cache-control"] == "no-store", address.path
            assert {name: answer.headers[name] for name in HEADERS} == HEADERS, address.path


# ---- from where, and how much -----------------------------------------------------------------
FOREIGN = [
    {"Origin": "https://evil.example"},
    {"Origin": "http://console.evil.example"},
    {"Origin": "http://console:8080"},
    {"Origin": "null"},
    {"Origin": ""},
    {"Origin": "http://[console"},
    {"Sec-Fetch-Site": "cross-site"},
    {"Sec-Fetch-Site": "same-site"},
    {"Sec-Fetch-Site": "same-site", "Origin": "http://console"},
    {"Sec-Fetch-Site": "same-origin", "Origin": "https://evil.example"},
]


@pytest.mark.parametrize("headers", FOREIGN, ids=str)
@pytest.mark.parametrize("path", ["/sign-in", "/invitation/1", "/nowhere", "/items/1/comment"])
async def test_a_form_of_another_site_is_refused_before_anything_else(
    house: House, path: str, headers: dict[str, str]
) -> None:
    before = house.dump()
    answer = await house.client.post(path, data={"login": "ann"}, headers=headers)
    assert answer.status_code == 403
    assert "another site" in answer.text
    assert house.dump() == before


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"Origin": "http://console"},
        {"Origin": "http://console", "Sec-Fetch-Site": "same-origin"},
        {"Sec-Fetch-Site": "none"},
    ],
    ids=str,
)
async def test_our_own_forms_are_taken(house: House, headers: dict[str, str]) -> None:
    answer = await house.client.post("/sign-in/draft", data={"draft": ""}, headers=headers)
    assert answer.status_code == 401, "the sign-in page, and no refusal"


async def test_looking_is_allowed_from_everywhere(house: House) -> None:
    """A link in a mail leads here."""
    headers = {"Sec-Fetch-Site": "cross-site"}
    assert (await house.client.get("/sign-in", headers=headers)).status_code == 200


async def in_parts(size: int) -> AsyncIterator[bytes]:
    for _ in range(size // 1000 + 1):
        yield b"a" * 1000


@pytest.mark.parametrize("length", [None, "5", str(LONGEST + 1)], ids=["none", "a lie", "honest"])
async def test_what_is_too_long_is_refused(house: House, length: str | None) -> None:
    form = {"Content-Type": "application/x-www-form-urlencoded"}
    headers = form | ({"Content-Length": length} if length else {})
    token = await house.token(Somebody(name="reviewer here", role=Role.REVIEWER))
    headers["Cookie"] = f"{cookie_name(False)}={token}"
    for path in ("/sign-in", f"/items/{house.item}/comment"):
        answer = await house.client.post(path, content=in_parts(LONGEST), headers=headers)
        assert answer.status_code == 413, path
        assert "too large" in answer.text


async def test_an_address_may_take_more(house: House) -> None:
    routes: Routes = house.app.state.routes
    assert routes.longest("/items/1/comment") == LONGEST
    kept = list(routes.addresses)
    routes.addresses.append(Address(path="/big/{what}", method="POST", longest=5 * LONGEST))
    assert routes.longest("/big/one") == 5 * LONGEST
    assert routes.longest("/big/one/more") == LONGEST
    routes.addresses[:] = kept


# ---- what no page of ours sends ---------------------------------------------------------------
FORM = {"Content-Type": "application/x-www-form-urlencoded"}


def parts(charset: str, content: bytes) -> dict[str, Any]:
    body = b'--b\r\nContent-Disposition: form-data; name="why"\r\n\r\n' + content + b"\r\n--b--\r\n"
    return {
        "content": body,
        "headers": {"Content-Type": f"multipart/form-data; boundary=b; charset={charset}"},
    }


def odd_forms() -> Iterator[tuple[str, dict[str, Any]]]:
    yield "doubled", {"content": b"token=a&token=b&why=c&why=d&login=e&login=f", "headers": FORM}
    yield "a null byte", {"content": b"why=%00&login=%00", "headers": FORM}
    yield "no UTF-8", {"content": b"why=\xff\xfe&login=%ff&password=%c3", "headers": FORM}
    yield "half a character", parts("utf-7", b"+2AA-")
    yield "an odd charset", parts("undefined", b"a")
    yield "a stranger charset", parts("idna", b"xn--\xff")
    yield "no charset", parts("hex", b"6")
    yield "a thousand fields", {"data": {f"f{n}": "1" for n in range(1000)}}
    yield "a file", {"files": {"why": ("a.txt", b"a")}}
    yield "no boundary", {"content": b"a", "headers": {"Content-Type": "multipart/form-data"}}
    yield (
        "broken parts",
        {"content": b"--b\r\nx", "headers": {"Content-Type": "multipart/form-data; boundary=b"}},
    )
    yield "JSON", {"json": {"token": 1}}
    yield "no type", {"content": b"why=a"}
    yield "nothing", {}
    yield "odd length", {"content": b"a=b", "headers": FORM | {"Content-Length": "-5"}}
    yield "equals only", {"content": b"=&=&&&===%%%", "headers": FORM}
    yield "no number", {"data": {"seen": "nan", "why": "a", "reference": "b"}}
    yield "endless", {"data": {"seen": "1e999", "why": "a", "reference": "b"}}


@pytest.mark.parametrize("form", list(odd_forms()), ids=lambda form: form[0])
async def test_no_form_is_too_odd(house: House, form: tuple[str, dict[str, Any]]) -> None:
    token = await house.token(Somebody(name="owner here", role=Role.OWNER))
    paths = ["/sign-in", "/sign-in/draft", "/invitation/1", "/second-factor", f"/items/{house.item}/comment"]
    csrf = await house.csrf(token)
    for path in (*paths, f"/items/{house.item}/correct", f"/items/{house.item}/by-hand"):
        for signed_in in (False, True):
            options = dict(form[1])
            headers = dict(options.pop("headers", {}))
            if signed_in:
                headers["Cookie"] = f"{cookie_name(False)}={token}"
                if isinstance(options.get("data"), dict):
                    options["data"] = options["data"] | {"token": csrf}
            routes: Routes = house.app.state.routes
            routes.attempts.forget()
            answer = await house.client.post(path, headers=headers, **options)
            assert 300 <= answer.status_code < 500, (path, answer.status_code)


async def test_nothing_is_put_off_for_ever(house: House) -> None:
    token = await house.token(Somebody(name="reviewer here", role=Role.REVIEWER))
    headers = {"Cookie": f"{cookie_name(False)}={token}"}
    csrf = await house.csrf(token)
    for days, told in (("99999999", "a year at most"), ("1e999", "still to come"), ("nan", "still to come")):
        sent = {"token": csrf, "days": days, "why": "x"}
        answer = await house.client.post(f"/items/{house.item}/put-off", headers=headers, data=sent)
        assert (answer.status_code, told in answer.text) == (409, True), days
    for path in (f"/items/{house.item}", "/?put_off=yes"):
        assert house.item in (await house.client.get(path, headers=headers)).text


async def test_many_that_name_no_item_and_no_state(house: House) -> None:
    """Chosen without a name, and seen at no time: nothing is changed, and it is said."""
    token = await house.token(Somebody(name="reviewer here", role=Role.REVIEWER))
    headers = {"Cookie": f"{cookie_name(False)}={token}"}
    sent = {"token": await house.csrf(token), "act": "again", "why": "x", f"seen-{house.item}": "x"}
    before = house.dump()
    for chosen, said in (("item-", "No item was chosen"), (f"item-{house.item}", "1 not changed: Load the")):
        answer = await house.client.post("/many", headers=headers, data={**sent, chosen: "yes"})
        assert (answer.status_code, said in answer.text) == (200, True), chosen
    assert house.dump() == before


ADDRESSES = [
    "/items/%00",
    "/items/%ff%fe",
    "/items/" + "a" * 3000,
    "/items/" + "a" * 20_000,
    "/items/..%2f..%2fetc%2fpasswd",
    "/items//",
    "//evil.example/",
    "/?text=%00",
    "/?text=%ff",
    "/?text=" + "a" * 7000,
    "/?text=" + "a" * 20_000,
    "/?after=%F0%9F%92%A9&order=x&state=y&process=z&holder=h",
    "/?" + "&".join(f"a{n}=1" for n in range(1000)),
    "/sign-in?next=%00",
    "/sign-in?next=%ed%a0%80",
    "/invitation/%00",
    "/invitation/é",
    "/sign-in/openid",
    "/sign-in/openid/back?state=%C3%A9&code=1",
]


@pytest.mark.parametrize("path", ADDRESSES, ids=lambda path: path[:40])
async def test_no_address_is_too_odd(house: House, path: str) -> None:
    token = await house.token(Somebody(name="owner here", role=Role.OWNER))
    routes: Routes = house.app.state.routes
    routes.attempts.forget()
    for cookie in ("", token, "a" * 5000, "%00", '"'):
        answer = await house.client.get(path, headers={"Cookie": f"{cookie_name(False)}={cookie}"})
        assert answer.status_code < 500
        assert {name: answer.headers[name] for name in HEADERS} == HEADERS


@pytest.mark.parametrize("method", ["HEAD", "OPTIONS", "TRACE", "PUT", "PATCH", "DELETE", "CONNECT", "FOO"])
async def test_no_method_is_too_odd(house: House, method: str) -> None:
    token = await house.token(Somebody(name="owner here", role=Role.OWNER))
    before = house.dump()
    for path in ("/", "/sign-in", "/sign-out", "/nowhere", f"/items/{house.item}/comment", "/second-factor"):
        for cookie in ("", token):
            headers = {"Cookie": f"{cookie_name(False)}={cookie}", "X-HTTP-Method-Override": "POST"}
            answer = await house.client.request(method, path, headers=headers)
            assert answer.status_code in {200, 303, 404, 405}, (path, answer.status_code)
            assert method == "HEAD" or answer.status_code != 200
    assert house.dump() == before
