"""How the tests are spread over two workers: most of the time they wait for a lease, a server, a browser."""

from __future__ import annotations

import pytest

SCATTERED = ("test_guards", "test_kills", "test_moves", "test_moves_kills", "test_stops")
"""Files whose tests share nothing: each may run anywhere. The tests of any other file stay together."""
LONGEST = ("test_demo", "test_moves_kills", "test_under_prefect", "test_prefect", "test_moves", "test_kills")
"""They go first, so that the run does not end with one worker idle."""


@pytest.hookimpl(tryfirst=True)  # before xdist reads the groups
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    def place(item: pytest.Item) -> int:
        return LONGEST.index(item.path.stem) if item.path.stem in LONGEST else len(LONGEST)

    items.sort(key=place)
    for item in items:
        if item.path.stem not in SCATTERED:
            item.add_marker(pytest.mark.xdist_group(item.path.stem))
