"""What a list may mean by a value that it cuts off, or whose letters it does not know."""

from __future__ import annotations

from datetime import date

import pytest

from bots.engine.core.value import Format, Shown, Value
from bots.engine.keying.seeking import spelt_close


@pytest.mark.parametrize(
    ("value", "shown", "how", "close"),
    [
        ("Zoë Łęcka", "Zoë Łęcka", Format.TEXT, True),
        ("Zoë Łęcka", "Zoe ?ecka", Format.TEXT, True),
        ("Zoë Łęcka", "ZOE LECKA", Format.TEXT, True),
        ("O’Brien, Máire", "O?Brien, M?ire", Format.TEXT, True),
        ("Bartholomew Featherstone", "Bartholomew Feat…", Format.TEXT, True),
        ("Bartholomew Featherstone", "Barth", Format.TEXT, False),
        ("Ann Sample", "Ben Sample-Jones", Format.TEXT, False),
        ("EM-000123", "EM-000124", Format.TEXT, False),
        ("EM-000123", "EM 000123", Format.TEXT, True),
        # A list that leaves out what the row above has shown.
        ("Ann", "", Format.TEXT, True),
        (date(2026, 11, 3), " ", Format.DATE, True),
        ("", "Ann", Format.TEXT, False),
        (date(2026, 11, 3), "03/11/2026", Format.DATE, True),
        (date(2026, 11, 3), "04/11/2026", Format.DATE, False),
        ("100012345678", "10001234567", Format.DIGITS, False),
    ],
)
def test_spelt_close(value: Value, shown: str, how: Format, close: bool) -> None:
    assert spelt_close(value, Shown(text=shown, format=how)) is close
