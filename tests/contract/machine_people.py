"""What a person would expect of people's own decisions."""

from __future__ import annotations

from bots.engine.core.item import IntentStatus, State

from .machine_case import OK, Case, Memory, Proof
from .machine_time import Moment, Term


class People(Memory):
    """The part of the model that people move."""

    def _asked(self, name: str, *states: State) -> str:
        if name not in self.cases:
            return "unknown-item"
        return OK if self.cases[name].state in states else "wrong-state"

    def retry(self, name: str, data: str | None) -> str:
        if (word := self._asked(name, State.EXCEPTION)) != OK:
            return word
        case = self.cases[name]
        if data is not None and data != case.data:
            if case.proofs:
                return "part-done"
            case.data, case.version = data, case.version + 1
        self._renew(case, None)
        return OK

    def defer(self, now: Moment, name: str, seconds: float) -> str:
        if (word := self._asked(name, State.NEW, State.EXCEPTION)) == OK:
            self._renew(self.cases[name], Term(begun=now, length=seconds))
        return word

    def _renew(self, case: Case, deferred: Term | None) -> None:
        case.deferred, case.attempts = deferred, 0
        case.becomes(State.NEW)

    def withdraw(self, name: str, reference: str | None) -> str:
        word = self._asked(name, State.NEW, State.EXCEPTION, State.AWAITING_APPROVAL)
        if word != OK:
            return word
        case = self.cases[name]
        if reference:
            left = [step for step in self.steps if step not in case.proofs]
            if not left:
                return "nothing-left"
            if (word := self.keeps(case, left[0], reference)) != OK:
                return word
            case.proofs[left[0]] = Proof(reference=reference, proven=False)
        case.becomes(State.WITHDRAWN)
        return OK

    def decide(self, now: Moment, name: str, reference: str | None, seen: str) -> str:
        if (word := self._asked(name, State.IN_DOUBT)) != OK:
            return word
        case = self.cases[name]
        commit = case.open()
        assert commit is not None, f"{name} is in doubt about nothing"
        if reference is not None and not reference.strip():
            return "no-reference"
        if not self.settled(now, commit, seen, "too-early"):
            return "too-early"
        if reference is not None:
            if (word := self.keeps(case, commit.step, reference)) != OK:
                return word
            case.proofs.setdefault(commit.step, Proof(reference=reference, proven=False))
        commit.status = IntentStatus.ABSENT if reference is None else IntentStatus.RECEIPTED
        case.deferred, case.attempts = None, 0
        case.let_go(State.NEW, None)
        return OK
