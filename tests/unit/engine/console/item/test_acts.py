"""What a decision's form asks, and what is made of what is sent."""

from __future__ import annotations

from types import SimpleNamespace as Some

import pytest

from bots.engine.console.item.acts import answers
from bots.engine.console.services.rendering import Installation, Pages
from bots.engine.core.errors import BusinessException
from bots.engine.core.work_list import DAY
from bots.engine.decisions.by_hand import BY_HAND
from bots.engine.decisions.decision import Decision
from bots.engine.decisions.retry import RETRY
from tests.made_up import ASK_OWNER

DRAW = '{% from "parts/decision.html" import decision, its_hint %}{{ its_hint(one, process) }}'
DRAW += "{{ decision(visit, item, one, sent, faults, offered) }}"


def drawn(one: Decision, **more: object) -> str:
    template = Pages(Installation(name="T", environment="test")).environment.from_string(DRAW)
    given = {
        "one": one,
        "process": Some(takes_files=True),
        "visit": Some(session=Some(csrf="c"), opened="1"),
        "item": Some(id="bins-1", updated=2.0),
        "sent": {},
        "faults": {},
        "offered": "",
    }
    return template.render(given | more)


def test_a_time_is_asked_in_days_and_begins_with_the_usual_one() -> None:
    text = drawn(ASK_OWNER)
    assert 'action="/items/bins-1/ask-owner"' in text
    assert 'name="days"' in text
    assert 'value="7"' in text
    assert "<em>stays</em> here." in text
    assert "What must they say?" in text


def test_what_was_typed_stays_with_what_is_wrong() -> None:
    sent, faults = {"act": "ask-owner", "days": "some", "why": "<b>"}, {"days-ask-owner": "Say for how many."}
    text = drawn(ASK_OWNER, sent=sent, faults=faults)
    assert 'value="some"' in text
    assert 'value="&lt;b&gt;"' in text
    assert "Say for how many." in text


def test_a_reference_that_a_bot_found_stands_there_already() -> None:
    assert 'name="reference" type="text" inputmode="text" value="C-7"' in drawn(BY_HAND, offered="C-7")
    assert 'name="reference"' not in drawn(RETRY, offered="C-7")


@pytest.mark.parametrize(
    ("sent", "days"),
    [({"days": "3"}, 3), ({"days": "0.5"}, 0.5), ({"days": "366"}, 366), ({}, 7)],
    ids=["three", "half a day", "a year", "for many at once nothing is asked"],
)
def test_days_are_read(sent: dict[str, str], days: float) -> None:
    assert answers(ASK_OWNER, sent, "why").seconds == days * DAY


@pytest.mark.parametrize("days", ["", "some", "0", "-1", "367", "nan", "inf"])
def test_other_days_are_refused(days: str) -> None:
    with pytest.raises(BusinessException) as caught:
        answers(ASK_OWNER, {"days": days}, "why")
    assert caught.value.code == "no-days"


def test_a_reference_is_read_and_wanted() -> None:
    assert answers(BY_HAND, {"reference": " C-7 "}, "why").reference == "C-7"
    with pytest.raises(BusinessException) as caught:
        answers(BY_HAND, {"reference": " "}, "why")
    assert caught.value.code == "no-reference"


def test_what_is_not_asked_is_not_read() -> None:
    assert answers(RETRY, {"reference": "C-7", "days": "3"}, "why").reference is None
