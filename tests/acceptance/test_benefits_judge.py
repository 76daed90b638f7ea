"""The judge of changes of circumstances, who goes by the benefits system's tables and log. No server."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from fixtures.council.accounts import BOT, CLERK
from fixtures.council.benefit_claims import SCHEMA, ClaimBook, Document
from fixtures.council.benefit_entries import Claim, NewChange
from fixtures.council.database import Database
from fixtures.council.home import Home, write_json
from fixtures.council.judge_benefits import Outcome, Verdict, judge_benefits

DONE = Outcome("done")
DUPLICATE = Outcome("exception", "already-in-target")
CLAIMS = tuple(
    Claim(
        number=f"HB441032{number}",
        nino=f"QQ12345{number}C",
        name=f"Asha Testerton {number}",
        born=date(1980, 4, 1),
        address=f"{number} Quince Sample Road, Examplewick",
        postcode="ZZ99 9ZZ",
    )
    for number in range(6)
)
UNREAD = f"{'AB' * 32}/2"
Outcomes = dict[str, Outcome]


def paper(name: str) -> Document:
    return Document(name=f"{name}.pdf", content=f"the form {name}".encode())


def change_of(claim: Claim, **differs: Any) -> NewChange:
    values: dict[str, Any] = {
        "code": "RENT",
        "changed_on": date(2026, 9, 1),
        "form_dated": date(2026, 9, 3),
        "amount": Decimal("812.50"),
        "period": "M",
        "document": paper(claim.number).digest,
    } | differs
    return NewChange(claim=claim.number, **values)


def key_of(change: NewChange) -> str:
    return f"{change.claim}/{change.code}/{change.changed_on.isoformat()}"


GOOD, ANOTHER, STAFFS, CONFLICT, NEITHER, STRANGER = (change_of(claim) for claim in CLAIMS)


class Council:
    """A home with the benefits system's book and the answers, and hands that record into it."""

    def __init__(self, folder: Path) -> None:
        self.home = Home(folder=folder)
        self.database = Database(self.home.benefits_db, SCHEMA)
        self.book = ClaimBook(self.database)
        self.book.load(CLAIMS)
        done = {key_of(one): {"becomes": "done", "values": one.values()} for one in (GOOD, ANOTHER)}
        staffs = {"becomes": "done", "values": STAFFS.values(), "clerk": True}
        conflict = {"becomes": "exception", "code": "values-differ", "values": CONFLICT.values()}
        either = {"becomes": "exception", "codes": ["not-signed", "too-long"]}
        unread = {"becomes": "exception", "code": "unreadable"}
        others = {key_of(STAFFS): staffs, key_of(CONFLICT): conflict, key_of(NEITHER): either, UNREAD: unread}
        write_json(self.home.answers, {"benefit_changes": done | others})

    def record(self, change: NewChange, *, by: str = BOT, document: Document | None = None) -> str:
        return self.book.save(change, document or paper(change.claim), sign_in=by, duplicates_allowed=True)

    def spoil(self, sql: str) -> None:
        with self.database.transaction() as connection:
            connection.execute(sql)

    def record_all_rightly(self, *but: NewChange) -> Outcomes:
        """What a perfect engine leaves behind; `but`: what it has not touched."""
        for change in (GOOD, ANOTHER, STAFFS):
            if change not in but:
                self.record(change)
        return {
            **{key_of(one): DONE for one in (GOOD, ANOTHER, STAFFS)},
            key_of(CONFLICT): Outcome("exception", "values-differ"),
            key_of(NEITHER): Outcome("exception", "too-long"),
            UNREAD: Outcome("exception", "unreadable"),
        }

    def judge(self, outcomes: Outcomes) -> Verdict:
        return judge_benefits(self.home.folder, outcomes)


@pytest.fixture
def council(tmp_path: Path) -> Iterator[Council]:
    council = Council(tmp_path)
    yield council
    council.database.close()


def test_a_perfect_run_is_clean(council: Council) -> None:
    verdict = council.judge(council.record_all_rightly())
    assert verdict == Verdict()
    assert json.loads(json.dumps(verdict.to_dict()))["twice"] == []


def test_a_home_without_such_answers_is_clean(council: Council) -> None:
    write_json(council.home.answers, {"submissions": {}})
    assert council.judge({}) == Verdict()


Plant = Callable[[Council, Outcomes], tuple[str, str]]


def lost_by_the_engine(council: Council, outcomes: Outcomes) -> tuple[str, str]:
    del outcomes[UNREAD]
    return "lost", UNREAD


def never_finished(council: Council, outcomes: Outcomes) -> tuple[str, str]:
    outcomes[key_of(GOOD)] = Outcome("in_progress")
    return "lost", key_of(GOOD)


def withdrawn_and_not_there(council: Council, outcomes: Outcomes) -> tuple[str, str]:
    council.spoil("DELETE FROM changes WHERE id = 1")
    outcomes[key_of(GOOD)] = Outcome("withdrawn")
    return "lost", key_of(GOOD)


def recorded_twice(council: Council, outcomes: Outcomes) -> tuple[str, str]:
    council.record(GOOD)
    return "twice", key_of(GOOD)


def recorded_after_staff_had(council: Council, outcomes: Outcomes) -> tuple[str, str]:
    council.record(STAFFS, by=CLERK)
    return "twice", key_of(STAFFS)


