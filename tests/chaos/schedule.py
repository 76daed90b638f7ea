"""What will go wrong in a chaos run, in which order: drawn from a seed before anything begins.

A run has three acts, because two things no bot can know. Where a search lies *and* the target takes
everything twice, nothing tells that a clerk keyed a case already; and where a clerk saves between our look
and our commit, only the target's own refusal tells. So the clerk's cases come after the lying searches, and
the clerk who races comes while the target refuses doubles.
"""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from itertools import cycle

from bots.engine.core.points import Point
from bots.processes.registry import find
from tests.chaos.mischief import DOUBLES, HALF_LIES, LIES, WASTE, Mischief, everywhere

BINS, MOVES, CLAIMS = "missed-bins", "council-tax-moves", "benefit-changes"
SYSTEM = {BINS: "waste", MOVES: "revenues", CLAIMS: "benefits"}
SYSTEMS_KEYED = tuple(SYSTEM.values())
_OF_NO_STEP = (Point.TAKEN, Point.FINISHED)
_PASSES = (1, 1, 2, 3)
_AT_RANDOM = 1 / 4  # of the kills: at no named point
_PEACE = 15.0  # seconds: an item in doubt may be looked for about 6 seconds after its intent
_HALF_LIES = 0.3  # of the rounds in which the target refuses doubles


class Act(StrEnum):
    LYING = "lying"  # searches are empty or late; the target takes everything twice
    HELPING = "helping"  # a clerk keyed some of the cases before; the target takes everything twice
    RACING = "racing"  # a clerk keys while the bots do; the target refuses what it has


class Blow(StrEnum):
    KILL = "kill"  # the worker process is gone at once
    FREEZE = "freeze"  # it stands still past its lease, and is woken
    BROWSER = "browser"  # its browser is gone; the worker is not
    DRIVER = "driver"  # what drives its browser stands still, it is gone itself, and then that wakes
    PREFECT = "prefect"  # it runs under a Prefect whose server is gone for a while


@dataclass(frozen=True, kw_only=True)
class Target:
    """Where a worker is hit: the N-th time that it comes by a point, of one step or of any.

    Without a point: after so many seconds of its life, wherever it is.
    """

    process: str
    point: Point | None = None
    step: str | None = None
    passes: int = 1
    seconds: float = 0.0


@dataclass(frozen=True, kw_only=True)
class Round:
    """One life of a worker: how it ends, and what is wrong with the council meanwhile."""

    act: Act
    blow: Blow
    target: Target
    mischief: Sequence[Mischief] = ()
    races: int = 0  # so many cases are keyed by the clerk while it works
    opening: bool = False  # one of the first of its act: what it armed is not mended before it is over
    peace: float = 0.0  # seconds that the next worker of this machine is left alone afterwards


def schedule(seed: int, kills: int, lease: float, *, prefect: bool = False) -> list[Round]:
    """The rounds of a run. Equal arguments give equal rounds."""
    chance = random.Random(f"{seed}/{kills}")
    targets = iter(_targets(chance))
    rounds: list[Round] = []
    everything = everywhere(lease)
    turns = {app: cycle(_mixed(chance, [m for m in everything if m.app == app])) for app in SYSTEM.values()}
    lies = cycle(_mixed(chance, HALF_LIES))
    for act, count in zip(Act, _shares(kills), strict=True):
        opening = _opening(act)
        left = count - sum(each.blow is Blow.KILL for each in opening)
        blows = _blows(chance, max(0, left), prefect=prefect)
        here = opening + [_round(chance, act, blow, targets) for blow in blows]
        for each in here:
            if each.opening:  # nothing else may come between
                rounds.append(each)
                continue
            more = [next(turns[SYSTEM[each.target.process]]) for _ in range(chance.choice((1, 1, 2)))]
            more += [next(lies)] if act is Act.RACING and chance.random() < _HALF_LIES else []
            rounds.append(replace(each, mischief=(*each.mischief, *more)))
    return rounds


def standing(act: Act, seed: int) -> Sequence[Mischief]:
    """What is wrong through a whole act."""
    if act is Act.LYING:
        return (*DOUBLES, LIES[seed % len(LIES)])
    return DOUBLES if act is Act.HELPING else ()


def every_point() -> Iterator[Target]:
    """Every place that has a name: each point of each step of each process."""
    for process in SYSTEM:
        for point in Point:
            if point in _OF_NO_STEP:
                yield Target(process=process, point=point)
                continue
            for step in find(process).steps:
                yield Target(process=process, point=point, step=step.name)


def _shares(kills: int) -> list[int]:
    """The kills of each act."""
    acts = len(Act)
    return [kills // acts + (number < kills % acts) for number in range(acts)]


def _targets(chance: random.Random) -> Iterator[Target]:
    """Without end: every named place in a mixed order, then again in another one, others in between."""
    while True:
        named = list(every_point())
        chance.shuffle(named)
        for target in named:
            if chance.random() < _AT_RANDOM:
                process = chance.choice(tuple(SYSTEM))
                yield Target(process=process, seconds=round(chance.uniform(0.5, 7.0), 2))
            yield replace(target, passes=chance.choice(_PASSES))


def _blows(chance: random.Random, kills: int, *, prefect: bool) -> list[Blow]:
    """The kills of an act, and the other blows among them."""
    others = [Blow.BROWSER] * max(1, kills // 12) + [Blow.FREEZE] * (kills // 15)
    others += [Blow.DRIVER] * (kills // 15)
    if prefect:
        others += [Blow.PREFECT] * max(1, kills // 40)
    blows = [Blow.KILL] * kills + others
    chance.shuffle(blows)
    return blows


def _round(chance: random.Random, act: Act, blow: Blow, targets: Iterator[Target]) -> Round:
    target = next(targets)
    if blow is not Blow.KILL:
        while target.point is None:  # only where it is known that something is in hand
            target = next(targets)
    races = chance.choice((0, 1, 1, 2)) if act is Act.RACING else 0
    return Round(act=act, blow=blow, target=target, races=races)


def _opening(act: Act) -> list[Round]:
    """What every run shows, however short it is, so that no guard goes untried."""

    def bins(blow: Blow, point: Point, passes: int, *mischief: Mischief, peace: float = 0.0) -> Round:
        target = Target(process=BINS, point=point, step="log-case", passes=passes)
        return Round(act=act, blow=blow, target=target, mischief=mischief, peace=peace, opening=True)

    if act is Act.LYING:
        return [
            # Only this machine can tell that its browser is gone, and may look whether the case was saved.
            bins(Blow.KILL, Point.ANSWERED, 2, peace=_PEACE),
            bins(Blow.FREEZE, Point.READ_BACK, 1),
            # With the request in hand: a worker that wakes sends it before it learns that its lease is gone.
            bins(Blow.FREEZE, Point.SENDING, 1),
            bins(Blow.DRIVER, Point.FIRING, 1),
        ]
    if act is Act.HELPING:
        wrong = Mischief(app=WASTE, fault="changed_default", times=2)
        cut = Mischief(app=WASTE, fault="cut_after_save", times=2)
        return [bins(Blow.KILL, Point.OUTCOME, 3, wrong), bins(Blow.KILL, Point.LOOKED, 3, cut)]
    return []


def _mixed(chance: random.Random, faults: Sequence[Mischief]) -> list[Mischief]:
    return chance.sample(faults, len(faults))
