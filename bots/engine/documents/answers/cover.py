"""A cover report: what became of every case of a document that somebody handed in, as a PDF for them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

from reportlab.lib.units import mm  # type: ignore[import-untyped, unused-ignore]
from reportlab.platypus import SimpleDocTemplate  # type: ignore[import-untyped, unused-ignore]

from . import pack_style as style
from .answer import CoverCase


def write_cover(path: Path, title: str, facts: Mapping[str, object], cases: Sequence[CoverCase]) -> Path:
    style.fonts()
    document = SimpleDocTemplate(
        str(path),
        leftMargin=style.MARGIN,
        rightMargin=style.MARGIN,
        topMargin=style.MARGIN,
        bottomMargin=18 * mm,
        title=title,
        author="Rekey",
    )
    document.build(list(_story(title, facts, cases)))
    return path


def _story(title: str, facts: Mapping[str, object], cases: Sequence[CoverCase]) -> list[Any]:
    story: list[Any] = [style.text(title, style.TITLE), style.facts(facts)]
    done = sum(case.outcome == "Done" for case in cases)
    story.append(style.text("What became of it", style.HEADING))
    words = f"{done} of {len(cases)} done." if done < len(cases) else f"All {done} done."
    story.append(style.verdict(words, good=done == len(cases)))
    rows = [[c.pages, c.outcome, c.reference, c.reason, _when(c.when)] for c in cases]
    head = ("Pages", "Outcome", "Reference", "Reason", "When")
    story.append(style.listing(head, rows, (0.09, 0.16, 0.2, 0.37, 0.18)))
    story.append(style.text("What was read", style.HEADING))
    for case in cases:
        story.append(style.text(f"Pages {case.pages}, item {case.item}", style.SMALL_HEADING))
        story.append(style.facts(case.read) if case.read else style.text("Nothing.", style.BODY))
    return story


def _when(moment: datetime | None) -> str:
    return moment.strftime("%d/%m/%Y %H:%M") if moment else ""
