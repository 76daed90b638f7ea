"""Causes: work that waits longer than it should, for a bot or for a person."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from ..core.alert import Matter, Role
from .cause import Cause, count, some
from .office import SETTLING, Office, Seen
from .stopped import covered


def _doubts(seen: Seen, office: Office) -> Iterator[Matter]:
    for one in seen.facts.doubts:
        if seen.facts.now - one.since >= office.doubt_after:
            yield Matter(
                cause="in-doubt",
                subject=one.item,
                about=office.process(one.process),
                since=one.since,
                process=one.process,
            )


def _in_doubt(matters: Sequence[Matter], since: str) -> str:
    ids = some([one.subject for one in matters])
    return f"{matters[0].about}: {count(len(matters), 'item')} in doubt, the first since {since} ({ids})."


def _idle(seen: Seen, office: Office) -> Iterator[Matter]:
    for one in seen.facts.waiting:
        idle = office.open_seconds(one.process, one.since, seen.facts.now)
        if office.idle_after and idle >= office.idle_seen and not covered(seen, office, one.process):
            about = office.process(one.process)
            yield Matter(
                cause="nothing-done", subject=one.process, about=about, since=one.since, process=one.process
            )


def _nothing_done(matters: Sequence[Matter], since: str) -> str:
    return f"{matters[0].about}: items wait, and no bot has done one since {since}."


IN_DOUBT = Cause(
    name="in-doubt",
    title="Items are in doubt",
    roles=(Role.TEAM,),
    look=_doubts,
    say=_in_doubt,
)
NOTHING_DONE = Cause(
    name="nothing-done",
    title="Nothing is being done",
    roles=(Role.ICT, Role.AUTOMATION),
    look=_idle,
    say=_nothing_done,
    page="/runs",
    grace=SETTLING,
)
