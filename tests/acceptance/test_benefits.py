"""Benefit changes from PDF to claim, in a real browser on the demo council."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest
from pypdf import PdfReader

from bots.engine.core.item import State
from bots.engine.core.points import Point
from bots.engine.core.summary import Verdict
from tests.benefits import BENEFITS, answers, forms, verdict
from tests.chaos.workers import struck_at
from tests.moves import impatient
from tests.town import a_town, rekeyed


@pytest.mark.long
async def test_the_whole_way(tmp_path: Path) -> None:
    """Filled, printed and scanned forms, alone and together in files; handed in again, they add nothing. The
    demo goes that way too."""
    async with a_town(tmp_path, 10, 7, "--benefits", "8") as town, rekeyed(town, patience=40.0) as rekey:
        read = await rekey.hand_in(BENEFITS, forms(town))
        refused = {one.file: one.code for one in read if one.verdict is Verdict.REFUSED}
        assert refused == answers(town)["benefit_files"]
        worked = await rekey.work(BENEFITS, sessions=2)
        papers = Counter(answer["paper"] for answer in answers(town)["benefit_changes"].values())
        assert set(papers) == {"filled", "printed", "scanned"}
        found = await verdict(town, rekey)
        assert found.clean, found
        assert worked.done >= 6
        assert (await rekey.reconcile(BENEFITS)).clean

        again = await rekey.hand_in(BENEFITS, forms(town)[:3])
        assert sum(one.rows.added for one in again if one.rows) == 0
        assert (await rekey.work(BENEFITS)).keyed == 0
        await _cover_reports(town.settings().home, rekey)


async def _cover_reports(home: Path, rekey: object) -> None:
    """What goes back names the outcome and the reference of each form, and nobody's number."""
    given = await rekey.give_back_finished(BENEFITS)  # type: ignore[attr-defined]
    assert given.written
    assert not given.failed
    for path in given.written:
        text = "".join(page.extract_text() for page in PdfReader(path).pages)
        assert "What became of it" in text
        assert "QQ" not in text


MISHAPS = [
    ("tab_fails", {}),
    ("stage_fails", {}),
    ("session_expired", {"match": {"method": "POST", "path": "/changes/new"}}),
    ("cut_after_save", {}),
    ("error_after_save", {}),
    ("record_lock", {"times": 2}),
    ("changed_default", {}),
    ("client_truncate", {"value": 5}),
]


def _long(*values: object) -> object:
    """It takes long, and the others of its kind hold most of it."""
    return pytest.param(*values, marks=pytest.mark.long)


@pytest.mark.parametrize(
    ("fault", "more"),
    [_long(*one) if one[0] not in ("cut_after_save", "record_lock") else one for one in MISHAPS],
    ids=[fault for fault, _ in MISHAPS],
)
async def test_mishaps_that_pass(tmp_path: Path, fault: str, more: dict[str, object]) -> None:
    async with a_town(tmp_path, 10, 7, "--benefits", "2") as town:
        await town.fault("accepts_duplicates", app="benefits")
        async with rekeyed(town) as rekey:
            await rekey.hand_in(BENEFITS, forms(town))
            await town.fault(fault, app="benefits", **({"times": 1} | more))
            with impatient(process=BENEFITS):
                await rekey.work(BENEFITS, sessions=1)
            found = await verdict(town, rekey)
            assert (found.lost, found.twice, found.wrong) == ([], [], []), found
            counts = await rekey.queue.counts(BENEFITS)
            assert counts[State.DONE] + counts[State.IN_DOUBT] == 2, counts


@pytest.mark.parametrize(
    "point",
    [_long(Point.INTENT), Point.SENDING, _long(Point.ANSWERED)],
    ids=["intent", "sending", "answered"],
)
async def test_killed_around_the_save(tmp_path: Path, point: Point) -> None:
    async with a_town(tmp_path, 10, 7, "--benefits", "2") as town:
        await town.fault("accepts_duplicates", app="benefits")
        async with rekeyed(town) as rekey:
            await rekey.hand_in(BENEFITS, forms(town))
            await struck_at(town.settings(), point, "KILL", "--process", BENEFITS)
            await rekey.work(BENEFITS, sessions=1)
            assert (await verdict(town, rekey)).clean
