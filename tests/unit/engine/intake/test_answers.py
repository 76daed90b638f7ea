"""What a returned workbook says of a row: of what the row itself said, not only of its item."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any, cast

import pytest

from bots.engine.core.item import SENT_BACK, AddOutcome, BatchRow, Receipt, State, WorkItem
from bots.engine.core.queue import Queue
from bots.engine.documents.sandbox.sandbox import Sandbox
from bots.engine.intake.answers import OTHERWISE, PART_DONE, Answers, answers
from bots.processes.registry import find

PROCESS = find("council-tax-moves")
FIRST, SECOND = (step.name for step in PROCESS.steps)


def item(state: State, digest: str = "kept", sentence: str | None = None) -> WorkItem:
    values: dict[str, Any] = dict.fromkeys(WorkItem.__dataclass_fields__, None)
    return WorkItem(
        **(values | {"id": "item-1", "state": state, "digest": digest, "sentence": sentence, "updated": 0.0})
    )


def row(number: int, about: WorkItem, *steps: str, says: str = "kept") -> BatchRow:
    proofs = {
        step: Receipt(item=about.id, step=step, system="revenues", reference=f"R{place}", values={"a": "b"})
        for place, step in enumerate(steps, start=1)
    }
    origin = {"sheet": "Moves", "row": number}
    return BatchRow(
        row=number, outcome=AddOutcome.ADDED, origin=origin, digest=says, item=about, receipts=proofs
    )


def said(*rows: BatchRow) -> list[tuple[str, str]]:
    return [(answer.outcome, answer.reference) for answer in answers(PROCESS, rows)]


def test_done_with_both_references() -> None:
    both = "End the old account: R1; Open the new account: R2"
    assert said(row(6, item(State.DONE), FIRST, SECOND)) == [("Done", both)]


def test_sent_back_with_the_reason() -> None:
    sent = replace(item(State.WITHDRAWN, sentence="Sent back: Which flat?"), code=SENT_BACK)
    [answer] = answers(PROCESS, [row(6, sent)])
    assert (answer.outcome, answer.reason) == ("Sent back", "Sent back: Which flat?")


def test_a_row_that_says_something_else_is_not_done() -> None:
    [(outcome, reference)] = said(row(6, item(State.DONE), FIRST, SECOND, says="other"))
    assert (outcome, reference) == (OTHERWISE, "")


def test_a_row_that_staff_put_right_is_done_with_what_they_changed() -> None:
    came = {"moved_out": "31/02/2026", "moved_in": "09/11/2026", "lives_alone": "N", "notes": None}
    now = {"moved_out": "2026-10-31", "moved_in": "2026-11-09", "lives_alone": False, "notes": "By the agent"}
    done = replace(item(State.DONE), data=now)
    corrected = replace(row(6, done, FIRST, SECOND, says="as it came"), said=came)
    [answer] = answers(PROCESS, [corrected])
    both = "End the old account: R1; Open the new account: R2"
    assert (answer.outcome, answer.reference) == ("Done", both)
    assert answer.reason == "Staff corrected before it was keyed: Date left, Agent's notes."


def test_what_staff_said_is_told_as_their_word() -> None:
    closed = row(6, item(State.WITHDRAWN), FIRST)
    word = replace(closed.receipts[FIRST], values={})
    [answer] = answers(PROCESS, [replace(closed, receipts={FIRST: word})])
    assert answer.reference == "End the old account: R1 (said by staff)"


def test_only_an_equal_row_is_the_same() -> None:
    done = item(State.DONE)
    rows = [
        row(6, done, FIRST, SECOND),
        row(7, done, FIRST, SECOND),
        row(8, done, FIRST, SECOND, says="other"),
    ]
    assert [outcome for outcome, _ in said(*rows)] == ["Done", "Same as row 6", OTHERWISE]


def test_partly_done_only_while_a_part_is_missing() -> None:
    raised = item(State.EXCEPTION, sentence="Why.")
    outcomes = [said(row(6, raised, *steps))[0][0] for steps in ((), (FIRST,), (FIRST, SECOND))]
    assert outcomes == ["Needs a person", PART_DONE, "Needs a person"]


@pytest.mark.parametrize(
    "there", [[], ["b-1.xlsx"], ["b-1.xlsx", "b-1-2.xlsx"], ["b-1-2.xlsx"], ["b-1.xlsm"]]
)
def test_no_workbook_in_the_outbox_is_overwritten(tmp_path: Path, there: list[str]) -> None:
    for name in there:
        (tmp_path / name).touch()
    free = Answers(queue=cast(Queue, None), kept=tmp_path, outbox=tmp_path, sandbox=Sandbox())._free(
        "b-1", ".xlsx"
    )
    assert not free.exists()
    assert free.stem not in {Path(name).stem for name in there}


def test_a_row_of_which_the_data_was_erased_gets_no_answer() -> None:
    erased = replace(row(7, item(State.DONE, digest="")), origin={}, digest="")
    assert [answer.row for answer in answers(PROCESS, [row(6, item(State.DONE)), erased])] == [6]
