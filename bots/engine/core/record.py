"""The typed data of one case, and field types that several processes share."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Mapping, Sequence
from contextlib import suppress
from datetime import date
from decimal import Decimal
from functools import cache, lru_cache
from typing import Annotated, Any, ClassVar, Self, get_args

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    PrivateAttr,
    StringConstraints,
    TypeAdapter,
    ValidationError,
)

from .value import folded


class _Sensitive:
    """Marks a field whose value is masked wherever a person does not need it."""

    def __repr__(self) -> str:
        return "Sensitive"


Sensitive = _Sensitive()


class Record(BaseModel):
    """A case as its process understands it. Frozen; a correction is a new version of the same item."""

    model_config = ConfigDict(frozen=True, extra="forbid", str_strip_whitespace=True)

    known_by: ClassVar[Sequence[Sequence[str]]] = ()
    """What makes a case the same case: the fields of its natural key; where one of them may be absent,
    the next best ones."""

    _stamp: str = PrivateAttr(default="")

    @property
    def stamp(self) -> str:
        """The opaque id of the item that it belongs to; empty where nothing is keyed."""
        return self._stamp

    def stamped(self, item: str) -> Self:
        self._stamp = item
        return self

    @property
    def reference(self) -> str:
        """The natural key inside the process, fixed at intake. May be personal data: kept in the store."""
        found = self.known_as
        if found is None:
            raise ValueError(f"{type(self).__name__} has none of its keys")
        return found

    @property
    def known_as(self) -> str | None:
        """The same, or None where all keys want a field that is absent."""
        return _key(self.known_by, self.__dict__)

    @classmethod
    def reference_in(cls, data: Mapping[str, Any]) -> str | None:
        """The natural key of data that is no valid record, where that much of it can be read."""
        return _key(cls.known_by, cls._readable(data))

    @classmethod
    def same_case(cls, one: Mapping[str, Any], other: Mapping[str, Any]) -> bool:
        """Whether two versions agree in every natural key that both can form: one key alone may be a
        slip of the pen that hits somebody else's case."""
        left, right = cls._readable(one), cls._readable(other)
        for names in cls.known_by:
            mine, theirs = _key((names,), left), _key((names,), right)
            if mine is not None and theirs is not None and mine != theirs:
                return False
        return True

    @classmethod
    def _readable(cls, data: Mapping[str, Any]) -> dict[str, Any]:
        """The fields of the keys, as far as they can be read."""
        readable: dict[str, Any] = {}
        for name in {name for names in cls.known_by for name in names} & set(data):
            with suppress(ValidationError):
                readable[name] = _reader(cls, name).validate_python(data[name])
        return readable

    @classmethod
    def as_read(cls, data: Mapping[str, Any]) -> dict[str, Any]:
        """Plain values of the fields that can be read, and the others as they stand."""
        found = dict(data)
        for name in set(data) & set(cls.model_fields):
            with suppress(ValidationError):
                adapter = _reader(cls, name)
                found[name] = adapter.dump_python(adapter.validate_python(data[name]), mode="json")
        return found

    @classmethod
    def value(cls, name: str, text: str) -> Any:
        """What a text says as one field, as a plain value. Raises ValidationError."""
        adapter = _reader(cls, name)
        return adapter.dump_python(adapter.validate_python(text), mode="json")

    @classmethod
    def sensitive(cls) -> frozenset[str]:
        """The fields whose values are masked, also optional ones."""
        fields = cls.model_fields.items()
        return frozenset(n for n, f in fields if Sensitive in f.metadata or _marked(f.annotation))

    def data(self) -> dict[str, Any]:
        """Plain JSON values, in the order of the fields."""
        found: dict[str, Any] = self.__pydantic_serializer__.to_python(self, mode="json")
        return found


def _marked(kind: Any) -> bool:
    """Whether a type, or one of those that it is made of, is marked as sensitive."""
    if Sensitive in getattr(kind, "__metadata__", ()):
        return True
    return any(_marked(part) for part in get_args(kind))


