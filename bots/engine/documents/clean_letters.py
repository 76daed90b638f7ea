"""Letters that no record may hold, and letters that nobody sees.

A record holds what a person could have typed. Half a character (a lone surrogate), a NUL or another control,
and a letter that turns the order of others round are signs of a damaged text: a person is asked. Zero-width
spaces, soft hyphens and the like come with text from web pages: they are left out, and that is said.
Unicode names the kinds: Cc, Cf, Cs and noncharacters (The Unicode Standard, chapter 23).
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

SPOILT = "holds letters that cannot be written, which is a sign of a damaged file; look at the original"
_SPOILT = re.compile(
    "[\x00-\x08\x0e-\x1f\x7f-\x84\x86-\x9f\u202d\u202e\ud800-\udfff\ufdd0-\ufdef\ufffd-\uffff]"
)
_LOST = "\ufffd"  # stands for a letter that some program could not read
_PAIR = re.compile("[\ud800-\udbff][\udc00-\udfff]")
_BREAKS = re.compile("[\x0b\x0c\x85\u2028\u2029]")
_UNSEEN = re.compile(
    "[\xad\u061c\u180e\u200b\u200e\u200f\u202a-\u202c\u2060-\u2069\ufeff]"
    # Between letters of scripts that join their letters, or of pictures, these two are part of the writing.
    "|(?<![\u0600-\uffff\U00010000-\U0010ffff])[\u200c\u200d]"
    "|[\u200c\u200d](?![\u0600-\uffff\U00010000-\U0010ffff])"
)


class CleanLetters:
    """Cleans the texts of one file's records, and counts in how many it left something out."""

    def __init__(self) -> None:
        self._records = 0

    def of(self, data: Mapping[str, Any]) -> tuple[dict[str, Any], dict[str, str]]:
        """The same data, and what is wrong with it, by field."""
        found, wrong, unseen = dict(data), dict[str, str](), False
        for name, text in data.items():
            if isinstance(text, str) and may_be_unclean(text):
                seen = _BREAKS.sub("\n", _PAIR.sub(_joined, text))
                plain = _UNSEEN.sub("", seen)
                unseen = unseen or plain != seen
                found[name] = plain
                if _SPOILT.search(plain):
                    wrong[name] = SPOILT
                    del found[name]
        self._records += unseen
        return found, wrong

    def said(self) -> list[str]:
        """Sentences about the file."""
        if not self._records:
            return []
        held = "1 record held" if self._records == 1 else f"{self._records} records held"
        return [f"{held} letters that nobody sees, such as zero-width spaces; they were left out."]


def may_be_unclean(text: str) -> bool:
    """Seldom, and quickly seen."""
    return not text.isprintable() or _LOST in text


def _joined(pair: re.Match[str]) -> str:
    """The one character that two halves stand for in UTF-16."""
    return pair[0].encode("utf-16-le", "surrogatepass").decode("utf-16-le")


def writable(value: Any) -> Any:
    """The same plain value with a sign of its own for each letter that no store and no terminal takes."""
    if isinstance(value, str):
        return _UNWRITABLE.sub("\ufffd", _PAIR.sub(_joined, value))
    if isinstance(value, Mapping):
        return {writable(name): writable(one) for name, one in value.items()}
    if isinstance(value, (list, tuple)):
        return [writable(one) for one in value]
    return value


_UNWRITABLE = re.compile("[\x00\ud800-\udfff]")
