"""The causes for which people are told. A new one is a value in its file and a name in this list."""

from __future__ import annotations

from collections.abc import Iterator

from ..core.alert import Matter
from .cause import Cause
from .found import FILE_LEFT, FINDING
from .machinery import PREFECT_GONE, RUN_FAILED, UNDELIVERED, WORKER_GONE
from .office import Office, Seen
from .stopped import HELD, HELD_LONG, SIGN_IN_REFUSED
from .waiting import IN_DOUBT, NOTHING_DONE

CAUSES: dict[str, Cause] = {
    cause.name: cause
    for cause in (
        HELD,
        HELD_LONG,
        SIGN_IN_REFUSED,
        IN_DOUBT,
        NOTHING_DONE,
        WORKER_GONE,
        PREFECT_GONE,
        RUN_FAILED,
        FINDING,
        FILE_LEFT,
        UNDELIVERED,
    )
}


def standing(seen: Seen, office: Office) -> Iterator[Matter]:
    """All that is not as it should be now."""
    for cause in CAUSES.values():
        yield from cause.look(seen, office)


def unknown(seen: Seen) -> frozenset[str]:
    """Causes of which nothing is known now: what stood of them still stands."""
    if seen.prefect is None or seen.prefect.answers:
        return frozenset()
    return frozenset(cause.name for cause in CAUSES.values() if cause.from_prefect)
