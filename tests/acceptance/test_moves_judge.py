"""The judge of council tax moves, who goes by the revenues system's book and log. No server, no browser."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from fixtures.council.database import Database
from fixtures.council.gazetteer import SCHEMA as GAZETTEER
from fixtures.council.gazetteer import Gazetteer
from fixtures.council.home import Home, write_json
from fixtures.council.judge_moves import Outcome, Verdict, judge_moves
from fixtures.council.make_samples import make_samples
from fixtures.council.samples.move import Move
from fixtures.council.tax_accounts import SCHEMA, AlreadyEnded, Ending, NewAccount, Overlaps, TaxBook

DONE = Outcome("done")
ROWS = 100
Answer = dict[str, Any]


class Council:
    """A home with the revenues system's book and the answers, and hands that key into it."""

    def __init__(self, folder: Path) -> None:
        self.home = Home(folder=folder)
        samples = make_samples(items=12, seed=7, moves=ROWS)
        self.database = Database(self.home.revenues_db, GAZETTEER + SCHEMA)
        Gazetteer(self.database).load(samples.properties)
        self.book = TaxBook(self.database)
        self.book.load(samples.tax_accounts)
        write_json(self.home.answers, samples.answers_json())
        self.answers: dict[str, Answer] = {one["key"]: one for one in samples.moves.answers.values()}
        self.second = samples.moves.second_answer() or {}
        self.accounts = samples.tax_accounts
        self.rows = samples.moves.rows

    def close(self, values: Answer, *, duplicates_allowed: bool = True, **changes: Any) -> None:
        values = values | changes
        ending = Ending(
            number=values["account"],
            end=date.fromisoformat(values["end_date"]),
            reason=values["reason"],
            forwarding=values["forwarding"],
            phone=values["phone"],
        )
        self.book.end(ending, sign_in="rekey.bot", duplicates_allowed=duplicates_allowed)

    def open(self, values: Answer, *, duplicates_allowed: bool = True, **changes: Any) -> str:
        values = values | changes
        start = date.fromisoformat(values.pop("start_date"))
        account = NewAccount(start=start, **values)
        return self.book.open(account, sign_in="rekey.bot", duplicates_allowed=duplicates_allowed)

    def key(self, answer: Answer) -> None:
        if "close" in answer and "adopts_close" not in answer:
            self.close(answer["close"])
        if "open" in answer:
            self.open(answer["open"])

    def key_all_rightly(self, *but: str) -> dict[str, Outcome]:
        """What a perfect engine leaves behind; `but`: keys that it has not touched."""
        for key, answer in self.answers.items():
            if key not in but:
                self.key(answer)
        return {key: Outcome(one["becomes"], one.get("code")) for key, one in self.answers.items()}

    def good(self) -> str:
        return next(key for key, one in self.answers.items() if one["becomes"] == "done" and len(one) == 4)

    def adopting(self) -> str:
        return next(key for key, one in self.answers.items() if "adopts_close" in one)

    def bad(self, code: str) -> str:
        return next(key for key, one in self.answers.items() if one.get("code") == code)

    def typed(self, code: str) -> Move:
        return next(one.move for one in self.rows if one.move.code == code)

    def judge(self, outcomes: dict[str, Outcome], *, second: bool = False) -> Verdict:
        return judge_moves(self.home.folder, outcomes, second=second)


@pytest.fixture
def council(tmp_path: Path) -> Iterator[Council]:
    council = Council(tmp_path)
    yield council
    council.database.close()


def test_a_perfect_run_is_clean(council: Council) -> None:
    verdict = council.judge(council.key_all_rightly())
    assert verdict == Verdict()
    assert json.loads(json.dumps(verdict.to_dict()))["twice"] == []


def test_revenues_takes_and_refuses_as_the_answers_say(council: Council) -> None:
    """With its own checks on, as on a good day."""
    for answer in council.answers.values():
        if answer["becomes"] == "done" and "adopts_close" not in answer:
            council.close(answer["close"], duplicates_allowed=False)
        if answer["becomes"] == "done":
            council.open(answer["open"], duplicates_allowed=False)
    with pytest.raises(AlreadyEnded):
        council.close(council.typed("already-in-target").close(), duplicates_allowed=False)
    overlapping = council.typed("dates-overlap")
    council.close(overlapping.close(), duplicates_allowed=False)
    with pytest.raises(Overlaps):
        council.open(overlapping.open(), duplicates_allowed=False)


Outcomes = dict[str, Outcome]
Plant = Callable[[Council, Outcomes], tuple[str, str]]


def lost_by_the_engine(council: Council, outcomes: Outcomes) -> tuple[str, str]:
    key = council.bad("too-long")
    del outcomes[key]
    return "lost", key


def never_finished(council: Council, outcomes: Outcomes) -> tuple[str, str]:
    key = council.good()
    outcomes[key] = Outcome("in_progress")
    return "lost", key


def withdrawn_and_not_there(council: Council, outcomes: Outcomes) -> tuple[str, str]:
    key = _without_account(council)
    outcomes[key] = Outcome("withdrawn")
    return "lost", key


def said_done_and_half_is_missing(council: Council, outcomes: Outcomes) -> tuple[str, str]:
    return "wrong", _without_account(council)


