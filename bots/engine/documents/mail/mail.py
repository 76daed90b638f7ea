"""The attachments of an e-mail.

Texts, pictures that stand in them, invitations and signatures are none; an attached e-mail is looked into.
"""

from __future__ import annotations

import email
from collections.abc import Iterator
from email import errors, policy
from email.message import Message
from typing import Any

from ...core.errors import RekeyError
from ..refusals import damaged_email, nested_too_deeply
from .part import DAMAGED, ENCRYPTED, NOTHING, SEALED, Part

DEEPEST = 3  # messages inside of each other
_DEEPEST_PARTS = 20
_SEALED = frozenset(("application/pkcs7-mime", "application/x-pkcs7-mime"))
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


def mail_parts(content: bytes) -> list[Part]:
    """Its attachments. Raises a BusinessException."""
    try:
        message = email.message_from_bytes(content, policy=policy.default)
        return [_part(part) for part in _parts(message, 0, 0) if _is_attached(part)]
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


def _part(part: Message[Any, Any]) -> Part:
    name = part.get_filename() or ""
    if part.get_content_type() in _SEALED:
        return Part(name=name, why=ENCRYPTED, code=SEALED)
    if isinstance(part.get_payload(), list):
        return Part(name=name, why=f"It is an e-mail inside of {DEEPEST} others, and was not opened.")
    if any(isinstance(defect, _SPOILT) for defect in part.defects):
        return Part(name=name, why=DAMAGED)
    content = part.get_payload(decode=True)
    if not isinstance(content, bytes) or not content:
        return Part(name=name, why=NOTHING)
    return Part(name=name, content=content)
