"""The parts of a workbook that is a zip (xlsx, xlsm, xlsb), and which of them is which sheet."""

from __future__ import annotations

import posixpath
import re
import struct
import zipfile
from collections.abc import Iterator
from io import BytesIO
from typing import IO
from xml.etree import ElementTree

from ..refusals import nested_too_deeply
from .xlsb import records

_PIECE = 1 << 20
_BUNDLED_SHEET = 156
_CALCULATION = re.compile(rb"<(?:\w+:)?calcPr\b[^>]*>")
_ON_LOAD = re.compile(rb"""\sfullCalcOnLoad\s*=\s*["'](?:1|true)["']""")
_DEEPEST = 100  # of elements; office programs come to 20


def sheet_parts(archive: zipfile.ZipFile) -> dict[str, str]:
    """The member of each sheet, by the sheet's name. Some programs write other cases or back slashes."""
    members = {_plain(name): name for name in archive.namelist()}
    book = next(n for n in members if n.rsplit("/", 1)[-1] in ("workbook.xml", "workbook.bin"))
    folder, name = posixpath.split(book)
    relations = archive.read(members[posixpath.join(folder, "_rels", f"{name}.rels")])
    targets = {
        item.get("Id", ""): _plain(posixpath.join("/", folder, item.get("Target", "").replace("\\", "/")))
        for item in tree_of(relations)
    }
    content = archive.read(members[book])
    sheets = _binary_sheets(content) if name.endswith(".bin") else _xml_sheets(content)
    return {sheet: members[targets[relation]] for sheet, relation in sheets if targets[relation] in members}


def part_named(archive: zipfile.ZipFile, name: str) -> str | None:
    """The member of this name, in small letters, in whatever folder."""
    return next((n for n in archive.namelist() if _plain(n).rsplit("/", 1)[-1] == name), None)


def must_calculate(archive: zipfile.ZipFile) -> bool:
    """Whether the workbook says that nobody has calculated it: the program that opens it is to do so first.

    Programs that write formulas and cannot calculate them say it (XlsxWriter, openpyxl, Apache POI, EPPlus).
    """
    part = part_named(archive, "workbook.xml")
    found = _CALCULATION.search(archive.read(part)) if part else None
    return bool(found and _ON_LOAD.search(found[0]))


def shared_strings(archive: zipfile.ZipFile) -> list[str]:
    """The workbook's table of texts, without their formats and readings."""
    part = part_named(archive, "sharedstrings.xml")
    if part is None:
        return []
    items = tree_of(archive.read(part)).findall("{*}si")
    return ["".join(t.text or "" for t in (*i.findall("{*}t"), *i.findall("{*}r/{*}t"))) for i in items]


def pieces(file: IO[bytes], closing: bytes) -> Iterator[bytes]:
    """A large part in pieces that end behind a closing tag, so that no cell is cut in two."""
    kept: list[bytes] = []
    while block := file.read(_PIECE):
        cut = block.rfind(closing)
        if cut < 0:
            kept.append(block)
            continue
        cut += len(closing)
        yield b"".join((*kept, block[:cut]))
        kept = [block[cut:]]
    yield b"".join(kept)


def tree_of(content: bytes) -> ElementTree.Element:
    """What is nested is kept open while it is read: a small part can take all memory so."""
    depth, reader = 0, ElementTree.iterparse(BytesIO(content), ("start", "end"))
    for event, _ in reader:
        depth += 1 if event == "start" else -1
        if depth > _DEEPEST:
            raise nested_too_deeply()
    return reader.root  # type: ignore[attr-defined, no-any-return, unused-ignore]


def _plain(name: str) -> str:
    return posixpath.normpath(name.replace("\\", "/")).lstrip("/").lower()


def _xml_sheets(content: bytes) -> Iterator[tuple[str, str]]:
    for sheet in tree_of(content).iterfind("{*}sheets/{*}sheet"):
        relation = next((v for key, v in sheet.items() if key.endswith("}id")), "")
        yield sheet.get("name", ""), relation


def _binary_sheets(content: bytes) -> Iterator[tuple[str, str]]:
    for kind, at, _ in records(content):
        if kind == _BUNDLED_SHEET:
            relation, behind = _text(content, at + 8)
            yield _text(content, behind)[0], relation


def _text(content: bytes, at: int) -> tuple[str, int]:
    end = at + 4 + 2 * int(struct.unpack_from("<I", content, at)[0])
    return content[at + 4 : end].decode("utf-16-le"), end
