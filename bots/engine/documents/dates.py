"""Dates as documents of many countries have them. The order of day and month is never guessed."""

from __future__ import annotations

import re
from collections.abc import Collection
from dataclasses import dataclass
from datetime import date

from .plain_letters import plain_letters

_MONTHS = (
    "jan january januar janvier januari enero gennaio janeiro styczen stycznia janv ene gen",
    "feb february februar fevrier februari febrero febbraio fevereiro luty lutego fevr",
    "mar march marz mars maart marzo marco marzec marca mrz mrt",
    "apr april avril abril aprile kwiecien kwietnia avr abr",
    "may mai mei mayo maggio maio maj maja",
    "jun june juni juin junio giugno junho czerwiec czerwca giu",
    "jul july juli juillet julio luglio julho lipiec lipca juil lug",
    "aug august aout augustus augusti agosto sierpien sierpnia ago",
    "sep sept september septembre septiembre settembre setembro wrzesien wrzesnia set",
    "oct october oktober octobre octubre ottobre outubro pazdziernik pazdziernika okt out ott",
    "nov november novembre noviembre novembro listopad listopada",
    "dec december dezember decembre diciembre dicembre dezembro grudzien grudnia dez dic",
)
_MONTH_OF = {name: month for month, names in enumerate(_MONTHS, start=1) for name in names.split()}
_TIME = re.compile(r",? +[0-9]{1,2}:[0-9]{2}(?::[0-9]{2})?(?: ?[AaPp]\.?[Mm]\.?)?$")
_DAY = r"([0-9]{1,2})(?:st|nd|rd|th|er|e|\.|º)?"
_NUMBERS = re.compile(r"([0-9]{1,2})([./-])([0-9]{1,2})\2([0-9]{4})")
_ISO = re.compile(r"([0-9]{4})([./-])([0-9]{1,2})\2([0-9]{1,2})")
_DAY_FIRST = re.compile(rf"{_DAY}[ -]?(?:de )?([^\W\d_]{{3,}})\.?[ ,-]* ?(?:de )?([0-9]{{4}})")
_MONTH_FIRST = re.compile(rf"([^\W\d_]{{3,}})\.? ?{_DAY} ?,? ?([0-9]{{4}})")
_YEARS = range(1990, 2100)
DAY_FIRST, MONTH_FIRST = "day first", "month first"


@dataclass(frozen=True, kw_only=True)
class Day:
    """A date as it is written. `between`: what stands between its parts, where its order is open; `firsts`:
    what it is with the day first, and with the month first."""

    text: str
    between: str
    firsts: tuple[date | None, date | None]

    def date(self, orders: Collection[str]) -> date | None:
        """`orders`: of other dates of the document that are written alike; they must all agree."""
        day_first, month_first = self.firsts
        if day_first == month_first or month_first is None:
            return day_first
        if day_first is None:
            return month_first
        # Countries that put the day first write points; where others on the page say otherwise, it is open.
        if set(orders) == {DAY_FIRST} or (not orders and self.between == "."):
            return day_first
        return month_first if set(orders) == {MONTH_FIRST} else None


def day_of(text: str) -> Day | None:
    """With four digits for the year: of 04-05-06 nobody can say what it is."""
    text = _TIME.sub("", " ".join(text.split())).replace(" ,", ",")
    if found := _ISO.fullmatch(text):
        return _certain(text, _date(found[1], found[3], found[4]))
    if found := _NUMBERS.fullmatch(text):
        return _open(text, found)
    if (found := _DAY_FIRST.fullmatch(text)) and (month := _month(found[2])):
        return _certain(text, _date(found[3], month, found[1]))
    if (found := _MONTH_FIRST.fullmatch(text)) and (month := _month(found[1])):
        return _certain(text, _date(found[3], month, found[2]))
    return None


def order_of(text: str) -> tuple[str, str] | None:
    """What a date tells of the others that are written like it."""
    day = day_of(text)
    if day is None or not day.between or None not in day.firsts:
        return None
    return day.between, DAY_FIRST if day.firsts[1] is None else MONTH_FIRST


def _open(text: str, found: re.Match[str]) -> Day | None:
    one, between, other, year = found.groups()
    firsts = (_date(year, other, one), _date(year, one, other))
    return Day(text=text, between=between, firsts=firsts) if any(firsts) else None


def _certain(text: str, day: date | None) -> Day | None:
    return Day(text=text, between="", firsts=(day, day)) if day else None


def _month(name: str) -> str | None:
    month = _MONTH_OF.get(plain_letters(name))
    return str(month) if month else None


def _date(year: str, month: str, day: str) -> date | None:
    try:
        found = date(int(year), int(month), int(day))
    except ValueError:
        return None
    return found if found.year in _YEARS else None
