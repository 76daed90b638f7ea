"""A record as a form: every field can be filled in by a person, and the record's own rules read it."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from bots.engine.console.services.record_form import WHOLE, Input, RecordForm
from bots.processes.benefit_changes.process import PROCESS as BENEFITS
from bots.processes.council_tax_moves.process import PROCESS as MOVES
from bots.processes.missed_bins.process import PROCESS as BINS
from bots.processes.registry import PROCESSES

MOVE = {
    "account": "00412345",
    "name": "Asha Testerton",
    "old_address": "1 Example Street",
    "old_postcode": "ZZ1 4AB",
    "moved_out": "2026-10-05",
    "new_address": "2 Sample Road",
    "new_postcode": "ZZ2 5CD",
    "moved_in": "2026-10-06",
    "lives_alone": True,
    "notes": "",
}
BIN = {
    "number": "MB-7Q2K-0041",
    "house": "1",
    "postcode": "ZZ1 4AB",
    "collection": "Refuse",
    "missed_on": "2026-11-02",
    "received_on": "2026-11-03",
    "reported_by": "Asha Testerton",
}


def filled(process: Any, data: dict[str, Any], **change: str) -> Any:
    """The form as it is shown, with some fields written over."""
    form = RecordForm(process.record, process.rules)
    return form.read({**form.texts(data), **change}, data)


@pytest.mark.parametrize(("process", "data"), [(MOVES, MOVE), (BINS, BIN)], ids=["moves", "bins"])
def test_what_is_shown_can_be_sent_back_as_it_is(process: Any, data: dict[str, Any]) -> None:
    found = filled(process, data)
    assert not found.mistakes
    assert found.record == process.record.model_validate(data)
    assert found.record.data() == process.record.model_validate(data).data()


def test_fields_are_named_as_people_know_them() -> None:
    fields = {field.name: field for field in RecordForm(MOVES.record).fields}
    assert fields["account"].label == "Account no"
    assert fields["property_ref"].label == "Property ref"
    assert (fields["moved_out"].input, fields["lives_alone"].input) == (Input.DAY, Input.YES_NO)
    assert (fields["notes"].input, fields["name"].input) == (Input.TEXT, Input.LINE)
    assert (fields["name"].required, fields["account"].required) == (True, False)
    assert (fields["name"].sensitive, fields["moved_out"].sensitive) == (True, False)


def test_choices_have_words() -> None:
    fields = {field.name: field for field in RecordForm(BENEFITS.record).fields}
    assert dict(fields["change"].options)["RENT"] == "The rent changed"
    assert [value for value, _ in fields["period"].options] == ["W", "F", "4", "M"]
    bins = {field.name: field for field in RecordForm(BINS.record).fields}
    assert bins["collection"].options[0] == ("Refuse", "Refuse")


def test_nobody_is_asked_for_what_a_machine_writes() -> None:
    form = RecordForm(BENEFITS.record)
    assert "document" not in {field.name for field in form.fields}
    document = "a" * 64 + ".pdf"
    assert "document" not in form.read({"document": "x"}, {"document": document}).mistakes


def test_days_are_written_as_in_the_uk() -> None:
    form = RecordForm(BINS.record)
    assert form.texts(BIN)["missed_on"] == "02/11/2026"
    assert filled(BINS, BIN, missed_on="1.11.26").record.missed_on == date(2026, 11, 1)


@pytest.mark.parametrize(
    ("name", "text", "sentence"),
    [
        ("missed_on", "31/02/2026", "Missed on is a day that does not exist"),
        ("missed_on", "soon", "Missed on "),
        ("missed_on", "", "Missed on is blank."),
        ("postcode", "nowhere", "Postcode "),
        ("collection", "Bottles", "Collection is not as it should be"),
        ("reported_by", "  ", "Reported by is blank."),
    ],
)
def test_a_mistake_is_a_sentence_at_its_field(name: str, text: str, sentence: str) -> None:
    found = filled(BINS, BIN, **{name: text})
    assert found.record is None
    assert list(found.mistakes) == [name]
    assert found.mistakes[name].startswith(sentence)
    assert found.texts[name] == text.strip(), "what was typed is kept"


def test_several_mistakes_are_told_at_once() -> None:
    assert set(filled(BINS, BIN, missed_on="x", postcode="y").mistakes) == {"missed_on", "postcode"}


def test_a_rule_of_the_process_is_told_as_well() -> None:
    found = filled(BINS, BIN, missed_on="20/11/2026")
    assert found.record is None
    assert list(found.mistakes) == [WHOLE]


def test_what_is_no_record_yet_is_shown_as_it_is() -> None:
    form = RecordForm(MOVES.record)
    texts = form.texts({"account": "12x", "moved_out": "the fifth"})
    assert (texts["account"], texts["moved_out"], texts["name"]) == ("12x", "the fifth", "")


@pytest.mark.parametrize("name", PROCESSES)
def test_every_process_has_a_form(name: str) -> None:
    process = PROCESSES[name]
    fields = RecordForm(process.record).fields
    assert len({field.label for field in fields}) == len(fields), "no two fields read the same"
    assert all(field.label[0].isupper() for field in fields)
    assert all(len(words) > 1 for field in fields for _, words in field.options if name != "missed-bins")


# ---- what could not be read as a record is never turned round ----------------------------------
RAW = {**MOVE, "moved_out": "31/02/2026"}
"""A row that is no record yet is kept as its sender wrote it."""


@pytest.mark.parametrize("said", ["Yes", "Y", "y", "YES", "TRUE", "1", "x", True])
def test_a_yes_is_still_one_when_another_field_is_put_right(said: Any) -> None:
    found = filled(MOVES, {**RAW, "lives_alone": said}, moved_out="01/10/2026")
    assert found.mistakes == {}
    assert found.record.lives_alone is True


@pytest.mark.parametrize("said", ["perhaps", "ja", "?"])
def test_what_is_neither_yes_nor_no_is_a_mistake(said: str) -> None:
    found = filled(MOVES, {**RAW, "lives_alone": said}, moved_out="01/10/2026")
    assert list(found.mistakes) == ["lives_alone"]


def test_what_was_neither_is_not_left_blank_in_silence() -> None:
    """On the page neither button is pressed then, and the browser sends nothing."""
    found = filled(MOVES, {**RAW, "lives_alone": "perhaps"}, moved_out="01/10/2026", lives_alone="")
    assert list(found.mistakes) == ["lives_alone"]
    assert "should be chosen" in found.mistakes["lives_alone"]


@pytest.mark.parametrize("typed", ["Yes", "Y", "true", "1"])
def test_yes_may_be_written_as_people_write_it(typed: str) -> None:
    assert filled(MOVES, {**MOVE, "lives_alone": False}, lives_alone=typed).record.lives_alone is True


def test_what_is_no_day_is_not_shown_as_one() -> None:
    raw = {**MOVE, "moved_out": "20261005"}
    assert RecordForm(MOVES.record).texts(raw)["moved_out"] == "20261005"
    assert list(filled(MOVES, raw).mistakes) == ["moved_out"]


@pytest.mark.parametrize("notes", ["By the gate\nRing first", "a\n\nb", "a\r\nb"])
def test_a_field_that_nobody_touched_stays_as_it_is(notes: str) -> None:
    """A browser sends two signs for the end of a line, whatever stood there."""
    form, data = (
        RecordForm(BINS.record, BINS.rules),
        BINS.record.model_validate({**BIN, "notes": notes}).data(),
    )
    posted = {
        name: text.replace("\r\n", "\n").replace("\n", "\r\n") for name, text in form.texts(data).items()
    }
    found = form.read({**posted, "house": "2"}, data)
    assert found.record is not None
    assert found.record.data() == {**data, "house": "2"}
    typed = form.read({**posted, "notes": "New\r\nlines"}, data)
    assert typed.record is not None
    assert typed.record.data()["notes"] == "New\nlines"
