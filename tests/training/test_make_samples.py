from __future__ import annotations

import numpy as np
import pytest

from lusgui.base.paths import resources_dir
from lusgui.core.recording import Intensity
from lusgui.io.open import open_recording
from training.make_samples import COLS, FIRST_FRAME, FRAMES, ROWS, lung_variables, to_amplitude
from training.mat73_writer import write_mat73


def test_gray_becomes_amplitude_over_sixty_decibels():
    gray = np.zeros((1, 60, 200), dtype=np.uint8)
    gray[:, 20:40] = 255
    gray[:, 40:] = 128
    amplitude = to_amplitude(gray)[0]
    assert amplitude.shape == (ROWS, COLS)
    assert amplitude[100].max() == 0
    step = 20 * np.log10(amplitude[480, 60] / amplitude[900, 60])
    assert step == pytest.approx(60 * (255 - 128) / 255, abs=1e-3)


def test_the_ring_is_put_in_order_again(tmp_path):
    movie = np.stack([np.full((50, 150), 40 + 6 * number, dtype=np.uint8) for number in range(FRAMES)])
    write_mat73(tmp_path / "a.mat", lung_variables(movie))
    with open_recording(tmp_path / "a.mat") as recording:
        assert recording.frame_numbers[0] == FIRST_FRAME
        levels = [float(frame.mean()) for frame in recording]
        assert levels == sorted(levels)
        assert len(set(levels)) == FRAMES


def test_both_bundled_recordings_are_the_same():
    folder = resources_dir() / "samples"
    with (
        open_recording(folder / "lung_linear_v5.mat") as old,
        open_recording(folder / "lung_linear_v73.mat") as new,
    ):
        for recording in (old, new):
            assert recording.shape == (FRAMES, ROWS, COLS)
            assert recording.intensity is Intensity.LINEAR
            assert recording.spacing_mm == pytest.approx((0.0413, 0.298), rel=0.01)
        assert all(np.array_equal(a, b) for a, b in zip(old, new, strict=True))
    assert "CC BY 4.0" in (folder / "LICENSES.md").read_text(encoding="utf-8")


def test_the_bundled_plane_has_its_reference():
    folder = resources_dir() / "samples"
    with (
        open_recording(folder / "fetal_cerebellum.png") as plane,
        open_recording(folder / "reference" / "fetal_cerebellum_cerebellum.png") as mask,
    ):
        assert plane.shape == mask.shape
        assert set(np.unique(mask.frame(0))) == {0, 255}
