"""Handing in: each row once, and a correction never gets lost, whatever state its item is in."""

from __future__ import annotations

import pytest

from bots.engine.core.item import HIDDEN, AddOutcome, Kind, NewItem, State
from tests import staff

from .desk import LEASE, PROCESS, STEP, Desk, row

ADDED, SAME, CHANGED = AddOutcome.ADDED, AddOutcome.SAME, AddOutcome.CHANGED


async def correct(desk: Desk, reference: str = "ZZ1", uprn: str = "999") -> AddOutcome:
    [(outcome, _item)] = await desk.hand_in(row(reference, uprn))
    return outcome


async def test_a_row_becomes_a_new_item(desk: Desk) -> None:
    [(outcome, item)] = await desk.hand_in(row("ZZ1"))
    held = await desk.look(item)
    assert outcome is ADDED
    assert (held.state, held.reference, held.version, held.attempts, held.token) == (
        State.NEW,
        "ZZ1",
        1,
        0,
        0,
    )
    assert (held.data, held.origin) == ({"uprn": "100"}, {"row": "ZZ1"})
    assert await desk.queue.references(PROCESS) == {"ZZ1": item}


async def test_adding_twice_adds_once_and_writes_nothing(desk: Desk) -> None:
    [(_, item)] = await desk.hand_in(row("ZZ1"))
    before = await desk.picture()
    assert await desk.hand_in(row("ZZ1")) == [(SAME, item)]
    assert await desk.picture() == before


async def test_the_same_reference_in_another_process_is_another_item(desk: Desk) -> None:
    [(_, item)] = await desk.hand_in(row("ZZ1"))
    [(outcome, other)] = await desk.hand_in(row("ZZ1"), process="tree-reports")
    assert outcome is ADDED
    assert other != item


async def test_two_rows_of_one_reference_in_one_call(desk: Desk) -> None:
    outcomes = await desk.hand_in(row("ZZ1"), row("ZZ1"), row("ZZ2"), row("ZZ1", "101"))
    assert [outcome for outcome, _ in outcomes] == [ADDED, SAME, ADDED, CHANGED]
    ids = [item for _, item in outcomes]
    assert ids[0] == ids[1] == ids[3] != ids[2]
    assert await desk.state(ids[0]) is State.EXCEPTION


async def test_a_row_with_a_code_is_an_exception_from_the_start(desk: Desk) -> None:
    item = await desk.add("ZZ1", code="uprn-missing", sentence="The row has no property.")
    held = await desk.look(item)
    assert (held.state, held.kind, held.code) == (State.EXCEPTION, Kind.BUSINESS, "uprn-missing")
    assert await desk.queue.take(PROCESS, "w1", LEASE) is None
    assert await desk.queue.reasons(PROCESS) == {"uprn-missing": 1}


async def assert_told(desk: Desk, item: str, held: str = "100", source: str = "999") -> None:
    """A person is told: the item waits as an exception and shows both the held and the source's data."""
    found = await desk.look(item)
    assert (found.state, found.kind, found.code) == (State.EXCEPTION, Kind.BUSINESS, "changed-at-source")
    assert found.data == {"uprn": held}
    assert (found.detail["held"], found.detail["source"]) == ({"uprn": held}, {"uprn": source})


async def test_changed_while_new(desk: Desk) -> None:
    item = await desk.add("ZZ1")
    assert await correct(desk) is CHANGED
    await assert_told(desk, item)


async def test_changed_while_an_exception(desk: Desk) -> None:
    item = await desk.add("ZZ1", code="uprn-missing", sentence="The row has no property.")
    assert await correct(desk) is CHANGED
    await assert_told(desk, item)


async def test_changed_after_it_was_done(desk: Desk) -> None:
    item = await desk.done("ZZ1")
    assert await correct(desk) is CHANGED
    await assert_told(desk, item)


async def test_changed_after_it_was_withdrawn(desk: Desk) -> None:
    item = await desk.add("ZZ1")
    await staff.withdraw(desk.queue, item, "bob", "not needed")
    assert await correct(desk) is CHANGED
    await assert_told(desk, item)


