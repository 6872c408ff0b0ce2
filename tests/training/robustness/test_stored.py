"""What the readers make of each kind of file looks like the frame itself: that is what is judged."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from lusgui.core.recording import Intensity
from training.dataset import Sample
from training.robustness.perturbation import gray_of
from training.robustness.stored import STORED, amplitude_of

SHIPPED = Path(__file__).parents[3] / "resources" / "datasets" / "ribs" / "images"
FRAME = np.asarray(Image.open(sorted(SHIPPED.glob("Vir*"))[0]).convert("L"))
STATES = {
    "linear_tiff": Intensity.LINEAR,
    "linear_mat": Intensity.LINEAR,
    "linear_png": Intensity.LINEAR,
    "db_mat": Intensity.DB,
}


def sample():
    return Sample("a", "g", FRAME, {"rib": FRAME > 200})


@pytest.mark.parametrize("one", STORED, ids=lambda one: one.name)
def test_it_comes_back_as_it_was(one):
    after = one.apply(sample(), "rib")
    assert after.mapping.intensity is STATES.get(one.name, Intensity.DISPLAY)
    gray, before = gray_of(after), FRAME / 255
    if one.name == "inverted_unnoticed":
        np.testing.assert_allclose(gray, 1 - before, atol=1e-6)
        return
    if one.name in STATES:
        # amplitude has no gain of its own: its brightest becomes white
        inside = (before > 0.25) & (gray < 0.98)
        gray = gray - np.median((gray - before)[inside])
        assert np.abs(gray - before)[inside].max() < 0.02
    else:
        assert np.abs(gray - before).max() < 0.003
    np.testing.assert_array_equal(after.masks["rib"], FRAME > 200)


@pytest.mark.parametrize("frame", [np.zeros((30, 40), np.uint8), np.full((30, 40), 255, np.uint8)])
def test_empty_frames_pass_too(frame):
    for one in STORED:
        assert one.apply(Sample("a", "g", frame), "rib").frame.shape == frame.shape


def test_amplitude_over_sixty_decibels():
    gray = np.array([[0.0, 0.5, 1.0]], np.float32)
    decibels = 20 * np.log10(amplitude_of(gray, np.random.default_rng(0))[0, 1:])
    np.testing.assert_allclose(decibels, [-30, 0], atol=0.13)
