from __future__ import annotations

import hashlib

import numpy as np
import pytest
import scipy.io
import tifffile

from lusgui.cli import main
from lusgui.core.despeckle import FAST, despeckle
from lusgui.core.recording import Intensity
from lusgui.io.open import open_recording


@pytest.fixture
def clip(tmp_path):
    frames = np.random.default_rng(1).rayleigh(100.0, (96, 40, 3)).astype(np.float32)
    path = tmp_path / "in" / "clip.mat"
    path.parent.mkdir()
    scipy.io.savemat(path, {"ImgData": frames})
    return path, frames


def test_mat_and_tiff_hold_the_filtered_frames(clip, tmp_path, capsys):
    path, frames = clip
    out = tmp_path / "out"
    words = ["despeckle", str(path), "--out", str(out), "--method", "fast"]
    assert main([*words, "--format", "mat", "--format", "tiff"]) == 0
    written = scipy.io.loadmat(out / "clip_despeckled.mat")
    assert written["despeckled"].shape == (96, 40, 3)
    assert written["despeckled"].dtype == np.float32
    np.testing.assert_array_equal(written["frames"], [[1, 2, 3]])
    assert str(written["provenance"]["intensity"][0, 0][0]) == "linear"
    wanted = despeckle(frames[:, :, 1], Intensity.LINEAR, FAST)
    np.testing.assert_allclose(written["despeckled"][:, :, 1], wanted)
    pages = tifffile.imread(out / "clip_despeckled.tif")
    np.testing.assert_allclose(pages[1], wanted)
    with open_recording(out / "clip_despeckled.tif") as again:
        assert again.intensity is Intensity.LINEAR
    assert "clip_despeckled.mat" in capsys.readouterr().out


def test_nothing_is_replaced_without_force(clip, tmp_path, capsys):
    path, _ = clip
    words = ["despeckle", str(path), "--out", str(tmp_path), "--method", "lee"]
    assert main(words) == 0
    before = (tmp_path / "clip_despeckled.tif").stat().st_mtime_ns
    assert main(words) == 2
    assert "--force" in capsys.readouterr().err
    assert (tmp_path / "clip_despeckled.tif").stat().st_mtime_ns == before
    assert main([*words, "--force"]) == 0


def test_gray_stays_gray_and_a_folder_is_a_recording_a_file(tmp_path):
    from PIL import Image

    folder = tmp_path / "in"
    folder.mkdir()
    random = np.random.default_rng(0)
    for name in ("a", "b"):
        Image.fromarray(random.integers(0, 255, (64, 48), dtype=np.uint8)).save(folder / f"{name}.png")
    assert main(["despeckle", str(folder), "--out", str(tmp_path / "each"), "--method", "median"]) == 0
    for name in ("a", "b"):
        assert tifffile.imread(tmp_path / "each" / f"{name}_despeckled.tif").dtype == np.uint8
    words = ["despeckle", str(folder), "--out", str(tmp_path / "one"), "--method", "median"]
    assert main([*words, "--frames-one-per-file"]) == 0
    assert tifffile.imread(tmp_path / "one" / "in_despeckled.tif").shape == (2, 64, 48)


def test_a_broken_file_does_not_stop_the_others(clip, tmp_path, capsys):
    path, _ = clip
    (path.parent / "broken.mat").write_bytes(b"MATLAB 5.0 MAT-file".ljust(126) + b"\0\1IM" + b"\1" * 9)
    assert main(["despeckle", str(path.parent), "--out", str(tmp_path / "out"), "--method", "fast"]) == 2
    assert "broken.mat" in capsys.readouterr().err
    assert (tmp_path / "out" / "clip_despeckled.tif").exists()


@pytest.mark.parametrize(
    "words",
    [["nowhere.mat"], ["CLIP", "--wavelet", "nonsense"], ["CLIP", "--mat-version", "4"], ["CLIP", "CLIP2"]],
)
def test_refusals_are_one_sentence_and_write_nothing(clip, tmp_path, capsys, words):
    path, _ = clip
    other = tmp_path / "other" / path.name
    other.parent.mkdir()
    other.write_bytes(path.read_bytes())
    known = {"CLIP": str(path), "CLIP2": str(other)}
    assert main(["despeckle", *(known.get(w, w) for w in words), "--out", str(tmp_path / "out")]) == 2
    assert len(capsys.readouterr().err.strip().splitlines()) == 1
    assert not (tmp_path / "out").exists()


def test_frames_one_a_matfile_with_their_setup_beside_them(tmp_path):
    folder = tmp_path / "frames"
    folder.mkdir()
    frames = np.random.default_rng(1).rayleigh(1e4, (11, 96, 40)).astype(np.float32)
    for k, frame in enumerate(frames):
        scipy.io.savemat(folder / f"f{k}.mat", {"Img": frame})
    setup = {
        "PData": {"PDelta": [1.0, 0.0, 0.5], "Size": [96, 40, 1], "Origin": [0, 0, 2]},
        "Trans": {"frequency": 5.2, "units": "mm"},
        "Resource": {"Parameters": {"speedOfSound": 1540}},
    }
    scipy.io.savemat(folder / "setup.mat", setup)
    words = ["despeckle", str(folder), "--out", str(tmp_path / "out"), "--format", "mat"]
    assert main([*words, "--method", "off", "--frames-one-per-file"]) == 0
    written = scipy.io.loadmat(tmp_path / "out" / "frames_despeckled.mat")
    np.testing.assert_array_equal(np.moveaxis(written["despeckled"], 2, 0), frames)
    np.testing.assert_allclose(written["spacing_mm"], [[0.148077, 0.296154]], rtol=1e-5)


def test_provenance_names_the_content(clip, tmp_path):
    path, _ = clip
    assert main(["despeckle", str(path), "--out", str(tmp_path), "--method", "off", "--format", "mat"]) == 0
    facts = scipy.io.loadmat(tmp_path / "clip_despeckled.mat")["provenance"]
    assert str(facts["sha256"][0, 0][0]) == hashlib.sha256(path.read_bytes()).hexdigest()


def test_a_file_in_the_place_of_the_folder_is_one_sentence(clip, capsys):
    path, _ = clip
    assert main(["despeckle", str(path), "--out", str(path)]) == 2
    assert "a file is where a folder should be" in capsys.readouterr().err
