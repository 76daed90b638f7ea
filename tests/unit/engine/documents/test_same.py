"""What a form's script or viewer writes otherwise says the same; nothing else does."""

from __future__ import annotations

import pytest

from bots.engine.documents.same import same


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("1234.5", "£1,234.50"),
        ("O'Hara", "O’Hara"),
        ("two\nlines", "two lines"),
        ("2026-05-09", "9 May 2026"),
        ("ﬁne", "fine"),
    ],
)
def test_written_otherwise(one: str, other: str) -> None:
    assert same(one, other)
    assert same(other, one)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("499.25", "999.25"),
        ("12", "1.2"),
        ("Ann", "ann"),
        ("", "x"),
        ("2026-05-09", "05/09/2026"),
        ("-5", "5"),
    ],
)
def test_another_value(one: str, other: str) -> None:
    assert not same(one, other)
