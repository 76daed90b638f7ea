"""What the templates of a new process say of rows of a workbook, and what they say of forms."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from bots.engine.core.errors import ConfigurationError


def _raised(code: str, sentence: str) -> str:
    return f'raise BusinessException("{code}", "{sentence}")'


WORKBOOK: Mapping[str, str] = {
    "paper": "workbook",
    "papers": "workbooks",
    "case": "row",
    "cases": "rows",
    "ending": "xlsx",
    "gives": "each workbook with what became of every row",
    "answer": "the workbook is written back with what became of every row",
    "intake_import": "from bots.engine.core.column import Sheets",
    "intake": """    # Headings that you know and do not want: Sheets(ignored=("Checked by",)).
    sheets=Sheets(),""",
    "rule": "is_paid",
    "rule_text": f"""def is_paid(record: Entry) -> None:
    if record.amount == 0:
        {_raised("nothing-to-pay", "The amount is zero: a person decides about it.")}""",
    "code": "nothing-to-pay",
    "reasons": """    "nothing-to-pay": "Amount is zero",
    "invalid-record": "Row is incomplete or unreadable",""",
    "codes": (
        "| `nothing-to-pay` | The amount is zero "
        "| Ask the sender. Hand the row in corrected, or withdraw it |\n"
        "| `invalid-record` | The row is incomplete or unreadable; the message names the column "
        "| Hand the row in corrected |"
    ),
    "imports": "",
    "key": "number",
    "values": """            "reference": record.number,
            "name": record.name,
            "date": record.day,
            "amount": record.amount,
            "kind": record.kind,
            "notes": record.notes,""",
    "first_date": "2026-11-02",
    "first_amount": "32.50",
}
_FORM: Mapping[str, str] = {
    "paper": "form",
    "papers": "forms",
    "case": "form",
    "cases": "forms",
    "ending": "zip",
    "gives": "a cover report for each file of forms",
    "answer": "a cover report says what became of every form",
    "intake_import": "from bots.engine.core.papers import Papers",
    "intake": "    papers=Papers(),",
    "rule": "is_complete",
    "code": "incomplete",
    "reasons": """    "incomplete": "Something is blank on the form",
    "value-to-check": "Hard to read",
    "invalid-record": "Not as it should be",
    "another-persons-page": "A page may be somebody else's",
    "unknown-form-version": "Unknown version of the form",
    "unknown-document": "Not a form that is known",""",
    "codes": (
        "| `incomplete` | Something that the screen needs is blank on the form "
        "| Ask the sender. Complete it, or withdraw it |\n"
        "| `value-to-check` | A value is hard to read, or a page is missing or in the wrong place "
        "| Compare it with the page, and correct it |\n"
        "| `invalid-record` | A value is not as it should be; the message names it "
        "| Ask the sender, and correct it |\n"
        "| `another-persons-page` | A page behind the form may be somebody else's | Look at the pages |\n"
        "| `unknown-form-version` | The form is of a version that is not known "
        "| Key it by hand, and tell the automation team |\n"
        "| `unknown-document` | The page is of no kind that is known | Send it to the right team |"
    ),
}


@dataclass(frozen=True, kw_only=True)
class FormDraft:
    """A draft of a form as the start of a process. `layout`: its name."""

    layout: str
    facts: Mapping[str, Any]

    @property
    def needed(self) -> list[str]:
        """The fields that the example's screen needs, besides the one by which a case is known."""
        found = [self._date, self._pounds, self._name]
        return [name for name in found if name and name != self._key]

    def words(self) -> dict[str, str]:
        """Raises ConfigurationError where the form has too little for a process."""
        if not self._key or not self.needed:
            sentence = "The form has no text by which a case is known, or nothing else. Nothing was written."
            raise ConfigurationError("new-process", sentence)
        return {
            **_FORM,
            "rule_text": "\n".join(self._rule()),
            "imports": "".join(self._imports()),
            "key": self._key,
            "values": "\n".join(self._values()),
            "first_date": "2026-11-02" if self._date else "2026-01-01",
            "first_amount": "32.50" if self._pounds else "0.00",
        }

    @property
    def _key(self) -> str:
        return str(self.facts["key"])

    @property
    def _name(self) -> str:
        texts = [field for field in self._of("text") if field["short"] and field["name"] != self._key]
        named = [field for field in texts if "name" in field["name"]]
        return _first([*named, *texts])

    @property
    def _date(self) -> str:
        dates = self._of("date")
        later = [one for one in dates if not any(word in one["caption"].casefold() for word in _BIRTH)]
        return _first([*later, *dates])

    @property
    def _pounds(self) -> str:
        return _first(self._of("pounds"))

    def _of(self, kind: str) -> list[Mapping[str, Any]]:
        return [field for field in self.facts["fields"] if field["kind"] == kind]

    def _rule(self) -> Iterator[str]:
        yield "def is_complete(record: Entry) -> None:"
        yield "    needed = ("
        yield from (f"        record.{name}," for name in self.needed)
        yield "    )"
        yield '    if any(value in (None, "") for value in needed):'
        yield f"        {_raised(_FORM['code'], _BLANK)}"

    def _imports(self) -> Iterator[str]:
        if not self._date:
            yield "from datetime import date\n"
        if not self._pounds:
            yield "from decimal import Decimal\n"

    def _values(self) -> Iterator[str]:
        """What the form does not have is a value of no meaning: the example's screen needs it."""
        day = f"record.{self._date}" if self._date else "date(2026, 1, 1)"
        amount = f"record.{self._pounds}" if self._pounds else 'Decimal("0.00")'
        yield f'            "reference": record.{self._key},'
        yield f'            "name": record.{self._name or self._key},'
        yield f'            "date": {day},'
        yield f'            "amount": {amount},'
        yield '            "kind": "New",'
        yield '            "notes": "",'


_BLANK = "Something that the screen needs is blank on the form."
_BIRTH = ("birth", "born", "geni", "ganwyd")


def _first(fields: Sequence[Mapping[str, Any]]) -> str:
    return str(fields[0]["name"]) if fields else ""
