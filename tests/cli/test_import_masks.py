import numpy as np
import pytest

from lusgui.cli import main
from lusgui.core.annotation import PlaneKey, Status
from lusgui.core.recording import Intensity
from lusgui.io.export.masks import write_masks
from lusgui.io.study import Study
from lusgui.io.study_entries import NewRecording

MASKS = np.random.default_rng(0).random((3, 24, 16)) > 0.6


@pytest.fixture
def study_path(tmp_path):
    source = tmp_path / "clip.mat"
    source.write_bytes(b"x")
    with Study.create(tmp_path / "s.lusgui") as study:
        study.add_recording(NewRecording(source, 3, 24, 16, Intensity.LINEAR, spacing_mm=(0.1, 0.3)))
        return study.path


@pytest.mark.parametrize("kind", ["tiff", "mat", "png"])
def test_masks_come_in_as_one_edit(study_path, tmp_path, capsys, kind):
    files = write_masks("clip", "rib", MASKS, tmp_path / "in", (kind,))
    words = ["import-masks", str(study_path), *map(str, files)]
    assert main([*words, "--dry-run"]) == 0
    assert "clip" in capsys.readouterr().out
    assert main([*words, "--label", "rib"]) == 0
    with Study.open(study_path) as study:
        identity = study.recordings()[0].id
        for frame in range(3):
            key = PlaneKey(identity, frame, "rib")
            np.testing.assert_array_equal(study.mask(key), MASKS[frame])
            assert study.status(key) is Status.EDITED
        edit = study.undo()
        assert edit.source.startswith("import:clip_rib")
        assert study.mask(key) is None or not study.mask(key).any()
        assert study.undo() is None


def test_nothing_fits(study_path, tmp_path, capsys):
    (path,) = write_masks("clip", "rib", MASKS[:, :9], tmp_path / "in", ("tiff",))
    assert main(["import-masks", str(study_path), str(path)]) == 2
    assert "9 x 16" in capsys.readouterr().out


def test_labels_are_the_studys(study_path, tmp_path, capsys):
    (path,) = write_masks("clip", "rib", MASKS, tmp_path / "in", ("tiff",))
    assert main(["import-masks", str(study_path), str(path), "--label", "spleen"]) == 2
    assert "no label 'spleen'" in capsys.readouterr().err
    assert main(["import-masks", str(study_path), str(path), "--label", "rib", "--label", "1=rib"]) == 2


def test_a_folder_without_masks_is_said(study_path, tmp_path, capsys):
    (tmp_path / "empty").mkdir()
    assert main(["import-masks", str(study_path), str(tmp_path / "empty")]) == 2
    assert "no mask file was found there" in capsys.readouterr().err
