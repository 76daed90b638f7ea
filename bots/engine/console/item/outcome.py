"""What became of the item that a person has just decided about: the page that follows says so.

Its address names the item, and nothing else: what is said is read from the store, for who may see it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from urllib.parse import urlencode

from ...core.item import Receipt, State, Transition, WorkItem
from ...core.people import Role
from ...core.work_list import storable
from ...decisions.list import DECISIONS
from ..services.masking import reference_of
from ..web.request import Missing, Visit

_NAME = "decided"
_MEANWHILE = {
    State.IN_PROGRESS: "is being keyed.",
    State.DONE: "is done.",
    State.EXCEPTION: "needs a person.",
}
"""What a bot made of it before the page was shown."""


@dataclass(frozen=True, kw_only=True)
class Outcome:
    item: str
    reference: str  # as this person may see it
    said: str  # what stands behind the reference


def after(item: str) -> str:
    """What an address carries to the page that follows."""
    return urlencode({_NAME: item})


async def outcome_of(visit: Visit) -> Outcome | None:
    """None: the person comes from no decision, or from one that is not theirs to see."""
    name = visit.request.query_params.get(_NAME, "")
    if not name or not storable(name):
        return None
    try:
        _, item = await visit.item(Role.VIEWER, name)
    except Missing:
        return None
    queue = visit.desk.queue
    said = words_for(item, await queue.history(item.id), await queue.receipts_of(item.id))
    return Outcome(item=item.id, reference=reference_of(visit.person, item), said=said)


def words_for(item: WorkItem, history: Sequence[Transition], receipts: Sequence[Receipt]) -> str:
    """As things stand, which a bot or a colleague may have changed meanwhile."""
    outcomes = [one.outcome for one in DECISIONS if one.outcome is not None]
    fitting = [one for one in outcomes if one.fits(item, history[-1], receipts)]
    if fitting:
        return max(fitting, key=lambda one: one.particulars).says
    return _MEANWHILE[item.state]
