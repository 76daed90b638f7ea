"""What people decide, in the in-memory queue: checked whole before anything is changed."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import Any

from bots.engine.core.brake import Let
from bots.engine.core.item import Ending, IntentStatus, State
from bots.engine.core.record import digest
from bots.engine.store.work.rules import (
    back_to_source,
    changed_fields,
    check_correction,
    check_decision,
    check_reference,
    check_seen,
    check_state,
    on_a_persons_word,
    sent_back,
    step_by_hand,
    unagreed,
)

from .book import Book, Entry
from .brake import MemoryBrake

_NEW = Ending(state=State.NEW)


class MemoryDecisions:
    """The part of the queue that people move."""

    book: Book
    brake: MemoryBrake
    _steps: Mapping[str, Sequence[tuple[str, str]]]
    _second: Mapping[str, Collection[str]]

    async def retry(
        self,
        item: str,
        who: str,
        why: str,
        data: Mapping[str, Any] | None = None,
        *,
        seen: float | None = None,
    ) -> None:
        entry = self._known(item, seen, State.EXCEPTION, verb="retried")
        second, waits = self._unagreed(entry)
        if data is None or digest(data) == entry.digest:
            self._renew(entry, who, why, sent_back(waits, second), detail={})
            return
        check_correction(self.book.receipts_of(item))
        if entry.digest == entry.source_digest:
            entry.versions[entry.digest] = dict(entry.data)
        corrected = changed_fields(entry.data, data)
        entry.data, entry.digest, entry.version = dict(data), digest(data), entry.version + 1
        ending = sent_back(sorted({*corrected, *waits}), second)
        self._renew(entry, who, why, ending, detail={"corrected": corrected})

    async def defer(
        self, item: str, who: str, why: str, seconds: float, *, seen: float | None = None
    ) -> None:
        entry = self._known(item, seen, State.NEW, State.EXCEPTION, verb="deferred")
        second, waits = self._unagreed(entry)
        self._renew(entry, who, why, sent_back(waits, second), self.book.now() + seconds, {})

    def _unagreed(self, entry: Entry) -> tuple[Collection[str], list[str]]:
        """The fields that want a second person, and those of them that wait for one."""
        second = self._second.get(entry.process, ())
        return second, sorted(unagreed(self.book.story(entry.id), second))

    async def withdraw(
        self, item: str, who: str, why: str, reference: str | None = None, *, seen: float | None = None
    ) -> None:
        check_reference(reference)
        open_states = (State.NEW, State.EXCEPTION, State.AWAITING_APPROVAL)
        entry = self._known(item, seen, *open_states, verb="withdrawn")
        if reference:
            step, system = step_by_hand(self._steps.get(entry.process, ()), self.book.receipts_of(item))
            self.book.keep_word(on_a_persons_word(item, step, system, reference))
        detail = {"reference": reference} if reference else {}
        self.brake.closed(item)
        self.book.move(entry, Ending(state=State.WITHDRAWN), who, why, detail)

    async def send_back(self, item: str, who: str, why: str, *, seen: float | None = None) -> None:
        open_states = (State.NEW, State.EXCEPTION, State.AWAITING_APPROVAL)
        entry = self._known(item, seen, *open_states, verb="sent back")
        self.brake.closed(item)
        self.book.move(entry, back_to_source(why, self.book.receipts_of(item)), who, why)

    async def decide(
        self, item: str, who: str, why: str, reference: str | None, *, seen: float | None = None
    ) -> None:
        entry = self._known(item, seen, State.IN_DOUBT, verb="decided")
        intent = check_decision(self.book.open_intent(item), reference, self.book.now())
        if reference is None:
            self.book.shut(item, intent.id, IntentStatus.ABSENT)
        else:
            self.book.keep_word(on_a_persons_word(item, intent.step, intent.system, reference, intent.id))
            self.book.shut(item, intent.id, IntentStatus.RECEIPTED)
        how = Let.ABSENT if reference is None else Let.RIGHT
        self.brake.settled(item, intent.system, intent.step, how)
        self._renew(entry, who, why, entry.told(_NEW, self.book.in_target(entry.id)))

    async def look_again(self, item: str, who: str, why: str, *, seen: float | None = None) -> None:
        entry = self._known(item, seen, State.IN_DOUBT, verb="looked up again")
        entry.not_before, entry.updated = 0.0, self.book.now()
        self.book.note(entry, State.IN_DOUBT, who, why, entry.code, {})

    def _known(self, item: str, seen: float | None, *states: State, verb: str) -> Entry:
        entry = self.book.items.get(item)
        check_seen(entry.updated if entry else None, seen)
        check_state(item, entry.state if entry else None, states, verb)
        assert entry is not None
        return entry

    def _renew(
        self,
        entry: Entry,
        who: str,
        why: str,
        ending: Ending = _NEW,
        not_before: float = 0.0,
        detail: Mapping[str, Any] | None = None,
    ) -> None:
        entry.not_before = not_before
        self.book.move(entry, ending, who, why, detail)
        entry.attempts = 0
