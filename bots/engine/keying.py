"""The keying protocol for one step of one item: look, key, read back, intend, commit, receipt."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Coroutine, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from .absences import MAY_BE_OURS
from .clock_watch import ClockWatch
from .core.errors import (
    BusinessException,
    Busy,
    Crowded,
    Held,
    LeaseLost,
    NotFired,
    ReadBackDiffers,
    RekeyError,
    RequestStopped,
    SignedOut,
    StoreAway,
    SystemException,
    Unclear,
    Unresolved,
)
from .core.item import Intent, IntentStatus, Lease, Receipt, State
from .core.points import OnPoint, Point
from .core.queue import Queue
from .core.record import Record, digest
from .core.screens import Ended, Outcome, Permit, TargetScreens
from .core.sent import Sent
from .core.step import Step
from .core.systems import Systems
from .core.value import Found, Shown, differences, folded, unequal
from .seeking import Doubt, Seeking
from .trying import Trying

ALREADY = "already-in-target"
_POLL = 0.2
"""Seconds between two looks whether a save may begin."""
_SENT_BACK = (State.EXCEPTION, State.NEW)


@dataclass(frozen=True, kw_only=True)
class Keyed:
    """A step that has its receipt; `adopted`: it was found, not committed now."""

    receipt: Receipt
    adopted: bool


@dataclass(frozen=True, kw_only=True)
class _Reopened:
    """A saved record as it is shown now. `wrong`: the values that are not as they should be."""

    values: Mapping[str, Shown]
    wrong: Sequence[str] = ()


@dataclass(frozen=True, kw_only=True)
class _Ledger:
    """Of one lease: what it may not write, may not leave."""

    queue: Queue
    lease: Lease

    async def left(self, sent: Sent) -> None:
        await self.queue.note_left(self.lease, sent)

    async def ended(self, sent: Sent) -> None:
        await self.queue.note_ended(self.lease, sent)


class Keying:
    """Keys one step. Raises what went wrong; the runner decides what that means for the item."""

    def __init__(
        self,
        *,
        queue: Queue,
        systems: Systems,
        lease_seconds: float,
        on_point: OnPoint,
        pence: Callable[[Any], int] = lambda _: 0,
    ) -> None:
        """`pence`: the money that a record moves."""
        self._queue = queue
        self._pence = pence
        self._watch = ClockWatch(queue)
        self._systems = systems
        self._trying = Trying(queue, systems)
        self._seeking = Seeking(queue)
        self._lease_seconds = lease_seconds
        self._on_point = on_point

    async def step(self, step: Step[Any], lease: Lease, screens: TargetScreens, record: Record) -> Keyed:
        record = await step.match(screens, record)
        self._on_point(Point.MATCHED)
        seen = await self._look(step, lease, screens, record)
        self._on_point(Point.LOOKED)
        if isinstance(seen, Keyed):
            return seen
        shown = await self.prepare(step, screens, record)
        self._on_point(Point.READ_BACK)
        intent, permit = await self._in_turn(step, lease, screens, record, seen)
        self._on_point(Point.INTENT)
        outcome = await self._commit(step, lease, screens, intent, permit)
        self._on_point(Point.OUTCOME)
        if outcome.ended is Ended.SUCCESS:
            return await self._receipt(step, lease, screens, record, intent, str(outcome.reference), shown)
        if outcome.ended is Ended.UNTOLD:
            reference = await self._confirmed(step, lease, screens, record, intent)
            return await self._receipt(step, lease, screens, record, intent, reference, shown)
        await self._queue.close_intent(lease, intent, IntentStatus.REFUSED, outcome.code)
        return await self._refused(step, lease, screens, record, outcome)

    async def prepare(self, step: Step[Any], screens: TargetScreens, record: Record) -> Mapping[str, Shown]:
        """Fill the screen and read all of it back: after this it may be committed, and nothing was."""
        await step.key(screens, record)
        self._on_point(Point.KEYED)
        return await self._unchanged(step, screens, record)

    async def _unchanged(
        self, step: Step[Any], screens: TargetScreens, record: Record
    ) -> Mapping[str, Shown]:
        shown = await screens.read_back()
        # Also against the step's own word, so that a mistake in `key` is not saved faithfully.
        wrong = differences(step.values(record), shown)
        if wrong:
            raise ReadBackDiffers(
                "read-back-differs",
                f"The screen does not hold what {step.name} should save ({', '.join(wrong)}).",
                {"fields": wrong},
            )
        return shown

    async def rehearse(
        self, step: Step[Any], lease: Lease, screens: TargetScreens, record: Record
    ) -> Mapping[str, Shown] | None:
        """What the step would save, read back from the screen; None when the target has it already."""
        record = await step.match(screens, record)
        if not step.not_searchable_because:
            found = await step.find(screens, record)
            if found:
                await self.only(step, lease, record, found)
                return None
        return await self.prepare(step, screens, record)

    # ---- looking ----------------------------------------------------------------------------
    async def _look(
        self, step: Step[Any], lease: Lease, screens: TargetScreens, record: Record
    ) -> Keyed | Sequence[str]:
        """The receipt of what is there already, or the references that the search shows."""
        if step.not_searchable_because:
            await self._not_restored(lease)
            return ()
        if step.not_looked_first_because and await self._queue.trusted(lease.item.process) is not None:
            return ()
        found = await step.find(screens, record) or await self._listed_before(step, lease, screens, record)
        if not found:
            return ()
        entry = await self.only(step, lease, record, found)
        return await self.adopt(step, lease, screens, record, entry, None)

    async def _listed_before(
        self, step: Step[Any], lease: Lease, screens: TargetScreens, record: Record
    ) -> Sequence[Found]:
        """What the target's list shows of an earlier save of this item that left, and of which the target
        said that it refused it: its word alone is not taken twice."""
        if not step.lists or lease.token <= 1:
            return ()
        left = {one.intent for one in await self._queue.sent(lease.item.id)}
        before = [one for one in await self._queue.intents(lease.item.id) if one.id in left]
        mine = [one for one in before if one.step == step.name and one.status is IntentStatus.REFUSED]
        if not mine:
            return ()
        doubt = Doubt(step=step, lease=lease, intent=mine[-1], screens=screens, record=record)
        listed = await self._seeking.seek(doubt)
        if listed.perhaps and not listed.found:
            detail = {"found": [_plain(entry) for entry in listed.perhaps], "step": step.name}
            raise BusinessException(*MAY_BE_OURS, detail)
        return listed.found

    async def foresee(self, step: Step[Any], lease: Lease, screens: TargetScreens, record: Record) -> None:
        """Raise now what would stop a later step, before an earlier one has changed anything."""
        record = await step.match(screens, record)
        if not step.not_searchable_because:
            found = await step.find(screens, record)
            if found:
                await self.only(step, lease, record, found)

    async def _not_restored(self, lease: Lease) -> None:
        """In a restored store an item may be in its target already; where nothing can be searched, only a
        person can tell. One who sends it back afterwards has told."""
        restored = (await self._queue.store()).restored
        if restored is None:
            return
        # What comes in before both sides agree again may have been there before, and was forgotten.
        since = await self._queue.trusted(lease.item.process)
        if since is not None and lease.item.created > since:
            return
        history = await self._queue.history(lease.item.id)
        if not any(h.at > restored and (h.before, h.after) == _SENT_BACK for h in history):
            sentence = "The store was restored from a backup, and this target cannot be searched: see there."
            raise BusinessException("cannot-tell-after-restore", sentence)

    async def only(self, step: Step[Any], lease: Lease, record: Record, found: Sequence[Found]) -> Found:
        """The one entry that is equal, new to us and nobody else's; else a business exception."""
        detail = {"found": [_plain(entry) for entry in found], "step": step.name}
        for entry in found:
            other = await self._queue.owner(step.system, step.name, entry.reference)
            if other is not None and other != lease.item.id:
                sentence = "The target holds this case already, keyed for another item."
                raise BusinessException(ALREADY, sentence, detail | {"item": other})
        if len(found) > 1:
            raise BusinessException(
                ALREADY, "The target holds several entries for this case already.", detail
            )
        wrong = unequal(step.values(record), found[0].values)
        if wrong:
            fields = ", ".join(wrong)
            sentence = f"The target holds an entry for this case that differs ({fields})."
            raise BusinessException(ALREADY, sentence, detail | {"fields": wrong})
        if await self._queue.rivals(step.name, step.system, _mark(step, record), lease.item.id):
            sentence = "Another item of the very same case is in doubt: the entry may be its own."
            raise BusinessException(ALREADY, sentence, detail)
        return found[0]

    async def adopt(
        self,
        step: Step[Any],
        lease: Lease,
        screens: TargetScreens,
        record: Record,
        entry: Found,
        intent: Intent | None,
    ) -> Keyed:
        """Take an entry that is in the target already as the proof of this step."""
        now = await self._reopened(step, screens, record, entry.reference, entry.values)
        if now is _NOT_IT:
            raise BusinessException(ALREADY, OPENS_EMPTY, _told(step, entry.reference, entry.values, now))
        if now.wrong:
            sentence = f"The target holds an entry for this case that differs ({', '.join(now.wrong)})."
            raise BusinessException(ALREADY, sentence, _told(step, entry.reference, entry.values, now))
        receipt = _receipt(step, lease, screens, entry.reference, now.values, intent, adopted=True)
        kept = await self._queue.record_receipt(lease, receipt, intent)
        self._on_point(Point.RECEIPTED)
        return Keyed(receipt=kept, adopted=True)

    async def verify(
        self, step: Step[Any], lease: Lease, screens: TargetScreens, record: Record, receipt: Receipt
    ) -> Mapping[str, str]:
        """The values of the entry that a person named as this item's; if it is not, people are told. Empty
        where this target cannot show it again."""
        record = await step.match(screens, record)
        if step.not_reopened_because:
            return await self._listed(step, lease, screens, record, receipt)
        try:
            now = await self._reopened(step, screens, record, receipt.reference, {})
        except BusinessException:
            now = _NOT_IT  # no such entry
        except SystemException as error:
            if error.code not in ("not-ready", "screen-changed"):
                raise
            now = _NOT_IT
        return await self._confirm(step, lease, receipt, now)

    async def _listed(
        self, step: Step[Any], lease: Lease, screens: TargetScreens, record: Record, receipt: Receipt
    ) -> Mapping[str, str]:
        """The same of an entry that cannot be opened: what the search shows of it, if it does."""
        found = () if step.not_searchable_because else await step.find(screens, record)
        entry = next((one for one in found if one.reference == receipt.reference), None)
        if entry is None or not entry.values:
            return {}
        wrong = unequal(step.values(record), entry.values)
        return await self._confirm(step, lease, receipt, _Reopened(values=entry.values, wrong=wrong))

    async def _confirm(
        self, step: Step[Any], lease: Lease, receipt: Receipt, now: _Reopened
    ) -> Mapping[str, str]:
        if now.wrong:
            why = f"The entry that was named for this item is not its own ({', '.join(now.wrong)})."
            await self._queue.retract(lease, step.name, why)
            detail = {"reference": receipt.reference, "fields": list(now.wrong), "step": step.name}
            raise BusinessException("decided-wrongly", why, detail)
        values = {name: str(value) for name, value in now.values.items()}
        await self._queue.confirm(lease, step.name, values)
        return values

    # ---- committing -------------------------------------------------------------------------
    async def _in_turn(
        self, step: Step[Any], lease: Lease, screens: TargetScreens, record: Record, seen: Sequence[str]
    ) -> tuple[Intent, Permit]:
        """Write the intent as soon as few enough other saves of this step are unproven."""
        timing = self._systems.timing(step.system)
        end = time.monotonic() + timing.window + timing.save
        while True:
            try:
                return await self._intend(step, lease, screens, record, seen)
            except Crowded:
                if time.monotonic() > end:
                    raise  # to be looked up anew: what was seen is of too long ago
            await asyncio.sleep(_POLL)
            await self._unchanged(step, screens, record)  # what is saved is what was read last

    async def _intend(
        self, step: Step[Any], lease: Lease, screens: TargetScreens, record: Record, seen: Sequence[str]
    ) -> tuple[Intent, Permit]:
        timing = self._systems.timing(step.system)
        window = min(timing.window, self._lease_seconds / 2)
        lease = await self._queue.extend(lease, self._lease_seconds)
        await self._watch.saw(lease.expires - self._lease_seconds)
        # Our own clocks are read before the store's, so that our deadline is never the later one.
        wall, monotonic = time.time(), time.monotonic()
        intent = await self._queue.intend(
            lease,
            step=step.name,
            system=step.system,
            digest=_mark(step, record),
            seen=seen,
            window=window,
            settle=timing.settle,
            browser=screens.browser,
            account=screens.account,
            pence=self._pence(record),
            at_risk=timing.at_risk,
        )
        permit = Permit(
            intent=intent.id,
            deadline=wall + window,
            monotonic_deadline=monotonic + window,
            ledger=_Ledger(queue=self._queue, lease=lease),
        )
        return intent, permit

    async def _commit(
        self, step: Step[Any], lease: Lease, screens: TargetScreens, intent: Intent, permit: Permit
    ) -> Outcome:
        action = step.commit.partition(".")[2]
        try:
            outcome = await screens.commit(action, permit)
        except (NotFired, RequestStopped, Held, BusinessException) as refusal:
            await self._queue.close_intent(lease, intent, IntentStatus.REFUSED, refusal.code)
            if not isinstance(refusal, NotFired):
                raise
            raise SystemException(refusal.code, refusal.sentence) from None
        if outcome.ended not in (Ended.SUCCESS, Ended.UNTOLD) and outcome.saved:
            sentence = "The target showed an error and did not say that nothing was saved."
            raise Unresolved(outcome.code, sentence)
        return outcome

    async def _refused(
        self, step: Step[Any], lease: Lease, screens: TargetScreens, record: Record, outcome: Outcome
    ) -> Keyed:
        """The target said no and saved nothing."""
        if outcome.look_again and not step.not_searchable_because:
            found = await step.find(screens, record)
            if found:
                entry = await self.only(step, lease, record, found)
                return await self.adopt(step, lease, screens, record, entry, None)
        kinds = {Ended.BUSINESS: BusinessException, Ended.BUSY: Busy}
        signed_out = SignedOut if outcome.code == "signed-out" else SystemException
        raise kinds.get(outcome.ended, signed_out)(outcome.code, outcome.sentence)

    # ---- proving ----------------------------------------------------------------------------
    async def _confirmed(
        self, step: Step[Any], lease: Lease, screens: TargetScreens, record: Record, intent: Intent
    ) -> str:
        """The reference of the one new entry, where the target says nothing and only its search or its list
        tells."""
        doubt = Doubt(step=step, lease=lease, intent=intent, screens=screens, record=record)
        try:
            found = await step.find(screens, record)
            if not found and step.lists:
                found = (await self._seeking.seek(doubt)).found
        except RekeyError as error:
            sentence = "The target does not say whether it saved, and could not be searched."
            raise Unresolved("not-confirmed", sentence, {"because": error.code}) from None
        if not found:
            sentence = "The target does not say whether it saved, and its search does not show it yet."
            raise Unresolved("not-confirmed", sentence)
        try:
            # Looking first showed none, so what equals the record now came with this commit.
            return (await self.only(step, lease, record, found)).reference
        except BusinessException as error:
            raise Unclear(error.code, error.sentence, error.detail) from None

    async def _receipt(
        self,
        step: Step[Any],
        lease: Lease,
        screens: TargetScreens,
        record: Record,
        intent: Intent,
        reference: str,
        keyed: Mapping[str, Shown],
    ) -> Keyed:
        try:
            now = await self._said(
                lease, intent, reference, self._reopened(step, screens, record, reference, keyed)
            )
        except (LeaseLost, StoreAway):
            raise
        except RekeyError as error:
            sentence = "The target said that it saved, but the saved record could not be read again."
            raise Unresolved("not-reopened", sentence, {"because": error.code}) from None
        self._on_point(Point.REOPENED)
        if now.wrong:
            sentence = f"The target saved something else than was keyed ({', '.join(now.wrong)})."
            told = _told(step, reference, {}, now)
            raise Unclear("saved-differently", sentence, told | {"reference": reference})
        receipt = _receipt(step, lease, screens, reference, now.values, intent, adopted=False)
        try:
            kept = await self._queue.record_receipt(lease, receipt, intent)
        except BusinessException as error:
            sentence = "The target gave a reference that is already another item's receipt."
            raise Unclear("reference-twice", sentence, {**error.detail, "step": step.name}) from None
        self._on_point(Point.RECEIPTED)
        await self._trying.saved(step, screens, record, reference)
        return Keyed(receipt=kept, adopted=False)

    async def _said(
        self, lease: Lease, intent: Intent, reference: str, look: Coroutine[Any, Any, _Reopened]
    ) -> _Reopened:
        """Write down that the target said so while its entry is looked at: from then on, nothing proves that
        it is not there."""
        word = asyncio.ensure_future(self._queue.note_said(lease, intent, reference))
        try:
            return await look
        finally:
            await asyncio.wait({word})
            word.result()

    async def _reopened(
        self,
        step: Step[Any],
        screens: TargetScreens,
        record: Record,
        reference: str,
        known: Mapping[str, Shown],
    ) -> _Reopened:
        """`known`: what was read before, also fields that the step itself does not fill."""
        if step.not_reopened_because:
            return _Reopened(values=known)
        entry = await step.reopen(screens, reference)
        if entry.reference != reference or entry.empty:
            return _NOT_IT
        wanted = step.values(record)
        absent = [name for name in wanted if name not in entry.values]
        before = {name: value.text for name, value in known.items() if name not in wanted}
        wrong = absent or differences({**wanted, **before}, entry.values)
        return _Reopened(values=entry.values, wrong=wrong)


