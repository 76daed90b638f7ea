"""Names and captions for the fields of a record, in plain letters."""

from __future__ import annotations

import builtins
import keyword
import re
import unicodedata

from ...core.papers import DOCUMENT
from ...core.record import Record
from .spot import TICK, Spot

_LONGEST = 50  # letters of a name
_CAPTION = 80  # letters of a caption
_YAML = ("yes", "no", "on", "off", "y", "n", "true", "false", "null")  # are no words there
_TAKEN = {*_YAML, *keyword.kwlist, *keyword.softkwlist, *dir(builtins), *dir(Record), DOCUMENT}
_NUMBER = re.compile(r"^(?:[0-9]+(?:\.[0-9]+)*[a-z]?\b[.):]*\s*)+", re.I)
_IN_XFA = re.compile(r"\[[0-9]+\]")
_GENERATED = re.compile(
    r"^(?:text|text ?field|check ?box|radio ?button|group|button|combo ?box|drop ?down|list ?box|field"
    r"|untitled|undefined|signature|feld|date ?field|numeric ?field|page|f|c|cb|tb|txt|fill)?[\W_]*[0-9]*$",
    re.I,
)
_CALLS = re.compile(
    r"^(?:please\s+)?(?:enter|give|write|type|select|choose|tick|state)\s+(?:(?:the|your|a|an)\s+)?", re.I
)


def caption_of(spot: Spot) -> str:
    """What people call it: what the form says to who cannot see it, the words beside it, or its own name."""
    own = spoken(spot.form)
    words = spot.words
    if own and (len(words) < 3 or (spot.kind == TICK and len(words.split()) < 3)):
        words = own  # `Yes` or `£` alone says nothing
    return plain(spot.tip or words or own or f"Field on page {spot.page}")


def plain(text: str) -> str:
    """On one line, without what has a meaning in Python and YAML, and cut off after a word."""
    kept = "".join(letter if unicodedata.category(letter)[0] != "C" else " " for letter in text)
    kept = " ".join(kept.replace("\\", "/").replace('"', "'").split()).strip(" :*")
    if len(kept) <= _CAPTION:
        return kept
    return kept[:_CAPTION].rsplit(" ", 1)[0].rstrip(" ,.;:(") + " ..."


def spoken(form: str) -> str:
    """The name of a form's field, where it is one that somebody gave it."""
    last = _IN_XFA.sub("", form).rpartition(".")[2] if _IN_XFA.search(form) else form
    words = " ".join(re.sub(r"([a-z])([A-Z])", r"\1 \2", last.replace("_", " ")).split())
    bare = _NUMBER.sub("", words)
    return "" if _GENERATED.match(bare) or sum(map(str.isalpha, bare)) < 2 else words


def name_of(spot: Spot, caption: str) -> str:
    return python_name(spoken(spot.form)) or python_name(_CALLS.sub("", _NUMBER.sub("", caption)))


def python_name(text: str) -> str:
    """In ASCII letters, digits and underscores; blank: nothing is left."""
    bare = (
        unicodedata.normalize("NFKD", _NUMBER.sub("", text.casefold())).replace("'", "").replace("\u2019", "")
    )
    words = re.findall(r"[a-z0-9]+", bare.encode("ascii", "ignore").decode())
    name = ""
    for word in words:
        if name and len(name) + 1 + len(word) > _LONGEST:
            break
        name = f"{name}_{word}" if name else word[:_LONGEST]
    return name.strip("_")


class Names:
    """Each once, and none that has a meaning already."""

    def __init__(self) -> None:
        self._given: set[str] = set()

    def give(self, wanted: str) -> str:
        wanted = wanted or "field"
        if not wanted[0].isalpha() or wanted in _TAKEN or wanted.startswith("model_"):
            wanted = f"form_{wanted}"
        name, number = wanted, 2
        while name in self._given or name in _TAKEN:
            name, number = f"{wanted}_{number}", number + 1
        self._given.add(name)
        return name
