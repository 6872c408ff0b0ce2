from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import h5py
import numpy as np
import pytest
import scipy.io as sio

from lusgui.base.errors import LusguiError, NotAnImageError, TooLargeError, UnreadableFileError
from lusgui.core.recipe import Recipe
from lusgui.core.recording import Intensity
from lusgui.io.matfile import open_matfile
from training.mat73_writer import write_mat73

RNG = np.random.default_rng(7)


def speckle(*shape):
    return (RNG.rayleigh(1000, size=shape) + 1).astype(np.float64)


def cell(*parts):
    made = np.empty((1, len(parts)), dtype=object)
    for number, part in enumerate(parts):
        made[0, number] = part
    return made


def setup(rows=64, cols=48, **changes):
    found = {
        "PData": {
            "PDelta": [[1.147, 0.0, 0.5]],
            "Size": [[float(rows), float(cols), 1.0]],
            "Coord": "rectangular",
        },
        "Trans": {"frequency": [[7.813]], "units": "wavelengths", "spacingMm": [[0.1953]]},
        "Resource": {"Parameters": {"speedOfSound": [[1540.0]]}},
    }
    found.update(changes)
    return found


def write(path, variables, version):
    if version == "7.3":
        write_mat73(path, variables)
    elif version == "4":
        sio.savemat(path, variables, format="4")
    else:
        sio.savemat(path, variables, do_compression=version == "7")
    return path


@pytest.mark.parametrize("version", ["6", "7", "7.3"])
@pytest.mark.parametrize("dtype", ["f8", "f4", "u1", "i1", "u2", "i2", "i4", "u4", "c8", "c16", "bool"])
def test_native_shape_of_every_type_comes_back_to_the_pixel(tmp_path, version, dtype):
    pixels = np.abs(speckle(40, 36, 1, 3) % 100).astype(dtype)
    if np.iscomplexobj(pixels):
        pixels = pixels * (1 + 2j)
        pixels = pixels.astype(dtype)
    path = write(tmp_path / "ä ö.mat", {"ImgData": cell(pixels)}, version)
    with open_matfile(path) as recording:
        assert recording.shape == (3, 40, 36)
        assert recording.provenance.variable == "ImgData{1}"
        for index in range(3):
            wanted = pixels[:, :, 0, index]
            wanted = np.abs(wanted) if np.iscomplexobj(wanted) else wanted
            assert np.allclose(recording.frame(index), wanted, rtol=1e-6)
            assert recording.frame(index).dtype == recording.dtype


@pytest.mark.parametrize("version", ["6", "7", "7.3"])
@pytest.mark.parametrize(
    ("shape", "frames"),
    [((40, 36), 1), ((40, 36, 5), 5), ((40, 36, 1, 5), 5), ((960, 128, 1, 2), 2)],
)
def test_shapes(tmp_path, version, shape, frames):
    pixels = speckle(*shape)
    path = write(tmp_path / "a.mat", {"strange_name": pixels}, version)
    with open_matfile(path) as recording:
        assert recording.shape == (frames, *shape[:2])
        assert np.array_equal(recording.frame(frames - 1), pixels.reshape(*shape[:2], -1)[:, :, -1])


def test_version_4_holds_one_frame(tmp_path):
    pixels = speckle(50, 40)
    path = write(tmp_path / "a.mat", {"BMode": pixels, "f0": 5.0}, "4")
    with open_matfile(path) as recording:
        assert recording.shape == (1, 50, 40)
        assert recording.provenance.container == "MAT v4"
        assert np.array_equal(recording.frame(0), pixels)


@pytest.mark.parametrize("version", ["6", "7", "7.3"])
def test_a_cell_of_frames_is_one_recording(tmp_path, version):
    frames = [speckle(40, 36) for _ in range(4)]
    path = write(tmp_path / "a.mat", {"Img": cell(*frames)}, version)
    with open_matfile(path) as recording:
        assert recording.shape == (4, 40, 36)
        assert all(np.array_equal(recording.frame(i), frames[i]) for i in range(4))


