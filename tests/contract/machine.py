"""What a person would expect of the queue: the model that the machine asks, in plain Python.

It shares no code with the queues. Every method carries one event through and returns the word that the store
should have answered: "ok", or the code of the refusal. `seen` is the word that it did answer; it matters only
where the clock was set back and a store may say either.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping

from bots.engine.core.item import IntentStatus, State

from .machine_case import LOST, NONSENSE, OK, Case, Commit, Hold, Proof
from .machine_intake import Intake
from .machine_people import People
from .machine_time import Moment, Term


class Model(Intake, People):
    """All items, and how each event should end."""

    # ---- leases -----------------------------------------------------------------------------
    def expire(self, now: Moment, tokens: Mapping[str, int]) -> int:
        """`tokens`: as the store shows them afterwards; they tell what it cleared up where it may choose."""
        gone = [case for case in self.cases.values() if case.lease and self._gone(case, now, tokens)]
        for case in gone:
            case.token += 1
            case.deferred = None
            case.let_go(State.IN_DOUBT if case.open() else State.NEW, None)
        return len(gone)

    def _gone(self, case: Case, now: Moment, tokens: Mapping[str, int]) -> bool:
        over = case.lease.over(now) if case.lease else None
        return tokens[case.name] > case.token if over is None else over

    def take(self, now: Moment, seconds: float, taken: str | None, tokens: Mapping[str, int]) -> None:
        self.expire(now, tokens)
        new = {case.name: case.due(now) for case in self.cases.values() if case.state is State.NEW}
        order = {name: (-self.cases[name].priority, *self.cases[name].created) for name in new}
        self._choose(new, order, taken)
        self._lease(now, seconds, taken)

    def take_in_doubt(
        self, now: Moment, seconds: float, taken: str | None, tokens: Mapping[str, int]
    ) -> None:
        self.expire(now, tokens)
        doubtful = [case for case in self.cases.values() if case.state is State.IN_DOUBT]
        ripe = {case.name: case.ripe(now) for case in doubtful}
        order = {c.name: (c.commits[-1].wait.begun.wall, *c.created) for c in doubtful}
        self._choose(ripe, order, taken)
        self._lease(now, seconds, taken)

    def _choose(
        self, ready: Mapping[str, bool | None], order: Mapping[str, tuple[float, ...]], taken: str | None
    ) -> None:
        sure = [name for name, is_ready in ready.items() if is_ready]
        if taken is None:
            assert not sure, f"{sure} could be taken"
            return
        assert ready.get(taken, False) is not False, f"{taken} could not be taken yet"
        assert all(order[taken] <= order[name] for name in sure), f"{taken} was not the next"

    def _lease(self, now: Moment, seconds: float, name: str | None) -> None:
        if name is None:
            return
        case = self.cases[name]
        case.lease = Term(begun=now, length=seconds)
        case.token, case.attempts = case.token + 1, case.attempts + 1
        case.becomes(State.IN_PROGRESS, case.code)

    def hold(self, name: str) -> Hold:
        case = self.cases[name]
        return Hold(name=name, token=case.token, version=case.version)

    def _writes(self, now: Moment, hold: Hold, seen: str) -> bool:
        """Only the youngest lease of an item writes, and only while it lasts."""
        case = self.cases[hold.name]
        if case.token != hold.token or case.lease is None:
            return False
        over = case.lease.over(now)
        return seen != LOST if over is None else not over

    def extend(self, now: Moment, hold: Hold, seconds: float, seen: str) -> str:
        if not self._writes(now, hold, seen):
            return LOST
        self.cases[hold.name].lease = Term(begun=now, length=seconds)
        return OK

    def finish(
        self,
        now: Moment,
        hold: Hold,
        state: State,
        *,
        code: str | None,
        delay: float,
        counts: bool,
        seen: str,
    ) -> str:
        if not self._writes(now, hold, seen):
            return LOST
        case = self.cases[hold.name]
        doubtful = case.open() is not None
        if not self._may_end(case, state, doubtful):
            return NONSENSE
        case.deferred = Term(begun=now, length=delay) if delay else None
        case.attempts -= 0 if counts else 1
        case.let_go(State.IN_DOUBT if doubtful else state, code)
        return OK

    def _may_end(self, case: Case, state: State, doubtful: bool) -> bool:
        if state in (State.IN_PROGRESS, State.WITHDRAWN):
            return False
        if doubtful or state in (State.NEW, State.EXCEPTION, State.AWAITING_APPROVAL):
            return True
        return state is State.DONE and set(self.steps) <= set(case.proofs)

    # ---- commits ----------------------------------------------------------------------------
    def intend(
        self,
        now: Moment,
        hold: Hold,
        *,
        step: str,
        digest: str,
        window: float,
        settle: float,
        held: Collection[str],
        seen: str,
    ) -> str:
        case, system = self.cases[hold.name], self.steps[step]
        if not self._writes(now, hold, seen) or not self._may_commit(now, case, hold, step, window):
            return LOST
        if {"all", f"system:{system}", "process:missed-bins"} & set(held):
            return "held"
        mine = (step, system, digest)
        others = (other.open() for other in self.cases.values())
        if any(commit and (commit.step, commit.system, commit.digest) == mine for commit in others):
            return "same-values-in-doubt"
        if self.saved_unseen(case.name, mine):
            return "same-case-saved"
        wait = Term(begun=now, length=window + settle)
        commit = Commit(name=case.name, step=step, system=system, digest=digest, wait=wait)
        case.commits.append(commit)
        self.commits.append(commit)
        return OK

    def _may_commit(self, now: Moment, case: Case, hold: Hold, step: str, window: float) -> bool:
        outlasts = case.lease is not None and case.lease.ends >= now.wall + window
        as_keyed = case.version == hold.version and not case.told_later
        return outlasts and as_keyed and case.open() is None and step not in case.proofs

    def close(self, now: Moment, hold: Hold, commit: Commit, status: IntentStatus, seen: str) -> str:
        if not self._writes(now, hold, seen):
            return LOST
        if status not in (IntentStatus.REFUSED, IntentStatus.ABSENT):
            return NONSENSE
        if status is IntentStatus.ABSENT and not self.settled(now, commit, seen, NONSENSE):
            return NONSENSE
        if commit.name != hold.name or commit.status is not IntentStatus.OPEN:
            return "intent-closed"
        commit.status = status
        return OK

    def receipt(
        self,
        now: Moment,
        hold: Hold,
        step: str,
        reference: str,
        commit: Commit | None,
        seen: str,
        proven: bool = True,
    ) -> str:
        if commit is not None and commit.step != step:
            return NONSENSE
        if not self._writes(now, hold, seen):
            return LOST
        case = self.cases[hold.name]
        word = self.keeps(case, step, reference)
        fresh = step not in case.proofs
        if word != OK:
            return word
        if commit is not None and (commit.name != case.name or commit.status is not IntentStatus.OPEN):
            return "intent-closed" if fresh else OK
        case.proofs.setdefault(step, Proof(reference=reference, proven=proven))
        if commit is not None:
            commit.status = IntentStatus.RECEIPTED
        return OK

    def confirm(self, now: Moment, hold: Hold, step: str, seen: str) -> str:
        if not self._writes(now, hold, seen):
            return LOST
        proofs = self.cases[hold.name].proofs
        if step not in proofs or proofs[step].proven:
            return NONSENSE
        proofs[step] = Proof(reference=proofs[step].reference, proven=True)
        return OK

    def retract(self, now: Moment, hold: Hold, step: str, seen: str) -> str:
        if not self._writes(now, hold, seen):
            return LOST
        case = self.cases[hold.name]
        if step not in case.proofs or case.proofs[step].proven:
            return NONSENSE
        del case.proofs[step]
        case.story.append((case.state, case.state))
        return OK
