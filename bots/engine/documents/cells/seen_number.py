"""What a number's format makes of it in a field of some kind: the text that people see, or a question."""

from __future__ import annotations

from .field_kinds import FieldKind
from .number_format import Look

HIDDEN_NUMBER = "is hidden by its format; show it, or delete it, and hand the workbook in again"
PERCENTAGE = "is a percentage, where a number is meant"
NOT_EXACT = "is shown otherwise than it is stored; type it as a text, and hand the workbook in again"
_NUMBERS = frozenset({FieldKind.MONEY, FieldKind.NUMBER})


def seen(look: Look, kind: FieldKind, number: float) -> tuple[str | None, str]:
    """The text, where it is another one than the number; and what a person is to be asked, if anything."""
    if look.hidden:
        return None, HIDDEN_NUMBER
    if kind in _NUMBERS:
        if look.percent:
            return None, PERCENTAGE
        return None, f"is in another currency ({look.currency})" if look.currency else ""
    if kind is not FieldKind.TEXT or look.currency:
        return None, ""
    text = look.text(number)
    return text, "" if text else NOT_EXACT
