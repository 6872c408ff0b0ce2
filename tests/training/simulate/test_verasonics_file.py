from __future__ import annotations

import shutil
import subprocess

import numpy as np
import pytest
from pymatreader import read_mat

from lusgui.core.recording import Intensity
from lusgui.io.open import open_recording
from training.simulate.verasonics_file import recording_variables, to_amplitude, write_recording

FRAMES = [np.random.default_rng(k).integers(0, 256, (60, 48)).astype(np.uint8) for k in range(3)]


@pytest.fixture(params=["5", "7.3"])
def written(request, tmp_path):
    path = tmp_path / "clip.mat"
    write_recording(path, recording_variables(FRAMES, (0.2, 0.3), 20.0), request.param)
    return path


def test_the_window_reads_frames_spacing_and_rate(written):
    with open_recording(written) as recording:
        assert recording.frame_count == 3
        assert recording.frame_shape == (60, 48)
        assert recording.spacing_mm == pytest.approx((0.2, 0.3))
        assert recording.frame_rate_hz == pytest.approx(20.0)
        assert recording.intensity is Intensity.LINEAR
        for index, frame in enumerate(FRAMES):
            assert np.allclose(recording.frame(index), to_amplitude(frame))


def test_pymatreader_reads_it(written):
    content = read_mat(str(written))
    data = np.asarray(content["ImgData"]).squeeze()
    assert data.shape[:2] == (60, 48)
    assert np.allclose(data[..., 1], to_amplitude(FRAMES[1]))
    assert content["Trans"]["frequency"] == pytest.approx(5.2)
    assert content["PData"]["Coord"] == "rectangular"


@pytest.mark.skipif(shutil.which("octave-cli") is None, reason="Octave is not installed")
def test_octave_reads_v5(tmp_path):
    path = tmp_path / "clip.mat"
    write_recording(path, recording_variables(FRAMES, (0.2, 0.3), 20.0), "5")
    script = (
        f"s = load('{path}'); x = s.ImgData{{1}}; printf('%d ', size(x)); "
        "printf('%.3f %s %.4f', x(5, 7, 1, 2), s.PData.Coord, s.PData.PDelta(3));"
    )
    done = subprocess.run(
        ["octave-cli", "--quiet", "--eval", script], capture_output=True, text=True, check=True, timeout=60
    )
    *size, value, coordinates, step = done.stdout.split()
    assert size == ["60", "48", "1", "3"]
    assert float(value) == pytest.approx(float(to_amplitude(FRAMES[1])[4, 6]), rel=1e-3)
    assert coordinates == "rectangular"
    assert float(step) == pytest.approx(0.2 / (1.54 / 5.2), abs=1e-3)


def test_without_spacing_none_is_stated():
    variables = recording_variables(FRAMES, None, 20.0)
    assert "PDelta" not in variables["PData"]


def test_amplitude_undoes_the_compression():
    gray = np.array([0, 85, 170, 255], np.uint8)
    amplitude = to_amplitude(gray)
    assert amplitude[0] == 0
    assert np.diff(20 * np.log10(amplitude[1:])) == pytest.approx([20.0, 20.0], abs=0.01)
