"""Screen maps: what is refused, and that the sentence names the file and the place."""

from __future__ import annotations

from pathlib import Path

import pytest

from bots.engine.core.errors import ConfigurationError
from bots.engine.screens.maps.files import load_system
from bots.engine.settings import ROOT
from tests.town import edit_map, quick_maps

MISTAKES = [
    ("waste/new_case.yaml", "format: digits", "format: digit", "fields.uprn.format"),
    ("waste/new_case.yaml", "commits: true", "commits: false", "commits and saves go together"),
    ("waste/new_case.yaml", "outcome: refused_input", "outcome: refused", "outcome refused is not declared"),
    ("waste/new_case.yaml", r"\{heading: New case\}", "{}", "ready: Value error, give text, heading or css"),
    ("waste/new_case.yaml", "screen: new_case", "screen: other", "screen is other"),
    ("waste/new_case.yaml", r"\[\{name: txtRep\}, ", "[{name: txtRep, id: txtRep}, ", "give one of"),
    ("waste/new_case.yaml", "fields:", "fields: [", "while parsing"),
    ("waste/system.yaml", "sessions: 4", "sessions: 0", "sessions"),
    ("waste/system.yaml", "screen: sign_in", "screen: log_in", "there is no log_in.yaml"),
    ("waste/system.yaml", "system: waste", "system: refuse", "the folder is named waste"),
    ("waste/system.yaml", "sessions: 4", "slow: {times: 1}", "slow.times"),
]
HOURS = [
    ('hours: {mon-fry: "07:00-19:00"}', "hours.mon-fry"),
    ('hours: {fri-mon: "07:00-19:00"}', "fri-mon goes backwards"),
    ('hours: {mon: "7-19"}', "hours.mon: Value error, 7-19 is no time"),
    ('hours: {mon: "07:00-25:00"}', "hours.mon"),
    ('hours: {mon: "07:60-19:00"}', "hours.mon"),
    ('hours: {mon: "07:00-07:00"}', "the whole day is 00:00-24:00"),
    ('hours: {mon: "07:00-12:00, 11:00-19:00"}', "hours.mon: Value error, two times of one day overlap"),
    ('hours: {mon-fri: "07:00-19:00", wed: "08:00-12:00"}', "hours: Value error, wed is named twice"),
    ("hours: {mon: 7}", "hours.mon"),
    ("hours: {}", "hours"),
    ("bank_holidays: closed", "bank_holidays and closed_on want hours"),
    ("closed_on: [2027-05-08]", "bank_holidays and closed_on want hours"),
    ('hours: {mon: "07:00-19:00"}\nbank_holidays: wales', "bank_holidays"),
    ('hours: {mon: "07:00-19:00"}\nclosed_on: [8 May 2027]', "closed_on.0"),
]


@pytest.mark.parametrize(("file", "pattern", "text", "place"), MISTAKES)
def test_mistake(tmp_path: Path, file: str, pattern: str, text: str, place: str) -> None:
    root = quick_maps(tmp_path / "root")
    edit_map(root, file, pattern, text)
    with pytest.raises(ConfigurationError) as raised:
        load_system(root / "selectors" / "waste")
    assert f"selectors/{file}" in raised.value.sentence
    assert place in raised.value.sentence


@pytest.mark.parametrize(("lines", "place"), HOURS)
def test_mistake_in_the_hours(tmp_path: Path, lines: str, place: str) -> None:
    root = quick_maps(tmp_path / "root")
    edit_map(root, "waste/system.yaml", "sessions: 4", f"sessions: 4\n{lines}")
    with pytest.raises(ConfigurationError) as raised:
        load_system(root / "selectors" / "waste")
    assert "selectors/waste/system.yaml" in raised.value.sentence
    assert place in raised.value.sentence


def test_the_projects_own_maps_are_good() -> None:
    folders = [path.parent for path in (ROOT / "selectors").glob("*/system.yaml")]
    assert {load_system(folder).map.system for folder in folders} >= {"portal", "waste"}


def test_every_commit_is_guarded() -> None:
    """In our maps a commit names the request that saves and an outcome for an ended session."""
    for folder in (path.parent for path in (ROOT / "selectors").glob("*/system.yaml")):
        for screen in load_system(folder).screens.values():
            for action in screen.actions.values():
                if action.commits:
                    assert action.saves
                    assert any(outcome.saved is False for outcome in screen.outcomes.values())


def test_unknown_system(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match=r"no screen map nowhere/system\.yaml"):
        load_system(tmp_path / "nowhere")
