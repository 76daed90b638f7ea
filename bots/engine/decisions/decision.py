"""A decision that staff can take about an item: its rules, and the words for it wherever it is offered.

The console's pages and addresses, the interface for programs, the commands and a table of the runbook are
made of these. What one asks for besides a reason is an `Ask`.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass
from enum import StrEnum

from ..core.decision import Answers, Case, Change
from ..core.item import Receipt, State, Transition, WorkItem
from ..core.people import Role


class Asked(StrEnum):
    """What can be asked for besides a reason: a field of `Answers`."""

    REFERENCE = "reference"
    RECORD = "record"
    SECONDS = "seconds"


class Weight(StrEnum):
    """How a button looks."""

    PRIMARY = ""
    SECONDARY = "secondary"
    WARNING = "warning"


@dataclass(frozen=True, kw_only=True)
class Ask:
    """`question`: on the page; `described`: for programs; `option` and `help`: of the command. `default`:
    seconds, where nothing is said; None: it must be."""

    what: Asked
    question: str = ""
    described: str = ""
    option: str = ""
    help: str = ""
    default: float | None = None


@dataclass(frozen=True, kw_only=True)
class Form:
    """How it is asked on the item's page. `why`: the question; without one the history has `unasked`."""

    at: tuple[State, ...]  # in which it is offered
    button: str
    weight: Weight = Weight.SECONDARY
    why: str = ""
    unasked: str = ""
    hint: str = ""  # what comes of it; *stressed* between stars
    hint_without_files: str = ""  # the same, for what is read from a system's screens
    untouched: bool = False  # offered only while nothing of it is in a target


@dataclass(frozen=True, kw_only=True)
class Many:
    """How it is taken for several at once. `became`: what became of them, behind their number."""

    button: str
    became: str


@dataclass(frozen=True, kw_only=True)
class Address:
    """For programs. Decisions with the same one are joined: what is sent says which is taken."""

    name: str
    summary: str
    described: str


@dataclass(frozen=True, kw_only=True)
class Command:
    """`rekey queue NAME`. Decisions of the same name are joined: by its options, or by a `flag` of its own.

    `says`: what it prints, with {item} and {minutes}; `says_waiting`: where a second person must agree first.
    """

    name: str
    help: str
    says: str
    says_waiting: str = ""
    flag: str = ""
    flag_help: str = ""
    either: str = ""  # what may be given, where something must be


@dataclass(frozen=True, kw_only=True)
class Outcome:
    """What the next page says of the item, read from how it stands: in this state, and by each of the others
    that is given. Of several that fit, the one that is most particular."""

    says: str
    state: State
    before: State | None = None
    code: str | None = None
    reference: bool = False  # its history has the target's reference
    word: bool = False  # a person's word was kept with it

    def fits(self, item: WorkItem, last: Transition, receipts: Iterable[Receipt]) -> bool:
        return (
            item.state is self.state
            and self.before in (None, last.before)
            and self.code in (None, item.code)
            and (not self.reference or bool(last.detail.get("reference")))
            and (not self.word or any(one.at == last.at for one in receipts))
        )

    @property
    def particulars(self) -> int:
        return sum(map(bool, (self.before, self.code, self.reference, self.word)))


@dataclass(frozen=True, kw_only=True)
class Decision:
    """One of them. `apply` is pure: it looks at the case and the answers, and says what changes.

    `title` and `leads` say to people what it is and what comes of it. `verb` is for the refusal: it cannot be
    *retried*. Where it is not offered, the words for that are None.
    """

    name: str  # in addresses of the page
    title: str
    leads: str
    states: tuple[State, ...]  # in which the item must be
    verb: str
    apply: Callable[[Case, Answers], Change]
    role: Role = Role.REVIEWER  # who may take it
    asks: tuple[Ask, ...] = ()
    form: Form | None = None
    many: Many | None = None
    address: Address | None = None
    command: Command | None = None
    outcome: Outcome | None = None

    @property
    def unasked(self) -> str:
        """Why, where the page does not ask."""
        return self.form.unasked if self.form else ""

    def ask(self, what: Asked) -> Ask | None:
        return next((one for one in self.asks if one.what is what), None)


def joined(
    decisions: Iterable[Decision], name: Callable[[Decision], str | None]
) -> dict[str, tuple[Decision, ...]]:
    """Those that share a name for something, by that name; in their order, without those that have none."""
    found: dict[str, tuple[Decision, ...]] = {}
    for one in decisions:
        if known := name(one):
            found[known] = (*found.get(known, ()), one)
    return found


def which(joined: Collection[Decision], given: Collection[Asked]) -> Decision | None:
    """Of joined decisions the one that asks for just what was given."""
    return next((one for one in joined if {ask.what for ask in one.asks} == set(given)), None)
