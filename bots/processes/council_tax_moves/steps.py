"""The two changes in revenues: the old account is ended, then the new one is opened."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date

from bots.engine.core.screens import Screens
from bots.engine.core.step import Step
from bots.engine.core.value import Found, Shown, Value

from .record import Move
from .rules import Account, Property, choose_account, choose_property

REASON = "Moved within borough"


class EndLiability(Step[Move]):
    name, system, commit = "end-liability", "revenues", "end_liability.save"
    title = "End the old account"
    case = ("account",)
    hand = "ended_by"

    async def match(self, screens: Screens, record: Move) -> Move:
        if record.account is not None:
            await _enquire(screens, account=record.account)
        else:
            await _enquire(screens, name=record.liable, postcode=record.old_postcode)
        found = choose_account(record, [_account(row) for row in await screens.rows("accounts")])
        return record.model_copy(update={"account": found.number})

    def values(self, record: Move) -> Mapping[str, Value]:
        return {
            "account": record.account,
            "name": record.liable,
            "end_date": record.moved_out,
            "end_reason": REASON,
            "forwarding": record.forwarding,
            "phone": record.phone,
        }

    async def find(self, screens: Screens, record: Move) -> Sequence[Found]:
        await _enquire(screens, account=str(record.account))
        return [_ended(row) for row in await screens.rows("accounts") if row["end_date"].text.strip()]

    async def key(self, screens: Screens, record: Move) -> None:
        await screens.open("end_liability", account=str(record.account))
        await screens.fill(
            end_reason=REASON,
            end_date=record.moved_out,
            forwarding=record.forwarding,
            phone=record.phone,
        )

    async def reopen(self, screens: Screens, reference: str) -> Found:
        await screens.open("account", account=reference)
        return _ended(await screens.read())

    async def listing(self, screens: Screens) -> Sequence[Found]:
        await screens.open("changed_accounts")
        return [_ended(row) for row in await screens.rows("accounts") if row["ended_by"].text.strip()]


class OpenAccount(Step[Move]):
    name, system, commit = "open-account", "revenues", "open_account_confirm.confirm"
    title = "Open the new account"
    case = ("property_ref", "name", "start_date")
    hand = "opened_by"

    async def match(self, screens: Screens, record: Move) -> Move:
        offered = await self._properties(screens, record)
        return record.model_copy(update={"property_ref": choose_property(record, list(offered)).uprn})

    async def _properties(self, screens: Screens, record: Move) -> Mapping[Property, str]:
        """What the wizard's first page offers at the new postcode, with the words of its list."""
        await screens.open("open_account")
        await screens.fill(postcode=record.new_postcode)
        await screens.act("find")
        return {_property(text): text for text in await screens.options("property")}

    def values(self, record: Move) -> Mapping[str, Value]:
        return {
            "property_ref": record.property_ref,
            "name": record.liable,
            "start_date": record.moved_in,
            "phone": record.phone,
            "single_person": record.lives_alone,
            "notes": record.notes.upper(),
        }

    async def find(self, screens: Screens, record: Move) -> Sequence[Found]:
        await _enquire(screens, property_ref=str(record.property_ref))
        return [_opened(row) for row in await screens.rows("accounts") if _of(record, row)]

    async def key(self, screens: Screens, record: Move) -> None:
        offered = await self._properties(screens, record)
        await screens.fill(property=offered[choose_property(record, list(offered))])
        await screens.act("next")
        await screens.fill(name=record.liable, start_date=record.moved_in, phone=record.phone)
        await screens.act("next")
        await screens.fill(single_person=record.lives_alone, notes=record.notes.upper())

    async def reopen(self, screens: Screens, reference: str) -> Found:
        await screens.open("account", account=reference)
        return _opened(await screens.read())

    async def listing(self, screens: Screens) -> Sequence[Found]:
        await screens.open("changed_accounts")
        return [_opened(row) for row in await screens.rows("accounts") if row["opened_by"].text.strip()]


async def _enquire(screens: Screens, **criteria: str) -> None:
    await screens.open("account_enquiry")
    await screens.fill(**criteria)
    await screens.act("search")


def _of(record: Move, row: Mapping[str, Shown]) -> bool:
    """An account of this person at the new property that does not end before the move."""
    end = str(row["end_date"])
    return row["name"].equals(record.liable) and (not end or end > record.moved_in.isoformat())


def _account(row: Mapping[str, Shown]) -> Account:
    end = str(row["end_date"])
    return Account(
        number=str(row["account"]),
        name=str(row["name"]),
        address=str(row["address"]),
        postcode=str(row["postcode"]),
        end=date.fromisoformat(end) if end else None,
    )


def _property(text: str) -> Property:
    uprn, _, address = text.partition(" - ")
    return Property(uprn=uprn, address=address)


def _ended(shown: Mapping[str, Shown]) -> Found:
    return Found(reference=str(shown["account"]), values=shown)


def _opened(shown: Mapping[str, Shown]) -> Found:
    values = {name: value for name, value in shown.items() if name != "account"}
    return Found(reference=str(shown["account"]), values=values)
