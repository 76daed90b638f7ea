"""How a process's records come on paper: as PDFs that people hand in, filled, printed or scanned."""

from __future__ import annotations

from dataclasses import dataclass

DOCUMENT = "document"
"""A record with a field of this name is told the name of the file that holds its pages, and no others."""


@dataclass(frozen=True, kw_only=True)
class Papers:
    """The layouts lie in the folder `layouts` beside the record, one for each version of a form.

    `sure`: from 0 to 1. A value that was read with less confidence is shown to a person.
    """

    sure: float = 0.9
    folder: str = "layouts"
