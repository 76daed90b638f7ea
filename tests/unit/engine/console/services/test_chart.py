"""Bars say what the numbers say."""

from __future__ import annotations

import pytest

from bots.engine.console.services.chart import HEIGHT, WIDTH, chart_of, signed_chart


@pytest.mark.parametrize("most", [0, 1, 3, 7, 12, 99, 100, 101, 4_321, 250_000])
def test_the_scale_is_round_and_holds_every_bar(most: int) -> None:
    chart = chart_of([("1/11", (most, 0)), ("2/11", (0, 0))])
    assert 2 <= len(chart.lines) <= 6
    top = int(chart.lines[-1].text.replace(",", ""))
    assert top >= most
    assert all(0 <= bar.y <= HEIGHT and bar.x + bar.width <= WIDTH for bar in chart.bars)


def test_parts_stand_on_each_other_in_proportion() -> None:
    chart = chart_of([("1/11", (30, 10)), ("2/11", (40, 0))])
    done, raised, all_done = chart.bars
    assert raised.y + raised.height == pytest.approx(done.y, abs=0.2)
    assert done.height == pytest.approx(3 * raised.height, abs=0.5)
    assert all_done.height == pytest.approx(done.height + raised.height, abs=0.3)
    assert (done.kind, raised.kind) == (0, 1)


def test_a_long_period_names_some_days() -> None:
    assert len(chart_of([(str(n), (n,)) for n in range(90)]).days) <= 8


def test_nothing_is_no_chart_that_fails() -> None:
    assert not chart_of([]).bars


@pytest.mark.parametrize("values", [[0.0], [2.5, -1.2], [-7.0, -0.1], [0.2, 0.3], [140.0, -3.0, 55.5], []])
def test_what_is_below_nothing_hangs_below_the_line(values: list[float]) -> None:
    chart = signed_chart([(str(n), value) for n, value in enumerate(values)])
    assert 2 <= len(chart.lines) <= 8
    assert 0 <= chart.zero <= HEIGHT
    for bar, value in zip(chart.bars, [one for one in values if one], strict=True):
        assert (bar.kind == 0) is (value > 0)
        assert bar.y >= 0
        assert bar.y + bar.height <= HEIGHT
        edge = bar.y + bar.height if value > 0 else bar.y
        assert edge == pytest.approx(chart.zero, abs=0.2)
