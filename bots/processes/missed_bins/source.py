"""The staff inbox of the citizen portal."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from typing import Any

from bots.engine.core.errors import SignedOut, SystemClosed, SystemException
from bots.engine.core.process import Source, SourceRow
from bots.engine.core.screens import Screens
from bots.engine.core.value import Format, Shown, canonical

_COLLECTIONS = {"refuse": "Refuse", "recycling": "Recycling", "garden": "Garden waste"}


class PortalInbox(Source):
    system = "portal"

    async def rows(self, screens: Screens) -> AsyncIterator[SourceRow]:
        await screens.open("inbox")
        listed = await screens.rows("reports")
        for place, row in enumerate(listed, start=1):
            number = str(row["number"])
            origin = {"system": self.system, "row": place}
            try:
                await screens.open("report", number=number)
                data = report(await screens.read())
            except (SignedOut, SystemClosed):
                raise
            except SystemException as error:
                yield SourceRow(reference=number, data={}, origin=origin, failed=error)
                continue
            yield SourceRow(reference=number, data=data, origin=origin)


def report(shown: Mapping[str, Shown]) -> dict[str, Any]:
    """The page's values as the record names them."""
    collection = str(shown["collection"])
    first = collection.lower().split()[0] if collection else ""
    return {
        "number": str(shown["number"]),
        "uprn": str(shown["uprn"]) or None,
        "house": str(shown["house"]),
        "postcode": str(shown["postcode"]),
        "collection": _COLLECTIONS.get(first, collection),
        "missed_on": str(shown["missed_on"]),
        "received_on": canonical(Format.DATE, str(shown["received"])[:10]),
        "reported_by": str(shown["reported_by"]),
        "notes": shown["notes"].text.strip(),
    }
