"""The digests of the chain: anybody can compute them again, and no two rows can pass for each other."""

from __future__ import annotations

import hashlib
import json
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from bots.engine.core.record import digest
from bots.engine.store.chain import digests
from bots.engine.store.database.bulk import quick_digest

TEXTS = st.text(max_size=8)
VALUES = st.one_of(TEXTS, st.none(), st.booleans(), st.integers(), st.floats(), st.dates())
ROWS = st.lists(st.one_of(TEXTS, st.none(), st.integers(-9, 10**12)), min_size=12, max_size=12)


@given(st.dictionaries(TEXTS, VALUES, max_size=6))
def test_a_quick_digest_is_the_same_digest(data: dict[str, Any]) -> None:
    """Stores hold digests of the slow way: a quick one that differed would make every case look changed."""
    try:
        wanted = digest(data)
    except UnicodeEncodeError:  # half a character: no record holds one
        return
    assert quick_digest(data) == wanted


def test_odd_data_has_the_same_digest_too() -> None:
    for data in ({"a": {"b": 1.5}}, {"a": 10**30}, {"a": ["x"]}, {"é\u2028\x7f": "\x00\x1f<>&'\"\\/"}):
        assert quick_digest(data) == digest(data)


@given(ROWS)
def test_a_link_is_what_the_runbook_says(row: list[Any]) -> None:
    """SHA-256 of the hash before, the sealed part, the image and a JSON array: no library of ours needed."""
    before, sealed, image = (hashlib.sha256(bytes([n])).digest() for n in range(3))
    try:
        text = json.dumps(row, separators=(",", ":"), ensure_ascii=False).encode()
    except UnicodeEncodeError:
        return
    assert digests.link(before, sealed, image, row) == hashlib.sha256(before + sealed + image + text).digest()


@given(ROWS, ROWS)
def test_no_two_rows_have_one_hash(one: list[Any], other: list[Any]) -> None:
    try:
        same = digests.link(digests.GENESIS, b"", None, one) == digests.link(
            digests.GENESIS, b"", None, other
        )
    except TypeError:
        return
    assert same == (one == other)


def test_without_its_salt_a_text_cannot_be_guessed() -> None:
    salt = digests.new_salt()
    assert len(salt) == 16
    assert digests.seal(salt, "Ada", "{}") not in (
        digests.seal(None, "Ada", "{}"),
        digests.seal(digests.new_salt(), "Ada", "{}"),
    )