def test_empty_elements_keep_the_numbers_of_the_others(tmp_path):
    frames = [speckle(40, 36), np.zeros((0, 0)), speckle(40, 36)]
    sio.savemat(tmp_path / "a.mat", {"Img": cell(*frames)})
    with open_matfile(tmp_path / "a.mat") as recording:
        assert recording.frame_numbers == (1, 3)
        assert np.array_equal(recording.frame(1), frames[2])


@pytest.mark.parametrize("version", ["6", "7", "7.3"])
def test_image_buffers_of_different_sizes_are_candidates(tmp_path, version):
    path = write(
        tmp_path / "a.mat", {"ImgData": cell(speckle(40, 36, 1, 2), speckle(80, 60, 1, 2)), "n": 3.0}, version
    )
    with open_matfile(path) as recording:
        assert [c.variable for c in recording.candidates] == ["ImgData{1}", "ImgData{2}"]
        assert all(c.reason for c in recording.candidates)
    with open_matfile(path, Recipe("second", "ImgData{2}")) as recording:
        assert recording.shape == (2, 80, 60)


@pytest.mark.parametrize("version", ["6", "7", "7.3"])
def test_wrapper_struct(tmp_path, version):
    pixels = speckle(40, 36, 1, 2)
    path = write(tmp_path / "a.mat", {"rfiq": {"note": "x", "ImgData": cell(pixels)}}, version)
    with open_matfile(path) as recording:
        assert recording.provenance.variable == "rfiq.ImgData{1}"
        assert np.array_equal(recording.frame(1), pixels[:, :, 0, 1])


@pytest.mark.parametrize("version", ["6", "7", "7.3"])
def test_paired_i_and_q(tmp_path, version):
    real, imaginary = speckle(40, 36, 3) - 1000, speckle(40, 36, 3) - 1000
    path = write(tmp_path / "a.mat", {"I_Data": real, "Q_Data": imaginary}, version)
    with open_matfile(path) as recording:
        assert recording.provenance.variable == "I_Data+Q_Data"
        assert recording.intensity is Intensity.LINEAR
        assert np.allclose(recording.frame(2), np.hypot(real[..., 2], imaginary[..., 2]))


def test_rf_lines_become_their_envelope_and_channel_data_are_refused(tmp_path):
    depth = np.arange(256)
    amplitude = 1 + np.exp(-(((depth - 100) / 20.0) ** 2))
    lines = amplitude[:, None] * np.cos(depth * 0.8)[:, None] * np.ones((256, 40)) * 500
    sio.savemat(tmp_path / "lines.mat", {"RF": lines[:, :, None] * np.ones(2)})
    with open_matfile(tmp_path / "lines.mat") as recording:
        assert recording.intensity is Intensity.LINEAR
        inner = slice(20, 230)
        assert np.allclose(recording.frame(1)[inner, 5] / 500, amplitude[inner], rtol=0.05)
    sio.savemat(tmp_path / "channels.mat", {"RF": lines, "param": {"TXdelay": np.zeros((1, 40))}})
    with pytest.raises(NotAnImageError) as refused:
        open_matfile(tmp_path / "channels.mat")
    message = refused.value.message
    assert "channels.mat" in message
    assert "'RF' (256 x 40)" in message
    assert "channel data" in message
    assert "ImgData" in message


@pytest.mark.parametrize("version", ["6", "7", "7.3"])
def test_what_is_not_an_image_is_refused_in_words(tmp_path, version):
    channels = cell((RNG.normal(size=(512, 64, 2)) * 100).astype(np.int16))
    only_channels = write(tmp_path / "a.mat", {"RcvData": channels, **setup()}, version)
    with pytest.raises(NotAnImageError, match=r"'RcvData\{1\}' \(512 x 64 x 2\).*channel data.*MATLAB"):
        open_matfile(only_channels)
    with pytest.raises(NotAnImageError, match="only a setup"):
        open_matfile(write(tmp_path / "b.mat", setup(), version))
    with pytest.raises(NotAnImageError, match=r"'ImgData' .*empty"):
        open_matfile(write(tmp_path / "c.mat", {"ImgData": cell(np.zeros((0, 0))), **setup()}, version))
    with pytest.raises(NotAnImageError, match="no array"):
        open_matfile(write(tmp_path / "d.mat", {"x": 3.0, "t": "text"}, version))


