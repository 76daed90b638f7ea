"""Comparing what was read with what stands on a form, value by value."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from bots.engine.core.item import NewItem

VALUES = (
    *("claim", "nino", "name", "born", "postcode", "change", "changed_on", "earnings", "pensions"),
    *("other_income", "total", "period", "person", "notes", "signed", "signed_on"),
)


@dataclass(kw_only=True)
class Tally:
    """Of one kind of paper. `silent`: values that are wrong, and that no person is asked about."""

    forms: int = 0
    good: int = 0  # that should be done
    sent: int = 0  # good ones that a person is asked about
    missed: list[str] = field(default_factory=list)  # wrong ones that reading alone should have sent
    renamed: list[str] = field(default_factory=list)  # with a person, but under another code than planted
    values: int = 0
    right: int = 0  # and nobody is asked
    marked: int = 0
    silent: list[str] = field(default_factory=list)
    why: Counter[str] = field(default_factory=Counter)

    def add(self, name: str, answer: Mapping[str, Any], item: NewItem) -> None:
        self.forms += 1
        asked = item.code is not None
        if answer["becomes"] == "done":
            self.good += 1
            self.sent += asked
        if answer.get("code") == "unknown-form-version" or "layout" not in item.origin:
            if item.code is None:
                self.missed.append(f"{name}: {answer.get('code')}")
            elif item.code not in answer.get("codes", ()):
                self.renamed.append(f"{name}: {item.code}, planted as {answer.get('code')}")
            return
        self.compare(name, {value: answer["written"][value] for value in VALUES}, item)

    def compare(self, name: str, wanted: Mapping[str, Any], item: NewItem) -> None:
        """The values of a record with what was written."""
        questioned = set(item.detail.get("fields", ())) if item.code is not None else set()
        for value, what in wanted.items():
            self._value(name, value, what, item, value in questioned)

    def refuse(self, answers: Iterable[Mapping[str, Any]], code: str) -> None:
        """A file that was not read at all."""
        for answer in answers:
            self.forms += 1
            self.good += answer["becomes"] == "done"
            self.sent += answer["becomes"] == "done"
            self.why[code] += 1

    def _value(self, name: str, value: str, wanted: Any, item: NewItem, questioned: bool) -> None:
        self.values += 1
        if questioned:
            self.marked += 1
            self.why[f"{value} {item.detail['fields'][value]}"] += 1
        elif plain(value, item.data.get(value)) == plain(value, wanted):
            self.right += 1
        elif item.code is not None and not _whole(item):
            self.marked += (
                1  # the record is with a person as a whole, and its values are as they were written
            )
            self.why[f"{value} (the record is not valid)"] += 1
        else:
            self.silent.append(f"{name}: {value}")

    def as_json(self) -> dict[str, Any]:
        told = self.right + len(self.silent)
        return {
            "forms": self.forms,
            "values": self.values,
            "precision": round(self.right / told, 5) if told else None,
            "recall": round(self.right / self.values, 5) if self.values else None,
            "sent_to_people": round(self.sent / self.good, 4) if self.good else None,
            "silent_errors": len(self.silent),
            "missed": len(self.missed),
            "other_code": len(self.renamed),
        }


def _whole(item: NewItem) -> bool:
    """A record whose values are typed, not as they stood on the page."""
    return isinstance(item.data.get("signed"), bool)


def plain(value: str, what: Any) -> str:
    """One spelling for what is the same."""
    if what is None:
        return ""
    if value == "signed":
        return {"Yes": "true", "No": "false"}.get(str(what), str(what).lower())
    return " ".join(str(what).replace("\u2019", "'").split())  # a keyboard knows one apostrophe
