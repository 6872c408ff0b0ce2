import numpy as np
import pytest

from lusgui.core.measures.cerebellum import figures_of_cerebellum
from lusgui.core.measures.gestational_age import INTERGROWTH, age_by
from training.simulate.head import simulate_head


def by_key(figures):
    return {one.key: one for one in figures}


def test_diameter_and_ages_name_their_source():
    mask = np.zeros((100, 200), bool)
    mask[40:60, 50:150] = True
    found = by_key(figures_of_cerebellum(mask, (0.2, 0.3)))
    assert found["tcd"].value == pytest.approx(np.hypot(30, 4), abs=0.3)
    age = found["ga_intergrowth21"]
    assert age.value == pytest.approx(age_by(INTERGROWTH, found["tcd"].value).weeks)
    assert age.part == "INTERGROWTH-21st"
    assert "SD" in age.note
    assert "95 % between" in age.note
    assert "not for clinical use" in age.note
    assert "no spread" in found["ga_southwest_nigeria"].note


def test_ends_put_by_hand():
    found = by_key(figures_of_cerebellum(np.zeros((50, 50), bool), (0.5, 0.5), ((10, 5), (10, 45))))
    assert found["tcd"].value == pytest.approx(20)
    assert "by hand" in found["tcd"].note


def test_ages_refused_outside_their_range():
    found = by_key(figures_of_cerebellum(np.zeros((50, 50), bool), (2, 2), ((0, 0), (0, 40))))
    assert found["tcd"].value == 80
    for key in ("ga_intergrowth21", "ga_southwest_nigeria"):
        assert found[key].value is None
        assert "made for" in found[key].reason


def test_nothing_drawn():
    assert figures_of_cerebellum(np.zeros((50, 50), bool), (1, 1)) == []


def test_simulated_heads():
    errors, ages = [], []
    for seed in range(14):
        frame = simulate_head(np.random.default_rng(seed), (256, 256))
        spacing = (frame.pose.spacing_mm, frame.pose.spacing_mm)
        found = by_key(figures_of_cerebellum(frame.cerebellum, spacing))
        errors.append(found["tcd"].value - frame.anatomy.tcd_mm)
        ages.append(found["ga_intergrowth21"].value - frame.anatomy.ga_weeks)
    assert np.max(np.abs(errors)) < 0.8
    # diameters were drawn around the mean of each age, so the age scatters as the population does
    assert abs(np.mean(ages)) < 1.0
    assert np.std(ages) < 1.6