@pytest.mark.parametrize("ending", [State.NEW, State.DONE, State.EXCEPTION, State.AWAITING_APPROVAL])
async def test_changed_in_progress_is_told_at_the_end(desk: Desk, ending: State) -> None:
    lease = await desk.leased("ZZ1")
    await desk.keyed(lease, "C-100")
    assert await correct(desk) is CHANGED
    assert await desk.state(lease.item.id) is State.IN_PROGRESS
    assert await desk.end(lease, ending, code="asked-for") is State.EXCEPTION
    await assert_told(desk, lease.item.id)
    assert (await desk.look(lease.item.id)).detail["ended"] == ending


async def test_changed_in_progress_is_told_when_the_lease_runs_out(desk: Desk) -> None:
    lease = await desk.leased("ZZ1")
    await correct(desk)
    desk.clock.forward(LEASE)
    assert await desk.queue.expire(PROCESS) == 1
    await assert_told(desk, lease.item.id)


async def test_changed_in_doubt_is_told_when_the_doubt_is_over(desk: Desk) -> None:
    item, intent = await desk.doubtful("ZZ1")
    assert await correct(desk) is CHANGED
    assert await desk.state(item) is State.IN_DOUBT
    desk.clock.forward(intent.resolvable - desk.clock.now)
    await staff.decide(desk.queue, item, "bob", "it is in the target", "C-100")
    await assert_told(desk, item)


async def test_a_changed_item_in_doubt_that_a_worker_resolves(desk: Desk) -> None:
    item, _intent = await desk.doubtful("ZZ1")
    await correct(desk)
    desk.clock.forward(LEASE)
    lease = await desk.queue.take_in_doubt(PROCESS, "w2", LEASE)
    assert lease is not None
    await desk.receipt(lease, "C-100", lease.intent)
    assert await desk.end(lease, State.DONE) is State.EXCEPTION
    await assert_told(desk, item)


# ---- corrections of what is in no target yet -------------------------------------------------
UPDATED = AddOutcome.UPDATED


async def again(desk: Desk, *rows: NewItem) -> list[AddOutcome]:
    """Another hand-in: the same workbook, or a later edition of it."""
    desk.batches.clear()
    return [outcome for outcome, _ in await desk.hand_in(*rows)]


async def test_a_later_hand_in_corrects_what_waits(desk: Desk) -> None:
    item = await desk.add("ZZ1")
    assert await again(desk, row("ZZ1", "999")) == [UPDATED]
    held = await desk.look(item)
    assert (held.state, held.version, held.data, held.code) == (State.NEW, 2, {"uprn": "999"}, None)
    assert (await desk.last(item)).code == "corrected"


async def test_a_later_hand_in_mends_an_exception(desk: Desk) -> None:
    item = await desk.add("ZZ1", code="uprn-missing", sentence="The row has no property.")
    assert await again(desk, row("ZZ1", "999")) == [UPDATED]
    assert await desk.state(item) is State.NEW
    assert (await desk.take()).item.data == {"uprn": "999"}


async def test_a_correction_may_be_bad_itself(desk: Desk) -> None:
    item = await desk.add("ZZ1")
    assert await again(desk, row("ZZ1", "?", code="invalid-record", sentence="No.")) == [UPDATED]
    assert (await desk.look(item)).code == "invalid-record"


async def test_an_older_edition_does_not_undo_a_correction(desk: Desk) -> None:
    item = await desk.add("ZZ1")
    await again(desk, row("ZZ1", "999"))
    assert await again(desk, row("ZZ1", "100")) == [CHANGED]
    await assert_told(desk, item, held="999", source="100")


async def test_a_correction_never_overrules_a_person(desk: Desk) -> None:
    item = await desk.add("ZZ1", code="uprn-missing", sentence="The row has no property.")
    await staff.retry(desk.queue, item, "bob", "looked it up", {"uprn": "555"})
    assert await again(desk, row("ZZ1", "999")) == [CHANGED]
    await assert_told(desk, item, held="555", source="999")


async def test_a_correction_of_what_is_part_done_is_a_persons(desk: Desk) -> None:
    lease = await desk.leased("ZZ1")
    await desk.keyed(lease, "C-1")
    await desk.failed(lease)
    assert await again(desk, row("ZZ1", "999")) == [CHANGED]
    await assert_told(desk, lease.item.id)


