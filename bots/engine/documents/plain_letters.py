"""Texts as small letters without accents, for comparing words that people wrote."""

from __future__ import annotations

import unicodedata

PASSED_OVER = frozenset(".:-*")


def plain_letters(text: str) -> str:
    """Small letters without accents, spaces and points."""
    return "".join(plain_letter(letter) for letter in text)


def plain_letter(letter: str) -> str:
    """None, or several: æ has no accent, and ß is two."""
    if letter.isspace() or letter in PASSED_OVER:
        return ""
    if letter in "°º":
        return "°"
    apart = unicodedata.normalize("NFKD", letter.casefold())
    return "".join(part for part in apart if not unicodedata.combining(part))
