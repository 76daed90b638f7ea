"""The brake of the in-memory queue: what went wrong, what is held for it, and what lets it go on."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace

from bots.engine.core.brake import (
    BRAKE,
    LONGEST,
    OVERCOME,
    SIGN_IN,
    Cause,
    Let,
    Seen,
    Standing,
    Trouble,
    counts,
    enough,
    longer,
    may_begin,
    scopes,
    why,
)
from bots.engine.core.errors import Crowded
from bots.engine.core.item import Ending, Hold, State
from bots.engine.store.database.rows import new_id
from bots.engine.store.work.rules import CROWDED, SLACK, spared


@dataclass(kw_only=True)
class Braking:
    """One cause for which work is held."""

    cause: Cause
    first_wait: float
    wait: float
    prober: str | None = None


@dataclass(kw_only=True)
class MemoryBrake:
    """What went wrong and has not come to its end, how the rest of a brake's ended, and the holds."""

    now: Callable[[], float]
    holds: list[Hold] = field(default_factory=list)
    standing: list[Standing] = field(default_factory=list)
    ended: dict[str, set[Let]] = field(default_factory=dict)  # by brake
    brakes: dict[str, Braking] = field(default_factory=dict)

    def held(self, wanted: Sequence[str]) -> list[Hold]:
        found = [one for one in self.holds if not wanted or one.scope in wanted]
        return sorted((self._shown(one) for one in found), key=lambda one: (one.since, one.scope))

    def _shown(self, hold: Hold) -> Hold:
        return replace(hold, cause=self.brakes[hold.cause.brake].cause) if hold.cause else hold

    def passes(self, hold: Hold, holder: str) -> bool:
        """Whether this holder probes what is held."""
        return hold.cause is not None and self.brakes[hold.cause.brake].prober == holder

    def check_begin(self, system: str, step: str, in_flight: int, at_risk: int) -> None:
        known = [one for one in self.standing if one.system == system]
        if not may_begin(known, step, in_flight, at_risk):
            raise Crowded("crowded", CROWDED)

    # ---- something goes wrong -------------------------------------------------------------------
    def note(
        self,
        worker: str,
        item: str,
        process: str,
        ending: Ending,
        users: Mapping[str, Sequence[tuple[str, str]]],
    ) -> Ending:
        seen = ending.trouble
        if seen is None:
            self.end_probe(worker)
            return ending
        wait = self._note(item, process, seen, users)
        self.end_probe(worker, seen)
        if wait is None or seen.kind is not Trouble.STOP or ending.state is State.IN_DOUBT:
            return ending
        return spared(ending, wait)

    def _note(
        self, item: str, process: str, seen: Seen, users: Mapping[str, Sequence[tuple[str, str]]]
    ) -> float | None:
        now = self.now()
        self.standing = [
            replace(one, at=min(one.at, now)) if one.system == seen.system else one for one in self.standing
        ]
        known = [one for one in self.standing if one.system == seen.system]
        held = next((one for one in self._in_force() if _same(one.cause, seen)), None)
        before = next((one for one in known if one.of(seen) and one.item == item), None)
        mine = Standing(
            item=item,
            process=process,
            kind=seen.kind,
            code=seen.code,
            system=seen.system,
            place=seen.place,
            at=before.at if before is not None and before.counts else self.now(),
            counts=counts(seen, known, item),
            brake=held.cause.brake if held else None,
        )
        self.standing = [one for one in self.standing if _key(one) != _key(mine)] + [mine]
        if held:
            self._hold(held, [f"process:{process}"], seen, again=True)
            return held.wait
        number = sum(one.of(seen) and one.counts for one in self.standing)
        if number < seen.limit:
            return None
        self._brake(process, seen, number, users)
        return seen.wait

    def _brake(
        self, process: str, seen: Seen, number: int, users: Mapping[str, Sequence[tuple[str, str]]]
    ) -> None:
        probe = self.now() + seen.wait if seen.kind is Trouble.STOP else None
        cause = Cause(
            brake=new_id("brake"),
            kind=seen.kind,
            code=seen.code,
            system=seen.system,
            place=seen.place,
            count=number,
            probe=probe,
        )
        made = Braking(cause=cause, first_wait=seen.wait, wait=seen.wait)
        saves = seen.kind is not Trouble.STOP
        sharers = [name for name, pairs in users.items() if saves and (seen.place, seen.system) in pairs]
        wanted = scopes(seen, process, sharers, [one.cause for one in self._in_force()])
        self.brakes[cause.brake] = made
        self._hold(made, wanted, seen)
        self.standing = [replace(one, brake=cause.brake) if one.of(seen) else one for one in self.standing]

    def _hold(self, braking: Braking, wanted: Sequence[str], seen: Seen, *, again: bool = False) -> None:
        held = {one.scope for one in self.holds if one.cause and one.cause.brake == braking.cause.brake}
        if again and f"system:{seen.system}" in held:
            return
        for scope in wanted:
            if scope not in held:
                told = why(seen, braking.cause.count)
                hold = Hold(scope=scope, who=BRAKE, why=told, since=self.now(), cause=braking.cause)
                self.holds.append(hold)

    def _in_force(self) -> list[Braking]:
        names = {one.cause.brake for one in self.holds if one.cause is not None}
        return [self.brakes[name] for name in sorted(names)]

    # ---- something comes right ------------------------------------------------------------------
    def proven(self, item: str, process: str, system: str, step: str, *, saved: bool) -> None:
        for one in [each for each in self.standing if each.system == system]:
            if one.kind is Trouble.STOP:
                if one.process == process or one.place == SIGN_IN:
                    self._end(one, Let.PROVEN)
            elif one.place == step and one.item == item:
                self._end(one, Let.RIGHT)
            elif one.place == step and saved and one.kind is Trouble.DOUBT and one.brake is None:
                self._outlive(one)
        self._let_go(system)

    def settled(self, item: str, system: str, step: str, how: Let) -> None:
        for one in [each for each in self.standing if each.system == system]:
            if one.item == item and one.place == step and one.kind is not Trouble.STOP:
                self._end(one, how)
        self._let_go(system)

    def _outlive(self, one: Standing) -> None:
        if one.proven + 1 >= OVERCOME:
            self._end(one, Let.OVERCOME)
            return
        self.standing[self.standing.index(one)] = replace(one, proven=one.proven + 1)

    def _end(self, one: Standing, how: Let) -> None:
        self.standing.remove(one)
        if one.brake:
            self.ended.setdefault(one.brake, set()).add(how)

    def _let_go(self, system: str) -> None:
        for one in self._in_force():
            cause = one.cause
            if cause.system != system or cause.kind is Trouble.CHANGED:
                continue
            left = {each.process for each in self.standing if each.brake == cause.brake}
            stops = cause.kind is Trouble.STOP
            if self.ended.get(cause.brake, set()) <= enough(cause.kind):
                self.holds = [
                    each
                    for each in self.holds
                    if not each.cause or each.cause.brake != cause.brake or _stays(each.scope, left, stops)
                ]

    def closed(self, item: str) -> None:
        """A person closed an item: nothing of it will come right, so no hold waits for that."""
        for one in [each for each in self.standing if each.item == item]:
            if one.kind is Trouble.STOP or one.brake is None:
                self._end(one, Let.RELEASED)
                self._let_go(one.system)

    def release(self, scope: str, until: float | None) -> int:
        mine = [one for one in self.holds if one.scope == scope and (until is None or one.since <= until)]
        causes = {one.cause.brake for one in mine if one.cause}
        self.holds = [
            one
            for one in self.holds
            if one not in mine and not (one.cause is not None and one.cause.brake in causes)
        ]
        kind, _, name = scope.partition(":")
        for one in list(self.standing):
            named = {"system": one.system, "process": one.process}.get(kind) == name
            if one.brake in causes or (one.kind is Trouble.STOP and named):
                self._end(one, Let.RELEASED)
                self._let_go(one.system)
        return len(mine)

    # ---- probing --------------------------------------------------------------------------------
    def probe(self, wanted: Collection[str], holder: str, seconds: float) -> bool:
        held = [one for one in self.holds if one.scope in wanted]
        brakes = [self.brakes[one.cause.brake] for one in held if one.cause]
        if not held or len(brakes) < len(held) or not all(self._due(one, seconds) for one in brakes):
            return False
        for one in brakes:
            one.prober, one.cause = holder, replace(one.cause, probe=self.now() + seconds)
        return True

    def _due(self, one: Braking, seconds: float) -> bool:
        furthest = self.now() + max(LONGEST * one.first_wait, seconds) + SLACK
        return one.cause.probe is not None and not self.now() < one.cause.probe <= furthest

    def end_probe(self, holder: str, seen: Seen | None = None) -> None:
        for one in self.brakes.values():
            if one.prober != holder:
                continue
            again = seen is not None and seen.kind is Trouble.STOP and seen.system == one.cause.system
            one.wait = longer(one.wait, one.first_wait) if again else one.wait
            one.prober = None
            one.cause = replace(one.cause, probe=self.now() + (one.wait if again else 0.0))


def _same(one: Cause, seen: Seen) -> bool:
    return (one.kind, one.system, one.place, one.code if one.kind is Trouble.STOP else "") == seen.cause


def _stays(scope: str, left: Collection[str], stops: bool) -> bool:
    """`left`: processes of what still speaks for a hold. A stop holds each process for its own."""
    return any(scope == f"process:{name}" for name in left) if stops and "process:" in scope else bool(left)


def _key(one: Standing) -> tuple[str, str, str, str]:
    return (one.item, one.kind, one.system, one.place)