async def test_two_rows_of_one_hand_in_that_disagree_are_a_persons(desk: Desk) -> None:
    item = await desk.add("ZZ1")
    assert await again(desk, row("ZZ1", "100"), row("ZZ1", "999")) == [SAME, CHANGED]
    await assert_told(desk, item)


async def test_the_items_id_says_which_case_is_meant(desk: Desk) -> None:
    """A returned workbook: the mistake was in the very field by which the case is known."""
    item = await desk.add("ZZ1", code="not-found", sentence="Nobody knows it.")
    assert await again(desk, row("ZZ9", "100x", item=item)) == [UPDATED]
    held = await desk.look(item)
    assert (held.state, held.reference, held.data) == (State.NEW, "ZZ9", {"uprn": "100x"})
    assert await again(desk, row("ZZ1", "100")) == [ADDED], "its old key is free for the case that it is of"


async def test_a_mended_key_that_is_anothers_is_a_persons(desk: Desk) -> None:
    await desk.add("ZZ9", "900")
    item = await desk.add("ZZ1", code="not-found", sentence="Nobody knows it.")
    assert await again(desk, row("ZZ9", "901", item=item)) == [CHANGED]
    assert (await desk.look(item)).reference == "ZZ1"


async def test_a_slip_that_hits_anothers_key_is_a_persons(desk: Desk) -> None:
    """The keys are equal by mistake; in another key that both can form, the two rows differ."""
    item = await desk.add("ZZ1")
    desk.batches.clear()
    batch = await desk.queue.open_batch(PROCESS, "bins.xlsx", "ann")
    [(outcome, _)] = await desk.queue.add(PROCESS, batch, [row("ZZ1", "999")], lambda one, other: False)
    assert outcome is CHANGED
    await assert_told(desk, item)


async def test_a_copied_row_is_a_case_of_its_own(desk: Desk) -> None:
    """A finished row was copied as a pattern for a new case, and its item's id with it."""
    item = await desk.done("ZZ1")
    assert await again(desk, row("ZZ2", "200", item=item), row("ZZ1", "100", item=item)) == [ADDED, SAME]


async def test_what_is_deferred_stays_deferred(desk: Desk) -> None:
    item = await desk.add("ZZ1")
    await staff.defer(desk.queue, item, "bob", "not before the hearing", 3600)
    assert await again(desk, row("ZZ1", "999")) == [UPDATED]
    assert await desk.queue.take(PROCESS, "w1", LEASE) is None


async def test_an_answer_knows_what_its_row_said(desk: Desk) -> None:
    await desk.hand_in(row("ZZ1"))
    await again(desk, row("ZZ1", "999"))
    old, new = await desk.queue.batches(PROCESS)
    assert (await desk.queue.batch(old.id), await desk.queue.batch("nothing")) == (old, None)
    [was], [is_now] = await desk.queue.batch_rows(old.id), await desk.queue.batch_rows(new.id)
    assert was.digest != was.item.digest
    assert is_now.digest == is_now.item.digest


async def test_an_answer_knows_what_staff_put_right(desk: Desk) -> None:
    lease = await desk.leased("ZZ1")
    await desk.failed(lease)
    [first] = await desk.queue.batches(PROCESS)
    await staff.retry(desk.queue, lease.item.id, "ann", "by the map", {"uprn": "777"})
    [put_right] = await desk.queue.batch_rows(first.id)
    assert put_right.said == row("ZZ1").data
    assert await again(desk, row("ZZ1")) == [SAME]
    _, second = await desk.queue.batches(PROCESS)
    assert [one.said for one in await desk.queue.batch_rows(second.id)] == [row("ZZ1").data]


async def test_other_data_that_people_judged_is_no_correction_of_its_row(desk: Desk) -> None:
    """What was keyed before it came stands: its sender is not told that it was done."""
    lease = await desk.leased("ZZ1")
    await desk.keyed(lease, "C-1")
    await desk.end(lease, State.DONE)
    assert await again(desk, row("ZZ1", "999")) == [CHANGED]
    old, new = await desk.queue.batches(PROCESS)
    [other] = await desk.queue.batch_rows(new.id)
    assert other.said is None
    await staff.retry(desk.queue, lease.item.id, "ann", "ours is right")
    for batch in (old, new):
        assert [one.said for one in await desk.queue.batch_rows(batch.id)] == [None]


