"""The typed data of one case, and field types that several processes share."""

from __future__ import annotations

import hashlib
import json
import re
from typing import Annotated, Any

from pydantic import AfterValidator, BaseModel, ConfigDict, StringConstraints


class _Sensitive:
    """Marks a field whose value is masked wherever a person does not need it."""

    def __repr__(self) -> str:
        return "Sensitive"


Sensitive = _Sensitive()


class Record(BaseModel):
    """A case as its process understands it. Frozen; a correction is a new version of the same item."""

    model_config = ConfigDict(frozen=True, extra="forbid", str_strip_whitespace=True)

    @property
    def reference(self) -> str:
        """The natural key inside the process, fixed at intake. May be personal data: kept in the store."""
        raise NotImplementedError

    @classmethod
    def sensitive(cls) -> frozenset[str]:
        return frozenset(n for n, f in cls.model_fields.items() if Sensitive in f.metadata)

    def data(self) -> dict[str, Any]:
        """Plain JSON values, in the order of the fields."""
        return self.model_dump(mode="json")


def digest(data: Any) -> str:
    """A short, stable fingerprint of JSON data (the first 16 hex digits of its SHA-256)."""
    text = json.dumps(data, sort_keys=True, separators=(",", ":"), ensure_ascii=False, default=str)
    return hashlib.sha256(text.encode()).hexdigest()[:16]


# The outward code is 2 to 4 characters, the inward a digit and two letters (BS 7666).
_POSTCODE = re.compile(r"^([A-Z]{1,2}[0-9][A-Z0-9]?)([0-9][A-Z]{2})$")


def _postcode(text: str) -> str:
    match = _POSTCODE.match(re.sub(r"\s+", "", text).upper())
    if not match:
        raise ValueError("should be a postcode such as ZZ1 4AB")
    return f"{match[1]} {match[2]}"


def _one_line(text: str) -> str:
    return " ".join(text.split())


Uprn = Annotated[str, StringConstraints(pattern=r"^[0-9]{1,12}$")]
"""Unique property reference number: up to 12 digits (GeoPlace)."""

Postcode = Annotated[str, AfterValidator(_postcode)]
"""A UK postcode in upper case with its space."""

PersonName = Annotated[str, StringConstraints(min_length=1), AfterValidator(_one_line), Sensitive]
"""A person's name on one line. Sensitive."""