def _key(keys: Sequence[Sequence[str]], values: Mapping[str, Any]) -> str | None:
    """Written alike however the source writes it: see `folded`, but in capitals; dates as ISO."""
    for names in keys:
        parts = [values.get(name) for name in names]
        if all(part is not None and part != "" for part in parts):
            return "/".join(folded(str(part)).upper() for part in parts)
    return None


@cache
def _reader(record: type[Record], field: str) -> TypeAdapter[Any]:
    found = record.model_fields[field]
    kind: Any = Annotated[found.annotation, found]
    return TypeAdapter(kind, config=ConfigDict(str_strip_whitespace=True))


_ENCODER = json.JSONEncoder(sort_keys=True, separators=(",", ":"), ensure_ascii=False, default=str)


def digest(data: Any) -> str:
    """A short, stable fingerprint of JSON data (the first 16 hex digits of its SHA-256)."""
    return hashlib.sha256(_ENCODER.encode(data).encode()).hexdigest()[:16]


# The outward code is 2 to 4 characters, the inward a digit and two letters (BS 7666).
_POSTCODE = re.compile(r"^([A-Z]{1,2}[0-9][A-Z0-9]?)([0-9][A-Z]{2})$")


def _postcode(text: str) -> str:
    match = _POSTCODE.match("".join(text.split()).upper())
    if not match:
        raise ValueError("should be a postcode such as ZZ1 4AB")
    return f"{match[1]} {match[2]}"


def _one_line(text: str) -> str:
    return " ".join(text.split())


_MONTHS = (
    *("january", "february", "march", "april", "may", "june", "july", "august"),
    *("september", "october", "november", "december"),
)
_AHEAD = 20
_NUMBERS = re.compile(r"^([0-9]{1,2})[/.\- ]([0-9]{1,2})[/.\- ]([0-9]{2}|[0-9]{4})$")
_WORDS = re.compile(r"^([0-9]{1,2})(?:st|nd|rd|th)?[ -]+([a-z]{3,9})[ ,-]+([0-9]{2}|[0-9]{4})$", re.I)
_ISO = re.compile(r"^([0-9]{4})-([0-9]{2})-([0-9]{2})(?:[T ]00:00(?::00(?:\.0+)?)?Z?)?$")


def _uk_date(value: Any) -> Any:
    """Day before month, as people in the UK write. A bare number is no date: it could be anything."""
    return _date_in(value) if isinstance(value, str) else value


@lru_cache(maxsize=4096)  # a workbook names the same few hundred days over and over
def _date_in(text: str) -> date:
    text = " ".join(text.split())
    if found := _ISO.match(text):
        year, month, day = int(found[1]), int(found[2]), int(found[3])
    elif found := _NUMBERS.match(text):
        day, month, year = int(found[1]), int(found[2]), int(found[3])
    elif (found := _WORDS.match(text)) and (named := _month(found[2])):
        day, month, year = int(found[1]), named, int(found[3])
    else:
        raise ValueError("should be a date such as 14/11/2026")
    try:
        return date(_whole_year(year), month, day)
    except ValueError:
        raise ValueError("is a day that does not exist; it should be a date such as 14/11/2026") from None


def _month(word: str) -> int | None:
    """January, Jan or any beginning of a month's name in between; `Sept`; no other word is a month."""
    months = [number for number, name in enumerate(_MONTHS, start=1) if name.startswith(word.lower())]
    return months[0] if len(months) == 1 else None


def _whole_year(year: int) -> int:
    """Of two digits: of this century up to 20 years ahead, else of the last one. The same rule everywhere."""
    if year >= 100:
        return year
    return year + (2000 if year + 2000 <= date.today().year + _AHEAD else 1900)


def _yes_no(value: Any) -> Any:
    if not isinstance(value, str):
        return value
    word = value.strip().lower()
    if word in ("yes", "y", "true", "1", "x"):
        return True
    if word in ("no", "n", "false", "0", ""):
        return False
    raise ValueError("should be Yes or No")


