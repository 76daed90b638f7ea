"""What a person would expect of holds, licences and sign-ins: plain Python, no queue."""

from __future__ import annotations

from dataclasses import dataclass

from .machine_time import Moment, Term


@dataclass(kw_only=True)
class Turn:
    """One account: whose turn it is to sign in, and whether the target said no."""

    holder: str | None = None
    term: Term | None = None
    refused: bool = False


class Guards:
    """Every method takes what the store answered, and says what is wrong about it, if anything."""

    def __init__(self) -> None:
        self.holds: list[str] = []
        self.licences: dict[tuple[str, str], Term] = {}
        self.turns: dict[tuple[str, str], Turn] = {}

    # ---- holds ------------------------------------------------------------------------------
    def release(self, scope: str) -> int:
        released = self.holds.count(scope)
        self.holds = [held for held in self.holds if held != scope]
        return released

    # ---- licences ---------------------------------------------------------------------------
    def licence(
        self, now: Moment, system: str, limit: int, holder: str, seconds: float, granted: bool
    ) -> None:
        self.licences = {
            key: term for key, term in self.licences.items() if key[0] != system or term.over(now) is not True
        }
        mine = self.licences.get((system, holder))
        others = [term for key, term in self.licences.items() if key[0] == system and key[1] != holder]
        if granted:
            living = [term for term in others if term.lives(now)]
            assert mine or len(living) < limit, "more sessions than the system has licences for"
            self.licences[system, holder] = Term(begun=now, length=seconds)
        else:
            assert mine is None or mine.over(now) is None, "who has a licence may keep it"
            assert len(others) + (mine is not None) >= limit, "a licence was free"

    # ---- sign-ins ---------------------------------------------------------------------------
    def begin(
        self, now: Moment, system: str, account: str, holder: str, seconds: float, answer: object
    ) -> None:
        turn = self.turns.setdefault((system, account), Turn())
        assert (answer == "sign-in-refused") == turn.refused, "only a person allows a refused sign-in again"
        if turn.refused:
            return
        others = turn.term if turn.holder not in (None, holder) else None
        if answer:
            assert others is None or not others.lives(now), "two sign in to one account at once"
            turn.holder, turn.term = holder, Term(begun=now, length=seconds)
        else:
            assert others is not None, "nobody else signs in"
            assert others.over(now) is not True, "the other one's turn is over"

    def end(self, system: str, account: str, holder: str, refused: bool) -> None:
        turn = self.turns.get((system, account))
        if turn is None:
            return
        if turn.holder == holder:
            turn.holder = turn.term = None
        turn.refused = turn.refused or refused

    def allow(self, system: str) -> int:
        refused = [turn for (of, _), turn in self.turns.items() if of == system and turn.refused]
        for turn in refused:
            turn.refused = False
        return len(refused)
