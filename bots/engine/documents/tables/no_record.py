"""Rows that stand among records and are none: totals, and remarks that run across the sheet."""

from __future__ import annotations

import re
from collections.abc import Sequence

TOTALS = "looks like a row of totals; take it out, or fill its cells in if it is a record"
REMARK = "looks like a remark and not like a record; take it out, or fill its cells in if it is one"
_TOTAL = re.compile(
    r"(?:(?:grand|sub|over-?all|page|net|gross|ytd)[\s-]*)?totals?(?:\s+(?:for|of|to)\s.*)?\s*:?",
    re.I | re.S,
)
_LEAST_COLUMNS, _LEAST_WORDS = 3, 3


def no_record(texts: Sequence[str | None]) -> str:
    """Why a row's cells make no record; empty: they may. For rows that are blank for the most part."""
    filled = [text for text in texts if text]
    if any(_TOTAL.fullmatch(text) for text in filled):
        return TOTALS
    if len(texts) > _LEAST_COLUMNS and len(filled) == 1 and len(filled[0].split()) >= _LEAST_WORDS:
        return REMARK
    return ""
