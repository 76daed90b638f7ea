"""What is wrong with a record, in words that fit behind a field's name and hold none of its values."""

from __future__ import annotations

from collections.abc import Container

from pydantic import ValidationError


def mistakes(error: ValidationError, known: Container[str] = ()) -> dict[str, str]:
    """By field; `known`: those of which something is said already."""
    found: dict[str, str] = {}
    for one in error.errors(include_input=False, include_url=False):
        name = str(one["loc"][0]) if one["loc"] else "row"
        if name not in known:
            found.setdefault(name, _words(one["type"], one["msg"]))
    return found


def _words(kind: str, message: str) -> str:
    if kind == "missing":
        return "is blank"
    if kind == "value_error":
        return message.removeprefix("Value error, ")
    return f"is not as it should be ({message[:1].lower()}{message[1:]})"
