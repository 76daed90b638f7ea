"""Decisions as commands: their options, and which of joined ones is taken."""

from __future__ import annotations

import asyncio
from contextlib import closing
from typing import Any

import pytest
import typer
from typer.testing import CliRunner

from bots.cli import decisions
from bots.engine.core.decision import Answers
from bots.engine.core.people import Role
from bots.engine.core.work_list import DAY
from bots.engine.decisions.decision import Decision
from bots.engine.decisions.list import DECISIONS
from tests.made_up import ASK_OWNER

ITEM, WHY = "bins-1", ("--why", "I looked")


class Queue:
    """Notes what is decided, and holds nothing."""

    def __init__(self) -> None:
        self.decided: list[tuple[str, str, Answers]] = []

    async def item(self, _item: str) -> None:
        return None

    async def decide(self, item: str, rule: Decision, _who: str, answers: Answers) -> None:
        self.decided.append((item, rule.name, answers))


@pytest.fixture
def queue(monkeypatch: pytest.MonkeyPatch) -> Queue:
    found = Queue()

    def about_item(_item: str, _role: Role, decide: Any) -> Any:
        with closing(asyncio.new_event_loop()) as loop:
            return loop.run_until_complete(decide(found, "person/ann"))

    monkeypatch.setattr(decisions, "about_item", about_item)
    monkeypatch.setattr(decisions, "DECISIONS", (*DECISIONS, ASK_OWNER))
    return found


def run(*words: str) -> Any:
    group = typer.Typer()
    decisions.add_to(group)
    return CliRunner().invoke(group, [words[0], ITEM, *WHY, *words[1:]])


@pytest.mark.parametrize(
    ("words", "name"),
    [
        (("retry",), "again"),
        (("withdraw",), "not-needed"),
        (("withdraw", "--reference", "C-7"), "by-hand"),
        (("withdraw", "--reference", ""), "by-hand"),
        (("decide", "--saved", "C-7"), "saved"),
        (("decide", "--not-saved"), "not-saved"),
        (("send-back",), "send-back"),
        (("look-again",), "look-again"),
        (("approve",), "approve"),
        (("decline",), "decline"),
        (("defer",), "defer"),
        (("ask-owner",), "ask-owner"),
    ],
    ids=" ".join,
)
def test_the_decision_that_was_meant(queue: Queue, words: tuple[str, ...], name: str) -> None:
    assert run(*words).exit_code == 0
    [(item, taken, answers)] = queue.decided
    assert (item, taken, answers.why) == (ITEM, name, "I looked")


@pytest.mark.parametrize("words", [(), ("--saved", "C-7", "--not-saved")], ids=["neither", "both"])
def test_either_is_wanted(queue: Queue, words: tuple[str, ...]) -> None:
    assert "either --saved REFERENCE or --not-saved" in str(run("decide", *words).exception)
    assert not queue.decided


def test_a_time_is_given_in_the_unit_of_its_option(queue: Queue) -> None:
    assert run("defer", "--minutes", "90").output.strip() == f"{ITEM} is deferred for 90 minutes."
    assert run("ask-owner", "--days", "2").output.strip() == f"{ITEM} waits for 2 days."
    assert run("ask-owner").output.strip() == f"{ITEM} waits for 7 days."
    assert [answers.seconds for _, _, answers in queue.decided] == [5400, 2 * DAY, 7 * DAY]


def test_a_time_that_is_past_is_none(queue: Queue) -> None:
    assert run("defer", "--minutes", "-1").exit_code == 2
    assert not queue.decided
