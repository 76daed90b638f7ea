"""What a scan says must be made of words that there are: its reader may be sure of what is wrong."""

from __future__ import annotations

import pytest

from bots.engine.documents.forms.prose import plain, small_for_capital


@pytest.mark.parametrize(
    "text",
    [
        "The landlord's letter is attached.",
        "New tenancy agreement starts the same day; same landlord.",
        "This is for 3 months only (cover for a colleague).",
        "Two things:\n1. the rent book is with the landlord\n2. please write to my sister, not to me",
        "The organisation’s colour, the cheque and the licence - all of it.",
        "£45.50 a week, from 10/11/2026 at 7:30",
        "I am self-employed and/or ill",
        "",
    ],
)
def test_words_that_there_are(text: str) -> None:
    assert plain(text)


@pytest.mark.parametrize(
    ("text", "was"),
    [
        ("starts the same dayi same landlord", "day;"),
        ("ask lan about it", "Ian"),
        ("the lst of the month", "1st"),
        ("in 201l", "2011"),
        ("flat Al on the left", "A1"),
        ("room 1O", "10"),
        ("a rnodern house", "modern"),
        ("wIll come", "Will"),
        ("he burns it, bums it", "either"),
        ("Mae llythyr y landlord ynghlwm.", "Welsh, of which there is no list"),
        ("paid 12.50zl", "two words"),
        ("§ 5", "a sign that nobody expects"),
    ],
)
def test_what_a_person_has_to_read(text: str, was: str) -> None:
    assert not plain(text), was


def test_a_small_l_for_a_capital_i() -> None:
    assert small_for_capital("lan Testerton")
    assert small_for_capital("14 lnvented Road")
    assert not small_for_capital("Ian Testerton")
    assert not small_for_capital("rent and living")
    assert not small_for_capital("l")
