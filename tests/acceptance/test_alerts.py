"""Alerts by the command line, as ICT uses them: a real store and keyring, a mail server and a web hook."""

from __future__ import annotations

import asyncio
import json
import os
import sys
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path

import pytest
import typer
from typer.testing import CliRunner

from bots.assembly.worker import open_rekey
from bots.cli import alerts as cli_alerts
from bots.doctor.alerts import examine_alerts
from bots.engine.core.errors import RekeyError
from bots.engine.settings import ROOT, Settings, load_settings
from tests.catchers import Hook, Mail, a_hook, a_mail

TOKEN = "t0ken-in-the-path"
app = typer.Typer()
cli_alerts.add_to(app)


@dataclass(frozen=True, kw_only=True)
class Said:
    """`error`: the sentence with which the command ends; `main` prints it."""

    status: int
    out: str
    error: str = ""


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    (tmp_path / "keyring.key").write_text("not-a-secret-of-anybody")
    monkeypatch.setenv("REKEY_HOME", str(tmp_path))
    monkeypatch.setenv("COLUMNS", "200")
    return tmp_path


@pytest.fixture
async def mail() -> AsyncIterator[Mail]:
    async with a_mail() as found:
        yield found


@pytest.fixture
async def hook() -> AsyncIterator[Hook]:
    async with a_hook() as found:
        yield found


async def alerts(*words: str, given: str = "") -> Said:
    """In a thread of its own, as each command has an event loop of its own."""
    done = await asyncio.to_thread(CliRunner().invoke, app, ["alerts", *words], input=given)
    error = done.exception.sentence if isinstance(done.exception, RekeyError) else ""
    assert error or done.exception is None or isinstance(done.exception, SystemExit), done.exception
    assert TOKEN not in done.output + error
    return Said(status=done.exit_code, out=" ".join(done.output.split()), error=error)


async def test_from_the_first_address_to_the_first_alert(home: Path, mail: Mail, hook: Hook) -> None:
    assert "Nobody is told anything" in (await alerts("show")).out
    stored = await alerts("set", "ict", given=f"{mail.address}\n{hook.address}\n")
    assert (stored.status, "ict: Mail at 127.0.0.1" in stored.out) == (0, True), stored
    shown = await alerts("show", "--json", str(home / "shown.json"))
    assert "Web hook (JSON) at 127.0.0.1" in shown.out
    assert [one["recipient"] for one in json.loads((home / "shown.json").read_text())] == ["ict", "ict"]

    tried = await alerts("test")
    assert (tried.status, tried.out.count("accepted")) == (0, 2), tried
    assert mail.titles == hook.titles == ["Rekey (test): A test"]
    hook.status = 500
    tried = await alerts("test", "ict")
    assert (tried.status, tried.out.count("NOT accepted")) == (1, 1), tried
    hook.status = 200

    assert "Messages made: 0." in (await alerts("send")).out
    async with open_rekey(load_settings(), reading=True) as rekey:
        await rekey.queue.hold("system:waste", "brake", "five in a row")
    sent = await alerts("send")
    assert "Messages made: 1. Accepted: 2. Not accepted: 0." in sent.out
    assert hook.titles[-1] == mail.titles[-1] == "Rekey (test): Rekey stopped work"
    assert "Waste management: held by Rekey itself" in hook.came[-1]["message"]
    listed = (await alerts("list")).out
    assert "Waste management" in listed
    assert "2 of 2" in listed
    kept = [file.read_bytes() for file in [*home.glob("rekey.db*"), home / "keyring.cfg"]]
    assert TOKEN.encode() not in b"".join(kept)


async def test_what_is_no_address_changes_nothing(home: Path, hook: Hook) -> None:
    await alerts("set", "ict", given=hook.address)
    for given in (f"carrier-pigeon://{TOKEN}", f"{hook.address}\nict@council.example", "", "\n"):
        assert (await alerts("set", "ict", given=given)).error
    assert "There is no recipient nobody" in (await alerts("set", "nobody", given=hook.address)).error
    assert "Web hook" in (await alerts("show")).out
    assert "no address now" in (await alerts("set", "ict", "--none")).out
    assert (await alerts("test")).error.startswith("There is no address to try.")


async def test_a_ping_says_that_a_round_went_to_its_end(
    home: Path, hook: Hook, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("REKEY_PING", f"http://127.0.0.1:{hook.port}/{TOKEN}")
    assert (await alerts("send")).status == 0
    assert hook.asked == [f"GET /{TOKEN} HTTP/1.1"]
    hook.status = 500
    assert (await alerts("send")).status == 0
    monkeypatch.setenv("REKEY_DATABASE", "postgresql://nobody@127.0.0.1:9/none")
    assert (await alerts("send")).error
    assert len(hook.asked) == 2, "without the store nobody says that all is well"


async def test_the_doctor_says_whether_anybody_would_be_told(home: Path, hook: Hook) -> None:
    settings = load_settings()
    assert await examine_alerts(settings) == "nobody is told anything (rekey alerts set ict)"
    await alerts("set", "ict", given=hook.address)
    assert await examine_alerts(settings) == "told: ict"
    hook.status = 500
    async with open_rekey(settings, reading=True) as rekey:
        await rekey.queue.hold("system:waste", "brake", "five in a row")
    assert (await alerts("send")).status == 1
    with pytest.raises(RekeyError, match="Took no message: a-"):
        await examine_alerts(settings)


async def test_the_doctor_of_a_live_installation_wants_an_address(home: Path) -> None:
    with pytest.raises(RekeyError, match="Nobody is told anything"):
        await examine_alerts(Settings(home=home, environment="live"))


async def test_the_whole_command_ends_with_a_sentence(home: Path) -> None:
    """From the door: without an address, and with hours that nobody can read."""
    done = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "bots", "alerts", "send"),
        cwd=ROOT,
        env={**os.environ, "REKEY_ALERT_HOURS": "mondays"},
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    _, problem = await done.communicate()
    assert (done.returncode, problem.decode().count("\n")) == (2, 1)
    assert problem.decode().startswith("REKEY_ALERT_HOURS should be such as mon-fri 08:00-18:00")
