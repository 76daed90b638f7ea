"""The demo council's samples, its log, and the judge who goes by them. No server, no browser."""

from __future__ import annotations

import json
import sqlite3
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest

from fixtures.council.bin_collection import BinCollection
from fixtures.council.cases import DuplicateCase, NewCase
from fixtures.council.home import read_json
from fixtures.council.judge import judge
from fixtures.council.make_samples import make_samples
from fixtures.council.samples.places import DAYS
from fixtures.council.town import Town, open_town
from fixtures.council.verdict import Outcome, Verdict

DONE = Outcome("done")
Answers = dict[str, dict[str, Any]]


@pytest.fixture
def town(tmp_path: Path) -> Iterator[Town]:
    town = open_town(tmp_path)
    yield town
    town.close()


@pytest.fixture
def answers(town: Town) -> Answers:
    answers: Answers = read_json(town.home.answers)["submissions"]
    return answers


def key(town: Town, answers: Answers, number: str, **changes: Any) -> str:
    values = answers[number]["values"]
    place = town.gazetteer.get(values["uprn"])
    assert place is not None
    case = NewCase(
        uprn=place.uprn,
        address=place.address,
        collection=next(one for one in BinCollection if one.label == values["collection"]),
        missed_on=date.fromisoformat(values["missed_on"]),
        reported_by=values["reported_by"],
        notes=values["notes"],
    )
    return town.cases.save(replace(case, **changes), sign_in="rekey.bot", duplicates_allowed=True)


def key_all_rightly(town: Town, answers: Answers) -> dict[str, Outcome]:
    """What a perfect engine leaves behind."""
    outcomes = {}
    for number, answer in answers.items():
        if answer["becomes"] == "done":
            key(town, answers, number)
            outcomes[number] = DONE
        else:
            outcomes[number] = Outcome("exception", answer["code"])
    return outcomes


def plain_good(answers: Answers) -> str:
    return next(
        number
        for number, answer in answers.items()
        if answer["becomes"] == "done" and "pair" not in answer and "clerk" not in answer
    )


def bad(answers: Answers, code: str) -> str:
    return next(number for number, answer in answers.items() if answer.get("code") == code)


# --- Samples ------------------------------------------------------------------------------------


def test_the_same_seed_gives_the_same_samples() -> None:
    assert make_samples(items=60, seed=7) == make_samples(items=60, seed=7)
    assert make_samples(items=60, seed=7) != make_samples(items=60, seed=8)


def test_sixty_reports_show_every_kind_and_fifty_four_become_done() -> None:
    samples = make_samples(items=60, seed=7)
    became = Counter(answer.get("code", "done") for answer in samples.answers.values())
    assert became == {
        "done": 54,
        "property-not-found": 1,
        "property-ambiguous": 1,
        "not-a-collection-day": 1,
        "too-long": 1,
        "already-in-target": 1,
        "missed-in-the-future": 1,
    }
    assert sum("clerk" in answer for answer in samples.answers.values()) == 5
    names = [one.reported_by for one in samples.submissions]
    assert any(name != name.strip() for name in names)
    assert any(not name.isascii() for name in names)
    assert any(len(name) == 30 for name in names)
    assert any("\n" in one.notes for one in samples.submissions)
    assert any(one.postcode.islower() for one in samples.submissions)


@pytest.mark.parametrize("seed", range(5))
def test_what_should_be_done_can_be_done(seed: int) -> None:
    """Found by UPRN or by exactly one address, on its day, reported after it, short enough."""
    samples = make_samples(items=200, seed=seed)
    places = {place.uprn: place for place in samples.properties}
    identities = []
    for submission in samples.submissions:
        answer = samples.answers[submission.number]
        if answer["becomes"] != "done":
            continue
        place = places[answer["values"]["uprn"]]
        assert submission.uprn in ("", place.uprn)
        same = (place.house, place.postcode)
        assert len([one for one in samples.properties if (one.house, one.postcode) == same]) == 1
        assert DAYS[submission.missed_on.weekday()] == place.day(submission.collection)
        assert timedelta(0) <= submission.received.date() - submission.missed_on <= timedelta(days=3)
        assert len(answer["values"]["reported_by"]) <= 30
        assert len(submission.notes) <= 200
        identities.append((place.uprn, submission.collection, submission.missed_on))
    assert len(identities) == len(set(identities))


# --- The log ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "sql",
    [
        "UPDATE save_log SET values_json = '{}'",
        "DELETE FROM save_log",
        "INSERT OR REPLACE INTO save_log SELECT * FROM save_log WHERE id = 1",
    ],
)
def test_the_save_log_cannot_be_changed(town: Town, answers: Answers, sql: str) -> None:
    key(town, answers, plain_good(answers))
    with (
        pytest.raises(sqlite3.DatabaseError, match="append-only"),
        town.databases[1].transaction() as connection,
    ):
        connection.execute(sql)
    assert len(town.databases[1].rows("SELECT * FROM save_log")) == 1


def test_a_double_is_neither_saved_nor_logged(town: Town, answers: Answers) -> None:
    number = plain_good(answers)
    town.clerk.key(number)
    assert town.clerk.key(number)["result"] == "already-there"
    assert len(town.databases[1].rows("SELECT * FROM save_log")) == 1
    case = town.cases.search({})[0]
    with pytest.raises(DuplicateCase):
        town.cases.save(case, sign_in="rekey.bot")


def test_a_second_start_goes_on_where_it_was(tmp_path: Path) -> None:
    first = open_town(tmp_path, items=12)
    first.clerk.key(first.clerk.waiting[0])
    first.close()
    second = open_town(tmp_path, items=60)
    assert second.submissions.count() == 12
    assert len(second.cases.search({})) == 1
    assert second.accounts == first.accounts
    second.close()