@pytest.mark.parametrize("version", ["6", "7", "7.3"])
def test_settings_order_and_empty_slots(tmp_path, version):
    pixels = speckle(64, 48, 1, 5).astype(np.float32)
    pixels[:, :, :, 3] = 0
    resource = {
        "Parameters": {"speedOfSound": np.array([[1540]], dtype=np.uint16)},
        "ImageBuffer": {"firstFrame": [[3.0]], "lastFrame": [[2.0]], "numFrames": [[5.0]]},
    }
    path = write(tmp_path / "a.mat", {"ImgData": cell(pixels), **setup(Resource=resource)}, version)
    with open_matfile(path) as recording:
        assert recording.frame_numbers == (3, 4, 5, 1, 2)
        assert recording.empty_frames == {1}
        for place, number in enumerate(recording.frame_numbers):
            assert np.array_equal(recording.frame(place), pixels[:, :, 0, number - 1])
        wavelength = 1540 / 7.813e6 * 1e3
        assert recording.spacing_mm == pytest.approx((0.5 * wavelength, 1.147 * wavelength))


def test_an_empty_persistence_buffer_gives_way(tmp_path):
    sio.savemat(
        tmp_path / "a.mat",
        {"ImgDataP": cell(np.zeros((40, 36, 1, 2))), "ImgData": cell(speckle(40, 36, 1, 2))},
    )
    with open_matfile(tmp_path / "a.mat") as recording:
        assert recording.provenance.variable == "ImgData{1}"


def test_recipe_overrules_everything(tmp_path):
    pixels = speckle(5, 40, 36)
    sio.savemat(tmp_path / "a.mat", {"odd": pixels, "ImgData": speckle(64, 64)})
    recipe = Recipe("mine", "odd", "twh", Intensity.DB, (0.1, 0.2), frame_rate_hz=30.0)
    with open_matfile(tmp_path / "a.mat", recipe) as recording:
        assert recording.shape == (5, 36, 40)
        assert np.array_equal(recording.frame(2), pixels[2].T)
        assert recording.intensity is Intensity.DB
        assert recording.spacing_mm == (0.1, 0.2)
        assert recording.frame_rate_hz == 30.0
    with pytest.raises(NotAnImageError, match="do not fit"):
        open_matfile(tmp_path / "a.mat", Recipe("bad", "odd", "hw"))
    with pytest.raises(NotAnImageError, match="no such variable"):
        open_matfile(tmp_path / "a.mat", Recipe("bad", "nothing"))


@pytest.mark.parametrize("version", ["7", "7.3"])
@pytest.mark.parametrize("state", list(Intensity))
def test_our_own_export_says_its_state(tmp_path, version, state):
    variables = {
        "despeckled": speckle(40, 36, 2).astype(np.float32) / 1e4,
        "spacing_mm": np.array([[0.05, 0.3]]),
        "provenance": {"intensity": str(state)},
    }
    with open_matfile(write(tmp_path / "a.mat", variables, version)) as recording:
        assert recording.intensity is state
        assert recording.spacing_mm == (0.05, 0.3)
        assert recording.warnings == ()


def test_only_the_chosen_variable_is_inflated(tmp_path):
    """A file of a megabyte whose other variable would inflate to a gigabyte."""
    bomb = np.zeros((2048, 128, 64), dtype=np.int16)
    sio.savemat(
        tmp_path / "a.mat",
        {"A_RcvData": np.zeros(1), "RcvData": cell(bomb), "ImgData": speckle(64, 48)},
        do_compression=True,
    )
    with open_matfile(tmp_path / "a.mat", memory_limit_bytes=1_000_000) as recording:
        assert recording.shape == (1, 64, 48)


@pytest.mark.parametrize("version", ["6", "7", "7.3"])
def test_what_cannot_fit_is_refused_before_it_is_read(tmp_path, version):
    path = write(tmp_path / "a.mat", {"ImgData": speckle(64, 48, 1, 50)}, version)
    with pytest.raises(TooLargeError, match=r"'ImgData'.*64 x 48 x 1 x 50.*memory"):
        open_matfile(path, memory_limit_bytes=20_000)


