import pytest

from lusgui.core.measures.gestational_age import (
    INTERGROWTH,
    SOURCES,
    SOUTHWEST_NIGERIA,
    age_by,
    ages,
    plausibility,
    weeks_and_days,
)

# design/SYSTEMS.md 3.1: what the equations of gigs give, which tests them on the published tables
TABLE = ((14, 15.16, 0.48), (20, 19.66, 0.66), (25, 23.15, 0.75), (30, 26.36, 0.82), (50, 35.20, 0.99))
REFERENCE = ((14, 13.00, 0.61), (20, 20.47, 0.87), (28, 32.91, 1.57), (36, 50.03, 2.81), (40, 60.91, 3.67))


@pytest.mark.parametrize(("tcd", "weeks", "spread"), TABLE)
def test_intergrowth(tcd, weeks, spread):
    age = age_by(INTERGROWTH, tcd)
    assert age.weeks == pytest.approx(weeks, abs=0.006)
    assert age.spread_weeks == pytest.approx(spread, abs=0.006)
    low, high = age.range_weeks
    assert low < weeks < high
    assert high - low == pytest.approx(2 * 1.96 * spread, abs=0.03)


def test_the_other_source_has_no_spread_and_says_so():
    age = age_by(SOUTHWEST_NIGERIA, 30)
    assert age.weeks == pytest.approx(25.55)
    assert age.spread_weeks is None
    assert age.range_weeks is None
    assert "no spread" in age.source.about_spread


@pytest.mark.parametrize("source", SOURCES)
def test_refused_outside_what_it_was_made_for(source):
    for tcd in (source.smallest_mm - 0.1, source.largest_mm + 0.1, float("nan")):
        age = age_by(source, tcd)
        assert age.weeks is None
        assert "made for" in age.reason
    for tcd in (source.smallest_mm, source.largest_mm):
        assert age_by(source, tcd).weeks is not None


def test_every_source_is_asked():
    assert [age.source for age in ages(25)] == list(SOURCES)


@pytest.mark.parametrize(("weeks", "mean", "deviation"), REFERENCE)
def test_plausible_for_a_known_age(weeks, mean, deviation):
    exact = plausibility(mean, weeks)
    assert exact.expected_mm == pytest.approx(mean, abs=0.006)
    assert exact.centile == pytest.approx(50, abs=0.5)
    assert exact.is_plausible
    small = plausibility(mean - 2 * deviation, weeks)
    assert small.z == pytest.approx(-2, abs=0.03)
    assert small.centile == pytest.approx(2.3, abs=0.2)
    assert not small.is_plausible
    assert exact.lowest_mm == pytest.approx(mean - 1.881 * deviation, abs=0.03)


def test_no_reference_outside_its_ages():
    assert plausibility(20, 13.9) is None
    assert plausibility(60, 40.1) is None


def test_weeks_and_days():
    assert weeks_and_days(23.15) == "23+1"
    assert weeks_and_days(22.99) == "23+0"
