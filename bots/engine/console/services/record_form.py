"""A record as a form: made from its model, filled in by a person, read by the record's own rules."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from types import NoneType, UnionType
from typing import Annotated, Any, Literal, Union, get_args, get_origin

from pydantic import TypeAdapter, ValidationError

from ...core.column import Column
from ...core.errors import BusinessException
from ...core.papers import DOCUMENT
from ...core.process import Rule
from ...core.record import Record, UkDate
from ...core.wording import Wording
from ...documents.mistakes import mistakes

_DAY: TypeAdapter[date] = TypeAdapter(UkDate)
_YES_NO = (("yes", "Yes"), ("no", "No"))
_ISO = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", re.ASCII)
_CHOOSE = "should be chosen: what stood there is none of these"
WHOLE = "record"
"""Stands for a mistake that is no single field's."""


class Input(StrEnum):
    LINE = "line"
    TEXT = "text"  # several lines
    DAY = "day"
    CHOICE = "choice"
    YES_NO = "yes-no"


@dataclass(frozen=True, kw_only=True)
class Field:
    """One field of the form."""

    name: str
    label: str
    input: Input
    required: bool
    sensitive: bool
    options: Sequence[tuple[str, str]] = ()  # what is stored, and what a person sees

    def shown(self, value: Any) -> str:
        """A stored value as people write it."""
        if value is None or value == "":
            return ""
        if self.input is Input.DAY:
            return _uk(str(value))
        if isinstance(value, bool):
            return "yes" if value else "no"
        return str(value)

    def unreadable(self, text: str) -> bool:
        """Whether something stood there that is none of its options."""
        return bool(text and self.options) and text not in {value for value, _ in self.options}


@dataclass(frozen=True, kw_only=True)
class Filled:
    """What a person filled in. `record` is None as long as something is wrong."""

    texts: Mapping[str, str]
    record: Record | None
    mistakes: Mapping[str, str]  # by field, or WHOLE: a sentence


class RecordForm:
    """The form of one process's record."""

    def __init__(self, record: type[Record], rules: Sequence[Rule[Any]] = ()) -> None:
        self._record = record
        self._rules = rules
        self.fields = tuple(_fields(record))

    def texts(self, data: Mapping[str, Any]) -> dict[str, str]:
        """Stored data as the form shows it. What is no valid record is shown as it is."""
        read = self._record.as_read(data)
        return {field.name: field.shown(read.get(field.name)) for field in self.fields}

    def read(self, posted: Mapping[str, str], before: Mapping[str, Any]) -> Filled:
        """`before`: the data as stored, for what no person fills in."""
        texts = {field.name: _typed(posted.get(field.name, "")) for field in self.fields}
        wrong: dict[str, str] = {}
        data = {name: before[name] for name in _MACHINES if before.get(name)}
        stood = self.texts(before)
        for field in self.fields:
            name, text = field.name, texts[field.name]
            if not text and field.unreadable(stood[name]):
                wrong[name] = _CHOOSE  # no button of it was pressed, so it would count as left blank
            try:
                untouched = bool(text) and text == _typed(stood[name])
                data |= {name: before[name]} if untouched else _stored(field, text)
            except ValidationError as error:
                [wrong[field.name]] = mistakes(error).values()
        try:
            record = self._record.model_validate(data)
        except ValidationError as error:
            wrong = mistakes(error) | wrong
            return Filled(texts=texts, record=None, mistakes=self._sentences(wrong))
        if wrong:
            return Filled(texts=texts, record=None, mistakes=self._sentences(wrong))
        return self._ruled(texts, record)

    def _ruled(self, texts: Mapping[str, str], record: Record) -> Filled:
        if record.known_as is None:
            sentence = "Fill in the fields by which the case is known."
            return Filled(texts=texts, record=None, mistakes={WHOLE: sentence})
        for rule in self._rules:
            try:
                rule(record)
            except BusinessException as error:
                return Filled(texts=texts, record=None, mistakes={WHOLE: error.sentence})
        return Filled(texts=texts, record=record, mistakes={})

    def _sentences(self, wrong: Mapping[str, str]) -> dict[str, str]:
        labels = {field.name: field.label for field in self.fields}
        return {
            name if name in labels else WHOLE: f"{labels.get(name, 'The record')} {why}."
            for name, why in wrong.items()
        }


def within(limits: Mapping[str, int], filled: Filled) -> Filled:
    """The same, unless a text is longer than its target holds: the bot would stop at it again."""
    long = {name: most for name, most in limits.items() if _length(filled.texts.get(name, "")) > most}
    if not long:
        return filled
    said = {
        name: f"It is longer than the {most} characters that the system holds." for name, most in long.items()
    }
    return Filled(texts=filled.texts, record=None, mistakes={**filled.mistakes, **said})


def _length(text: str) -> int:
    return len(text.encode("utf-16-le")) // 2  # as browsers count


_MACHINES = (DOCUMENT,)
"""What a machine puts into a record, and no person could write."""


def _fields(record: type[Record]) -> list[Field]:
    sensitive = record.sensitive()
    found = []
    for name, info in record.model_fields.items():
        if name in _MACHINES:
            continue
        column = next((one for one in info.metadata if isinstance(one, Column)), None)
        kind, marks = _plain(info.annotation)
        options = _options(kind, [*info.metadata, *marks])
        found.append(
            Field(
                name=name,
                label=column.name if column else info.title or name.replace("_", " ").capitalize(),
                input=_input(kind, info.default),
                required=info.is_required(),
                sensitive=name in sensitive,
                options=options,
            )
        )
    return found


def _plain(kind: Any) -> tuple[Any, list[Any]]:
    """A type without its optional None and its marks, and the marks."""
    marks: list[Any] = []
    while True:
        if get_origin(kind) is Annotated:
            kind, *more = get_args(kind)
            marks += more
        elif get_origin(kind) in (Union, UnionType) and NoneType in get_args(kind):
            [kind, *_] = [one for one in get_args(kind) if one is not NoneType]
        else:
            return kind, marks


def _input(kind: Any, default: Any) -> Input:
    if get_origin(kind) is Literal:
        return Input.CHOICE
    if kind is bool:
        return Input.YES_NO
    if kind is date:
        return Input.DAY
    # A text that may well be empty is one in which people write freely.
    return Input.TEXT if kind is str and default == "" else Input.LINE


def _options(kind: Any, marks: Sequence[Any]) -> tuple[tuple[str, str], ...]:
    if kind is bool:
        return _YES_NO
    if get_origin(kind) is not Literal:
        return ()
    words = next((mark.words for mark in marks if isinstance(mark, Wording)), {})
    return tuple((value, words.get(value, value)) for value in get_args(kind))


def _stored(field: Field, text: str) -> dict[str, Any]:
    """What a person wrote, as the record takes it; blank is absent. Raises ValidationError."""
    if not text:
        return {}
    if field.input is Input.DAY:
        return {field.name: _DAY.validate_python(text).isoformat()}
    return {field.name: text}


def _typed(text: str) -> str:
    """Without what a browser adds: between lines it sends two signs for one."""
    return text.replace("\r\n", "\n").strip()


def _uk(text: str) -> str:
    """A stored day; what else stands there may be no day at all, such as 20261005."""
    with suppress(ValueError):
        if _ISO.fullmatch(text):
            return date.fromisoformat(text).strftime("%d/%m/%Y")
    return text
