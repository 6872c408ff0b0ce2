"""What is stored in TIFF and PNG reaches the network alike, whatever its numbers are."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import tifffile
from PIL import Image

from lusgui.core.intensity import measure_mapping
from lusgui.core.recipe import Recipe
from lusgui.core.recording import Intensity
from lusgui.io.open import open_recording
from lusgui.io.picture_intensity import guess_picture

SHIPPED = Path(__file__).parents[2] / "resources" / "datasets"
FRAMES = [
    np.asarray(Image.open(path).convert("L")) for path in sorted(SHIPPED.glob("ribs*/images/*.png"))[::12]
]


def amplitude(frame):
    return np.where(frame > 0, 10.0 ** ((frame / 255 - 1) * 3), 0.0)


def shown(path, recipe=None):
    with open_recording(path, recipe=recipe) as recording:
        return recording.intensity, measure_mapping(recording).apply(recording.frame(0))


@pytest.mark.parametrize("scale", [1.0, 3e4, 1e-6])
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_linear_amplitude_in_a_tiff(tmp_path, dtype, scale):
    frame = FRAMES[0]
    random = np.random.default_rng(0)
    values = amplitude(frame) * random.uniform(0.995, 1.005, frame.shape) * scale
    tifffile.imwrite(tmp_path / "a.tif", values.astype(dtype))
    with open_recording(tmp_path / "a.tif") as recording:
        assert any("'linear' was guessed" in note for note in recording.warnings)
    state, gray = shown(tmp_path / "a.tif")
    assert state is Intensity.LINEAR
    # 0 dB is the 99.7th percentile, so the picture is that of the screen but for its gain
    gain = np.median((gray - frame / 255)[(gray > 0.2) & (gray < 0.95)])
    assert np.abs(gray - np.clip(frame / 255 + gain, 0, 1))[frame > 0].mean() < 0.01


def test_decibels_in_a_tiff(tmp_path):
    frame = FRAMES[1]
    tifffile.imwrite(tmp_path / "a.tif", ((frame / 255 - 1) * 60).astype(np.float32))
    state, gray = shown(tmp_path / "a.tif")
    assert state is Intensity.DB
    assert np.corrcoef(gray.ravel(), frame.ravel())[0, 1] > 0.99


@pytest.mark.parametrize("kind", ["uint16", "float255", "float1", "signed1"])
def test_gray_stays_gray_however_it_is_stored(tmp_path, kind):
    for frame in FRAMES:
        stored = {
            "uint16": frame.astype(np.uint16) * 257,
            "float255": frame.astype(np.float32),
            "float1": (frame / 255).astype(np.float32),
            "signed1": (frame / 127.5 - 1).astype(np.float32),
        }[kind]
        tifffile.imwrite(tmp_path / "a.tif", stored)
        state, gray = shown(tmp_path / "a.tif")
        assert state is Intensity.DISPLAY
        np.testing.assert_allclose(gray, frame / 255, atol=1e-6)


def test_sixteen_bits_in_a_png(tmp_path):
    frame = FRAMES[2]
    Image.fromarray(frame.astype(np.uint16) * 257).save(tmp_path / "gray.png")
    state, gray = shown(tmp_path / "gray.png")
    assert state is Intensity.DISPLAY
    np.testing.assert_allclose(gray, frame / 255, atol=1e-6)
    random = np.random.default_rng(0)
    counts = np.rint(amplitude(frame) * random.uniform(0.9, 1.1, frame.shape) * 6e4)
    Image.fromarray(counts.astype(np.uint16)).save(tmp_path / "linear.png")
    assert shown(tmp_path / "linear.png")[0] is Intensity.LINEAR


def test_the_person_overrules(tmp_path):
    random = np.random.default_rng(0)
    values = amplitude(FRAMES[0]) * random.uniform(0.9, 1.0, FRAMES[0].shape)
    tifffile.imwrite(tmp_path / "a.tif", values.astype(np.float32))
    assert shown(tmp_path / "a.tif")[0] is Intensity.LINEAR
    with open_recording(tmp_path / "a.tif", recipe=Recipe("r", intensity=Intensity.DISPLAY)) as recording:
        assert recording.intensity is Intensity.DISPLAY
        assert recording.value_range == (0.0, 1.0)


@pytest.mark.parametrize("dtype", [np.uint8, np.bool_])
def test_eight_bits_are_gray_always(dtype):
    frame = np.zeros((100, 100), dtype)
    frame[0, 0] = 1
    guess, notes = guess_picture(frame.dtype, [frame])
    assert guess.intensity is Intensity.DISPLAY
    assert not notes


@pytest.mark.parametrize("values", [np.full((80, 80), np.nan), np.zeros((80, 80))])
def test_nothing_to_judge_by(values):
    guess, notes = guess_picture(values.dtype, [values])
    assert guess.intensity is Intensity.DISPLAY
    assert not notes
