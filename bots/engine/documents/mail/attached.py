"""One attachment of an e-mail."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True)
class Attached:
    number: int  # from 1, in the order of the e-mail
    name: str  # as its sender called it: for people, never a path
    file: str  # what it is called in the folder; "": it was not taken out
    why: str = ""  # it was not
    code: str = ""  # of that reason, where it has one
