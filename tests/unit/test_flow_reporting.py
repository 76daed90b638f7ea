"""The texts that a run shows in Prefect, and what of an error may be shown there."""

from __future__ import annotations

from typing import Any

import pytest

from bots.engine.core.errors import RekeyError
from bots.engine.core.summary import (
    Difference,
    HandInSummary,
    IntakeSummary,
    Progress,
    Raised,
    Reconciliation,
    Verdict,
    Why,
    WorkSummary,
)
from flows import publishing, reporting
from flows.boundary import places


def raised(item: str, code: str = "property-not-found", sentence: str = "No such property.") -> Raised:
    return Raised(item=item, code=code, state="exception", sentence=sentence)


def work(**given: Any) -> WorkSummary:
    return WorkSummary(**{"process": "missed-bins", "taken": 3, "done": 2, "keyed": 2, "adopted": 0, **given})


def test_work_counts_by_reason_with_the_most_frequent_first() -> None:
    text = reporting.work_text(
        work(
            raised=[raised("a", "rare", "Seldom."), raised("b"), raised("c"), raised("d", "rare", "Seldom.")]
        )
    )
    assert "| 2 | No such property. | property-not-found |" in text
    assert "- property-not-found: b, c" in text
    assert "- rare: a, d" in text

    text = reporting.work_text(work(raised=[raised("a", "a-rare"), raised("b"), raised("c")]))
    assert text.index("property-not-found") < text.index("a-rare")


def test_work_names_twenty_items_of_a_reason_and_counts_the_others() -> None:
    text = reporting.work_text(work(raised=[raised(f"item-{n}") for n in range(23)]))
    assert "item-19 and 3 more" in text
    assert "item-20" not in text


def test_work_says_what_waits_for_whom_and_leaves_the_ends_out() -> None:
    text = reporting.work_text(work(waiting={"new": 4, "in_doubt": 1, "done": 90, "exception": 0}))
    assert "| 4 | waiting for the bot | the next run |" in text
    assert "in doubt" in text
    assert "90" not in text
    assert "waiting for a person" not in text


def test_work_with_nothing_left_says_so() -> None:
    text = reporting.work_text(work())
    assert "Nothing waits." in text
    assert "every item that was taken is done" in text


def test_a_system_that_closes_and_sessions_that_were_given_back_are_said() -> None:
    why = "Revenues closes at 19:00. 12 items wait until it opens on Monday at 07:00."
    text = reporting.work_text(work(stopped=why, given_back=2))
    assert why.rstrip(".") in text
    assert "| Sessions given back because a system was slow | 2 |" in text
    assert "given back" not in reporting.work_text(work())
    counts = {"source": 0, "added": 0, "same": 0, "changed": 0, "refused": 0}
    closed = IntakeSummary(process="missed-bins", batch="", stopped="Citizen portal is closed.", **counts)
    assert "Citizen portal is closed." in reporting.intake_text(closed)
    assert "Citizen portal is closed." in reporting.intake_line(closed)


def test_a_rehearsal_and_an_early_end_stand_first() -> None:
    summary = work(shadow=True, stopped="asked to stop")
    assert reporting.work_line(summary) == (
        "Rehearsal, nothing saved: 2 done, 0 for people; ended early: asked to stop"
    )
    assert reporting.work_text(summary).index("Ended early") < reporting.work_text(summary).index("Taken")


UGLY = ["a | b", "line\nbreak", "tab\tand  spaces"]


@pytest.mark.parametrize("sentence", UGLY)
def test_a_sentence_never_breaks_the_table(sentence: str) -> None:
    text = reporting.work_text(work(raised=[raised("a", sentence=sentence)]))
    [row] = [line for line in text.splitlines() if "property-not-found |" in line]
    assert row.replace("\\|", "").count("|") == 4


def difference(item: str | None, target: str, why: Why, *fields: str) -> Difference:
    return Difference(item=item, step="log-case", target=target, fields=fields, why=why)


