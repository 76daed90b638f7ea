"""What proves that a save is not in its target: the only thing that lets it be keyed again once it left."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Witness(StrEnum):
    """What a proof stands on."""

    REFUSES = "refuses"  # the target refuses a second entry, and was seen to
    STAMP = "stamp"  # a search by the item's own mark
    LIST = "list"  # a whole list of what the step makes


@dataclass(frozen=True, kw_only=True)
class Absence:
    """Proof that a step of an item is not in its target.

    `key`: the digest of the case; `scope`: over what was asked, in the words of the map; `counted`: entries
    that were looked through; `asked`: when it was begun, on the store's clock; `alive`: the reference of a
    later save that the same question showed.
    """

    step: str
    key: str
    scope: str
    counted: int
    asked: float
    witness: Witness
    alive: str = ""


@dataclass(frozen=True, kw_only=True)
class ListRead:
    """A list that was read to its end. `covers`: over what it goes; empty: nobody says that it is of all;
    `ends`: whether it tells that it is whole."""

    screen: str
    table: str
    covers: str
    counted: int
    ends: bool
