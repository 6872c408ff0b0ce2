import numpy as np
import pytest

from lusgui.core.measures.pleura import figures_of_pleura
from training.simulate.lung import simulate_lung


def values(mask, spacing):
    return {one.key: one.value for one in figures_of_pleura(mask, spacing)}


def test_a_slanting_line():
    rows, columns = np.ogrid[:200, :100]
    mask = np.abs(rows - (50 + 0.5 * columns)) <= 3
    found = values(mask, (0.1, 0.2))
    assert found["pleural_depth"] == pytest.approx((50 + 24.75 + 0.5) * 0.1, abs=0.06)
    assert found["pleural_depth_least"] == pytest.approx(5.05, abs=0.1)
    assert found["pleural_tilt"] == pytest.approx(np.degrees(np.arctan2(0.05, 0.2)), abs=0.3)
    assert found["pleural_thickness"] == pytest.approx(0.65 * np.cos(np.arctan(0.25)), abs=0.03)


def test_one_column():
    mask = np.zeros((30, 20), bool)
    mask[10:12, 4] = True
    assert values(mask, (1, 1))["pleural_tilt"] == 0


@pytest.mark.parametrize("seed", range(6))
def test_simulated_pleura(seed):
    frame = simulate_lung(seed, (256, 200))
    spacing = (0.15, 0.2)
    rows = np.arange(256)[:, None]
    mask = np.abs(rows - frame.pleura_row) <= 2
    mask[:, 60:90] = False  # broken, as behind a rib
    seen = np.delete(frame.pleura_row, np.s_[60:90])
    inside = seen < 253
    found = values(mask, spacing)
    assert found["pleural_depth"] == pytest.approx((seen[inside].mean() + 0.5) * 0.15, abs=0.1)
    assert found["pleural_depth_least"] == pytest.approx((seen.min() + 0.5) * 0.15, abs=0.1)
