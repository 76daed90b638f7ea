"""The change in benefits: recorded on its claim, with the form attached."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from bots.engine.core.screens import Screens
from bots.engine.core.step import Step
from bots.engine.core.value import Found, Shown, Value

from .record import BenefitChange
from .rules import Claim, the_claimants


class RecordChange(Step[BenefitChange]):
    name, system, commit = "record-change", "benefits", "new_change.save"
    title = "Record the change"
    case = ("claim", "code", "changed_on")
    hand = "recorded_by"

    async def match(self, screens: Screens, record: BenefitChange) -> BenefitChange:
        await screens.open("claim_search")
        await screens.fill(number=record.claim)
        await screens.act("search")
        the_claimants(record, [_claim(row) for row in await screens.rows("claims")])
        return record

    def values(self, record: BenefitChange) -> Mapping[str, Value]:
        return {
            "claim": record.claim,
            "code": record.change,
            "changed_on": record.changed_on,
            "form_dated": record.signed_on,
            "amount": record.total,
            "period": record.period,
            "person": record.person,
            "notes": record.notes,
            "document": record.digest,
        }

    async def find(self, screens: Screens, record: BenefitChange) -> Sequence[Found]:
        await screens.open("claim_changes", claim=record.claim)
        return [
            _found(row)
            for row in await screens.rows("changes")
            if row["code"].equals(record.change) and row["changed_on"].equals(record.changed_on)
        ]

    async def key(self, screens: Screens, record: BenefitChange) -> None:
        await screens.open("new_change", claim=record.claim)
        await screens.act("details")
        await screens.fill(code=record.change, changed_on=record.changed_on, form_dated=record.signed_on)
        await screens.act("figures")
        await screens.fill(amount=record.total, period=record.period, person=record.person)
        await screens.act("notes")
        await screens.fill(notes=record.notes)
        await screens.act("document")
        await screens.attach("file", record.document)

    async def reopen(self, screens: Screens, reference: str) -> Found:
        await screens.open("change", reference=reference)
        return _found(await screens.read())

    async def listing(self, screens: Screens) -> Sequence[Found]:
        await screens.open("all_changes")
        return [_found(row) for row in await screens.rows("changes")]


def _claim(row: Mapping[str, Shown]) -> Claim:
    return Claim(
        number=str(row["number"]),
        name=str(row["name"]),
        born=str(row["born"]),
        nino="".join(str(row["nino"]).split()),
        open=row["status"].equals("Open"),
    )


def _found(shown: Mapping[str, Shown]) -> Found:
    values = {name: value for name, value in shown.items() if name != "reference"}
    return Found(reference=str(shown["reference"]), values=values)
