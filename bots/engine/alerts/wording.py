"""What a message says: one sentence for each thing that something is wrong with, and where to look."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

from ..core.alert import DIGEST, Matter, Message
from .cause import count
from .causes import CAUSES

_LONDON = ZoneInfo("Europe/London")


@dataclass(frozen=True, kw_only=True)
class Wording:
    """`name`: of this installation; `console`: its address, if its host's name was declared."""

    name: str
    environment: str
    console: str = ""

    def message(self, cause: str, matters: Sequence[Matter], righted: Sequence[Matter] = ()) -> Message:
        """About matters of one cause, or as a digest about all that stand."""
        if cause == DIGEST:
            return self._digest(matters, righted)
        found = CAUSES[cause]
        return self._message(found.title, [*sentences(matters), *self._where(found.page, cause)])

    def test(self) -> Message:
        return self._message("A test", ["Somebody tries whether messages arrive. Nothing is wrong."])

    def blind(self) -> Message:
        said = "Rekey cannot check for problems. Its store, or something else that it needs, fails."
        return self._message("Nobody is watching", [said, *self._where("/", "blind")])

    def _digest(self, matters: Sequence[Matter], righted: Sequence[Matter]) -> Message:
        title = f"{count(len(_groups(matters)), 'thing')} still to be put right"
        lines = list(sentences(matters))
        if righted:
            lines += ["", "Put right since the last list:", *sorted({_named(one) for one in righted})]
        return self._message(title, [*lines, *self._where("/", "")])

    def _message(self, title: str, lines: Sequence[str]) -> Message:
        return Message(title=f"{self.name} ({self.environment}): {title}", body="\n".join(lines))

    def _where(self, page: str, part: str) -> list[str]:
        console = [f"Console: {self.console.rstrip('/')}{page}"] if self.console else []
        return ["", *console, f"What to do: runbooks/alerts.md{f', part {part}' if part else ''}"]


def sentences(matters: Sequence[Matter]) -> Iterator[str]:
    """Of each cause, by what it is about."""
    for (cause, _), those in _groups(matters).items():
        since = min(one.since for one in those)
        yield CAUSES[cause].say(those, at(since))


def at(moment: float) -> str:
    """Such as 09:15 on 30/11/2026: it is read on another day."""
    return f"{datetime.fromtimestamp(moment, UTC).astimezone(_LONDON):%H:%M on %d/%m/%Y}"


def _groups(matters: Sequence[Matter]) -> dict[tuple[str, str], list[Matter]]:
    groups: dict[tuple[str, str], list[Matter]] = defaultdict(list)
    for one in sorted(matters, key=lambda one: (list(CAUSES).index(one.cause), one.about, one.since)):
        groups[one.cause, one.about].append(one)
    return groups


def _named(matter: Matter) -> str:
    known = CAUSES.get(matter.cause)  # another version of Rekey may have told it
    return f"{matter.about}: {known.title.lower() if known else matter.cause}"