def _without_account(council: Council) -> str:
    """The log still has it: only the account is gone."""
    key = council.good()
    with council.database.transaction() as connection:
        connection.execute(
            "DELETE FROM tax_accounts WHERE property_ref = ? AND opened_by <> ''",
            [council.answers[key]["open"]["property_ref"]],
        )
    return key


def ended_twice(council: Council, outcomes: Outcomes) -> tuple[str, str]:
    key = council.good()
    council.close(council.answers[key]["close"])
    return "twice", key


def opened_twice(council: Council, outcomes: Outcomes) -> tuple[str, str]:
    key = council.good()
    council.open(council.answers[key]["open"])
    return "twice", key


def ended_after_staff_had(council: Council, outcomes: Outcomes) -> tuple[str, str]:
    key = council.adopting()
    council.close(council.answers[key]["close"])
    return "twice", key


def ended_with_a_cut_address(council: Council, outcomes: Outcomes) -> tuple[str, str]:
    """Put right afterwards, but the log remembers."""
    key = council.good()
    council.close(council.answers[key]["close"], forwarding="12 LARCH")
    council.close(council.answers[key]["close"])
    return "wrong", key


def changed_in_the_book(council: Council, outcomes: Outcomes) -> tuple[str, str]:
    key = council.good()
    with council.database.transaction() as connection:
        number = council.answers[key]["close"]["account"]
        connection.execute("UPDATE tax_accounts SET forwarding = '12' WHERE number = ?", [number])
    return "wrong", key


def a_namesake_ended(council: Council, outcomes: Outcomes) -> tuple[str, str]:
    other = next(one for one in council.accounts if one.end is None and one.number not in council.answers)
    council.close(council.answers[council.good()]["close"], account=other.number)
    return "wrong", other.number


def opened_at_another_property(council: Council, outcomes: Outcomes) -> tuple[str, str]:
    return "wrong", council.open(council.answers[council.good()]["open"], property_ref="990000010017")


def exception_half_keyed(council: Council, outcomes: Outcomes) -> tuple[str, str]:
    key = council.bad("too-long")
    council.close(council.answers[council.good()]["close"], account=key)
    return "wrong", key


def overlap_keyed_all_the_same(council: Council, outcomes: Outcomes) -> tuple[str, str]:
    return "wrong", council.open(council.typed("dates-overlap").open())


def bad_one_done(council: Council, outcomes: Outcomes) -> tuple[str, str]:
    key = council.bad("account-ambiguous")
    outcomes[key] = DONE
    return "wrong", key


PLANTS: list[Plant] = [
    lost_by_the_engine,
    never_finished,
    withdrawn_and_not_there,
    said_done_and_half_is_missing,
    ended_twice,
    opened_twice,
    ended_after_staff_had,
    ended_with_a_cut_address,
    changed_in_the_book,
    a_namesake_ended,
    opened_at_another_property,
    exception_half_keyed,
    overlap_keyed_all_the_same,
    bad_one_done,
]


@pytest.mark.parametrize("plant", PLANTS)
def test_the_judge_finds_what_was_planted(council: Council, plant: Plant) -> None:
    outcomes = council.key_all_rightly()
    listed, entry = plant(council, outcomes)
    assert council.judge(outcomes).to_dict()[listed] == [entry]


def test_a_half_of_a_move_is_not_the_whole(council: Council) -> None:
    key = council.good()
    outcomes = council.key_all_rightly(key)
    council.close(council.answers[key]["close"])
    assert council.judge(outcomes).wrong == [key]
    assert council.judge(outcomes | {key: Outcome("new")}).lost == [key]
    assert council.judge(outcomes | {key: Outcome("in_doubt")}).waiting == [key]
    assert council.judge(outcomes | {key: Outcome("in_doubt")}).clean


def test_overlapping_dates_leave_exactly_one_half(council: Council) -> None:
    key = council.bad("dates-overlap")
    outcomes = council.key_all_rightly(key)
    assert council.judge(outcomes).wrong == [key]
    council.close(council.answers[key]["close"])
    assert council.judge(outcomes).clean


def test_the_judge_tells_the_unexpected_from_the_waiting(council: Council) -> None:
    outcomes = council.key_all_rightly()
    good, planted = council.good(), council.bad("too-long")
    outcomes |= {good: Outcome("awaiting_approval"), planted: Outcome("exception", "account-not-found")}
    outcomes["00999999"] = DONE
    verdict = council.judge(outcomes)
    assert verdict.waiting == [good]
    assert {(one.number, one.expected, one.got) for one in verdict.unexpected} == {
        (planted, "exception: too-long", "exception: account-not-found"),
        ("00999999", "no such row", "done"),
    }
    outcomes[good] = Outcome("exception", "system")
    assert good in [one.number for one in council.judge(outcomes).unexpected]


def test_the_second_edition_puts_one_row_right(council: Council) -> None:
    outcomes = council.key_all_rightly()
    key = council.second["key"]
    assert council.judge(outcomes, second=True).unexpected[0].number == key
    council.key(council.second)
    assert council.judge(outcomes | {key: DONE}, second=True).clean
    assert not council.judge(outcomes).clean
