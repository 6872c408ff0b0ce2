"""A study out to files and back in, bit-identical."""

import numpy as np
import pytest
import tifffile
from scipy.io import loadmat

from lusgui.base.errors import CancelledError, LusguiError, OverwriteRefusedError
from lusgui.core.annotation import PlaneKey, Status
from lusgui.core.despeckle import FAST, despeckle
from lusgui.core.edits import Edit, StatusChange, now_utc, patch_between
from lusgui.core.recording import ArraySource, Intensity, Provenance, Recording
from lusgui.io.export import export_study
from lusgui.io.study import Study
from lusgui.io.study_entries import NewRecording

MASK = np.random.default_rng(0).random((24, 16)) > 0.6
FRAMES = np.random.default_rng(1).random((4, 24, 16)).astype(np.float32) + 0.1


@pytest.fixture
def study(tmp_path):
    with Study.create(tmp_path / "s.lusgui") as study:
        for name in ("one", "two"):
            source = tmp_path / name / "clip.mat"
            source.parent.mkdir()
            source.write_bytes(name.encode())
            study.add_recording(
                NewRecording(
                    source,
                    4,
                    24,
                    16,
                    Intensity.LINEAR,
                    name=name,
                    variable="ImgData{1}",
                    sha256=name * 8,
                    spacing_mm=(0.1, 0.3),
                    frame_numbers=(3, 4, 1, 2),
                )
            )
        draw(study, 1, "rib", MASK, Status.ACCEPTED)
        draw(study, 3, "rib", None, Status.NOTHING_HERE)
        draw(study, 2, "cerebellum", None, Status.REJECTED)
        yield study


def draw(study, frame, label, mask, status):
    key = PlaneKey(study.recordings()[0].id, frame, label)
    patches = () if mask is None else (patch_between(key, np.zeros_like(mask), mask),)
    change = StatusChange(key, Status.UNTOUCHED, status)
    study.push(Edit("test", patches, (change,), "Ann", now_utc(), None, "model:rib-1"))


def test_reviewed_frames_only(study, tmp_path):
    out = tmp_path / "out"
    written = export_study(study, out, ("tiff", "mat", "png"))
    assert [path.name for path in written] == [
        "clip_rib.tif", "clip_masks.mat", "clip_rib_00002.png", "clip_rib_00004.png",
    ]  # fmt: skip
    found = loadmat(out / "clip_masks.mat")
    assert found["frames"].tolist() == [[4, 2]]
    np.testing.assert_array_equal(found["mask_rib"][:, :, 0], MASK)
    assert not found["mask_rib"][:, :, 1].any()
    assert [one.item() for one in found["status"].ravel()] == [
        "accepted", "untouched", "nothing here", "untouched",
    ]  # fmt: skip
    facts = found["provenance"]
    assert facts["model_version"].item().item() == "rib-1"
    assert facts["rater"].item().item() == "Ann"
    assert facts["variable"].item().item() == "ImgData{1}"
    assert tifffile.imread(out / "clip_rib.tif").shape == (2, 24, 16)


def test_all_frames_of_both_recordings_get_different_names(study, tmp_path):
    written = export_study(study, tmp_path / "out", ("tiff",), reviewed_only=False, labels=["rib"])
    assert [path.name for path in written] == ["clip_rib.tif", "clip_2_rib.tif"]
    assert tifffile.imread(written[0]).shape == (4, 24, 16)


def test_despeckled_frames_go_with_them(study, tmp_path):
    def opener(entry):
        return Recording(
            ArraySource(FRAMES), FRAMES.shape, FRAMES.dtype, Intensity.LINEAR, Provenance(entry.path)
        )

    out = tmp_path / "out"
    export_study(study, out, ("tiff", "mat"), despeckle=FAST, open_recording_of=opener)
    wanted = [despeckle(FRAMES[frame], Intensity.LINEAR, FAST) for frame in (1, 3)]
    np.testing.assert_array_equal(tifffile.imread(out / "clip_despeckled.tif"), wanted)
    np.testing.assert_array_equal(loadmat(out / "clip_masks.mat")["despeckled"], np.moveaxis(wanted, 0, 2))


def test_refusals_leave_nothing_behind(study, tmp_path):
    out = tmp_path / "out"
    for options in (
        {"labels": ["spleen"]},
        {"recordings": ["x"]},
        {"recordings": ["two"]},
        {"template": "{stem}"},
    ):
        with pytest.raises(LusguiError):
            export_study(study, out, ("tiff",), **options)
    with pytest.raises(LusguiError, match="not a format"):
        export_study(study, out, ("gif",))
    with pytest.raises(OverwriteRefusedError, match="never replaced"):
        export_study(
            study, tmp_path / "one", ("mat",), labels=["rib"], template="{stem}{label:.0}", overwrite=True
        )

    def cancel(done, total, text=""):
        if done == 1:
            raise CancelledError("stopped")

    with pytest.raises(CancelledError):
        export_study(study, out, ("tiff", "mat"), progress=cancel)
    assert not out.exists() or not list(out.iterdir())


def test_one_file_a_frame(study, tmp_path):
    written = export_study(study, tmp_path / "out", ("tiff",), one_file_a_frame=True)
    assert [path.name for path in written] == ["clip_rib_00002.tif", "clip_rib_00004.tif"]
