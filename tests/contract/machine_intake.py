"""What a person would expect of a hand-in: known rows, new rows, and rows that say something else."""

from __future__ import annotations

from collections.abc import Sequence

from bots.engine.core.item import AddOutcome, State

from .machine_case import CHANGED, Case, Memory
from .machine_time import Moment


class Intake(Memory):
    """The part of the model that grows."""

    def hand_in(
        self, now: Moment, batch: int, rows: Sequence[tuple[str, str, str | None]]
    ) -> list[AddOutcome]:
        return [self._row(now, batch, *row) for row in rows]

    def _row(self, now: Moment, batch: int, name: str, data: str, code: str | None) -> AddOutcome:
        twice = (batch, name) in self.rows
        self.rows.append((batch, name))
        case = self.cases.get(name)
        if case is None:
            self._add(now, name, data, code)
            return AddOutcome.ADDED
        if data in (case.data, case.said):
            return AddOutcome.SAME
        news = data not in case.seen
        case.seen.add(data)
        if news and not twice and self._open_to_correction(case):
            self._correct(case, data, code)
            return AddOutcome.UPDATED
        self._tell(case, data)
        return AddOutcome.CHANGED

    def _add(self, now: Moment, name: str, data: str, code: str | None) -> None:
        state = State.EXCEPTION if code else State.NEW
        created = (now.wall, len(self.cases))
        self.cases[name] = Case(name=name, data=data, said=data, created=created, state=state, code=code)
        self.cases[name].story.append((None, state))

    def _open_to_correction(self, case: Case) -> bool:
        waits = case.state in (State.NEW, State.EXCEPTION) and case.code != CHANGED
        return waits and not case.proofs and case.data == case.said

    def _correct(self, case: Case, data: str, code: str | None) -> None:
        case.seen.add(case.data)
        case.data = case.said = data
        case.version, case.attempts = case.version + 1, 0
        case.becomes(State.EXCEPTION if code else State.NEW, code)

    def _tell(self, case: Case, data: str) -> None:
        case.said = data
        if case.state in (State.IN_PROGRESS, State.IN_DOUBT):
            case.told_later = True
            case.story.append((case.state, case.state))
        else:
            case.becomes(State.EXCEPTION, CHANGED)
