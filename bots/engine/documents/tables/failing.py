"""Every way in which a workbook's reader fails is a refusal."""

from __future__ import annotations

import struct
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from xml.etree import ElementTree
from xml.parsers import expat

from python_calamine import CalamineError, PasswordError

from ...core.errors import RekeyError
from ..refusals import damaged, password

_BROKEN = (
    CalamineError,
    zipfile.BadZipFile,
    zlib.error,
    ElementTree.ParseError,
    expat.ExpatError,
    struct.error,
    LookupError,
    ValueError,
    OSError,
    EOFError,
    RuntimeError,
    StopIteration,
)


@contextmanager
def failing() -> Iterator[None]:
    """Whatever a damaged file makes a reader raise is one refusal."""
    try:
        yield
    except RekeyError:
        raise
    except PasswordError as error:
        raise password() from error
    except _BROKEN as error:
        raise damaged(f"{type(error).__name__}: {error}") from error
    except BaseException as error:
        # A panic of calamine's Rust is no Exception, so that nobody catches it by accident.
        if type(error).__name__ != "PanicException":
            raise
        raise damaged(f"{type(error).__name__}: {error}") from error
