"""What people decide, in the in-memory queue: checked whole before anything is changed."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence

from bots.engine.core.brake import Let
from bots.engine.core.decision import Answers, Case, Change, Rule
from bots.engine.core.item import Intent, IntentStatus
from bots.engine.core.record import digest
from bots.engine.store.work.rules import check_seen, check_state

from .book import Book, Entry
from .brake import MemoryBrake
from .limits import MemoryLimits


class MemoryDecisions(MemoryLimits):
    """The part of the queue that people move."""

    book: Book
    brake: MemoryBrake
    _steps: Mapping[str, Sequence[tuple[str, str]]]
    _second: Mapping[str, Collection[str]]

    async def decide(
        self, item: str, rule: Rule, who: str, answers: Answers, *, seen: float | None = None
    ) -> None:
        entry = self.book.items.get(item)
        check_seen(entry.updated if entry else None, seen)
        check_state(item, entry.state if entry else None, rule.states, rule.verb)
        assert entry is not None
        case = Case(
            item=entry.shown(),
            who=who,
            now=self.book.now(),
            receipts=self.book.receipts_of(item),
            intent=self.book.open_intent(item),
            story=self.book.story(item),
            steps=self._steps.get(entry.process, ()),
            second=self._second.get(entry.process, ()),
        )
        self._carry_out(entry, rule.apply(case, answers), case.intent, who, answers.why)

    def _carry_out(self, entry: Entry, change: Change, intent: Intent | None, who: str, why: str) -> None:
        if change.word is not None:
            self.book.keep_word(change.word)
        if change.intent is not None and intent is not None:
            self.book.shut(entry.id, intent.id, change.intent)
            how = Let.RIGHT if change.intent is IntentStatus.RECEIPTED else Let.ABSENT
            self.brake.settled(entry.id, intent.system, intent.step, how)
        if change.closed:
            self.brake.closed(entry.id)
        if change.agreed:
            self.agree(entry)
        if change.record is not None:
            if entry.digest == entry.source_digest:
                entry.versions[entry.digest] = dict(entry.data)
            mark = digest(change.record)
            entry.data, entry.digest, entry.version = dict(change.record), mark, entry.version + 1
        if change.not_before is not None:
            entry.not_before = change.not_before
        self._move(entry, change, who, why)
        if change.anew:
            entry.attempts = 0

    def _move(self, entry: Entry, change: Change, who: str, why: str) -> None:
        if change.ending is None:
            entry.updated = self.book.now()
            self.book.note(entry, entry.state, who, why, entry.code, change.detail)
            return
        ending = entry.told(change.ending, self.book.in_target(entry.id)) if change.yields else change.ending
        self.book.move(entry, ending, who, why, change.detail)