def test_a_file_without_the_matlab_header(tmp_path):
    pixels = speckle(40, 36, 1, 3)
    with h5py.File(tmp_path / "a.mat", "w") as file:
        file["ImgData"] = pixels.T
    with open_matfile(tmp_path / "a.mat") as recording:
        assert recording.shape == (3, 40, 36)
        assert np.array_equal(recording.frame(2), pixels[:, :, 0, 2])


def test_progress_stops_the_inflating(tmp_path):
    from lusgui.base.errors import CancelledError

    sio.savemat(tmp_path / "a.mat", {"ImgData": speckle(256, 128, 1, 10)}, do_compression=True)
    calls = []

    def stop(done, total, text=""):
        calls.append((done, total, text))
        raise CancelledError("stopped")

    with pytest.raises(CancelledError):
        open_matfile(tmp_path / "a.mat", progress=stop)
    assert len(calls) == 1
    assert "ImgData" in calls[0][2]


@pytest.mark.parametrize("version", ["4", "6", "7", "7.3"])
def test_a_truncated_file_is_refused_at_any_length(tmp_path, version):
    path = write(tmp_path / "a.mat", {"BMode": speckle(64, 48)}, version)
    whole = path.read_bytes()
    for length in [*range(1, 140, 23), len(whole) // 3, len(whole) // 2, len(whole) - 9, len(whole) - 1]:
        path.write_bytes(whole[:length])
        with pytest.raises(LusguiError):
            open_matfile(path)


def test_octave_files(tmp_path):
    octave = shutil.which("octave-cli") or shutil.which("octave")
    if octave is None:
        pytest.skip("GNU Octave is not installed")
    script = (
        "x = reshape(1:40*36*3, [40 36 1 3]) * 7; f = @(x) x + 1; ImgData = {x};"
        "PData = struct('PDelta', [1 0 0.5], 'Size', [40 36 1]); Trans = struct('frequency', 5.2);"
        "note = 'abc'; s = sparse(eye(40)); z = {}; BMode = x(:, :, 1, 1);"
        "save('-v7', 'v7.mat', 'ImgData', 'PData', 'Trans', 'note', 's', 'z');"
        "save('-v6', 'v6.mat', 'ImgData', 'PData', 'Trans', 'note', 's', 'z');"
        "save('-v4', 'v4.mat', 'BMode');"
    )
    subprocess.run(
        [octave, "--no-gui", "--quiet", "--no-init-file", "--eval", script],
        cwd=tmp_path,
        check=True,
        capture_output=True,
        timeout=100,
    )
    wanted = np.arange(1, 40 * 36 * 3 + 1).reshape(40, 36, 1, 3, order="F") * 7.0
    for name in ("v7", "v6"):
        with open_matfile(tmp_path / f"{name}.mat") as recording:
            assert recording.shape == (3, 40, 36)
            assert recording.spacing_mm == pytest.approx((0.5 * 1540 / 5200, 1540 / 5200))
            assert all(np.array_equal(recording.frame(i), wanted[:, :, 0, i]) for i in range(3))
    with open_matfile(tmp_path / "v4.mat") as recording:
        assert np.array_equal(recording.frame(0), wanted[:, :, 0, 0])


def scipy_test_files():
    folder = Path(sio.__file__).parent / "matlab" / "tests" / "data"
    return sorted(folder.glob("*.mat")) if folder.is_dir() else []


@pytest.mark.parametrize("path", scipy_test_files(), ids=lambda path: path.name)
def test_every_file_in_scipys_own_tests_opens_or_is_refused(path):
    try:
        with open_matfile(path) as recording:
            shapes = {frame.shape for frame in recording}
            assert shapes == {recording.frame_shape}
    except LusguiError as error:
        message = error.message
        assert path.name in message


def test_no_mat_file_at_all(tmp_path):
    (tmp_path / "a.mat").write_bytes(b"hello world" * 50)
    with pytest.raises(UnreadableFileError, match="no MAT-file"):
        open_matfile(tmp_path / "a.mat")