async def test_an_overwritten_row_does_not_make_a_good_case_vanish(desk: Desk) -> None:
    """Somebody typed another case over a row to which nobody objected, and left the item's id beside it."""
    item = await desk.add("ZZ1")
    assert await again(desk, row("ZZ9", "999", item=item)) == [CHANGED]
    await assert_told(desk, item)


async def test_a_hidden_row_that_is_shown_is_worked(desk: Desk) -> None:
    item = await desk.add("ZZ1", code=HIDDEN, sentence="The row is hidden.")
    assert await again(desk, row("ZZ1", code=HIDDEN, sentence="The row is hidden.")) == [SAME]
    assert await again(desk, row("ZZ1")) == [UPDATED]
    assert await desk.state(item) is State.NEW
    assert await again(desk, row("ZZ1", code=HIDDEN, sentence="Again.")) == [SAME], "known, so no question"


async def test_an_id_of_another_store_is_no_id(desk: Desk) -> None:
    assert await again(desk, row("ZZ1", item="missed-bins-nowhere")) == [ADDED]


async def test_a_hand_in_shows_every_row(desk: Desk) -> None:
    await desk.hand_in(row("ZZ1"), row("ZZ2"), row("ZZ1"))
    [batch] = await desk.queue.batches(PROCESS)
    rows = await desk.queue.batch_rows(batch.id)
    assert [(r.row, r.outcome, r.item.reference, r.origin["row"]) for r in rows] == [
        (1, ADDED, "ZZ1", "ZZ1"),
        (2, ADDED, "ZZ2", "ZZ2"),
        (3, SAME, "ZZ1", "ZZ1"),
    ]


async def test_a_hand_in_is_answered_when_nothing_of_it_waits_for_the_bot(desk: Desk) -> None:
    lease = await desk.leased("ZZ1")
    assert await desk.queue.unanswered(PROCESS) == []
    await desk.keyed(lease, "C-1")
    await desk.end(lease, State.DONE)
    [batch] = await desk.queue.unanswered(PROCESS)
    desk.clock.forward(1)
    await desk.queue.answered(batch.id, await desk.queue.now())
    assert await desk.queue.unanswered(PROCESS) == []
    desk.clock.forward(1)
    await desk.hand_in(row("ZZ1", "999"))  # something moved again
    assert [b.id for b in await desk.queue.unanswered(PROCESS)] == [batch.id]
    found = (await desk.queue.batch_rows(batch.id))[0]
    assert found.receipts[STEP].reference == "C-1"


async def test_a_big_hand_in_in_one_call(desk: Desk) -> None:
    rows = [row(f"ZZ{number}", str(number)) for number in range(1200)]
    assert {outcome for outcome, _ in await desk.hand_in(*rows)} == {ADDED}
    assert {outcome for outcome, _ in await desk.hand_in(*rows)} == {SAME}
    assert len(await desk.queue.references(PROCESS)) == 1200


async def test_a_correction_is_told_once(desk: Desk) -> None:
    await desk.add("ZZ1")
    assert [await correct(desk) for _ in range(3)] == [CHANGED, SAME, SAME]


async def test_a_correction_that_a_person_turned_down_is_not_told_again(desk: Desk) -> None:
    item = await desk.add("ZZ1")
    await correct(desk)
    await staff.retry(desk.queue, item, "bob", "the first row was right")
    assert await correct(desk) is SAME
    assert await desk.state(item) is State.NEW


async def test_a_source_that_goes_back_and_forth_is_never_silently_ignored(desk: Desk) -> None:
    item = await desk.add("ZZ1", "100")
    assert await correct(desk, uprn="999") is CHANGED
    await staff.retry(desk.queue, item, "bob", "the new row is right", {"uprn": "999"})
    assert await correct(desk, uprn="100") is CHANGED
    await staff.retry(desk.queue, item, "bob", "the old row after all", {"uprn": "100"})
    assert await correct(desk, uprn="999") is CHANGED
    await assert_told(desk, item, held="100", source="999")


async def test_a_held_correction_stops_the_intent(desk: Desk) -> None:
    from bots.engine.core.errors import LeaseLost

    lease = await desk.leased("ZZ1")
    await correct(desk)
    with pytest.raises(LeaseLost):
        await desk.intend(lease, step=STEP)
    assert await desk.queue.intents(lease.item.id) == []
