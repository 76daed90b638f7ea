"""One document inside another file."""

from __future__ import annotations

from dataclasses import dataclass

DAMAGED = "It was damaged on its way; ask the sender for it again."
NOTHING = "There is nothing in it."
SEALED = "encrypted-email"
LOCKED = "It is protected by a password; ask the sender for it without one."
ENCRYPTED = (
    "It is encrypted, or signed as a whole (S/MIME), and cannot be opened here; "
    "open the e-mail in the mail program, save its attachments, and hand these in."
)


@dataclass(frozen=True, kw_only=True)
class Part:
    name: str  # as its sender called it
    content: bytes = b""
    why: str = ""  # it cannot be taken out
    code: str = ""  # of that reason, where it has one
