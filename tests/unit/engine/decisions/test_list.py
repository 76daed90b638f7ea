"""What every decision must keep to, so that all that is made of the list can be made of it."""

from __future__ import annotations

from itertools import combinations

import pytest

from bots.engine.core.people import Role
from bots.engine.core.vocabulary import words_of
from bots.engine.decisions.decision import Asked, Decision, which
from bots.engine.decisions.list import DECISIONS
from bots.engine.settings import ROOT

_ASKED = {
    Asked.REFERENCE: "the system's reference",
    Asked.RECORD: "the record",
    Asked.SECONDS: "how long",
}
every = pytest.mark.parametrize("one", DECISIONS, ids=lambda one: one.name)


def row(one: Decision) -> str:
    """Its line in the runbook."""
    may = {Role.REVIEWER: "reviewers", Role.APPROVER: "approvers"}[one.role]
    states = ", ".join(words_of(state).staff.lower() for state in one.states)
    asks = ", ".join([*(_ASKED[ask.what] for ask in one.asks), *(["why"] if _asks_why(one) else [])])
    where = f"`rekey queue {one.command.name}`" if one.command else ""
    return f"| {one.title} | {may} | {states} | {asks or 'nothing'} | {one.leads} | {where} |"


def _asks_why(one: Decision) -> bool:
    return one.form is None or bool(one.form.why)


@every
def test_the_runbook_tells_of_it(one: Decision) -> None:
    assert row(one) in (ROOT / "runbooks" / "console.md").read_text(encoding="utf-8").splitlines()


def test_the_runbook_tells_of_no_other() -> None:
    text = (ROOT / "runbooks" / "console.md").read_text(encoding="utf-8")
    table = text.split("### Every decision", 1)[1].split("\n#", 1)[0]
    lines = [line for line in table.splitlines() if line.startswith("| ")]
    assert lines[2:] == [row(one) for one in DECISIONS]


def test_names_and_titles_are_of_one_each() -> None:
    assert len({one.name for one in DECISIONS}) == len({one.title for one in DECISIONS}) == len(DECISIONS)


@every
def test_it_is_offered_where_it_is_possible(one: Decision) -> None:
    assert one.form or one.command or one.address
    assert one.form is None or set(one.form.at) <= set(one.states)


@every
def test_its_history_always_has_a_reason(one: Decision) -> None:
    assert one.form is None or bool(one.form.why) != bool(one.form.unasked)


@every
def test_what_it_asks_has_words_wherever_it_is_asked(one: Decision) -> None:
    for ask in one.asks:
        assert ask.option.startswith("--") or one.command is None
        assert ask.help or one.command is None
        assert ask.described or one.address is None
        assert ask.question or one.form is None or ask.what is Asked.RECORD


@every
def test_about_many_it_asks_nothing_more_than_why(one: Decision) -> None:
    assert one.many is None or (one.form and all(ask.default is not None for ask in one.asks))


def test_joined_ones_are_told_apart_and_are_for_the_same_people() -> None:
    for one, other in combinations(DECISIONS, 2):
        by_address = one.address and one.address == other.address
        by_command = one.command and other.command and one.command.name == other.command.name
        if by_address or by_command:
            assert one.role is other.role
            assert {ask.what for ask in one.asks} != {ask.what for ask in other.asks}
        else:
            assert not (one.address and other.address and one.address.name == other.address.name)


def test_of_joined_ones_the_one_is_taken_that_asks_for_what_is_given() -> None:
    withdraw = [one for one in DECISIONS if one.command and one.command.name == "withdraw"]
    assert {one.name for one in withdraw} == {"not-needed", "by-hand"}
    taken = [which(withdraw, given) for given in ((), (Asked.REFERENCE,), (Asked.RECORD,))]
    assert [one and one.name for one in taken] == ["not-needed", "by-hand", None]