# --- The judge ----------------------------------------------------------------------------------


def test_a_perfect_run_is_clean(town: Town, answers: Answers) -> None:
    verdict = judge(town.home.folder, key_all_rightly(town, answers))
    assert verdict == Verdict()
    assert verdict.clean
    assert json.loads(json.dumps(verdict.to_dict()))["lost"] == []


def test_either_half_of_a_pair_may_be_keyed(town: Town, answers: Answers) -> None:
    late = bad(answers, "already-in-target")
    early = answers[late]["pair"]
    others = {number: answer for number, answer in answers.items() if number != early}
    outcomes = key_all_rightly(town, others)
    key(town, answers, late)
    outcomes |= {late: DONE, early: Outcome("exception", "already-in-target")}
    assert judge(town.home.folder, outcomes).clean
    assert judge(town.home.folder, outcomes | {early: DONE}).wrong == [early]


def test_of_a_report_that_was_sent_twice_one_is_done(tmp_path: Path) -> None:
    town = open_town(tmp_path, items=70)  # so many that every kind comes
    answers: Answers = read_json(town.home.answers)["submissions"]
    late, early = next(
        (number, answer["pair"])
        for number, answer in answers.items()
        if answer.get("code") == "already-in-target" and answer["values"] == answers[answer["pair"]]["values"]
    )
    outcomes = key_all_rightly(town, answers)
    told = Outcome("exception", "already-in-target")
    assert judge(town.home.folder, outcomes).clean
    assert judge(town.home.folder, outcomes | {early: told, late: DONE}).clean
    assert judge(town.home.folder, outcomes | {late: DONE}).wrong == sorted([early, late])
    assert not judge(town.home.folder, outcomes | {early: told}).clean
    town.close()


def test_the_clerk_may_key_first(town: Town, answers: Answers) -> None:
    mine = {number: answer for number, answer in answers.items() if "clerk" not in answer}
    outcomes = key_all_rightly(town, mine)
    clerks = town.clerk.key_all(list(town.clerk.waiting))
    assert judge(town.home.folder, outcomes | {line["number"]: DONE for line in clerks}).clean
    overtaken = Outcome("exception", "already-in-target")
    assert judge(town.home.folder, outcomes | {line["number"]: overtaken for line in clerks}).clean


Plant = Callable[[Town, Answers, dict[str, Outcome]], tuple[str, str]]


def lost_by_the_engine(town: Town, answers: Answers, outcomes: dict[str, Outcome]) -> tuple[str, str]:
    number = bad(answers, "too-long")
    del outcomes[number]
    return "lost", number


def said_done_and_is_not_there(town: Town, answers: Answers, outcomes: dict[str, Outcome]) -> tuple[str, str]:
    number = plain_good(answers)
    with town.databases[1].transaction() as connection:
        connection.execute(
            "DELETE FROM cases WHERE uprn = ? AND missed_on = ?",
            [answers[number]["values"][name] for name in ("uprn", "missed_on")],
        )
    return "wrong", number


def left_undone(town: Town, answers: Answers, outcomes: dict[str, Outcome]) -> tuple[str, str]:
    _, number = said_done_and_is_not_there(town, answers, outcomes)
    outcomes[number] = Outcome("new")
    return "lost", number


def keyed_twice(town: Town, answers: Answers, outcomes: dict[str, Outcome]) -> tuple[str, str]:
    key(town, answers, plain_good(answers))
    return "twice", plain_good(answers)


def keyed_wrongly(town: Town, answers: Answers, outcomes: dict[str, Outcome]) -> tuple[str, str]:
    _, number = said_done_and_is_not_there(town, answers, outcomes)
    key(town, answers, number, source="Phone")
    # The log remembers the first save as well.
    return "wrong", number


def keyed_for_the_wrong_house(town: Town, answers: Answers, outcomes: dict[str, Outcome]) -> tuple[str, str]:
    return "wrong", key(town, answers, plain_good(answers), uprn="990000010017")


def bad_one_done(town: Town, answers: Answers, outcomes: dict[str, Outcome]) -> tuple[str, str]:
    number = bad(answers, "property-ambiguous")
    outcomes[number] = DONE
    return "wrong", number


@pytest.mark.parametrize(
    "plant",
    [
        lost_by_the_engine,
        left_undone,
        said_done_and_is_not_there,
        keyed_twice,
        keyed_wrongly,
        keyed_for_the_wrong_house,
        bad_one_done,
    ],
)
def test_the_judge_finds_what_was_planted(town: Town, answers: Answers, plant: Plant) -> None:
    outcomes = key_all_rightly(town, answers)
    listed, entry = plant(town, answers, outcomes)
    verdict = judge(town.home.folder, outcomes).to_dict()
    assert verdict[listed] == [entry]


def test_the_judge_tells_the_unexpected_from_the_waiting(town: Town, answers: Answers) -> None:
    outcomes = key_all_rightly(town, answers)
    good, planted = plain_good(answers), bad(answers, "too-long")
    outcomes |= {good: Outcome("in_doubt"), planted: Outcome("exception", "property-not-found")}
    verdict = judge(town.home.folder, outcomes)
    assert verdict.waiting == [good]
    assert [(one.number, one.expected, one.got) for one in verdict.unexpected] == [
        (planted, "exception: too-long", "exception: property-not-found")
    ]
    outcomes[good] = Outcome("exception", "system")
    assert [one.number for one in judge(town.home.folder, outcomes).unexpected] == [good, planted]
