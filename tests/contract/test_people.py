"""People in the store: who may do what, and how they get in. On SQLite and on a real PostgreSQL."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from alembic import command
from alembic.config import Config

from bots.engine.console.services.passwords import hash_password
from bots.engine.console.services.totp import new_key, new_secret, seal, unseal
from bots.engine.core.errors import BusinessException
from bots.engine.core.people import EVERYWHERE, Event, Person, Role, TokenScope, wait_seconds
from bots.engine.store.database import migrate
from bots.engine.store.database.database import Database
from bots.engine.store.people import tables as people_tables
from bots.engine.store.people.store import StorePeople
from bots.engine.store.work.queue import SqlQueue

from .conftest import OpenDatabase
from .desk import Clock
from .test_migration import STORE_BEFORE, empty

__all__ = ["empty"]  # a database with nothing in it

BINS, MOVES = "missed-bins", "council-tax-moves"
HASH = "$argon2id$v=19$m=65536,t=3,p=4$c2FsdHNhbHQ$aGFzaGhhc2hoYXNo"
MINUTE, HOUR = 60.0, 3600.0
ADMIN = Role.ADMINISTRATOR
READ = TokenScope.READ


@dataclass(kw_only=True)
class Town:
    """A store of people, a second door to it, and the clock of both."""

    people: StorePeople
    other: StorePeople
    clock: Clock
    database: Database

    async def add(self, login: str = "ann", **more: Any) -> str:
        return (await self.people.add(login, login.title(), "test", **more)).id

    async def look(self, person: str) -> Person:
        found = await self.people.person(person)
        assert found is not None
        return found

    async def told(self, person: str | None = None) -> list[str]:
        return [entry.what for entry in await self.people.entries(person)]


@pytest.fixture
async def town(open_database: OpenDatabase) -> Town:
    database, clock = open_database(), Clock()
    await SqlQueue.open(database, "test")
    people, other = StorePeople(database, clock), StorePeople(open_database(), clock)
    return Town(people=people, other=other, clock=clock, database=database)


async def refused(work: Awaitable[object]) -> str:
    """The code of a refusal, which always brings a sentence."""
    with pytest.raises(BusinessException) as refusal:
        await work
    assert refusal.value.sentence.endswith(".")
    return refusal.value.code


async def both(first: Awaitable[object], second: Awaitable[object]) -> list[object]:
    """What came of two things at once: results, and the codes of refusals."""
    found = await asyncio.gather(first, second, return_exceptions=True)
    return [each.code if isinstance(each, BusinessException) else each for each in found]


# ---- who is who, and who may do what --------------------------------------------------------
RISING = [Role.VIEWER, Role.REVIEWER, Role.APPROVER, Role.OWNER]


def someone(active: bool = True, **roles: set[Role]) -> Person:
    held = {scope.replace("_", "-"): frozenset(mine) for scope, mine in roles.items()}
    if "all" in held:
        held[EVERYWHERE] = held.pop("all")
    return Person(id="person-1", login="ann", name="Ann", roles=held, active=active, local=True)


@pytest.mark.parametrize("held", RISING)
@pytest.mark.parametrize("asked", RISING)
def test_a_role_includes_those_before_it(held: Role, asked: Role) -> None:
    person = someone(missed_bins={held})
    assert person.may(asked, BINS) is (RISING.index(held) >= RISING.index(asked))
    assert not person.may(asked, MOVES)
    assert not person.is_a(asked)


@pytest.mark.parametrize("role", Role)
def test_what_is_not_granted_is_denied(role: Role) -> None:
    for person in (someone(), someone(missed_bins=set()), someone(active=False, all=set(Role))):
        assert not person.may(role, BINS)
        assert not person.is_a(role)


def test_roles_of_the_installation_say_nothing_about_items() -> None:
    person = someone(all={ADMIN, Role.AUDITOR})
    assert not any(person.may(role, BINS) for role in RISING)
    assert person.is_a(ADMIN)
    assert person.is_a(Role.AUDITOR)
    assert person.may(ADMIN, BINS)
    odd = someone(missed_bins={ADMIN})  # no grant makes this
    assert not odd.is_a(ADMIN)
    assert not odd.may(ADMIN, BINS)


def test_a_role_everywhere_is_one_in_every_process() -> None:
    person = someone(all={Role.REVIEWER}, missed_bins={Role.OWNER})
    assert person.may(Role.REVIEWER, MOVES)
    assert not person.may(Role.OWNER, MOVES)
    assert person.may(Role.OWNER, BINS)


async def test_someone_new_may_do_nothing(town: Town) -> None:
    person = await town.people.add(" Ann.LEE@example.org ", " Ann   Lee ", "person/root")
    assert (person.login, person.name, person.roles) == ("ann.lee@example.org", "Ann Lee", {})
    assert person.active
    assert person.local
    assert person.who == "person/ann.lee@example.org"
    assert await town.people.person(person.id) == person
    assert await town.people.by_login("ANN.lee@example.org") == person
    assert await town.people.by_login("no one") is None
    assert await town.people.person("person-none") is None
    [entry] = await town.people.entries()
    assert (entry.who, entry.person, entry.what) == ("person/root", person.id, Event.ADDED)


async def test_a_login_is_one_persons(town: Town) -> None:
    await town.add("ann")
    assert await refused(town.add("ANN")) == "login-taken"
    assert await both(town.people.add("bo", "Bo", "a"), town.other.add("BO", "Bo", "b")) in (
        [await town.people.by_login("bo"), "login-taken"],
        ["login-taken", await town.people.by_login("bo")],
    )
    assert [one.login for one in await town.people.everyone()] == ["ann", "bo"]


@pytest.mark.parametrize("login", ["", " ", "ann lee", "../ann", "-ann", "a" * 255, "<b>", "a/b", "\x00"])
async def test_what_is_no_login(town: Town, login: str) -> None:
    assert await refused(town.people.add(login, "Ann", "test")) == "login"
    assert await town.people.by_login(login) is None


async def test_what_is_no_name(town: Town) -> None:
    for name in ("", " ", "x" * 201, "a\x00b"):
        assert await refused(town.people.add("ann", name, "test")) == "name"


async def test_roles_are_granted_and_taken_back(town: Town) -> None:
    ann = await town.add()
    await town.people.grant(ann, BINS, Role.REVIEWER, "bob")
    await town.people.grant(ann, BINS, Role.REVIEWER, "bob")
    await town.people.grant(ann, EVERYWHERE, Role.AUDITOR, "bob")
    assert (await town.look(ann)).roles == {BINS: {Role.REVIEWER}, EVERYWHERE: {Role.AUDITOR}}
    assert [one.roles for one in await town.people.everyone()] == [(await town.look(ann)).roles]
    await town.people.revoke(ann, BINS, Role.REVIEWER, "bob")
    assert (await town.look(ann)).roles == {EVERYWHERE: {Role.AUDITOR}}
    assert await town.told(ann) == [Event.REVOKED, Event.GRANTED, Event.GRANTED, Event.ADDED]
    assert [e.detail for e in await town.people.entries(ann, 1)] == [{"scope": BINS, "role": "reviewer"}]


async def test_grants_that_are_refused(town: Town) -> None:
    ann = await town.add()
    assert await refused(town.people.grant(ann, BINS, ADMIN, "bob")) == "scope"
    assert await refused(town.people.grant(ann, " ", Role.VIEWER, "bob")) == "scope"
    assert await refused(town.people.grant("person-none", BINS, Role.VIEWER, "bob")) == "unknown-person"
    assert await refused(town.people.revoke(ann, BINS, Role.VIEWER, "bob")) == "not-granted"
    assert await town.told(ann) == [Event.ADDED]


async def test_the_last_administrator_stays(town: Town) -> None:
    ann, bo = await town.add("ann"), await town.add("bo")
    await town.people.grant(ann, EVERYWHERE, ADMIN, "test")
    assert await refused(town.people.revoke(ann, EVERYWHERE, ADMIN, "test")) == "last-administrator"
    assert await refused(town.people.deactivate(ann, "test")) == "last-administrator"
    await town.people.grant(bo, EVERYWHERE, ADMIN, "test")
    await town.people.deactivate(bo, "test")
    assert await refused(town.people.revoke(ann, EVERYWHERE, ADMIN, "test")) == "last-administrator"
    await town.people.revoke(bo, EVERYWHERE, ADMIN, "test")  # who is not active is not the last
    assert (await town.look(ann)).is_a(ADMIN)


@pytest.mark.parametrize("move", ["revoke", "deactivate"])
async def test_two_administrators_cannot_end_each_other_at_once(town: Town, move: str) -> None:
    ann, bo = await town.add("ann"), await town.add("bo")

    def end(people: StorePeople, person: str) -> Awaitable[None]:
        if move == "revoke":
            return people.revoke(person, EVERYWHERE, ADMIN, "test")
        return people.deactivate(person, "test")

    for _ in range(5):
        for person in (ann, bo):
            await town.people.activate(person, "test")
            await town.people.grant(person, EVERYWHERE, ADMIN, "test")
        assert set(await both(end(town.people, ann), end(town.other, bo))) == {None, "last-administrator"}
        assert sum(one.is_a(ADMIN) for one in await town.people.everyone()) == 1


async def test_deactivated_and_activated(town: Town) -> None:
    ann = await town.add()
    await town.people.grant(ann, BINS, Role.OWNER, "test")
    await town.people.deactivate(ann, "bob")
    await town.people.deactivate(ann, "bob")
    found = await town.look(ann)
    assert not found.active
    assert not found.may(Role.VIEWER, BINS)
    await town.people.activate(ann, "bob")
    await town.people.activate(ann, "bob")
    assert (await town.look(ann)).may(Role.OWNER, BINS)
    assert (await town.told(ann))[:2] == [Event.ACTIVATED, Event.DEACTIVATED]
    assert await refused(town.people.deactivate("person-none", "bob")) == "unknown-person"


async def test_a_deactivated_person_is_out_at_once_and_for_good(town: Town) -> None:
    ann = await town.add()
    link = await town.people.invite(ann, "bob")
    cookie = await town.people.begin_session(ann)
    program = await town.people.make_token(ann, "nightly", [READ], 30, "ann")
    assert await town.people.session(cookie)
    await town.people.deactivate(ann, "bob")
    for _ in range(2):
        assert await town.people.session(cookie) is None
        assert await town.people.token(program) is None
        assert await refused(town.people.rotate(cookie)) == "signed-out"
        assert await refused(town.people.redeem(link)) in ("invitation-void", "not-active")
        await town.people.activate(ann, "bob")
    await town.people.deactivate(ann, "bob")
    assert await refused(town.people.begin_session(ann)) == "not-active"
    assert await refused(town.people.invite(ann, "bob")) == "not-active"
    assert await refused(town.people.set_password(ann, HASH, "ann")) == "not-active"
    assert await refused(town.people.make_token(ann, "x", [READ], 1, "ann")) == "not-active"


async def test_a_session_that_begins_while_its_person_is_shut_out(town: Town) -> None:
    ann = await town.add()
    for _ in range(5):
        found = await both(town.people.begin_session(ann), town.other.deactivate(ann, "bob"))
        await town.people.activate(ann, "bob")
        assert await town.people.session(str(found[0])) is None


# ---- links ----------------------------------------------------------------------------------
async def test_a_link_works_once(town: Town) -> None:
    ann = await town.add()
    token = await town.people.invite(ann, "bob")
    assert (await town.people.invited(token)).id == ann
    assert (await town.people.invited(token)).id == ann  # looking uses nothing
    assert await town.people.redeem(token) == ann
    assert await refused(town.people.redeem(token)) == "invitation-used"
    assert await refused(town.people.invited(token)) == "invitation-used"
    assert (await town.told(ann))[:2] == [Event.REDEEMED, Event.INVITED]


async def test_links_that_are_no_good(town: Town) -> None:
    ann, older = await town.add(), ""
    older = await town.people.invite(ann, "bob")
    newer = await town.people.invite(ann, "bob", hours=1)
    assert await refused(town.people.redeem(older)) == "invitation-void"
    for odd in ("", "no such link", newer + "x", newer.lower(), "\x00", "\ud83d"):
        assert await refused(town.people.redeem(odd)) == "invitation-unknown"
    town.clock.forward(HOUR)
    assert await refused(town.people.redeem(newer)) == "invitation-expired"
    directory = await town.add("bo", local=False)
    assert await refused(town.people.invite(directory, "bob")) == "not-local"
    assert await refused(town.people.invite("person-none", "bob")) == "unknown-person"


async def test_of_two_who_use_a_link_at_once_one_wins(town: Town) -> None:
    ann = await town.add()
    for _ in range(5):
        token = await town.people.invite(ann, "bob")
        found = await both(town.people.redeem(token), town.other.redeem(token))
        assert sorted(map(str, found)) == sorted([ann, "invitation-used"])


async def test_a_new_password_ends_what_stood_on_the_old(town: Town) -> None:
    ann = await town.add()
    assert (await town.people.credentials(ann)).password is None
    link, cookie = await town.people.invite(ann, "bob"), await town.people.begin_session(ann)
    for _ in range(5):
        await town.people.failed(ann)
    await town.people.set_password(ann, HASH, "person/ann")
    kept = await town.people.credentials(ann)
    assert (kept.password, kept.failures, kept.waits_until) == (HASH, 0, None)
    assert HASH not in repr(kept)
    assert await town.people.session(cookie) is None
    assert await refused(town.people.redeem(link)) == "invitation-void"
    assert (await town.people.entries(ann, 1))[0].what == Event.PASSWORD_SET


async def test_a_password_itself_is_never_kept(town: Town) -> None:
    ann = await town.add()
    with pytest.raises(ValueError, match="not a hash"):
        await town.people.set_password(ann, "three otters paint", "ann")
    with pytest.raises(ValueError, match="not a hash"):
        await town.people.rehash(ann, HASH, "three otters paint")


async def test_a_stronger_hash_ends_nothing_and_overwrites_nothing(town: Town) -> None:
    ann, newer = await town.add(), HASH.replace("t=3", "t=4")
    await town.people.set_password(ann, HASH, "ann")
    cookie = await town.people.begin_session(ann)
    assert await town.people.rehash(ann, HASH, newer)
    assert not await town.people.rehash(ann, HASH, newer)
    assert (await town.people.credentials(ann)).password == newer
    assert await town.people.session(cookie)


# ---- wrong tries ----------------------------------------------------------------------------
async def test_after_ten_wrong_tries_strangers_wait_twice_as_long_each_time(town: Town) -> None:
    ann, waits = await town.add(), []
    assert [await town.people.failed(ann) for _ in range(9)] == [None] * 9
    for _ in range(9):
        until = await town.people.failed(ann)
        assert until is not None
        waits.append(until - town.clock())
        town.clock.forward(until - town.clock())
    assert waits == [15, 30, 60, 120, 240, 480, 900, 900, 900]
    assert (await town.told(ann)).count(Event.SLOWED) == 7, "it is not told of every wrong try"


def test_a_wait_is_never_longer_after_however_many_tries() -> None:
    assert wait_seconds(5_000_000) == 15 * MINUTE
    assert wait_seconds(0) == wait_seconds(9) == 0
    day, failures, passed = 24 * HOUR, 0, 0.0
    while passed < day:
        failures += 1
        passed += wait_seconds(failures)
    assert failures <= 115, "so many guesses a day, from however many addresses"


async def test_a_right_password_while_strangers_wait(town: Town) -> None:
    ann = await town.add()
    until = [await town.people.failed(ann) for _ in range(16)][-1]
    assert (await town.people.credentials(ann)).waits_until == until
    assert await town.people.failed(ann) == until  # counts for nothing
    assert await refused(town.people.succeeded(ann)) == "slowed"
    await town.people.succeeded(ann, familiar=True)
    kept = await town.people.credentials(ann)
    assert (kept.waits_until, kept.failures) == (None, 0)
    assert [await town.people.failed(ann) for _ in range(9)] == [None] * 9
    town.clock.forward(await town.people.failed(ann) - town.clock())  # type: ignore[operator]
    await town.people.succeeded(ann)
    assert (await town.people.credentials(ann)).failures == 0


async def test_wrong_tries_at_once_are_all_counted(town: Town) -> None:
    ann = await town.add()
    doors = [town.people, town.other] * 2
    await asyncio.gather(*(people.failed(ann) for people in doors))
    assert (await town.people.credentials(ann)).failures == 4


# ---- one-time codes -------------------------------------------------------------------------
async def test_a_code_works_once(town: Town) -> None:
    ann, secret, key = await town.add(), new_secret(), new_key()
    assert not await town.people.use_code_step(ann, 100)  # has no second factor
    await town.people.set_code_secret(ann, seal(secret, key, ann), "ann")
    kept = await town.people.credentials(ann)
    assert kept.code_secret is not None
    assert unseal(kept.code_secret, key, ann) == secret
    assert repr(kept.code_secret) not in repr(kept)
    assert [await town.people.use_code_step(ann, step) for step in (100, 100, 99, 101)] == [
        True, False, False, True,
    ]  # fmt: skip
    assert (await town.people.credentials(ann)).code_step == 101


async def test_of_two_who_use_a_code_at_once_one_wins(town: Town) -> None:
    ann = await town.add()
    await town.people.set_code_secret(ann, b"sealed", "ann")
    for step in range(100, 105):
        uses = both(town.people.use_code_step(ann, step), town.other.use_code_step(ann, step))
        assert sorted(map(bool, await uses)) == [False, True]


async def test_a_second_factor_that_is_taken_away(town: Town) -> None:
    ann = await town.add()
    await town.people.set_code_secret(ann, b"sealed", "ann")
    cookie = await town.people.begin_session(ann, fresh=True)
    await town.people.set_code_secret(ann, None, "bob")
    kept = await town.people.credentials(ann)
    assert (kept.code_secret, kept.code_step) == (None, None)
    assert await town.people.session(cookie) is None
    assert (await town.told(ann))[:2] == [Event.CODE_REMOVED, Event.CODE_SET]


# ---- sessions -------------------------------------------------------------------------------
async def test_a_session_says_who_it_is(town: Town) -> None:
    ann = await town.add()
    await town.people.grant(ann, BINS, Role.REVIEWER, "bob")
    cookie = await town.people.begin_session(ann)
    found = await town.people.session(cookie)
    assert found is not None
    assert found.person == await town.look(ann)
    assert (found.created, found.expires, found.fresh) == (town.clock(), town.clock() + 12 * HOUR, None)
    assert len(found.csrf) == 64
    assert found.csrf not in repr(found)
    another = await town.people.session(await town.people.begin_session(ann, fresh=True))
    assert another is not None
    assert another.csrf != found.csrf
    assert another.fresh == town.clock()
    await town.people.revoke(ann, BINS, Role.REVIEWER, "bob")  # at once, not at the next sign-in
    now = await town.people.session(cookie)
    assert now is not None
    assert not now.person.may(Role.VIEWER, BINS)


@pytest.mark.parametrize("odd", ["", "no such token", "\x00", "\ud83d", "x" * 10_000])
async def test_no_session(town: Town, odd: str) -> None:
    assert await town.people.session(odd) is None
    await town.people.end_session(odd)
    assert await refused(town.people.rotate(odd)) == "signed-out"
    assert await refused(town.people.begin_session("person-none")) == "unknown-person"


async def test_a_session_ends_when_nobody_is_there(town: Town) -> None:
    cookie = await town.people.begin_session(await town.add())
    for _ in range(5):
        town.clock.forward(30 * MINUTE - 1)
        assert await town.people.session(cookie)
    town.clock.forward(30 * MINUTE)
    assert await town.people.session(cookie) is None
    assert await town.people.session(cookie, idle_minutes=1000) is None


async def test_a_session_ends_after_its_day_whatever_is_done(town: Town) -> None:
    cookie = await town.people.begin_session(await town.add(), hours_absolute=1)
    for _ in range(5):
        town.clock.forward(10 * MINUTE)
        assert await town.people.session(cookie)
        cookie = await town.people.rotate(cookie)
    town.clock.forward(10 * MINUTE)
    assert await refused(town.people.rotate(cookie)) == "signed-out"
    assert await town.people.session(cookie) is None


async def test_looking_is_written_down_once_a_minute_at_most(town: Town) -> None:
    cookie = await town.people.begin_session(await town.add())
    began = town.clock()
    seen = []
    for _ in range(4):
        found = await town.people.session(cookie)
        assert found is not None
        seen.append(found.last_seen - began)
        town.clock.forward(30)
    assert seen == [0, 0, 60, 60]


async def test_a_rotated_session_is_the_same_under_a_new_token(town: Town) -> None:
    old = await town.people.begin_session(await town.add())
    before = await town.people.session(old)
    town.clock.forward(10)
    new = await town.people.rotate(old, fresh=True)
    after = await town.people.session(new)
    assert before is not None
    assert after is not None
    assert await town.people.session(old) is None
    assert (after.person, after.created, after.expires) == (before.person, before.created, before.expires)
    assert after.fresh == town.clock()
    assert after.csrf != before.csrf
    found = await both(town.people.rotate(new), town.other.rotate(new))
    assert "signed-out" in found
    [renewed] = [str(each) for each in found if each != "signed-out"]
    kept = await town.people.session(renewed)
    assert kept is not None
    assert kept.fresh == after.fresh


async def test_signing_out(town: Town) -> None:
    ann, bo = await town.add("ann"), await town.add("bo")
    mine = [await town.people.begin_session(ann) for _ in range(3)]
    other = await town.people.begin_session(bo)
    await town.people.end_session(mine[0])
    assert await town.people.session(mine[0]) is None
    assert await town.people.session(mine[1])
    assert await town.people.end_sessions(ann, "bob") == 2
    assert await town.people.end_sessions(ann, "bob") == 0
    assert [await town.people.session(token) for token in mine] == [None] * 3
    assert await town.people.session(other)


async def test_sessions_that_ran_out_are_cleared(town: Town) -> None:
    ann = await town.add()
    await town.people.begin_session(ann)
    town.clock.forward(12 * HOUR)
    await asyncio.gather(town.people.begin_session(ann), town.other.begin_session(ann))
    count = sa.select(sa.func.count()).select_from(people_tables.sessions)
    assert await town.database.run(lambda c: c.execute(count).scalar_one()) == 2


# ---- programs -------------------------------------------------------------------------------
async def test_a_token_acts_for_its_person_until_its_end(town: Town) -> None:
    ann = await town.add()
    shown = await town.people.make_token(
        ann, "nightly hand-in", [READ, TokenScope.HAND_IN, READ], 30, "person/ann"
    )
    assert shown.startswith("rekey_")
    found = await town.people.token(shown)
    assert found is not None
    assert (found.person.id, found.name, found.scopes) == (ann, "nightly hand-in", {"read", "hand-in"})
    assert (found.process, found.acts_as) == (None, found.person)
    assert found.last_used is None
    [listed] = await town.people.tokens(ann)
    assert (listed.id, listed.last_used) == (found.id, town.clock())
    town.clock.forward(30 * 24 * HOUR)
    assert await town.people.token(shown) is None
    for odd in ("", "rekey_", shown[:-1], "\x00"):
        assert await town.people.token(odd) is None


async def test_a_token_that_is_revoked(town: Town) -> None:
    ann = await town.add()
    shown = await town.people.make_token(ann, "nightly", [READ], 1, "ann")
    [token] = await town.people.tokens(ann)
    for _ in range(2):
        await town.people.revoke_token(token.id, "bob")
        assert await town.people.token(shown) is None
    assert (await town.told(ann))[:2] == [Event.TOKEN_REVOKED, Event.TOKEN_MADE]
    assert await refused(town.people.revoke_token("token-none", "bob")) == "unknown-token"
    for days in (0, -1, 367, float("nan"), float("inf")):
        assert await refused(town.people.make_token(ann, "x", [READ], days, "ann")) == "token-days"
    assert await refused(town.people.make_token(ann, "x", [], 1, "ann")) == "token-scopes"
    assert await refused(town.people.make_token(ann, " ", [READ], 1, "ann")) == "name"
    await town.people.deactivate(ann, "bob")
    assert await refused(town.people.make_token(ann, "x", [READ], 1, "ann")) == "not-active"
    await town.people.activate(ann, "bob")
    assert await town.people.token(shown) is None


async def test_a_token_for_one_process_holds_no_role_elsewhere(town: Town) -> None:
    ann = await town.add()
    await town.people.grant(ann, EVERYWHERE, Role.REVIEWER, "bob")
    await town.people.grant(ann, BINS, Role.APPROVER, "bob")
    await town.people.grant(ann, EVERYWHERE, ADMIN, "bob")
    for process, other, role in ((BINS, MOVES, Role.APPROVER), (MOVES, BINS, Role.REVIEWER)):
        found = await town.people.token(await town.people.make_token(ann, "x", [READ], 1, "ann", process))
        assert found is not None
        assert found.process == process
        assert found.acts_as.may(role, process)
        assert not found.acts_as.may(Role.VIEWER, other)
        assert not found.acts_as.is_a(ADMIN)
        assert (found.acts_as.who, found.acts_as.active) == ("person/ann", True)
    assert found is not None
    assert not found.acts_as.may(Role.APPROVER, MOVES)
    [newest] = [one for one in await town.people.entries(ann) if one.what == Event.TOKEN_MADE][:1]
    assert newest.detail["process"] == MOVES


async def test_everybodys_tokens(town: Town) -> None:
    ann, bo = await town.add("ann"), await town.add("bo")
    for person in (ann, bo):
        await town.people.make_token(person, "x", [READ], 1, "test")
        town.clock.forward(1)
    assert [one.person.id for one in await town.people.tokens()] == [bo, ann]
    assert [one.person.id for one in await town.people.tokens(ann)] == [ann]
    assert await town.people.tokens("person-none") == []


async def test_a_scope_of_a_later_version_is_none_here(town: Town) -> None:
    shown = await town.people.make_token(await town.add(), "x", [READ], 1, "ann")
    change = sa.update(people_tables.api_tokens).values(scopes=["read", "fly"])
    await town.database.run(lambda c: c.execute(change))
    found = await town.people.token(shown)
    assert found is not None
    assert found.scopes == {READ}


# ---- OpenID Connect -------------------------------------------------------------------------
SUBJECT = "https://login.example.org|8f14e45f"


async def arrive(people: StorePeople, login: str = "ann@example.org", **roles: list[Role]) -> Person:
    by_scope = {
        EVERYWHERE if scope == "all" else scope.replace("_", "-"): held for scope, held in roles.items()
    }
    return await people.from_directory(SUBJECT, login, "Ann Lee", by_scope, "directory")


async def test_the_directorys_roles_replace_its_own_and_no_others(town: Town) -> None:
    first = await arrive(town.people, missed_bins=[Role.REVIEWER], all=[Role.AUDITOR])
    assert not first.local
    assert first.roles == {BINS: {Role.REVIEWER}, EVERYWHERE: {Role.AUDITOR}}
    await town.people.grant(first.id, MOVES, Role.OWNER, "bob")
    await town.people.grant(first.id, BINS, Role.REVIEWER, "bob")
    later = await arrive(town.people, "ANN.moved@example.org", council_tax_moves=[Role.VIEWER])
    assert (later.id, later.login) == (first.id, "ann.moved@example.org")
    assert later.roles == {BINS: {Role.REVIEWER}, MOVES: {Role.VIEWER, Role.OWNER}}
    assert await refused(town.people.revoke(first.id, MOVES, Role.VIEWER, "bob")) == "from-directory"
    await town.people.revoke(first.id, MOVES, Role.OWNER, "bob")
    before = len(await town.people.entries())
    assert (
        await arrive(town.people, "ann.moved@example.org", council_tax_moves=[Role.VIEWER])
    ).id == first.id
    assert len(await town.people.entries()) == before  # nothing changed, nothing is written


async def test_a_local_account_is_not_taken_over_by_an_equal_login(town: Town) -> None:
    await town.add("ann@example.org")
    assert await refused(arrive(town.people, all=[ADMIN])) == "login-taken"
    [ann] = await town.people.everyone()
    assert ann.roles == {}


async def test_someone_expected_is_the_one_who_arrives(town: Town) -> None:
    ann = await town.add("ann@example.org", local=False)
    await town.people.grant(ann, BINS, Role.OWNER, "bob")
    assert (await arrive(town.people)).id == ann
    other = town.people.from_directory("somebody else", "ann@example.org", "Ann", {}, "directory")
    assert await refused(other) == "login-taken"
    assert await refused(town.people.from_directory(" ", "bo", "Bo", {}, "directory")) == "subject"
    odd = town.people.from_directory("another", "bo", "Bo", {BINS: [ADMIN]}, "directory")
    assert await refused(odd) == "scope"
    assert await town.people.by_login("bo") is None


@pytest.mark.parametrize("expected", [False, True])
async def test_a_first_arrival_twice_at_once(town: Town, expected: bool) -> None:
    if expected:
        await town.add("ann@example.org", local=False)
    first, second = await asyncio.gather(
        arrive(town.people, missed_bins=[Role.VIEWER]), arrive(town.other, missed_bins=[Role.VIEWER])
    )
    assert first == second
    assert len(await town.people.everyone()) == 1


async def test_the_directory_lets_nobody_in_who_was_shut_out(town: Town) -> None:
    ann = (await arrive(town.people)).id
    await town.people.deactivate(ann, "bob")
    assert not (await arrive(town.people, missed_bins=[Role.OWNER])).active
    assert await refused(town.people.begin_session(ann)) == "not-active"


# ---- the log, and what is in the store ------------------------------------------------------
async def test_the_log_keeps_what_the_console_tells_it(town: Town) -> None:
    ann = await town.add()
    detail = {"work": "any word", "who": "too", "address": "192.0.2.7"}
    await town.people.log("person/ann", "signed in", ann, detail)
    await town.people.log("console", "refused")
    newest, before, first = await town.people.entries()
    assert (newest.person, newest.what, newest.detail) == (None, "refused", {})
    assert (before.person, before.detail, before.at) == (ann, detail, town.clock())
    assert await town.people.entries(limit=1) == [newest]
    assert await town.people.entries(before=before.number) == [first]
    assert await town.people.entries(ann) == [before, first]


async def test_no_table_holds_a_secret_as_it_is(town: Town, tmp_path: Path) -> None:
    ann, secret, password = await town.add(), new_secret(), "three otters paint"
    cookie = await town.people.begin_session(ann)
    session = await town.people.session(cookie)
    assert session is not None
    program = await town.people.make_token(ann, "nightly", [READ], 30, "ann")
    links = [await town.people.invite(ann, "bob")]
    assert await town.people.redeem(links[0])
    await town.people.set_password(ann, await asyncio.to_thread(hash_password, password), "ann")
    await town.people.set_code_secret(ann, seal(secret, new_key(), ann), "ann")
    links.append(await town.people.invite(ann, "bob"))
    begun = await town.people.begin_session(ann)
    rotated = await town.people.rotate(begun, fresh=True)

    held = await town.database.run(all_there_is)
    files = b"".join(file.read_bytes() for file in sorted(tmp_path.glob("store.db*")))
    assert held.count(b"person/") >= 1
    assert ann.encode() in held
    for each in (cookie, session.csrf, program, *links, password, secret, begun, rotated):
        assert each.encode() not in held
        assert each.removeprefix("rekey_").encode() not in held
        assert each.encode() not in files


def all_there_is(connection: sa.Connection) -> bytes:
    """Every value of every table, as bytes; the database itself is asked which there are."""
    found = []
    for name in sa.inspect(connection).get_table_names():
        for row in connection.execute(sa.text(f'SELECT * FROM "{name}"')):
            found += [each if isinstance(each, bytes) else str(each).encode() for each in row]
    assert len(found) > 50
    return b"\n".join(found)


def _at(connection: sa.Connection, revision: str) -> None:
    config = Config()
    config.set_main_option("script_location", str(Path(migrate.__file__).parents[1] / "migrations"))
    config.attributes["connection"] = connection
    command.upgrade(config, revision)


async def test_a_store_from_before_there_were_people(empty: Database) -> None:
    def tables(connection: sa.Connection) -> set[str]:
        return set(sa.inspect(connection).get_table_names())

    mine = {table.name for table in vars(people_tables).values() if isinstance(table, sa.Table)}
    store = {"id": "store-1", "environment": "test", "created": 1.0, "trusted": True, "batches": 0}
    await empty.run(lambda c: _at(c, "0005"))
    assert not mine & await empty.run(tables)
    await empty.run(lambda c: c.execute(sa.insert(STORE_BEFORE).values(store)))
    await empty.run(lambda c: _at(c, "0006"))
    assert mine <= await empty.run(tables)
    queue = await SqlQueue.open(empty, "test")
    assert (await queue.store()).id == "store-1"
    people = StorePeople(empty)
    ann = await people.add("ann", "Ann", "test")
    assert await people.session(await people.begin_session(ann.id))
