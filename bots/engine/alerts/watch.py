"""The watch: each minute it looks at everything, tells people what is news, and says that it lives."""

from __future__ import annotations

import asyncio
import contextlib
import traceback
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from pathlib import Path

from ..core.alert import Delivery, PrefectFacts, Role, Told
from ..core.errors import RekeyError
from ..core.hours import Hours
from ..store.alerts.ledger import Round
from ..store.alerts.store import StoreAlerts
from .addresses import Address, Addresses, recipients
from .blind import Blind
from .causes import CAUSES, standing, unknown
from .office import Office, Seen
from .post import send
from .wording import Wording

EVERY = 60.0
"""Seconds from one round to the next."""
_ROUND_WITHIN = 180.0
"""For a whole round: more than Prefect and the slowest address may take together."""
_ASKED_FOR = 20.0
"""Seconds for which Prefect may think before it counts as not answering."""
AskPrefect = Callable[[], Awaitable[PrefectFacts]]
Left = Callable[[], Mapping[str, Sequence[tuple[str, float]]]]


@dataclass(frozen=True, kw_only=True)
class RoundEnded:
    """`told`: messages made in this round. `accepted`, `failed`: deliveries, also of earlier ones."""

    told: Sequence[Told]
    accepted: int = 0
    failed: int = 0


@dataclass(kw_only=True)
class Watch:
    """`digest`: at what time of a working day people get the list of what still stands. `alive`: called after
    a round that went to its end; `announce`: gives what was told to Prefect."""

    store: StoreAlerts
    office: Office
    wording: Wording
    addresses: Addresses
    left: Left
    digest: time
    prefect: AskPrefect | None = None
    announce: Callable[[Sequence[Told]], Awaitable[None]] | None = None
    alive: Callable[[], Awaitable[object]] | None = None

    async def run(self, tell: Callable[[str], None], every: float = EVERY) -> None:
        """Until it is cancelled. `tell` is given a sentence when a round cannot go to its end."""
        said, blind = "", Blind()
        while True:
            why = await self._round_or_why()
            if why and why != said:
                tell(why)
            said = why
            if blind.must_be_told(bool(why), asyncio.get_running_loop().time()):
                await self._tell_blind()
            await asyncio.sleep(every)

    async def _round_or_why(self) -> str:
        try:
            async with asyncio.timeout(_ROUND_WITHIN):
                await self.round()
        except TimeoutError:
            return "Nobody is told anything: the store does not answer."
        except RekeyError as error:
            return f"Nobody is told anything: {error.sentence}"
        except Exception as error:  # the watch goes on; a message might quote a record or an address
            place = traceback.extract_tb(error.__traceback__)[-1]
            where = f"{type(error).__name__} in {Path(place.filename).name}, line {place.lineno}"
            return f"Nobody is told anything: the watch itself failed ({where})."
        return ""

    async def _tell_blind(self) -> None:
        """Without the store nobody keeps who was told: straight to ICT."""
        with contextlib.suppress(RekeyError):  # the keyring is away as well
            addresses = (await asyncio.to_thread(self.addresses.all)).get(Role.ICT.value, ())
            await asyncio.gather(*(send(one.secret, self.wording.blind()) for one in addresses))

    async def round(self) -> RoundEnded:
        addresses = await asyncio.to_thread(self.addresses.all)
        seen = await self._look()
        told = await self.store.settle(self._asked(seen, addresses))
        if self.announce is not None and told:
            await self.announce(told)
        by_id = {one.id: one for those in addresses.values() for one in those}
        taken = await self.store.take()
        sent = await asyncio.gather(*(self._deliver(one, by_id.get(one.address)) for one in taken))
        await self.store.round_ended()
        if self.alive is not None:
            await self.alive()
        return RoundEnded(told=told, accepted=sum(sent), failed=len(sent) - sum(sent))

    async def _look(self) -> Seen:
        office = self.office
        facts, prefect, left = await asyncio.gather(
            self.store.facts(list(office.processes), office.doubt_after, office.idle_seen),
            self._ask_prefect(),
            asyncio.to_thread(self.left),
        )
        return Seen(facts=facts, prefect=prefect, left=left)

    async def _ask_prefect(self) -> PrefectFacts | None:
        if self.prefect is None:
            return None
        try:
            async with asyncio.timeout(_ASKED_FOR):
                return await self.prefect()
        except (RekeyError, TimeoutError):
            return PrefectFacts(answers=False)

    def _asked(self, seen: Seen, addresses: Mapping[str, Sequence[Address]]) -> Round:
        due = [
            (recipient, matter)
            for matter in standing(seen, self.office)
            for recipient in recipients(matter, CAUSES[matter.cause], addresses)
        ]
        return Round(
            due=due,
            addresses={name: [one.id for one in those] for name, those in addresses.items()},
            write=self.wording.message,
            unknown=unknown(seen),
            grace={cause.name: cause.grace for cause in CAUSES.values()},
            digest=digest_due(self.office.at_work, self.digest, seen.facts.now),
        )

    async def _deliver(self, delivery: Delivery, address: Address | None) -> bool:
        """`address` None: somebody has just replaced it; the next round drops what is on its way there."""
        well = await send(address.secret, delivery.message) if address else False
        await (self.store.accepted(delivery) if well else self.store.failed(delivery))
        return well


def digest_due(at_work: Hours, at: time, now: float) -> float | None:
    """When today's digest was due; None before that time, and on days when nobody is at work."""
    here = datetime.fromtimestamp(now, UTC).astimezone(at_work.zone)
    if at_work.shut_on(here.date()) or not at_work.week.get(here.weekday()):
        return None
    due = datetime.combine(here.date(), at, at_work.zone)
    return due.timestamp() if timedelta(0) <= here - due else None
