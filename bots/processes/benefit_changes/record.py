"""One change of circumstances, as somebody wrote it on the form BC1."""

from __future__ import annotations

import re
from datetime import date
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BeforeValidator, StringConstraints

from bots.engine.core.record import PersonName, Postcode, Pounds, Record, Sensitive, UkDate, YesNo
from bots.engine.core.wording import Wording

_CLAIM = re.compile(r"^HB[0-9]{7}$", re.ASCII)
# Two letters, six digits, and A to D; which letters and pairs are used: HMRC's manual NIM39110. QQ is never
# given out: official examples have it, and so have ours. Benefits would not know such a number.
_NINO = re.compile(
    r"^(?:QQ|(?!BG|GB|NK|KN|TN|NT|ZZ)[ABCEGHJ-PRSTW-Z][ABCEGHJ-NPRSTW-Z])[0-9]{6}[A-D]$", re.ASCII
)
_WELSH_MONTHS = {
    "ionawr": "January",
    "chwefror": "February",
    "mawrth": "March",
    "ebrill": "April",
    "mai": "May",
    "mehefin": "June",
    "gorffennaf": "July",
    "awst": "August",
    "medi": "September",
    "hydref": "October",
    "tachwedd": "November",
    "rhagfyr": "December",
}
_PERIODS = {
    "W": ("weekly", "every week", "wythnosol", "bob wythnos"),
    "F": ("fortnightly", "every two weeks", "bob pythefnos"),
    "4": ("four-weekly", "every four weeks", "bob pedair wythnos"),
    "M": ("monthly", "every month", "misol", "bob mis"),
}
_PERIOD_OF = {word: code for code, words in _PERIODS.items() for word in words}


def _claim(text: str) -> str:
    bare = "".join(text.split()).upper()
    if not _CLAIM.match(bare):
        raise ValueError("should be a claim number such as HB4350303")
    return bare


def _nino(text: str) -> str:
    bare = "".join(text.split()).upper()
    if not _NINO.match(bare):
        raise ValueError("should be a National Insurance number such as QQ 12 34 56 C")
    return bare


def _in_english(value: Any) -> Any:
    if not isinstance(value, str):
        return value
    return " ".join(_WELSH_MONTHS.get(word.lower(), word) for word in value.split())


def _born(day: date) -> date:
    """Of a year of two digits the past one is meant."""
    return day.replace(year=day.year - 100) if day > date.today() else day


def _period(value: Any) -> Any:
    return _PERIOD_OF.get(" ".join(value.split()).lower(), value) if isinstance(value, str) else value


def _typed(text: str) -> str:
    """On one line, with the apostrophe that keyboards have: so it can be found again."""
    return " ".join(text.replace("\u2019", "'").split())


Name = Annotated[PersonName, AfterValidator(_typed)]
FormDate = Annotated[UkDate, BeforeValidator(_in_english)]
"""A date as people write it, with the months in English or Welsh."""


class BenefitChange(Record):
    known_by = (("claim", "change", "changed_on"),)

    claim: Annotated[str, AfterValidator(_claim), Sensitive]
    nino: Annotated[str, AfterValidator(_nino), Sensitive]
    name: Name
    born: Annotated[FormDate, AfterValidator(_born), Sensitive]
    postcode: Annotated[Postcode, Sensitive]
    change: Annotated[
        Literal["RENT", "INCM", "WORK", "MVIN", "MOUT"],
        Wording(
            RENT="The rent changed",
            INCM="Income changed",
            WORK="Work began or ended",
            MVIN="Somebody moved in",
            MOUT="Somebody moved out",
        ),
    ]
    """As benefits' look-up list calls it."""
    changed_on: FormDate
    earnings: Annotated[Pounds | None, Sensitive] = None
    pensions: Annotated[Pounds | None, Sensitive] = None
    other_income: Annotated[Pounds | None, Sensitive] = None
    total: Annotated[Pounds | None, Sensitive] = None
    """Of the three; or the new rent."""
    period: Annotated[
        Literal["W", "F", "4", "M"] | None,
        BeforeValidator(_period),
        Wording(**{code: words[0].capitalize() for code, words in _PERIODS.items()}),
    ] = None
    person: Annotated[Name | None, Sensitive] = None
    """Who moved in or out."""
    notes: Annotated[str, AfterValidator(_typed), Sensitive] = ""
    signed: YesNo
    signed_on: FormDate
    document: Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{64}\.pdf$")]
    """The file that holds its pages: the digest of its content, and `.pdf`."""

    @property
    def digest(self) -> str:
        """Of the document."""
        return self.document.removesuffix(".pdf")
