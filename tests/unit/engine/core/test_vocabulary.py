"""Every state has its words, and nobody else has words for states."""

from __future__ import annotations

import re

from bots.engine.core.item import SENT_BACK, State
from bots.engine.core.vocabulary import STATES, Next, words_of
from bots.engine.settings import ROOT

_A_TABLE = re.compile(r"^\s*State\.[A-Z_]+: \"", re.MULTILINE)


def test_every_state_has_words_of_its_own() -> None:
    assert set(STATES) == set(State)
    for words in ({one.name for one in STATES.values()}, {one.staff for one in STATES.values()}):
        assert len(words) == len(State)


def test_its_sender_acts_on_what_was_sent_back() -> None:
    assert words_of(State.WITHDRAWN, SENT_BACK).next is Next.PERSON
    assert words_of(State.WITHDRAWN).next is Next.NOBODY
    assert words_of(State.EXCEPTION, SENT_BACK) is STATES[State.EXCEPTION]


def test_there_is_one_vocabulary() -> None:
    """What became of an item in the meantime is said in whole sentences, and is no word for a state."""
    files = [path for path in (ROOT / "bots").rglob("*.py") if "node_modules" not in path.parts]
    found = {path.name for path in files if len(_A_TABLE.findall(path.read_text(encoding="utf-8"))) > 2}
    assert found <= {"outcome.py"}
