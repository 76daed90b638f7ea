"""An office in which the heart of the keying protocol works without a browser and without a database."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from .small_office import Office


@pytest.fixture
def office(tmp_path: Path) -> Office:
    """With one step, whose target has a search and a list."""
    return Office(folder=tmp_path)


@pytest.fixture
def an_office(tmp_path: Path) -> Callable[..., Office]:
    """One of a test's own making."""
    return lambda **more: Office(folder=tmp_path, **more)
