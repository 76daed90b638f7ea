"""Addresses hold secrets: they lie in the keyring, and no message, log or error shows them."""

from __future__ import annotations

import asyncio
import logging
import socket
from collections.abc import AsyncIterator
from pathlib import Path

import httpx
import pytest
from pydantic import SecretStr

from bots.engine.alerts.addresses import Addresses
from bots.engine.alerts.blind import PATIENCE, Blind
from bots.engine.alerts.ping import ping
from bots.engine.alerts.post import send, shown
from bots.engine.core.alert import Message
from bots.engine.core.errors import ConfigurationError
from bots.engine.credentials import Credentials, Secret
from bots.engine.settings import Settings, load_settings
from tests.catchers import Hook, a_hook

TOKEN = "TIiajkdnlazkcOXrIdevi7FQ"
MESSAGE = Message(title="A test", body="Nothing is wrong.")
SHOWN = [
    (f"json://127.0.0.1:8080/{TOKEN}", "Web hook (JSON) at 127.0.0.1"),
    (f"jsons://ict:{TOKEN}@hooks.example/path", "Web hook (JSON) at hooks.example"),
    (f"mailtos://ict:{TOKEN}@mail.example?to=a@council.example", "Mail at mail.example"),
    (f"slack://T1JJ3T3L2/A1BRTD4JD/{TOKEN}/general", "Slack"),
    (f"https://hooks.slack.com/services/T1JJ3T3L2/A1BRTD4JD/{TOKEN}", "Slack"),
    (
        f"https://prod-1.uksouth.logic.azure.com:443/workflows/643e69f8/triggers/manual/paths/invoke?sig={TOKEN}",
        "Power Automate / Workflows (for MSTeams)",
    ),
]


@pytest.fixture
def addresses(tmp_path: Path) -> Addresses:
    (tmp_path / "keyring.key").write_text("not-a-secret-of-anybody")
    return Addresses(Credentials(Settings(home=tmp_path)), ["parking"])


@pytest.fixture
async def hook() -> AsyncIterator[Hook]:
    async with a_hook() as found:
        yield found


@pytest.mark.parametrize(("address", "told"), SHOWN)
def test_kind_and_host_are_shown_and_nothing_else(address: str, told: str) -> None:
    assert str(shown(Secret(address))) == told
    assert TOKEN not in repr(Secret(address))


@pytest.mark.parametrize(
    "address", ["", "ict@council.example", f"carrier-pigeon://{TOKEN}", "json://", "://x"]
)
def test_what_is_no_address_is_refused_without_being_quoted(address: str) -> None:
    with pytest.raises(ConfigurationError) as refused:
        shown(Secret(address))
    assert refused.value.code == "address"
    assert TOKEN not in f"{refused.value!r} {refused.value.__cause__!r}"


def test_each_recipient_keeps_its_own_until_they_are_replaced(addresses: Addresses, tmp_path: Path) -> None:
    addresses.replace("ict", [SHOWN[0][0], SHOWN[1][0]])
    addresses.replace("team:parking", [SHOWN[3][0]])
    first = addresses.all()
    assert {name: [one.secret.reveal() for one in those] for name, those in first.items()} == {
        "ict": [SHOWN[0][0], SHOWN[1][0]],
        "team:parking": [SHOWN[3][0]],
    }
    assert TOKEN not in repr(first)
    addresses.replace("ict", [SHOWN[2][0]])
    addresses.replace("team:parking", [])
    [(name, [one])] = addresses.all().items()
    assert (name, one.secret.reveal()) == ("ict", SHOWN[2][0])
    assert one.id not in {before.id for before in first["ict"]}
    assert TOKEN not in (tmp_path / "keyring.cfg").read_text()


def test_an_unknown_recipient_is_refused(addresses: Addresses) -> None:
    with pytest.raises(ConfigurationError, match="There is no recipient team:bins"):
        addresses.replace("team:bins", [SHOWN[0][0]])


async def test_an_answer_of_failure_is_a_failure_and_nothing_is_logged(
    hook: Hook, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    address = Secret(f"json://127.0.0.1:{hook.port}/{TOKEN}")
    assert await send(address, MESSAGE)
    hook.status = 503
    assert not await send(address, MESSAGE)
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))
        nobody = Secret(f"json://127.0.0.1:{closed.getsockname()[1]}/{TOKEN}")
        assert not await send(nobody, MESSAGE)
    assert not await send(Secret(f"carrier-pigeon://{TOKEN}"), MESSAGE)
    assert TOKEN not in caplog.text
    assert len(hook.came) == 1


async def test_an_address_that_hangs_holds_nobody_up(hook: Hook) -> None:
    hook.free.clear()
    other = asyncio.create_task(asyncio.sleep(0, "the loop goes on"))
    assert not await send(Secret(hook.address), MESSAGE, seconds=0.2)
    assert other.result() == "the loop goes on"


async def test_a_ping_is_a_plain_call_and_its_failures_disturb_nobody(
    hook: Hook, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    address = SecretStr(f"http://127.0.0.1:{hook.port}/{TOKEN}")
    assert await ping(address)
    assert hook.asked == [f"GET /{TOKEN} HTTP/1.1"]
    for status in (404, 500):
        hook.status = status
        assert not await ping(address)
    for broken in ("http://127.0.0.1:1/", "http://[", "nonsense"):
        assert not await ping(SecretStr(broken))
    assert TOKEN not in caplog.text
    assert logging.getLogger(httpx.__name__).getEffectiveLevel() >= logging.WARNING


@pytest.mark.parametrize("address", [f"http://pings.example/{TOKEN}", TOKEN, "https://"])
def test_a_ping_over_plain_http_is_refused_without_being_quoted(
    address: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("REKEY_HOME", str(tmp_path))
    monkeypatch.setenv("REKEY_PING", address)
    with pytest.raises(ConfigurationError, match=r"REKEY_PING: .*should begin with https://") as refused:
        load_settings()
    assert TOKEN not in repr(refused.value)


def test_a_watch_that_cannot_look_is_told_after_a_while_and_then_seldom() -> None:
    blind, told = Blind(), []
    for minute in range(24 * 60):
        if blind.must_be_told(True, minute * 60.0):
            told.append(minute * 60.0)
    assert told[0] == PATIENCE
    assert len(told) == 5
    assert not blind.must_be_told(False, 90_000.0)
    assert not blind.must_be_told(True, 90_060.0)
