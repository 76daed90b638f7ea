"""Causes: what a comparison found, and files that a person must look at."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from ..core.alert import Matter, Role
from .cause import Cause, count
from .office import Office, Seen


def _findings(seen: Seen, office: Office) -> Iterator[Matter]:
    for process, (at, keys) in seen.facts.findings.items():
        about = office.process(process)
        for key in keys:
            yield Matter(cause="finding", subject=f"{process} {key}", about=about, since=at, process=process)


def _found(matters: Sequence[Matter], since: str) -> str:
    return (
        f"{matters[0].about}: the comparison of {since} found {count(len(matters), 'difference')} "
        "that nobody has seen to."
    )


def _files(seen: Seen, office: Office) -> Iterator[Matter]:
    for process, files in seen.left.items():
        about = office.process(process)
        for key, at in files:
            yield Matter(
                cause="file-left", subject=f"{process} {key}", about=about, since=at, process=process
            )


def _left(matters: Sequence[Matter], since: str) -> str:
    what = count(len(matters), "file")
    return f"{matters[0].about}: {what} could not be read, or not to the end, the first {since}."


FINDING = Cause(
    name="finding",
    title="A comparison found differences",
    roles=(Role.TEAM, Role.AUTOMATION),
    look=_findings,
    say=_found,
    page="/comparisons",
)
FILE_LEFT = Cause(
    name="file-left",
    title="A file could not be read",
    roles=(Role.TEAM,),
    look=_files,
    say=_left,
    page="/hand-ins",
)
