from __future__ import annotations

import pytest

from training.simulate import growth


@pytest.mark.parametrize(
    ("weeks", "mean", "deviation"),
    [(14, 13.00, 0.61), (20, 20.47, 0.87), (24, 26.22, 1.16), (28, 32.91, 1.57), (40, 60.91, 3.67)],
)
def test_transcerebellar_diameter_by_the_published_table(weeks, mean, deviation):
    size = growth.transcerebellar_diameter(weeks)
    assert size.mean_mm == pytest.approx(mean, abs=0.006)
    assert size.deviation_mm == pytest.approx(deviation, abs=0.006)


def test_head_sizes_are_those_of_a_head():
    # 20 weeks: median circumference 172.5 mm, about 48 mm across
    assert growth.head_circumference(20).mean_mm == pytest.approx(172.5, abs=0.5)
    assert growth.biparietal_diameter_mm(20) == pytest.approx(48.4, abs=0.3)
    assert 3 < growth.cisterna_magna_mm(20) < 6


def test_everything_grows():
    weeks = range(14, 41)
    for curve in (
        lambda week: growth.head_circumference(week).mean_mm,
        growth.biparietal_diameter_mm,
        lambda week: growth.transcerebellar_diameter(week).mean_mm,
    ):
        sizes = [curve(week) for week in weeks]
        assert sizes == sorted(sizes)


def test_a_score_moves_the_size():
    size = growth.head_circumference(30)
    assert size.at(0) == size.mean_mm
    assert size.at(2) == pytest.approx(size.mean_mm + 2 * size.deviation_mm)