def recorded_with_cut_notes(council: Council, outcomes: Outcomes) -> tuple[str, str]:
    """Right as well, but the log remembers."""
    council.record(change_of(CLAIMS[0], notes="cut"))
    return "wrong", key_of(GOOD)


def changed_in_the_book(council: Council, outcomes: Outcomes) -> tuple[str, str]:
    council.spoil("UPDATE changes SET amount = '81.25' WHERE id = 1")
    return "wrong", key_of(GOOD)


def gone_from_the_book(council: Council, outcomes: Outcomes) -> tuple[str, str]:
    council.spoil("DELETE FROM changes WHERE id = 1")
    return "wrong", key_of(GOOD)


def written_past_the_log(council: Council, outcomes: Outcomes) -> tuple[str, str]:
    council.spoil(
        "INSERT INTO changes SELECT 900, 'HB0000000', 'MVIN', changed_on, form_dated, amount,"
        " period, person, notes, document, recorded_by, recorded_at FROM changes WHERE id = 1"
    )
    return "wrong", "CH-000900"


def another_file(council: Council, outcomes: Outcomes) -> tuple[str, str]:
    """Its digest says the right form, and another one is held."""
    council.spoil("UPDATE documents SET content = x'00' WHERE change = 1")
    return "wrong", key_of(GOOD)


def somebody_elses_claim(council: Council, outcomes: Outcomes) -> tuple[str, str]:
    return "wrong", council.record(STRANGER)


def another_date(council: Council, outcomes: Outcomes) -> tuple[str, str]:
    return "wrong", council.record(change_of(CLAIMS[0], changed_on=date(2026, 1, 9)))


def exception_recorded_all_the_same(council: Council, outcomes: Outcomes) -> tuple[str, str]:
    council.record(CONFLICT)
    return "wrong", key_of(CONFLICT)


def bad_one_done(council: Council, outcomes: Outcomes) -> tuple[str, str]:
    outcomes[UNREAD] = DONE
    return "wrong", UNREAD


PLANTS: list[Plant] = [
    lost_by_the_engine,
    never_finished,
    withdrawn_and_not_there,
    recorded_twice,
    recorded_after_staff_had,
    recorded_with_cut_notes,
    changed_in_the_book,
    gone_from_the_book,
    written_past_the_log,
    another_file,
    somebody_elses_claim,
    another_date,
    exception_recorded_all_the_same,
    bad_one_done,
]


@pytest.mark.parametrize("plant", PLANTS)
def test_the_judge_finds_what_was_planted(council: Council, plant: Plant) -> None:
    outcomes = council.record_all_rightly()
    listed, entry = plant(council, outcomes)
    assert council.judge(outcomes).to_dict()[listed] == [entry]


WRONGLY: list[dict[str, Any]] = [
    {"amount": Decimal("821.50")},
    {"amount": None, "period": ""},
    {"period": "W"},
    {"person": "Kim Sample"},
    {"form_dated": date(2026, 9, 4)},
    {"notes": "not on the form"},
]


@pytest.mark.parametrize("values", WRONGLY, ids=lambda values: next(iter(values)))
def test_wrong_values_are_wrong(council: Council, values: dict[str, Any]) -> None:
    outcomes = council.record_all_rightly(GOOD)
    council.record(change_of(CLAIMS[0], **values))
    assert council.judge(outcomes) == Verdict(wrong=[key_of(GOOD)])


def test_another_document_is_wrong(council: Council) -> None:
    outcomes = council.record_all_rightly(GOOD)
    other = paper("of somebody else")
    council.record(change_of(CLAIMS[0], document=other.digest), document=other)
    assert council.judge(outcomes) == Verdict(wrong=[key_of(GOOD)])


def test_what_staff_recorded_is_there(council: Council) -> None:
    """The bot found it, or was overtaken: both are right where staff may have had it."""
    outcomes = council.record_all_rightly(GOOD, STAFFS)
    for change in (GOOD, STAFFS, CONFLICT):
        council.record(change, by=CLERK)
    assert council.judge(outcomes).clean
    assert council.judge(outcomes | {key_of(STAFFS): DUPLICATE}).clean
    told = council.judge(outcomes | {key_of(GOOD): DUPLICATE}).unexpected
    assert [one.number for one in told] == [key_of(GOOD)]


def test_the_judge_tells_the_unexpected_from_the_waiting(council: Council) -> None:
    outcomes = council.record_all_rightly(GOOD)
    outcomes |= {
        key_of(GOOD): Outcome("in_doubt"),
        key_of(ANOTHER): Outcome("exception", "system"),
        key_of(NEITHER): Outcome("exception", "unreadable"),
        "HB0000000/MVIN/2026-09-01": DONE,
    }
    verdict = council.judge(outcomes)
    assert verdict.waiting == [key_of(GOOD)]
    assert {(one.number, one.expected, one.got) for one in verdict.unexpected} == {
        (key_of(ANOTHER), "done", "exception: system"),
        (key_of(NEITHER), "exception: not-signed or exception: too-long", "exception: unreadable"),
        ("HB0000000/MVIN/2026-09-01", "no such change", "done"),
    }
    assert [verdict.lost, verdict.twice, verdict.wrong] == [[], [], []]
    assert council.judge(outcomes | {key_of(GOOD): DONE}).wrong == [key_of(GOOD)]
