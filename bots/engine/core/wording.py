"""What the values of a choice are called when people see them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType


@dataclass(frozen=True, init=False)
class Wording:
    """Declares the words for the values of a `Literal` field.

    change: Annotated[Literal["RENT", "WORK"], Wording(RENT="The rent changed", WORK="Work began or ended")]
    """

    words: Mapping[str, str]

    def __init__(self, **words: str) -> None:
        object.__setattr__(self, "words", MappingProxyType(words))
