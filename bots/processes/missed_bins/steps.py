"""Logging a case in waste management."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from bots.engine.core.errors import BusinessException, SystemException
from bots.engine.core.screens import Screens
from bots.engine.core.step import Step
from bots.engine.core.value import Found, Shown, Value

from .record import MissedBin
from .rules import Property, choose_property, collected_that_day


class LogCase(Step[MissedBin]):
    name, system, commit = "log-case", "waste", "new_case.save"
    case = ("uprn", "collection", "missed_on")
    hand = "keyed_by"

    async def match(self, screens: Screens, record: MissedBin) -> MissedBin:
        await self._search(screens, record)
        found = choose_property(record, [_property(row) for row in await screens.rows("properties")])
        collected_that_day(record, found)
        return record.model_copy(update={"uprn": found.uprn})

    async def _search(self, screens: Screens, record: MissedBin) -> None:
        """By property reference, or by house and postcode when the resident typed the address."""
        by_address = ("", record.house, record.postcode) if record.uprn is None else (record.uprn, "", "")
        uprn, house, postcode = by_address
        await screens.open("property_search", uprn=uprn, house=house, postcode=postcode)

    def values(self, record: MissedBin) -> Mapping[str, Value]:
        return {
            "uprn": record.uprn,
            "collection": record.collection,
            "missed_on": record.missed_on,
            "reported_by": record.reported_by,
            "source": "Web",
            "priority": False,
            "notes": record.notes,
        }

    async def find(self, screens: Screens, record: MissedBin) -> Sequence[Found]:
        await screens.open("case_search", uprn=record.uprn or "")
        return [
            _found(row)
            for row in await screens.rows("cases")
            if row["collection"].equals(record.collection) and row["missed_on"].equals(record.missed_on)
        ]

    async def key(self, screens: Screens, record: MissedBin) -> None:
        await screens.open("new_case")
        await screens.act("find_property")
        await screens.fill(uprn=record.uprn)
        await screens.act("find")
        await screens.rows("properties")
        await screens.choose("properties", 0)
        await screens.fill(
            collection=record.collection,
            missed_on=record.missed_on,
            reported_by=record.reported_by,
            source="Web",
            notes=record.notes,
        )

    async def reopen(self, screens: Screens, reference: str) -> Found:
        try:
            await screens.open("case", reference=reference)
        except BusinessException as none:
            # That there is no such case is said of the reference, not of the report.
            raise SystemException("not-ready", none.sentence) from None
        return _found(await screens.read())

    async def listing(self, screens: Screens) -> Sequence[Found]:
        await screens.open("case_list")
        return [_found(row) for row in await screens.rows("cases")]


def _found(shown: Mapping[str, Shown]) -> Found:
    values = {name: value for name, value in shown.items() if name != "case_ref"}
    return Found(reference=str(shown["case_ref"]), values=values)


def _property(row: Mapping[str, Shown]) -> Property:
    return Property(
        uprn=str(row["uprn"]),
        address=str(row["address"]),
        postcode=str(row["postcode"]),
        days={
            "Refuse": str(row["refuse_day"]),
            "Recycling": str(row["recycling_day"]),
            "Garden waste": str(row["garden_day"]),
        },
    )
