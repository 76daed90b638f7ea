"""Working days: when a case is due, how old it is, and which cases of a process are urgent."""

from __future__ import annotations

from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

import pytest

from bots.engine.core.item import NewItem
from bots.engine.core.working_days import WorkingDays, begins, day_of, ends
from bots.engine.intake.deadlines import dated
from bots.engine.screens.maps.opening_hours import Nation, working_days
from bots.processes.registry import find

LONDON = ZoneInfo("Europe/London")
_CHANGE = {
    "claim": "HB4350303",
    "nino": "QQ123456C",
    "name": "Asha Testerton",
    "born": "1984-02-01",
    "postcode": "ZZ1 4AB",
    "change": "RENT",
    "changed_on": "2026-11-02",
    "total": "120.00",
    "period": "W",
    "signed": True,
    "signed_on": "2026-11-03",
    "document": f"{'0' * 64}.pdf",
}
ENGLAND = working_days("england-and-wales")


def moment(text: str) -> float:
    return datetime.fromisoformat(text).replace(tzinfo=LONDON).timestamp()


DUE: list[tuple[str, Nation, str, int, str]] = [
    ("within a week", "england-and-wales", "2026-11-23 09:00", 2, "2026-11-25"),
    ("over a weekend", "england-and-wales", "2026-11-26 09:00", 2, "2026-11-30"),
    ("received on a Saturday", "england-and-wales", "2026-11-28 09:00", 1, "2026-11-30"),
    ("received late in the evening", "england-and-wales", "2026-11-23 23:59", 1, "2026-11-24"),
    ("the same day", "england-and-wales", "2026-11-23 09:00", 0, "2026-11-23"),
    # Christmas is a Friday, Boxing Day a Saturday: Monday the 28th is its holiday.
    ("over Christmas", "england-and-wales", "2026-12-24 09:00", 2, "2026-12-30"),
    ("over New Year", "england-and-wales", "2026-12-31 09:00", 1, "2027-01-04"),
    ("in Scotland 2 January is one, too", "scotland", "2026-12-31 09:00", 1, "2027-01-05"),
    ("clocks go back on the way", "england-and-wales", "2026-10-23 09:00", 1, "2026-10-26"),
]


@pytest.mark.parametrize(("nation", "received", "days", "due"), [d[1:] for d in DUE], ids=[d[0] for d in DUE])
def test_due_at_the_end_of_a_working_day(nation: Nation, received: str, days: int, due: str) -> None:
    found = working_days(nation).due(moment(received), days)
    assert found == moment(f"{due} 23:59:59")
    assert day_of(found) == date.fromisoformat(due)


def test_what_is_older_than_so_many_working_days() -> None:
    now = moment("2026-11-30 10:00")  # a Monday
    assert ENGLAND.ago(now, 1) == moment("2026-11-27 00:00")
    assert ENGLAND.ago(now, 5) == moment("2026-11-23 00:00")


def test_a_day_has_as_many_hours_as_the_clock_shows() -> None:
    assert ends(date(2026, 10, 25)) - begins(date(2026, 10, 25)) == 25 * 3600 - 1
    assert datetime.fromtimestamp(begins(date(2026, 7, 1)), UTC).hour == 23


def test_too_many_working_days_are_refused() -> None:
    with pytest.raises(ValueError, match="too many"):
        WorkingDays().due(0.0, 100_000)


@pytest.mark.parametrize(
    ("name", "days"), [("missed-bins", 2), ("council-tax-moves", 10), ("benefit-changes", 5)]
)
def test_a_process_says_when_its_cases_are_due(name: str, days: int) -> None:
    received = moment("2026-11-23 09:00")
    [row] = dated(find(name), [NewItem(reference="1", data={})], received, ENGLAND)
    assert row.due == ENGLAND.due(received, days)
    assert not row.urgent, "what is no whole record cannot say that it is"


def test_that_somebody_moved_out_is_urgent() -> None:
    """And what is no whole record yet is not, but it is due all the same."""
    out = {**_CHANGE, "change": "MOUT", "person": "Sam Sample"}
    rows = [
        NewItem(reference=str(n), data=data) for n, data in enumerate([_CHANGE, out, {**out, "nino": "?"}])
    ]
    found = dated(find("benefit-changes"), rows, moment("2026-11-23 09:00"), ENGLAND)
    assert [row.urgent for row in found] == [False, True, False]
    assert {row.due for row in found} == {moment("2026-11-30 23:59:59")}
    assert [row.data for row in found] == [row.data for row in rows]