def test_reconciliation_lists_findings_without_the_targets_references() -> None:
    summary = Reconciliation(
        process="missed-bins",
        source=3,
        in_target=4,
        missing=[Difference(item="a", step="log-case", target=None, why=Why.NEVER)],
        different=[difference("b", "ACCOUNT-77", Why.CHANGED, "collection")],
        unknown=[difference(None, "ACCOUNT-78", Why.OTHERS), difference(None, "ACCOUNT-79", Why.OUR_HAND)],
    )
    text = reporting.reconcile_text(summary)
    assert f"| missing | a | log-case |  | {Why.NEVER} |" in text
    assert f"| different | b | log-case | collection | {Why.CHANGED} |" in text
    assert f"| unknown | not from this queue | log-case |  | {Why.OUR_HAND} |" in text
    assert "| In the target, keyed by others | 1 |" in text
    assert "ACCOUNT" not in text
    assert reporting.reconcile_line(summary) == "Not clean: 1 missing, 0 twice, 1 different, 1 unknown"


def test_a_clean_reconciliation_says_so() -> None:
    """What staff keyed themselves is no finding."""
    others = [difference(None, "W-000009", Why.OTHERS)]
    summary = Reconciliation(process="missed-bins", source=3, in_target=3, unknown=others)
    assert reporting.reconcile_line(summary) == "Clean: 3 in the source, 3 in the target"
    assert "Nothing." in reporting.reconcile_text(summary)


def test_one_event_for_all_findings_and_none_without(monkeypatch: pytest.MonkeyPatch) -> None:
    told: list[dict[str, Any]] = []
    monkeypatch.setattr(publishing, "emit_event", lambda name, **given: told.append({"name": name, **given}))
    others = [difference(None, "W-000009", Why.OTHERS)]
    publishing.announce_findings(Reconciliation(process="p", source=1, in_target=1, unknown=others))
    assert told == []
    wrong = [difference("a", "ACCOUNT-77", Why.CHANGED, "name")]
    publishing.announce_findings(
        Reconciliation(process="p", source=1, in_target=1, different=wrong, unknown=others)
    )
    assert told == [
        {
            "name": "rekey.reconciliation.findings",
            "resource": {"prefect.resource.id": "rekey.process.p"},
            "payload": {"process": "p", "missing": 0, "twice": 0, "different": 1, "unknown": 0},
        }
    ]


def test_intake_and_housekeeping() -> None:
    summary = IntakeSummary(
        process="missed-bins", batch="b", source=6, added=3, same=2, changed=0, refused=1, seconds=1.26
    )
    assert reporting.intake_line(summary) == "3 added, 2 known already, 1 refused"
    assert "| Added to the queue | 3 |" in reporting.intake_text(summary)
    assert "Took 1.3 seconds." in reporting.intake_text(summary)
    assert reporting.housekeeping_line({"x": 1, "y": 2}) == "3 items freed that a stopped bot held"


@pytest.mark.parametrize(
    ("done", "total", "expected"), [(0, 0, 100.0), (1, 3, 33.3), (3, 3, 100.0), (5, 3, 100.0)]
)
def test_percent_stays_within_its_bounds(done: int, total: int, expected: float) -> None:
    assert reporting.percent(Progress(process="p", done=done, exceptions=0, total=total)) == expected


def test_places_of_an_error_hold_no_message() -> None:
    def key() -> None:
        raise ValueError("Mrs Example, 12 High Street")

    try:
        try:
            key()
        except ValueError as error:
            raise RekeyError("code", "sentence", {"name": "Mrs Example"}) from error
    except RekeyError as error:
        text = "\n".join(places(error))
    assert "ValueError at:" in text
    assert "test_flow_reporting.py" in text
    assert " key" in text
    assert "Example" not in text


def test_a_file_that_was_read_in_part_is_told_of() -> None:
    """Its run has failed: the rest of it is in no queue."""
    rows = IntakeSummary(process="p", batch="b-1", source=7, added=7, same=0, changed=0, refused=1)
    whole = HandInSummary(file="a.xlsx", verdict=Verdict.READ, rows=rows)
    partly = HandInSummary(file="b.xlsx", verdict=Verdict.PARTLY, rows=rows, unread=["Only the first 7 ..."])
    refused = HandInSummary(file="c.xlsx", verdict=Verdict.REFUSED, code="password")
    assert [one.needs_person for one in (whole, partly, refused)] == [False, True, True]
    line = reporting.files_line([whole, partly, refused])
    assert line.startswith("2 files read: 14 added")
    assert line.endswith("; 1 file refused; 1 file not read to the end")
