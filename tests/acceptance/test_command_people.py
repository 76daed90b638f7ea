"""Decisions at the command line are people's, too: with the roles that they have in the console."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from bots.cli.arguments import login
from bots.cli.authorise import acting
from bots.engine.core.errors import BusinessException
from bots.engine.core.item import NewItem, State
from bots.engine.core.people import EVERYWHERE, Role, TokenScope
from tests.acceptance.test_command import rekey
from tests.acceptance.test_console_api import BENEFITS, CHANGE
from tests.acceptance.test_console_routes import OTHER, PROCESS
from tests.api import Api, an_api


@pytest.fixture(scope="module")
async def api(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Api]:
    async with an_api(tmp_path_factory.mktemp("line")) as found:
        yield found


async def met(api: Api, role: Role, process: str = PROCESS, token: str | None = None) -> str:
    """Who decides then, or the code of the refusal."""
    try:
        return await acting(api.rekey.people, token, role, process)
    except BusinessException as error:
        return error.code


async def test_who_decides(api: Api, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("bots.cli.arguments.login", lambda: "Ann")
    monkeypatch.setattr("bots.cli.authorise.login", lambda: "Ann")
    people = api.rekey.people
    assert await met(api, Role.OWNER) == "person/Ann", "nobody uses the console yet"
    ann, bob = await people.add("ann", "Ann", "test"), await people.add("bob", "Bob", "test")
    assert await met(api, Role.VIEWER) == "not-allowed"
    await people.grant(ann.id, PROCESS, Role.REVIEWER, "test")
    await people.grant(bob.id, EVERYWHERE, Role.APPROVER, "test")
    assert await met(api, Role.REVIEWER) == "person/ann"
    assert await met(api, Role.APPROVER) == "not-allowed"
    assert await met(api, Role.REVIEWER, OTHER) == "not-allowed"
    monkeypatch.setattr("bots.cli.authorise.login", lambda: "carol")
    assert await met(api, Role.REVIEWER) == "unknown-person"

    decide = await people.make_token(bob.id, "x", [TokenScope.DECIDE], 1, "test", PROCESS)
    read = await people.make_token(bob.id, "x", [TokenScope.READ], 1, "test")
    assert await met(api, Role.APPROVER, token=decide) == "person/bob"
    assert await met(api, Role.APPROVER, OTHER, decide) == "not-allowed"
    assert await met(api, Role.OWNER, token=decide) == "not-allowed"
    assert await met(api, Role.VIEWER, token=read) == "wrong-token"
    assert await met(api, Role.VIEWER, token="") == "wrong-token"
    await people.deactivate(bob.id, "test")
    await people.deactivate(ann.id, "test")
    monkeypatch.setattr("bots.cli.authorise.login", lambda: "ann")
    assert await met(api, Role.VIEWER, token=decide) == "wrong-token"
    assert await met(api, Role.VIEWER) == "not-allowed"


async def test_the_command_names_the_person_and_goes_around_nobody(api: Api) -> None:
    """Whose login this machine says it is: no variable makes anybody somebody else."""
    await api.rekey.people.add(login(), "Vera", "test")
    await api.token("ben", (Role.REVIEWER, EVERYWHERE))
    [item] = await api.exceptions("MB-2026-0001")
    home, words = {"REKEY_HOME": str(api.home)}, ("queue", "retry", item, "--why", "it exists now")
    said = dict.fromkeys(("LOGNAME", "USER", "LNAME", "USERNAME"), "ben")
    refused = await rekey(None, *words, **said, **home)
    assert (refused.status, refused.problem.strip()) == (
        1,
        f"{login()} is no reviewer of {PROCESS}. See: rekey people list.",
    )
    before = await api.rekey.queue.item(item)
    assert before is not None
    assert before.state is State.EXCEPTION
    token = await api.token("olga", (Role.REVIEWER, PROCESS))
    done = await rekey(None, *words, REKEY_TOKEN=token, **home)
    assert done.status == 0, done.problem
    assert token not in done.out + done.problem
    assert (await api.rekey.queue.history(item))[-1].who == "person/olga"


async def test_a_correction_by_file_keeps_its_own_pages_and_waits_for_a_second_person(
    api: Api, tmp_path: Path
) -> None:
    queue = api.rekey.queue
    batch = await queue.open_batch(BENEFITS, "document", "test")
    wrong = NewItem(reference="HB4350303", data=CHANGE, code="claim-not-found", sentence="No such claim.")
    [(_, item)] = await queue.add(BENEFITS, batch, [wrong])
    token = await api.token("olga", (Role.REVIEWER, EVERYWHERE))
    file, environment = tmp_path / "record.json", {"REKEY_HOME": str(api.home), "REKEY_TOKEN": token}
    words = ("queue", "retry", item, "--why", "by the letter", "--data", str(file))
    file.write_text(json.dumps(CHANGE | {"document": f"{'1' * 64}.pdf"}), encoding="utf-8")
    other = await rekey(None, *words, **environment)
    assert (other.status, "cannot be changed to another" in other.problem) == (2, True)
    file.write_text(json.dumps(CHANGE | {"total": "510.00"}), encoding="utf-8")
    done = await rekey(None, *words, **environment)
    assert "waits for a second person" in done.out, done.problem
    found = await queue.item(item)
    assert found is not None
    assert found.state is State.AWAITING_APPROVAL


async def test_what_is_given_says_which_of_joined_decisions_is_taken(api: Api) -> None:
    queue, token = api.rekey.queue, await api.token("olga", (Role.REVIEWER, EVERYWHERE))
    keyed, other, later = await api.exceptions("MB-2026-0101", "MB-2026-0102", "MB-2026-0103")

    async def said(command: str, item: str, *words: str) -> tuple[int, str]:
        environment = {"REKEY_HOME": str(api.home), "REKEY_TOKEN": token}
        done = await rekey(None, "queue", command, item, "--why", "I looked", *words, **environment)
        return done.status, (done.out or done.problem).strip()

    assert await said("withdraw", keyed, "--reference", "W-000900") == (0, f"{keyed} is withdrawn.")
    [kept] = await queue.receipts_of(keyed)
    assert kept.reference == "W-000900"
    assert await said("withdraw", other) == (0, f"{other} is withdrawn.")
    assert not await queue.receipts_of(other)
    assert await said("defer", later, "--minutes", "90") == (0, f"{later} is deferred for 90 minutes.")
    either = "Give either --saved REFERENCE or --not-saved."
    assert await said("decide", later) == (2, either)
    assert await said("decide", later, "--saved", "W-000901", "--not-saved") == (2, either)
    for words in (("--saved", "W-000901"), ("--not-saved",)):
        status, problem = await said("decide", later, *words)
        assert (status, "is new and cannot be decided" in problem) == (1, True)
