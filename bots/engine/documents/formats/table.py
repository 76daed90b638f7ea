"""Every format of tables that is read: one line each."""

from __future__ import annotations

from .format import Format
from .ods import Ods
from .text import Text
from .xls import Xls
from .xlsb import Xlsb
from .xlsx import Xlsx

FORMATS: tuple[Format, ...] = (
    Xlsb(),  # before the other: some hold parts of both
    Xlsx(),
    Ods(),
    Xls(),
    Text(),
)  # fmt: skip
