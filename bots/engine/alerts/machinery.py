"""Causes: workers, Prefect and the messages themselves."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from ..core.alert import Matter, Role
from .cause import Cause
from .office import Office, Seen
from .stopped import covered

_WORKER_GONE, _RUN_FAILED, _UNDELIVERED = "worker-gone", "run-failed", "undelivered"
_PREFECT, _RUNNER = "Prefect", "The worker of Prefect"
_BLIP = 300.0
"""Seconds for which Prefect or its worker may be away: a restart takes less."""


def _gone(seen: Seen, _: Office) -> Iterator[Matter]:
    for one in seen.facts.gone:
        machine = one.worker.partition("/")[0]
        yield Matter(cause=_WORKER_GONE, subject=machine, about=machine, since=one.seen)


def _worker_gone(matters: Sequence[Matter], since: str) -> str:
    return (
        f"A worker on the machine {matters[0].about} ended without saying so, and no other began since. "
        f"Its last sign of life: {since}."
    )


def _prefect(seen: Seen, _: Office) -> Iterator[Matter]:
    if seen.prefect is None:
        return
    if not seen.prefect.answers:
        yield Matter(cause="prefect-gone", subject=_PREFECT, about=_PREFECT, since=seen.facts.now)
    elif not seen.prefect.worker:
        yield Matter(cause="prefect-gone", subject=_RUNNER, about=_RUNNER, since=seen.facts.now)


def _prefect_gone(matters: Sequence[Matter], since: str) -> str:
    what = "does not answer" if matters[0].subject == _PREFECT else "is not there"
    return f"{matters[0].about} {what}, first seen {since}. No run begins."


def _failed(seen: Seen, office: Office) -> Iterator[Matter]:
    for one in seen.prefect.failed if seen.prefect is not None else ():
        # One that a hold stopped is told as a hold.
        if one.process is None or not covered(seen, office, one.process):
            yield Matter(
                cause=_RUN_FAILED,
                subject=one.deployment,
                about=one.deployment,
                since=one.since,
                process=one.process,
            )


def _run_failed(matters: Sequence[Matter], since: str) -> str:
    return f"{matters[0].about}: its latest run did not reach its end, {since}."


def _unaccepted(seen: Seen, _: Office) -> Iterator[Matter]:
    for one in seen.facts.undelivered:
        yield Matter(cause=_UNDELIVERED, subject=one.address, about=f"Address {one.address}", since=one.since)


def _undelivered(matters: Sequence[Matter], since: str) -> str:
    return f"An address ({matters[0].subject}) takes no message since {since}. See: rekey alerts show."


WORKER_GONE = Cause(
    name=_WORKER_GONE,
    title="A worker is gone",
    roles=(Role.ICT,),
    look=_gone,
    say=_worker_gone,
    page="/runs",
)
PREFECT_GONE = Cause(
    name="prefect-gone",
    title="Prefect is not at work",
    roles=(Role.ICT,),
    look=_prefect,
    say=_prefect_gone,
    page="/runs",
    grace=_BLIP,
)
RUN_FAILED = Cause(
    name=_RUN_FAILED,
    title="A run failed",
    roles=(Role.AUTOMATION,),
    look=_failed,
    say=_run_failed,
    page="/runs",
    from_prefect=True,
)
UNDELIVERED = Cause(
    name=_UNDELIVERED,
    title="Messages do not arrive",
    roles=(Role.ICT,),
    look=_unaccepted,
    say=_undelivered,
)
