"""One step of a process: what our receipts say of it, and what its target shows."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Collection, Mapping, Sequence

from ..core.item import Receipt, State
from ..core.summary import Why
from ..core.value import Found, Value, differences
from ..keying.entry_values import Alike, ByCase, completed, half_alike, wrong_fields
from .case import BEING_SETTLED, Case, Findings
from .target import Matched, Target


class StepSide:
    """Compares the cases of one step with its target. `began`: what was keyed later the list may not show."""

    def __init__(
        self,
        *,
        target: Target,
        cases: Sequence[Case],
        listed: Mapping[str, Found],
        hands: Collection[str],
        aside: Collection[str],
        began: float,
    ) -> None:
        self._target = target
        self._step = target.step
        self._cases = cases
        self._listed = listed
        self._aside = aside
        self._began = began
        self._by_case = ByCase(names=tuple(self._step.case), entries=listed.values())
        self._ours = {case.receipt.reference: case for case in cases if case.receipt is not None}
        self._hands = {hand.casefold() for hand in hands} | self._known_hands()
        self.findings = Findings(step=target.step.name)

    def _known_hands(self) -> set[str]:
        """Sign-ins under which our own saves were read back, also earlier ones."""
        receipts = [case.receipt for case in self._ours.values() if case.receipt and not case.receipt.adopted]
        return {
            receipt.values[self._step.hand].casefold()
            for receipt in receipts
            if self._step.hand in receipt.values
        }

    async def compare(self, after_each: Callable[[], Awaitable[None]]) -> Findings:
        for case in self._cases:
            if case.receipt is not None:
                await self._receipted(case, case.receipt)
                await after_each()
            elif case.item.state is State.DONE:
                await self._unproved(case)
        left = {ref: entry for ref, entry in self._listed.items() if self._is_left(ref)}
        await self._of_open_items(left)
        self._of_nobody(left)
        return self.findings

    def _is_left(self, reference: str) -> bool:
        return reference not in self._ours and reference not in self.findings.told

    # ---- with a receipt ---------------------------------------------------------------------
    async def _receipted(self, case: Case, receipt: Receipt) -> None:
        matched = await self._target.match(case)
        found = await self._target.search(case, matched)
        entry = await self._entry(receipt.reference, found or {})
        known = completed(case.meant(self._step, matched.record if matched else case.record), case.kept)
        alike = {one.reference: one for one in self._by_case.of(known)}
        both = {**alike, **(found or {})}
        others = [one for reference, one in both.items() if self._is_left(reference)]
        if entry is None:
            self.findings.lacks(case.item.id, Why.GONE, receipt.reference)
        else:
            self.findings.in_target += 1
            # What a person keyed by hand may differ from the record, but must be of this case.
            right = not receipt.proven or self._values(case, receipt, matched, entry)
            unseen = found is not None and receipt.reference not in found
            if right and unseen and matched is not None and matched.whole:
                self._unseen(case, receipt, matched, entry)
        for other in others:
            await self._other(case, matched, other, twice=entry is not None)

    async def _entry(self, reference: str, found: Mapping[str, Found]) -> Found | None:
        listed = self._listed.get(reference)
        shown = found.get(reference) or listed
        if not self._step.not_reopened_because:
            again = await self._target.reopen(reference, seen=shown is not None)
            return Found(reference=reference, values=again.values) if again else None
        if shown is None or listed is None:
            return shown
        return Found(reference=reference, values={**shown.values, **listed.values})

    async def _other(self, case: Case, matched: Matched | None, other: Found, *, twice: bool) -> None:
        """An entry that the search shows for the case, and that is nobody's receipt."""
        whole = await self._entry(other.reference, {other.reference: other}) or other
        fields = differences(self._meant(case, matched), whole.values)
        # An identifier that is the entry's own reference is another one for every other entry.
        fields = [name for name in fields if str(whole.values[name]) != other.reference]
        if twice:
            self.findings.doubles(case.item.id, Why.SECOND, whole, fields)
        else:
            self.findings.strays(case.item.id, Why.NO_RECEIPT, whole, fields)

    def _values(self, case: Case, receipt: Receipt, matched: Matched | None, entry: Found) -> bool:
        """Compare an entry of ours by field. False: something differs, and is told."""
        meant = self._meant(case, matched)
        if self._step.not_reopened_because:
            meant = {name: value for name, value in meant.items() if name in entry.values}
        wrong = [*wrong_fields(meant, case.kept, entry.values), *self._other_hand(receipt, entry)]
        fields = list(dict.fromkeys(wrong))
        if fields:
            self.findings.differs(case.item.id, Why.CHANGED, entry, fields)
        return not fields

    def _unseen(self, case: Case, receipt: Receipt, matched: Matched | None, entry: Found) -> None:
        """The entry is there, and the target's own search for this case does not show it."""
        if receipt.proven and receipt.at < self._began:
            self.findings.differs(case.item.id, Why.NOT_FOUND, entry, [])
        elif case.item.state is State.WITHDRAWN:
            fields = differences(self._meant(case, matched), entry.values)
            self.findings.differs(case.item.id, Why.OTHER_CASE, entry, fields)

    def _meant(self, case: Case, matched: Matched | None) -> dict[str, Value]:
        return completed(case.meant(self._step, matched.record if matched else None), case.kept)

    def _other_hand(self, receipt: Receipt, entry: Found) -> list[str]:
        """The name of the value by which an entry that we saved now stands under another sign-in."""
        hand = self._step.hand
        listed = self._listed.get(receipt.reference)
        late = listed is None and receipt.at >= self._began  # the list may not know it yet
        untold = listed is not None and hand not in listed.values
        if not hand or hand in receipt.values or receipt.adopted or late or untold:
            return []
        return [] if self._hand_of(listed or entry) in self._hands else [hand]

    def _hand_of(self, entry: Found) -> str:
        shown = entry.values.get(self._step.hand)
        return str(shown).casefold() if shown is not None else ""

    # ---- without a receipt ------------------------------------------------------------------
    async def _unproved(self, case: Case) -> None:
        """Said to be done, and the store holds no proof of it."""
        matched = await self._target.match(case)
        found = await self._target.search(case, matched)
        others = [one for reference, one in (found or {}).items() if self._is_left(reference)]
        if not others:
            self.findings.lacks(case.item.id, Why.NEVER)
        for other in others:
            await self._other(case, matched, other, twice=False)

    async def _of_open_items(self, left: dict[str, Found]) -> None:
        """What the target holds of items that are not done."""
        for case in self._cases:
            if not left:
                return
            if case.receipt is not None or case.item.state is State.DONE:
                continue
            # Whatever the search shows: it may never find this case.
            theirs = [ref for ref, entry in left.items() if case.is_of(self._step, entry)]
            meant = case.meant(self._step, case.record)
            # Saves a search for every item that waits.
            if any(half_alike(meant, entry.values) for entry in left.values()):
                found = await self._target.search(case, await self._target.match(case))
                theirs += [ref for ref in found or {} if ref in left and ref not in theirs]
            self._of_open_item(case, [left.pop(reference) for reference in theirs])

    def _of_open_item(self, case: Case, entries: Sequence[Found]) -> None:
        """One entry of an item that is being settled may be its own; a second one is nobody's."""
        settled = case.item.state not in BEING_SETTLED
        for entry in entries if settled or len(entries) < 2 else ():
            ours = self._hand_of(entry) in self._hands
            # Where nobody's hand shows, what was begun counts.
            perhaps = ours or (case.fired and self._step.hand not in entry.values)
            if not settled or (not perhaps and case.item.state is not State.WITHDRAWN):
                self.findings.waiting += 1
            else:
                self.findings.strays(case.item.id, Why.NO_RECEIPT if perhaps else Why.OTHERS, entry)
        for entry in entries if not settled and len(entries) > 1 else ():
            self.findings.doubles(case.item.id, Why.SECOND, entry)

    def _of_nobody(self, left: Mapping[str, Found]) -> None:
        alike = Alike(aside=self._aside)
        alike.learn(self._listed[reference] for reference in self._ours if reference in self._listed)
        for entry in left.values():
            same = alike.copied(entry)
            ours = self._hand_of(entry) in self._hands
            close = alike.close(entry) if ours and not same else None
            if same:
                self.findings.doubles(self._ours[same.reference].item.id, Why.COPY, entry)
            elif close:
                item = self._ours[close.reference].item.id
                self.findings.strays(item, Why.ALIKE, entry, close.fields)
            else:
                self.findings.strays(None, Why.OUR_HAND if ours else Why.OTHERS, entry)
