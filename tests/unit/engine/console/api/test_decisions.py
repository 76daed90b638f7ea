"""What programs send for a decision."""

from __future__ import annotations

import inspect

import pytest
from pydantic import ValidationError

from bots.engine.console.api import words as w
from bots.engine.console.api.decisions import Offered, handler, offered
from bots.engine.decisions.decision import Decision
from tests.made_up import ASK_OWNER

SENT = {"seen": 1.0, "why": "Is it ours?"}


def body(*joined: Decision) -> type[w.Decision]:
    assert joined[0].address is not None
    made = handler(Offered(address=joined[0].address, joined=joined))
    found = inspect.signature(made).parameters["sent"].annotation
    assert issubclass(found, w.Decision)
    return found


def of(name: str) -> type[w.Decision]:
    [one] = [one for one in offered() if one.address.name == name]
    return body(*one.joined)


def test_a_time_is_sent_in_days_and_may_be_left_out() -> None:
    made = body(ASK_OWNER)
    assert made(**SENT).model_dump()["days"] == 7
    assert made(**SENT, days=2).model_dump()["days"] == 2
    for days in (0, -1, 367, "3"):
        with pytest.raises(ValidationError):
            made(**SENT, days=days)


def test_a_reference_is_wanted_unless_it_tells_joined_decisions_apart() -> None:
    with pytest.raises(ValidationError):
        of("saved")(**SENT)
    assert of("withdraw")(**SENT).model_dump()["reference"] is None


def test_one_that_asks_for_why_alone_takes_nothing_else() -> None:
    assert of("look-again") is w.Decision
    with pytest.raises(ValidationError):
        of("look-again")(**SENT, reference="C-7")


def test_every_address_is_of_one_name() -> None:
    names = [one.address.name for one in offered()]
    assert len(set(names)) == len(names)
    assert {"retry", "withdraw", "saved", "not-saved", "send-back"} <= set(names)
