from __future__ import annotations

import math

import pytest

from lusgui.base.errors import LusguiError
from training.metrics.localization import (
    mean_squared_error,
    point_error,
    score_point,
    share_within,
    summarise_points,
)


def test_distance_in_pixels_and_millimetres():
    assert point_error((3, 4), (0, 0)) == 5
    assert point_error((30, 4), (0, 0), (0.1, 1.0)) == 5


def test_mse_as_keras_and_summed():
    import numpy as np

    found, truth = [(3, 4), (0, 2)], [(0, 0), (0, 0)]
    assert mean_squared_error(found, truth) == np.mean((np.array(found) - truth) ** 2) == 7.25
    assert mean_squared_error(found, truth, summed=True) == 14.5
    assert mean_squared_error([], []) is None
    with pytest.raises(LusguiError, match="1 points"):
        mean_squared_error([(1, 1)], [])


def test_share_within():
    assert share_within([1, 5, 9, None], 5) == 0.5
    assert share_within([], 5) is None


def test_a_row():
    row = score_point((13, 14), (10, 10), (30, 40), (0.5, 0.5))
    assert row == {"error_px": 5, "error_mm": 2.5, "squared_error_px2": 12.5, "error_percent": 10}
    assert score_point((13, 14), (10, 10), (30, 40))["error_mm"] is None


def test_the_rows_together():
    rows = [score_point((0, d), (0, 0), (30, 40), (1.0, 0.5)) for d in (1, 6, 12, 40)]
    summary = summarise_points(rows)
    assert summary["mse_px2"] == pytest.approx(
        mean_squared_error([(0, d) for d in (1, 6, 12, 40)], [(0, 0)] * 4)
    )
    assert (summary["within_5px"], summary["within_10px"], summary["within_20px"]) == (0.25, 0.5, 0.75)
    assert (summary["within_2mm"], summary["within_5mm"], summary["within_10mm"]) == (0.25, 0.5, 0.75)
    rows.append(score_point((0, 0), (0, 0), (30, 40)))
    assert summarise_points(rows)["within_2mm"] is None
    assert summarise_points([])["mse_px2"] is None
    assert not math.isnan(summary["mse_px2"])
