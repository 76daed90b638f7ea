"""What a form says a second time: the data of its XFA part (XFA 3.3, 4), which some viewers show in place of
the fields' own values (ISO 32000-1, 12.7.8)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any
from xml.etree import ElementTree

from pypdf.generic import ArrayObject, DictionaryObject, IndirectObject, StreamObject

from ..same import same

_LARGEST = 5_000_000  # bytes
_DEEPEST = 100
_DATA = "{http://www.xfa.org/schema/xfa-data/1.0/}data"

XfaData = Mapping[str, frozenset[str]]
"""By the plain name of a field every text that it has."""


def data_of(reader: Any) -> XfaData | None:
    """None: the form has no such part. One that cannot be read says nothing: {}."""
    form = _real(_real(reader.trailer["/Root"]).get("/AcroForm"))
    part = _real(form.get("/XFA")) if isinstance(form, DictionaryObject) else None
    if part is None:
        return None
    content = _datasets(part)
    try:
        tree = ElementTree.fromstring(content) if 0 < len(content) <= _LARGEST else None
    except (ElementTree.ParseError, ValueError, LookupError):
        tree = None
    found: dict[str, set[str]] = {}
    for name, text in _texts(tree) if tree is not None else ():
        found.setdefault(name, set()).add(text)
    return {name: frozenset(texts) for name, texts in found.items()}


def differs(data: XfaData | None, name: str, value: str) -> bool:
    """Whether the second set of data has another value of a field. `name`: with those of its groups."""
    texts = (data or {}).get(_plain(name.rsplit(".", 1)[-1]))
    return texts is not None and not any(same(value, text) for text in texts)


def _datasets(part: Any) -> bytes:
    """Of a part in pieces the one with the data; of one in a whole all of it."""
    if isinstance(part, StreamObject):
        return part.get_data()
    pieces = [_real(one) for one in part] if isinstance(part, ArrayObject) else []
    for name, piece in zip(pieces[::2], pieces[1::2], strict=False):
        if name == "datasets" and isinstance(piece, StreamObject):
            return piece.get_data()
    return b""


def _texts(tree: ElementTree.Element) -> Iterator[tuple[str, str]]:
    for data in tree.iter(_DATA):
        yield from _leaves(data, 0)


def _leaves(element: ElementTree.Element, depth: int) -> Iterator[tuple[str, str]]:
    inner = list(element)
    if not inner:
        yield element.tag.rsplit("}", 1)[-1], element.text or ""
    elif depth < _DEEPEST:
        for one in inner:
            yield from _leaves(one, depth + 1)


def _plain(name: str) -> str:
    """Without the number of the place: `Total[0]`."""
    return name.split("[", 1)[0]


def _real(value: Any) -> Any:
    return value.get_object() if isinstance(value, IndirectObject) else value
