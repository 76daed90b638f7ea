"""What an error makes of an item: its state, its code, when it is taken again, and who is told."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from bots.engine.core.brake import AT_RISK, SIGN_IN, Trouble
from bots.engine.core.errors import (
    BusinessException,
    Busy,
    ConfigurationError,
    Crowded,
    Held,
    LeaseLost,
    NeedsApproval,
    ScreenChanged,
    SignedOut,
    StoreAway,
    SystemClosed,
    SystemException,
    Unclear,
    Unresolved,
)
from bots.engine.core.item import Ending, Kind, Lease, Receipt, State
from bots.engine.core.queue import NEVER
from bots.engine.evidence import Evidence
from bots.engine.keying.attempt import Attempt
from bots.engine.keying.boundary import TOO_LONG, Boundary, unexpected
from bots.engine.keying.run import Run

from .small_office import PROCESS, Office
from .small_systems import SmallSystems
from .small_target import LETTER, POST, STEP, SYSTEM, Letter, Listed

HOLDER = "w/1"
MOST = 12


class Bench:
    """One item in hand, and the boundary that it comes to."""

    def __init__(self, office: Office, lease: Lease, folder: Path | None = None) -> None:
        self.office = office
        self.systems: SmallSystems = office.systems(office.a_life(), lambda _: None)
        self.attempt = Attempt(lease=lease, holder=HOLDER, began=7.0, step=STEP)
        self.run: Run = office.clock.a_run(
            process=PROCESS, most=None, shadow=False, total=1, stop=asyncio.Event(), on_progress=None
        )
        self.boundary = Boundary(
            process=office.a_process(),
            queue=office.queue,
            systems=self.systems,
            evidence=Evidence(folder or office.folder),
            look_again=10.0,
            most_takes=MOST,
        )

    def raising(self, error: Exception, *, session: bool = True) -> Ending | None:
        async def work(run: Run, attempt: Attempt) -> Ending:
            attempt.system = SYSTEM
            if session:
                await (await self.systems.enter(SYSTEM, HOLDER)).open("new")
            raise error

        return self.office.clock.run(self.boundary.ending(self.run, self.attempt, work))

    @property
    def session(self) -> bool:
        return self.systems.current(SYSTEM, HOLDER) is not None

    def halted(self) -> tuple[str, bool]:
        return self.run.stopped, self.run.blocked


@pytest.fixture
def fresh(office: Office) -> Bench:
    """An item of which nothing was saved."""
    office.hand_in("a")
    return Bench(office, office.lease())


@pytest.fixture
def doubted(office: Office) -> Bench:
    """An item that is looked up because it is in doubt."""
    office.doubted("a")
    return Bench(office, office.doubt())


def attempt_number(bench: Bench, number: int) -> None:
    lease = bench.attempt.lease
    bench.attempt.lease = replace(lease, item=replace(lease.item, attempts=number))


Told = dict[str, Any]
ON = {"stopped": "", "session": True}
LEFT = {"stopped": "", "session": False}
CASES: list[tuple[Exception, Told]] = [
    (BusinessException("no", "No."), ON | {"state": State.EXCEPTION, "kind": Kind.BUSINESS}),
    (
        NeedsApproval("no", "No."),
        ON | {"state": State.AWAITING_APPROVAL, "kind": Kind.BUSINESS, "counts": False},
    ),
    (
        Unclear("no", "No."),
        LEFT | {"state": State.IN_DOUBT, "delay": NEVER, "closed": True, "trouble": Trouble.CHANGED},
    ),
    (Unresolved("no", "No."), LEFT | {"state": State.IN_DOUBT, "closed": True, "trouble": Trouble.DOUBT}),
    (Held("held", "No."), ON | {"state": State.NEW, "counts": False}),
    (Held("daily-limit", "No."), {"state": State.NEW, "counts": False, "stopped": "No.", "session": True}),
    (
        SystemClosed("no", "No."),
        {"state": State.NEW, "counts": False, "stopped": "No.", "blocked": True, "session": False},
    ),
    (
        ConfigurationError("no", "No."),
        {"state": State.NEW, "counts": False, "stopped": "No.", "blocked": True, "session": False},
    ),
    (Crowded("no", "No."), ON | {"state": State.NEW, "counts": False, "delay": 30.0}),
    (
        SystemException("no", "No."),
        LEFT | {"state": State.NEW, "delay": 30.0, "closed": True, "trouble": Trouble.STOP},
    ),
    (SignedOut("no", "No."), LEFT | {"state": State.NEW, "closed": True, "trouble": Trouble.STOP}),
    (Busy("no", "No."), ON | {"state": State.NEW, "delay": 30.0, "closed": True}),
    (ScreenChanged("no", "No."), LEFT | {"state": State.EXCEPTION, "closed": True, "trouble": Trouble.STOP}),
    (StoreAway("store-failed", "No."), LEFT | {"state": State.NEW, "delay": 30.0, "closed": True}),
    (ValueError("Ann"), LEFT | {"state": State.EXCEPTION, "closed": True, "trouble": Trouble.STOP}),
]


@pytest.mark.parametrize(("error", "told"), CASES, ids=lambda one: getattr(one, "code", type(one).__name__))
def test_an_item_that_was_to_be_keyed(fresh: Bench, error: Exception, told: Told) -> None:
    ending = fresh.raising(error)
    assert ending is not None
    assert ending.state is told["state"]
    assert ending.kind is told.get("kind", ending.kind)
    assert ending.code == getattr(error, "code", "unexpected")
    assert ending.sentence
    assert ending.count_attempt is told.get("counts", True)
    assert ending.delay == told.get("delay", 0.0)
    assert ending.writer_closed is told.get("closed", False)
    assert (ending.trouble.kind if ending.trouble else None) is told.get("trouble")
    assert fresh.halted() == (told["stopped"], told.get("blocked", False))
    assert fresh.session is told["session"]


LOOKED: list[tuple[Exception, Told]] = [
    (Unclear("no", "No."), {"delay": NEVER, "session": True}),
    (Unresolved("no", "No."), {"delay": 10.0, "session": True}),
    (Held("held", "No."), {"session": True}),
    (SystemClosed("no", "No."), {"session": False}),
    (Crowded("no", "No."), {"delay": 30.0, "session": True}),
    (Busy("no", "No."), {"delay": 10.0, "session": True}),
    (SystemException("no", "No."), {"delay": 10.0, "session": False, "trouble": Trouble.STOP}),
    (ScreenChanged("no", "No."), {"delay": 10.0, "session": False, "trouble": Trouble.STOP}),
    (ValueError("Ann"), {"delay": 10.0, "session": False, "trouble": Trouble.STOP}),
]


@pytest.mark.parametrize(("error", "told"), LOOKED, ids=lambda one: getattr(one, "code", type(one).__name__))
def test_an_item_in_doubt_stays_so_and_a_look_is_no_attempt(
    doubted: Bench, error: Exception, told: Told
) -> None:
    intent = doubted.attempt.lease.intent
    assert intent is not None
    doubted.office.clock.passed += intent.settled - doubted.office.clock.now
    ending = doubted.raising(error)
    assert ending is not None
    assert ending.state is State.IN_DOUBT
    assert ending.count_attempt is False
    assert ending.delay == pytest.approx(told.get("delay", 0.0))
    assert not ending.writer_closed, "the browser that was to save is another one"
    assert (ending.trouble.kind if ending.trouble else None) is told.get("trouble")
    assert doubted.session is told["session"]


def test_without_the_lease_nothing_is_to_be_written(fresh: Bench) -> None:
    assert fresh.raising(LeaseLost("lease-lost", "It is another's.")) is None
    assert not fresh.session


@pytest.mark.parametrize(
    ("waited", "rest"), [(-30.0, 10.0), (0.0, 10.0), (25.0, 25.0), (600.0, 600.0), (5000.0, 640.0)]
)
def test_looks_at_a_doubt_are_as_far_apart_as_it_lasts_by_now(
    doubted: Bench, waited: float, rest: float
) -> None:
    intent = doubted.attempt.lease.intent
    assert intent is not None
    page = 2 * doubted.office.target.takes  # the sign-in and a screen
    doubted.office.clock.passed += intent.settled + waited - page - doubted.office.clock.now
    ending = doubted.raising(Unresolved("no", "No."))
    assert ending is not None
    assert ending.delay == pytest.approx(rest)


# ---- trying again -------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("error", "number", "state", "delay"),
    [
        (SystemException("no", "No."), 1, State.NEW, 30.0),
        (SystemException("no", "No."), 2, State.NEW, 60.0),
        (SystemException("no", "No."), 3, State.EXCEPTION, 0.0),
        (SignedOut("no", "No."), 3, State.NEW, 0.0),
        (SignedOut("no", "No."), MOST, State.EXCEPTION, 0.0),
        (Busy("no", "No."), 5, State.NEW, 480.0),
        (Busy("no", "No."), 11, State.NEW, 480.0),
        (Busy("no", "No."), MOST, State.EXCEPTION, 0.0),
    ],
)
def test_how_often_and_when_it_is_tried_again(
    fresh: Bench, error: SystemException, number: int, state: State, delay: float
) -> None:
    attempt_number(fresh, number)
    ending = fresh.raising(error)
    assert ending is not None
    assert (ending.state, ending.delay, ending.kind) == (state, delay, Kind.SYSTEM)
    assert ending.count_attempt


# ---- what the brake is told ---------------------------------------------------------------------
def test_a_stop_is_told_with_the_screen_on_which_it_was_met(fresh: Bench) -> None:
    ending = fresh.raising(SystemException("no", "No."))
    assert ending is not None
    assert ending.trouble is not None
    seen = ending.trouble
    assert (seen.system, seen.place, seen.code, seen.began) == (SYSTEM, "new", "no", 7.0)
    assert (seen.wait, seen.at_risk) == (30.0, AT_RISK)


def test_a_stop_before_there_was_a_session_is_one_of_the_sign_in(fresh: Bench) -> None:
    ending = fresh.raising(SystemException("no", "No."), session=False)
    assert ending is not None
    assert ending.trouble is not None
    assert ending.trouble.place == SIGN_IN


def test_a_doubt_is_told_with_its_step(fresh: Bench) -> None:
    ending = fresh.raising(Unresolved("no", "No."))
    assert ending is not None
    assert ending.trouble is not None
    assert (ending.trouble.place, ending.trouble.at_risk) == (STEP, AT_RISK)


@pytest.mark.parametrize("code", ["commit-half", "commit-other-request"])
def test_a_save_of_which_a_part_was_stopped_is_one_too_many(fresh: Bench, code: str) -> None:
    ending = fresh.raising(Unclear(code, "Half."))
    assert ending is not None
    assert ending.trouble is not None
    assert ending.trouble.limit == 1


# ---- what people are told -----------------------------------------------------------------------
def test_a_mistake_of_our_own_is_told_without_its_message(fresh: Bench) -> None:
    ending = fresh.raising(ValueError("Ann Sample, 3 High Street"))
    assert ending is not None
    assert ending.sentence
    assert "Ann" not in ending.sentence + str(ending.detail)
    assert "ValueError" in ending.sentence
    assert any(place.startswith("test_boundary.py:") for place in ending.detail["places"])
    assert not unexpected(ValueError("Ann")).retriable


def test_people_see_the_screen_on_which_it_was(fresh: Bench) -> None:
    ending = fresh.raising(BusinessException("no", "No.", {"found": 3}))
    assert ending is not None
    kept = Evidence(fresh.office.folder).look(ending.detail["evidence"])
    assert kept.whole
    assert ending.detail["found"] == 3


def test_without_a_screen_there_is_nothing_to_see(fresh: Bench) -> None:
    ending = fresh.raising(BusinessException("no", "No."), session=False)
    assert ending is not None
    assert ending.detail["evidence"] is None


def test_a_picture_that_cannot_be_kept_changes_nothing(office: Office, tmp_path: Path) -> None:
    office.hand_in("a")
    full = tmp_path / "a-file"
    full.write_text("")
    ending = Bench(office, office.lease(), full).raising(BusinessException("no", "No."))
    assert ending is not None
    assert (ending.state, ending.detail["evidence"]) == (State.EXCEPTION, None)


@pytest.mark.parametrize(
    ("error", "words"),
    [
        (
            BusinessException("no", "No."),
            "No. In the target: Log the case. Not in the target: Write the letter.",
        ),
        (
            Unresolved("no", "No."),
            "No. In the target: Log the case. Not known whether in the target: Write the letter.",
        ),
    ],
)
def test_of_several_steps_people_are_told_which_are_in_the_target(
    an_office: Callable[..., Office], error: Exception, words: str
) -> None:
    office = an_office(steps=(Listed(), Letter()))
    office.hand_in("a")
    bench = Bench(office, office.lease())
    proof = Receipt(item="a", step=STEP, system=SYSTEM, reference="R1", values={"key": "a"})
    bench.attempt.proven[STEP] = proof
    ending = bench.raising(error)
    assert ending is not None
    assert ending.sentence == words
    assert ending.detail["in_target"] == {STEP: "R1", LETTER: None}
    assert POST not in ending.sentence


# ---- too long -----------------------------------------------------------------------------------
@pytest.mark.parametrize(("number", "state", "delay"), [(1, State.NEW, 30.0), (3, State.EXCEPTION, 0.0)])
def test_an_item_that_took_too_long(fresh: Bench, number: int, state: State, delay: float) -> None:
    attempt_number(fresh, number)
    fresh.attempt.system = SYSTEM
    ending = fresh.boundary.overran(fresh.attempt, "Too long.")
    assert (ending.state, ending.delay, ending.code) == (state, delay, TOO_LONG)
    assert ending.count_attempt
    assert ending.trouble is not None
    assert ending.trouble.kind is Trouble.STOP


def test_a_look_that_took_too_long_is_no_attempt(doubted: Bench) -> None:
    ending = doubted.boundary.overran(doubted.attempt, "Too long.")
    assert (ending.state, ending.delay, ending.count_attempt) == (State.IN_DOUBT, 10.0, False)
    assert ending.trouble is None, "it was on no system yet"