_POUNDS = re.compile(r"^£? ?((?:[0-9]+|[0-9]{1,3}(?:,[0-9]{3})+)(?:\.[0-9]{1,2})?)$", re.ASCII)


def _pounds(value: Any) -> Any:
    if not isinstance(value, str):
        return value
    found = _POUNDS.match(value.strip())
    if not found:
        raise ValueError("should be an amount such as £1,234.50")
    return Decimal(found[1].replace(",", "")).quantize(Decimal("0.01"))


_PERCENT = re.compile(r"^([0-9]{1,3}(?:\.[0-9]+)?) ?%$", re.ASCII)


_CREDIT = re.compile(
    r"^(?P<minus>-)? ?£? ?(?P<inner>-)?(?P<sum>[0-9,]+(?:\.[0-9]{1,2})?)(?P<behind> ?-| ?cr\.?)?$"
    r"|^\((?P<bare>£? ?[^()]+)\)$",
    re.ASCII | re.I,
)


def _pounds_or_credit(value: Any) -> Any:
    if not isinstance(value, str):
        return value
    found = _CREDIT.match(value.strip())
    if not found:
        return _pounds(value)
    signs = sum(found[sign] is not None for sign in ("minus", "inner", "behind", "bare"))
    amount = _pounds((found["bare"] or found["sum"]) if signs < 2 else value)
    return -amount if signs else amount


def _percent(text: str) -> str:
    """A bare number is refused: a cell of 5% without its format holds 0.05, and somebody may have typed 5."""
    found = _PERCENT.match(text.strip())
    if not found or Decimal(found[1]) > 100:
        raise ValueError("should be a percentage as text, with its sign: 25%")
    return f"{Decimal(found[1]).normalize():f}%"


_NO_MARKS = str.maketrans("", "", " \t\n\xa0().-/\u2010\u2011\u2012\u2013")
_PHONE = re.compile(r"^0[0-9]{9,10}$", re.ASCII)


def _phone(text: str) -> str:
    bare = text.translate(_NO_MARKS)
    if bare.startswith(("+44", "0044")):
        bare = "0" + bare.partition("44")[2]
    elif len(bare) == 10 and bare[0] != "0":
        bare = "0" + bare  # a spreadsheet took it for a number
    if not _PHONE.match(bare):
        raise ValueError("should be a telephone number such as 01632 960123")
    return bare


Uprn = Annotated[str, StringConstraints(pattern=r"^[0-9]{1,12}$")]
"""Unique property reference number: up to 12 digits (GeoPlace)."""

Postcode = Annotated[str, AfterValidator(_postcode)]
"""A UK postcode in upper case with its space."""

UkDate = Annotated[date, BeforeValidator(_uk_date)]
"""A date, however people in the UK write it: 14/11/2026, 14-11-26, 14 Nov 2026, 2026-11-14."""

YesNo = Annotated[bool, BeforeValidator(_yes_no)]
"""Yes or No, Y or N; blank is no."""

Phone = Annotated[str, AfterValidator(_phone), Sensitive]
"""A UK telephone number as 10 or 11 digits with its leading zero. Sensitive."""

Pounds = Annotated[Decimal, BeforeValidator(_pounds)]
"""Pounds and pence as people write them: £1,234.50, 1234.5, 95."""

PoundsOrCredit = Annotated[Decimal, BeforeValidator(_pounds_or_credit)]
"""The same, and credits as people write them: -£5.00, £-5, (5.00), 5.00-, 5.00 CR."""

Percent = Annotated[str, AfterValidator(_percent)]
"""From 0% to 100%, with its sign, and without zeros at its end: 25%, 12.5%."""

PersonName = Annotated[str, StringConstraints(min_length=1), AfterValidator(_one_line), Sensitive]
"""A person's name on one line. Sensitive."""