def _mark(step: Step[Any], record: Record) -> str:
    """Equal for records of one case, however they are written."""
    values = step.values(record)
    names = step.case or [name for name in values if name != step.stamp]
    return digest({name: folded(str(values[name])) for name in names})


OPENS_EMPTY = "The target shows an entry for this case, which opens as an empty one or as another."
_NOT_IT = _Reopened(values={}, wrong=["reference"])
"""Another entry than the one that was named, or none."""


def _told(step: Step[Any], reference: str, before: Mapping[str, Shown], now: _Reopened) -> dict[str, Any]:
    """For people: all that was seen of an entry, in its list and when it was opened."""
    entry = Found(reference=reference, values={**before, **now.values})
    return {"found": [_plain(entry)], "step": step.name, "fields": list(now.wrong)}


def _plain(entry: Found) -> dict[str, Any]:
    return {"reference": entry.reference, "values": {n: v.text for n, v in entry.values.items()}}


def _receipt(
    step: Step[Any],
    lease: Lease,
    screens: TargetScreens,
    reference: str,
    shown: Mapping[str, Shown],
    intent: Intent | None,
    *,
    adopted: bool,
) -> Receipt:
    return Receipt(
        item=lease.item.id,
        step=step.name,
        system=step.system,
        reference=reference,
        values={name: str(value) for name, value in shown.items()},
        adopted=adopted,
        intent=intent.id if intent else None,
        account=screens.account,
    )
