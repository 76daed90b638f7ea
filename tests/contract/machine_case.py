"""What a person remembers of one item, and of all of them: the values of the model."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from bots.engine.core.item import IntentStatus, State
from bots.engine.core.queue import NEVER

from .machine_time import Moment, Term

OK, LOST, NONSENSE = "ok", "lease-lost", "ValueError"
CHANGED = "changed-at-source"


@dataclass(frozen=True, kw_only=True)
class Hold:
    """A lease in a worker's hand. The worker may hold on to it long after it is over."""

    name: str
    token: int
    version: int  # of the record that the worker keys


@dataclass(frozen=True, kw_only=True)
class Proof:
    """A receipt."""

    reference: str
    proven: bool


@dataclass(kw_only=True)
class Commit:
    """An intent: somebody was allowed to save."""

    name: str
    step: str
    system: str
    digest: str
    wait: Term  # until nothing can arrive any more
    status: IntentStatus = IntentStatus.OPEN


@dataclass(kw_only=True)
class Case:
    """One item."""

    name: str
    data: str
    said: str  # by the source, last
    created: tuple[float, int]
    state: State = State.NEW
    code: str | None = None
    version: int = 1
    attempts: int = 0
    priority: int = 0
    token: int = 0
    lease: Term | None = None
    deferred: Term | None = None
    told_later: bool = False  # a correction waits for the worker's end
    seen: set[str] = field(default_factory=set)  # versions that came and went
    proofs: dict[str, Proof] = field(default_factory=dict)
    commits: list[Commit] = field(default_factory=list)
    story: list[tuple[State | None, State]] = field(default_factory=list)

    def open(self) -> Commit | None:
        return next((commit for commit in self.commits if commit.status is IntentStatus.OPEN), None)

    def becomes(self, state: State, code: str | None = None) -> None:
        self.story.append((self.state, state))
        self.state, self.code = state, code

    def let_go(self, state: State, code: str | None) -> None:
        """A lease ends; a correction that waited is told now, unless it is still in doubt."""
        self.lease = None
        if self.told_later and self.open() is None:
            state, code, self.told_later = State.EXCEPTION, CHANGED, False
        self.becomes(state, code)

    def due(self, now: Moment) -> bool | None:
        return True if self.deferred is None else self.deferred.over(now)

    def ripe(self, now: Moment) -> bool | None:
        """Whether what is in doubt may be looked up."""
        commit = self.open()
        parts = (self.due(now), commit.wait.waited(now) if commit else False)
        return False if False in parts else None if None in parts else True

    def waits_for(self) -> list[Term] | None:
        """What must be over before anything happens without a person; None: only a person moves it on."""
        deferred = [self.deferred] if self.deferred else []
        if self.state is State.NEW:
            return deferred
        if self.lease:
            return [self.lease]
        commit = self.open()
        if commit is None or (self.deferred and self.deferred.ends >= NEVER):
            return None
        return [*deferred, commit.wait]


class Memory:
    """All items. `steps`: the system of each step, in order."""

    def __init__(self, steps: Mapping[str, str]) -> None:
        self.steps = dict(steps)
        self.cases: dict[str, Case] = {}
        self.commits: list[Commit] = []
        self.rows: list[tuple[int, str]] = []  # of all hand-ins: which, and the item

    def moments(self, now: Moment) -> tuple[list[float], bool]:
        """When something can be taken or a lease ends, and whether the clock was never set back meanwhile."""
        terms = [terms for case in self.cases.values() if (terms := case.waits_for()) is not None]
        sure = all(term.begun.backs == now.backs for some in terms for term in some)
        return [max((term.ends for term in some), default=0.0) for some in terms], sure

    def owner(self, step: str, reference: str) -> str:
        """The item whose receipt an entry of the target is; nothing for nobody."""
        proofs = ((case.name, case.proofs.get(step)) for case in self.cases.values())
        return next((name for name, proof in proofs if proof and proof.reference == reference), "")

    def rivals(self, step: str, digest: str, but: str) -> int:
        commits = [commit for case in self.cases.values() if (commit := case.open()) and case.name != but]
        return len([commit for commit in commits if (commit.step, commit.digest) == (step, digest)])

    def saved_unseen(self, but: str, mine: tuple[str, str, str]) -> bool:
        """Whether another item of the same case has a receipt for an entry that the worker did not see: at
        the desk every worker sees one, C-1."""
        for case in self.cases.values():
            same = any((commit.step, commit.system, commit.digest) == mine for commit in case.commits)
            proof = case.proofs.get(mine[0])
            if case.name != but and same and proof is not None and proof.reference != "C-1":
                return True
        return False

    def keeps(self, case: Case, step: str, reference: str) -> str:
        """Whether an entry of the target can be the proof of this step of this item."""
        if self.owner(step, reference) not in ("", case.name):
            return "already-in-target"
        mine = case.proofs.get(step)
        return OK if mine is None or mine.reference == reference else "second-receipt"

    def settled(self, now: Moment, commit: Commit, seen: str, refusal: str) -> bool:
        """Whether nothing of an intent can arrive any more."""
        waited = commit.wait.waited(now)
        return seen != refusal if waited is None else waited
