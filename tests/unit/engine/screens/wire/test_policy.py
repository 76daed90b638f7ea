"""What may leave, by what a map declares."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from bots.engine.screens.wire.asked import Asked
from bots.engine.screens.wire.body import Unmeant
from bots.engine.screens.wire.declared import RequestMap, SavesMap
from bots.engine.screens.wire.passage import Passage
from bots.engine.screens.wire.policy import Policy, Rehearsal, SigningIn, Verdict

HERE = "target.example:80"
SAVE = SavesMap(path="/app/save", form={"btnSave": "."})
HARMLESS = (
    RequestMap(path="/search"),
    RequestMap(path="/save", form={"__EVENTTARGET": "ddlReason$"}),
    RequestMap(path="/lock/{number}", method="DELETE"),
    RequestMap(path="/api", json={"action": "^look$"}),
    RequestMap(path="/graph", graphql="FindCase"),
    RequestMap(path="/collect", host="stats.example"),
    RequestMap(path="/do", query={"action": "^unlock$"}),
    RequestMap(path="/chat", method="WEBSOCKET"),
    RequestMap(path="/news", method="GET"),
)


def asked(method: str, target: str, body: str = "", **more: Any) -> Asked:
    kind = "application/json" if body.startswith("{") else "application/x-www-form-urlencoded"
    headers = [(b"Content-Type", kind.encode()), *more.pop("headers", ())]
    given = {"scheme": "http", "host": HERE, **more}
    return Asked(method=method, target=target, headers=headers, body=body.encode(), **given)


@pytest.fixture
def policy() -> Policy:
    saves = [SavesMap(path="/save", form={"btnSave": "."}), SavesMap(path="/finish", method="GET")]
    return Policy(base_url="http://Target.example/app", saves=saves, harmless=HARMLESS)


@pytest.mark.parametrize(
    "one",
    [
        asked("GET", "/app/new"),
        asked("HEAD", "/app/new"),
        asked("GET", "/x.png", host="cdn.example:443", scheme="https"),
        asked("POST", "/app/search", "q=1"),
        asked("POST", "/APP/Search;session=17?x=1", "q=1"),
        asked("POST", "/app/save", "__EVENTTARGET=ctl00%24ddlReason"),
        asked("DELETE", "/app/lock/4711"),
        asked("POST", "/app/api", '{"action": "look"}'),
        asked("POST", "/app/graph", '{"operationName": "FindCase"}'),
        asked("POST", "/app/graph", '{"query": "query FindCase { a }"}'),
        asked("POST", "/collect", host="stats.example:80"),
        asked("POST", "/app/do?action=unlock"),
    ],
)
def test_what_reads_or_is_declared_passes(policy: Policy, one: Asked) -> None:
    assert policy.judge(one) is Verdict.HARMLESS
    assert not policy.stopped


@pytest.mark.parametrize(
    ("one", "why"),
    [
        (asked("POST", "/app/other"), "undeclared"),
        (asked("PATCH", "/app/search"), "undeclared"),
        (asked("POST", "/search"), "undeclared"),
        (asked("POST", "/app/search/more"), "undeclared"),
        (asked("POST", "/app/search", host="other.example:80"), "undeclared"),
        (asked("POST", "/app/save", "btnSave=Save"), "unasked"),
        (asked("POST", "/app/save", "__EVENTTARGET=ddlReason&btnSave=Save"), "unasked"),
        (asked("POST", "/app/save", "__EVENTTARGET=ddlReason&__EVENTTARGET=btnOther"), "undeclared"),
        (asked("POST", "/app/save", "__EVENTTARGET=ddlOther"), "undeclared"),
        (asked("GET", "/app/finish?case=1"), "unasked"),
        (asked("GET", "/app/FINISH"), "unasked"),
        (asked("DELETE", "/app/lock/4711/all"), "undeclared"),
        (asked("POST", "/app/api", '{"action": "delete"}'), "undeclared"),
        (asked("POST", "/app/graph", '{"query": "mutation FindCases { a }"}'), "undeclared"),
        (asked("POST", "/app/do?action=unlock&action=save"), "undeclared"),
        (asked("GET", "/app/live", headers=[(b"Upgrade", b"websocket")]), "undeclared"),
        (asked("GET", "/app/news", headers=[(b"Upgrade", b"websocket")]), "undeclared"),
        (asked("POST", "/app/chat"), "undeclared"),
    ],
)
def test_everything_else_is_stopped(policy: Policy, one: Asked, why: str) -> None:
    assert policy.judge(one) is Verdict.STOPPED
    assert [stop.why for stop in policy.stopped] == [why]


def test_a_socket_that_is_declared_stays_shut_and_is_missed_by_nobody(policy: Policy) -> None:
    socket = asked("GET", "/app/chat?v=2", headers=[(b"Upgrade", b"WebSocket")])
    for policy.rehearsal in (None, Rehearsal()):
        assert policy.judge(socket) is Verdict.STOPPED
    assert not policy.stopped
    assert policy.rehearsal is not None
    assert not policy.rehearsal.seen


@pytest.mark.parametrize(
    ("target", "line"),
    [
        ("/app/people/Ann%20O'Neill/17?q=secret", '{method: POST, path: "/people/{part}/{part}"}'),
        ("/app/track", '{method: POST, path: "/track"}'),
    ],
)
def test_what_was_stopped_is_told_without_a_persons_data(policy: Policy, target: str, line: str) -> None:
    policy.judge(asked("POST", target, "name=Ann"))
    assert policy.stopped[0].line == line
    sentence = policy.stopped[0].error("tiny").sentence
    assert line in sentence
    assert "Ann" not in sentence


def test_the_sign_in_is_what_carries_the_password_once(policy: Policy) -> None:
    policy.signing_in = SigningIn(secrets=("bot", "pa ss"))
    assert policy.judge(asked("POST", "/app/login", "u=bot&p=other")) is Verdict.STOPPED
    assert policy.judge(asked("POST", "/app/login", "u=bot&p=pa+ss&csrf=1")) is Verdict.HARMLESS
    assert policy.judge(asked("POST", "/app/login", "u=bot&p=pa+ss&csrf=1")) is Verdict.STOPPED


def test_the_password_goes_nowhere_else(policy: Policy) -> None:
    policy.signing_in = SigningIn(secrets=("bot", "word"))
    elsewhere = asked("POST", "/login", '{"user": "bot", "password": "word"}', host="other.example:80")
    assert policy.judge(elsewhere) is Verdict.STOPPED
    here = asked("POST", "/app/login", '{"user": "bot", "password": "word"}')
    assert policy.judge(here) is Verdict.HARMLESS


async def nothing(*_: object) -> None:
    """No ledger."""


async def test_a_commits_requests_leave_in_their_order(policy: Policy) -> None:
    first, second = SavesMap(path="/save", form={"btnSave": "."}), SavesMap(path="/finish", method="GET")
    passage = Passage(
        expects=[first, second],
        compare=lambda *_: Unmeant(),
        may_send=lambda: True,
        note_left=nothing,
        note_ended=nothing,
        patience=1.0,
        broken=asyncio.get_running_loop().create_future(),
    )
    policy.passage = passage
    save, finish = asked("POST", "/app/save", "btnSave=Save"), asked("GET", "/app/finish")
    assert policy.judge(save) is Verdict.DECLARED
    passage.take()
    assert policy.judge(finish) is Verdict.DECLARED
    passage.take()
    assert policy.judge(save) is Verdict.STOPPED
    assert passage.broken.result() == "repeated"
