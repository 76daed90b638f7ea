"""The file `record.py` of a draft."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence

from . import field
from .field import Drafted

_TYPES = {
    field.TEXT: ("Annotated[str, Sensitive]", '""'),
    field.DATE: ("Annotated[UkDate | None, Sensitive]", "None"),
    field.POUNDS: ("Annotated[Pounds | None, Sensitive]", "None"),
    field.POSTCODE: ("Annotated[Postcode | None, Sensitive]", "None"),
    field.PHONE: ("Phone | None", "None"),
    field.YES_NO: ("Annotated[YesNo, Sensitive]", "False"),
    field.SIGNED: ("YesNo", "False"),
}
_SHARED = {
    field.DATE: "UkDate",
    field.POUNDS: "Pounds",
    field.POSTCODE: "Postcode",
    field.PHONE: "Phone",
    field.YES_NO: "YesNo",
    field.SIGNED: "YesNo",
}
_CHOICES = (field.ONE_OF, field.LISTED)


def record_text(fields: Sequence[Drafted], known_by: str, title: str, class_name: str) -> str:
    """`known_by`: the field that seems to make a case the same case; blank: there is none."""
    return "".join(_lines(fields, known_by, title, class_name))


def _lines(fields: Sequence[Drafted], known_by: str, title: str, class_name: str) -> Iterator[str]:
    chosen = [one for one in fields if one.kind in _CHOICES]
    sensitive = [one for one in fields if one.kind not in (field.PHONE, field.SIGNED)]
    yield f'"""One case, as {title} tells of it. A draft: complete it."""\n'
    yield "\nfrom __future__ import annotations\n"
    typing = [*(["Annotated"] if sensitive else []), *(["Literal"] if chosen else [])]
    if typing:
        yield f"\nfrom typing import {', '.join(typing)}\n"
    shared = {
        "Record",
        *(["Sensitive"] if sensitive else []),
        *(_SHARED[f.kind] for f in fields if f.kind in _SHARED),
    }
    yield f"\nfrom bots.engine.core.record import {', '.join(sorted(shared))}\n"
    for one in chosen:
        yield from _choices(one)
    yield f"\n\nclass {class_name}(Record):\n"
    yield "    # Complete: which fields make a case the same case when it is handed in again.\n"
    yield f"    known_by = (({_quoted(known_by)},),)\n" if known_by else "    known_by = ()\n"
    yield "\n"
    for one in fields:
        kind, default = _TYPES.get(one.kind, (f"Annotated[{_class(one)} | None, Sensitive]", "None"))
        yield f"    {one.name}: {kind} = {default}\n"
        yield f'    """{_told(one.caption)}"""\n'


def _choices(one: Drafted) -> Iterator[str]:
    options = one.listed or tuple(one.choices)
    if len(options) == 1:
        yield f"\n{_class(one)} = Literal[{_quoted(options[0])}]\n"
        return
    yield f"\n{_class(one)} = Literal[\n"
    yield from (f"    {_quoted(option)},\n" for option in options)
    yield "]\n"


def _class(one: Drafted) -> str:
    return "".join(part.capitalize() for part in one.name.split("_")) + "Choice"


def _quoted(text: str) -> str:
    """As ruff writes it: in double quotes, if that needs no more backslashes than single ones."""
    if '"' in text and "'" not in text:
        return "'" + json.dumps(text, ensure_ascii=False)[1:-1].replace('\\"', '"') + "'"
    return json.dumps(text, ensure_ascii=False)


def _told(caption: str) -> str:
    return caption if caption.endswith((".", "?", "!")) else f"{caption}."
