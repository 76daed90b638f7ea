"""The attachments of an e-mail, as files of their own: what they are is for their readers to say.

The name that a sender gave is shown to people and is never a path. Texts, pictures that stand in them,
invitations and signatures are no attachments; an attached e-mail is looked into.
"""

from __future__ import annotations

import email
from collections.abc import Iterator
from email import errors, policy
from email.message import Message
from pathlib import Path
from typing import Any

from ..core.errors import BusinessException, RekeyError
from .attached import Attached
from .kind import kind_of
from .pdf_mark import is_pdf
from .refusals import (
    damaged_email,
    email_too_large,
    empty_email,
    nested_too_deeply,
    too_many_attachments,
)

MOST_BYTES = 100_000_000  # of an e-mail: mail systems let 25 to 50 MB through
MOST = 50  # attachments
DEEPEST = 3  # messages inside of each other
_DEEPEST_PARTS = 20
_NAME_SHOWN = 80
_NONE = frozenset(
    (
        "application/pgp-signature",
        "application/pkcs7-signature",
        "application/x-pkcs7-signature",
        "application/ics",
        "text/calendar",
        "text/vcard",
        "text/x-vcard",
    )
)
"""Parts that mail programs add, and that nobody means to hand in."""

_CUT = (errors.StartBoundaryNotFoundDefect, errors.CloseBoundaryNotFoundDefect)
_SPOILT = (errors.InvalidBase64CharactersDefect, errors.InvalidBase64LengthDefect)


def attachments(path: Path, folder: Path, stem: str) -> Iterator[Attached]:
    """Each is written to `folder`, as `stem` and its number. Raises a BusinessException."""
    if path.stat().st_size > MOST_BYTES:
        raise email_too_large(MOST_BYTES)
    parts = _found(path)
    if not parts:
        raise empty_email()
    if len(parts) > MOST:
        raise too_many_attachments(len(parts), MOST)
    for number, part in enumerate(parts, start=1):
        yield _taken_out(part, number, folder, stem)


def _found(path: Path) -> list[_Part]:
    try:
        with path.open("rb") as file:
            message = email.message_from_binary_file(file, policy=policy.default)
        return [_Part(part) for part in _parts(message, 0, 0) if _is_attached(part)]
    except RekeyError:
        raise
    except RecursionError:
        raise nested_too_deeply() from None
    # The library raises what it comes across in headers that were put together wrongly.
    except Exception as error:
        raise damaged_email(type(error).__name__) from error


def _parts(message: Message[Any, Any], messages: int, depth: int) -> Iterator[Message[Any, Any]]:
    """The parts that hold something. An e-mail too deep inside of others is one of them, unopened."""
    if depth > _DEEPEST_PARTS:
        raise nested_too_deeply()
    if any(isinstance(defect, _CUT) for defect in message.defects):
        raise damaged_email("cut off")  # nobody knows what came after
    inner: Any = message.get_payload()
    if not isinstance(inner, list) or (_is_message(message) and messages >= DEEPEST):
        yield message
        return
    for one in inner:
        yield from _parts(one, messages + _is_message(message), depth + 1)


def _is_message(part: Message[Any, Any]) -> bool:
    return part.get_content_maintype() == "message"


def _is_attached(part: Message[Any, Any]) -> bool:
    if part.get_content_type() in _NONE:
        return False
    how, main = part.get_content_disposition(), part.get_content_maintype()
    if main == "image":
        return how == "attachment" and part["Content-ID"] is None
    return main not in ("text", "multipart") or how == "attachment" or part.get_filename() is not None


class _Part:
    """What is to be taken out of an e-mail."""

    def __init__(self, part: Message[Any, Any]) -> None:
        self.name = _shown(part.get_filename() or "")
        self.unopened = isinstance(part.get_payload(), list)
        content = None if self.unopened else part.get_payload(decode=True)
        self.content = content if isinstance(content, bytes) else b""
        self.spoilt = any(isinstance(defect, _SPOILT) for defect in part.defects)


def _shown(name: str) -> str:
    """On one line, without folders, and without letters that turn the order of others round."""
    plain = "".join(letter for letter in name if letter.isprintable())
    return plain.replace("\\", "/").rsplit("/", 1)[-1].strip()[:_NAME_SHOWN]


def _taken_out(part: _Part, number: int, folder: Path, stem: str) -> Attached:
    if why := _not_taken(part):
        return Attached(number=number, name=part.name, file="", why=why)
    folder.mkdir(parents=True, exist_ok=True)
    plain = folder / f"{stem}-{number}"
    plain.write_bytes(part.content)
    named = plain.rename(plain.with_name(plain.name + _suffix(plain)))
    return Attached(number=number, name=part.name, file=named.name)


def _not_taken(part: _Part) -> str:
    if part.unopened:
        return f"It is an e-mail inside of {DEEPEST} others, and was not opened."
    if not part.content:
        return "There is nothing in it."
    return "It was damaged on its way; ask the sender for it again." if part.spoilt else ""


def _suffix(path: Path) -> str:
    if is_pdf(path):
        return ".pdf"
    try:
        return f".{kind_of(path)}"
    except BusinessException:  # its reader will say so again
        return ""
