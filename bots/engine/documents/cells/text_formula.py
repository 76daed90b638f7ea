"""Whether a formula can give nothing but a text: a number stored as its value was never calculated."""

from __future__ import annotations

import re
from collections.abc import Iterator
from xml.sax.saxutils import unescape

_CALL = re.compile(r"(?:_xlfn\.)?([A-Z][A-Z0-9.]*)\((.*)\)", re.S | re.I)
_TEXT = re.compile(
    "CONCATENATE|CONCAT|TEXT|TEXTJOIN|LEFT|RIGHT|MID|UPPER|LOWER|PROPER|TRIM|SUBSTITUTE|REPLACE|REPT|CHAR|UNICHAR"
    "|CLEAN|DOLLAR|FIXED|T|BASE|ROMAN|ADDRESS|FORMULATEXT|TEXTBEFORE|TEXTAFTER"
)
_CHOICES = {"IF": 1, "IFERROR": 0, "IFNA": 0, "CHOOSE": 1}
"""By function the first argument that may be its result."""
_DEEPEST = 20


def gives_text(formula: str) -> bool:
    """`formula`: as it stands in the XML, with or without its `=`."""
    return _is_text(unescape(formula, {"&quot;": '"', "&apos;": "'"}).strip().removeprefix("="), 0)


def _is_text(formula: str, depth: int) -> bool:
    formula = formula.strip()
    parts = list(_split(formula, "&"))
    if depth > _DEEPEST or len(list(_split(formula, "=<>"))) > 1:
        return False
    if len(parts) > 1:
        return True
    if formula.startswith('"') and formula.endswith('"') and len(formula) > 1:
        return True
    called = _CALL.fullmatch(formula)
    if called is None or len(list(_split(formula, "+-*/^"))) > 1:
        return False
    name = called[1].upper()
    if _TEXT.fullmatch(name):
        return True
    results = list(_split(called[2], ","))[_CHOICES[name] :] if name in _CHOICES else []
    return bool(results) and all(_is_text(one, depth + 1) for one in results)


def _split(text: str, signs: str) -> Iterator[str]:
    """At signs that stand neither in quotation marks nor in brackets."""
    depth, quoted, begun = 0, False, 0
    for place, letter in enumerate(text):
        if letter == '"':
            quoted = not quoted
        elif not quoted and letter in "({":
            depth += 1
        elif not quoted and letter in ")}":
            depth -= 1
        elif not quoted and depth == 0 and letter in signs:
            yield text[begun:place]
            begun = place + 1
    yield text[begun:]
