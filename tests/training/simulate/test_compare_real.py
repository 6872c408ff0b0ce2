from __future__ import annotations

import csv

import numpy as np
import pytest
from PIL import Image
from scipy.ndimage import gaussian_filter

from lusgui.base.errors import LusguiError
from training.simulate.compare_real import (
    FIGURE_LIMIT_BYTES,
    compare,
    histogram_distance,
    measure,
    without_margins,
    write_figure,
    write_numbers,
)


def noise(seed, sigma=(0.0, 0.0), level=0.5):
    field = np.random.default_rng(seed).standard_normal((160, 140))
    field = gaussian_filter(field, sigma)
    return np.clip(level + 0.1 * field / field.std(), 0, 1).astype(np.float32)


@pytest.mark.parametrize("sigma", [(1.0, 1.0), (1.0, 3.0), (2.0, 1.0)])
def test_widths_are_those_of_blurred_noise(sigma):
    # noise blurred by a Gaussian of deviation s has an autocorrelation of deviation s * sqrt(2)
    found = measure(noise(0, sigma))
    for width, deviation in ((found.axial_px, sigma[0]), (found.lateral_px, sigma[1])):
        assert width == pytest.approx(2.355 * np.sqrt(2) * deviation, rel=0.25)


def test_the_spectrum_of_white_noise_is_flat_and_of_smooth_noise_falls():
    white, smooth = measure(noise(0)), measure(noise(0, (1.5, 0.0)))
    assert np.ptp(white.axial_spectrum[3:]) < 2
    assert smooth.axial_spectrum[3] - smooth.axial_spectrum[-1] > 15
    assert np.ptp(smooth.lateral_spectrum[3:]) < 3


def test_histograms_of_shifted_gray_differ_by_the_shift():
    first, second = [measure(noise(0, level=0.4))], [measure(noise(0, level=0.55))]
    assert histogram_distance(first, second) == pytest.approx(0.15, abs=0.02)
    assert histogram_distance(first, first) == 0


def test_black_margins_are_cut():
    picture = np.zeros((200, 180), np.float32)
    picture[10:170, 20:160] = noise(0)
    assert without_margins(picture).shape == (160, 140)
    assert measure(picture).mean == pytest.approx(measure(noise(0)).mean, abs=1e-6)


@pytest.mark.parametrize("frame", [np.zeros((100, 100), np.float32), np.ones((20, 100), np.float32)])
def test_too_little_picture_is_refused(frame):
    with pytest.raises(LusguiError, match="too small"):
        measure(frame)


def test_an_empty_set_is_refused():
    with pytest.raises(LusguiError, match="'b'"):
        compare({"a": [noise(0)], "b": []})


def test_figure_and_numbers_are_written(tmp_path):
    sets = {"real": [noise(seed, (1, 2)) for seed in range(3)], "made": [noise(9, (1, 1), 0.3)]}
    measured = compare(sets)
    write_figure(sets, measured, tmp_path / "figure.png")
    write_numbers(measured, tmp_path / "numbers.csv")
    assert (tmp_path / "figure.png").stat().st_size <= FIGURE_LIMIT_BYTES
    with Image.open(tmp_path / "figure.png") as image:
        assert image.width > 400
    with (tmp_path / "numbers.csv").open(encoding="utf-8", newline="") as stream:
        rows = list(csv.DictReader(stream))
    assert {row["set"] for row in rows} == {"real", "made"}
    lateral = {row["set"]: float(row["median"]) for row in rows if row["quantity"] == "lateral_px"}
    assert lateral["real"] > lateral["made"]
    assert all(float(row["median"]) >= 0 for row in rows)
