import numpy as np
import pytest
import tifffile

from lusgui.cli import main
from lusgui.core.annotation import PlaneKey, Status
from lusgui.core.edits import Edit, StatusChange, now_utc, patch_between
from lusgui.core.recording import Intensity
from lusgui.io.study import Study
from lusgui.io.study_entries import NewRecording

MASK = np.random.default_rng(0).random((24, 16)) > 0.6


@pytest.fixture
def study_path(tmp_path):
    source = tmp_path / "clip.mat"
    source.write_bytes(b"x")
    with Study.create(tmp_path / "s.lusgui") as study:
        entry = study.add_recording(NewRecording(source, 3, 24, 16, Intensity.LINEAR, spacing_mm=(0.1, 0.3)))
        key = PlaneKey(entry.id, 1, "rib")
        patch = patch_between(key, np.zeros_like(MASK), MASK)
        change = StatusChange(key, Status.UNTOUCHED, Status.ACCEPTED)
        study.push(Edit("test", (patch,), (change,), "Ann", now_utc()))
        return study.path


def test_tiff_and_mat(study_path, tmp_path, capsys):
    out = tmp_path / "out"
    words = ["export", str(study_path), "--out", str(out), "--format", "tiff", "--format", "mat"]
    assert main([*words, "--mat-version", "7.3"]) == 0
    assert capsys.readouterr().out.splitlines() == [str(out / "clip_rib.tif"), str(out / "clip_masks.mat")]
    np.testing.assert_array_equal(tifffile.imread(out / "clip_rib.tif"), MASK * np.uint8(255))
    assert main(words) == 2
    assert "already there" in capsys.readouterr().err
    assert main([*words, "--force"]) == 0


def test_what_is_not_there(study_path, tmp_path, capsys):
    assert main(["export", str(study_path), "--out", str(tmp_path / "o"), "--label", "spleen"]) == 2
    assert "no label 'spleen'" in capsys.readouterr().err
    assert main(["export", str(tmp_path / "none.lusgui"), "--out", str(tmp_path / "o")]) == 2
