from __future__ import annotations

import numpy as np
import pytest
import tifffile
from scipy.io import savemat

from lusgui.base.errors import LusguiError, StudyError, UnreadableFileError
from lusgui.core.annotation import PlaneKey, Status
from lusgui.core.edits import Edit, StatusChange, now_utc, patch_between
from lusgui.io.open import open_recording
from lusgui.io.study import Study
from lusgui.io.study_entries import NewRecording
from training.data.pictures import UNNAMED
from training.data.study_layouts import (
    fits_recordings,
    fits_study,
    read_recordings,
    read_studies,
)

FRAMES = np.random.default_rng(1).rayleigh(500.0, (3, 24, 32)).astype(np.float32)


@pytest.fixture
def clip(tmp_path):
    savemat(tmp_path / "clip.mat", {"ImgData": np.moveaxis(FRAMES, 0, 2)})
    with open_recording(tmp_path / "clip.mat") as recording:
        assert recording.shape == (3, 24, 32)
    return tmp_path / "clip.mat"


@pytest.fixture
def study(clip, tmp_path, blob):
    with Study.create(tmp_path / "s.lusgui") as study:
        new = NewRecording(clip, 3, 24, 32, name="clip", spacing_mm=(0.1, 0.3))
        key = study.add_recording(new).id
        draw(study, PlaneKey(key, 0, "rib"), blob() > 0, Status.ACCEPTED)
        draw(study, PlaneKey(key, 0, "cerebellum"), blob() > 0, Status.REJECTED)
        draw(study, PlaneKey(key, 2, "rib"), None, Status.NOTHING_HERE)
        draw(study, PlaneKey(key, 1, "rib"), None, Status.IGNORED)
    return tmp_path / "s.lusgui"


def draw(study, key, mask, status):
    patches = () if mask is None else (patch_between(key, np.zeros_like(mask), mask),)
    study.push(Edit("test", patches, (StatusChange(key, Status.UNTOUCHED, status),), "Ann", now_utc()))


@pytest.mark.parametrize("named", ["s.lusgui", ""])
def test_a_study_gives_what_people_decided(study, named, tmp_path):
    assert fits_study(tmp_path / named)
    first, last = read_studies(tmp_path / named)
    assert (first.name, last.name, first.group) == ("clip_00001", "clip_00003", "clip")
    assert set(first.masks) == {"rib"}
    assert first.masks["rib"].sum() == 32
    assert set(last.masks) == {"rib"}
    assert not last.masks["rib"].any()
    assert np.array_equal(first.frame, FRAMES[0])
    assert first.spacing_mm == (0.1, 0.3)
    assert 0 <= first.gray().min() < first.gray().max() <= 1


def test_a_study_that_moved_with_its_recordings_still_finds_them(study, tmp_path):
    (tmp_path / "new").mkdir()
    for name in ("s.lusgui", "clip.mat"):
        (tmp_path / name).rename(tmp_path / "new" / name)
    assert len(read_studies(tmp_path / "new")) == 2


def test_a_recording_that_is_gone_is_named(study, clip):
    clip.unlink()
    with pytest.raises(StudyError, match=r"'clip' is no longer where it was"):
        read_studies(study)


def test_a_recording_that_was_replaced_is_refused(study, clip):
    savemat(clip, {"ImgData": FRAMES[0]})
    with pytest.raises(StudyError, match="no longer the one"):
        read_studies(study)


def test_a_study_without_review_says_so(clip, tmp_path):
    with Study.create(tmp_path / "s.lusgui") as study:
        study.add_recording(NewRecording(clip, 3, 24, 32, name="clip"))
    with pytest.raises(UnreadableFileError, match=r"no frame of the study was reviewed.*Accept masks"):
        read_studies(tmp_path)


@pytest.mark.parametrize("name", ["clip_rib.mat", "clip.rib.mat", "masks/clip_rib.mat"])
def test_a_recording_with_masks_beside(clip, tmp_path, blob, name):
    (tmp_path / "masks").mkdir()
    masks = np.stack([blob(1), blob(0), blob(1)], axis=2)
    savemat(tmp_path / name, {"mask": masks})
    assert fits_recordings(tmp_path)
    samples = read_recordings(tmp_path)
    assert [one.name for one in samples] == ["clip_00001", "clip_00002", "clip_00003"]
    assert {one.group for one in samples} == {"clip"}
    assert [int(one.masks["rib"].sum()) for one in samples] == [32, 0, 32]
    assert np.array_equal(samples[2].frame, FRAMES[2])


def test_masks_that_only_say_mask_have_no_name(clip, tmp_path, blob):
    tifffile.imwrite(tmp_path / "clip_mask.tif", np.stack([blob()] * 3), photometric="minisblack")
    assert set(read_recordings(tmp_path)[0].masks) == {UNNAMED}


def test_variables_name_labels_and_frames_state_themselves(clip, tmp_path, blob):
    savemat(
        tmp_path / "clip_masks.mat",
        {"mask_rib": blob(1), "mask_pleura": blob(1), "frames": np.array([[3.0]])},
    )
    (sample,) = read_recordings(tmp_path)
    assert sample.name == "clip_00003"
    assert set(sample.masks) == {"rib", "pleura"}


def test_single_pictures_with_a_frame_number(clip, put, blob, tmp_path):
    put("clip_rib_00002.png", blob())
    (sample,) = read_recordings(tmp_path)
    assert sample.name == "clip_00002"
    assert set(sample.masks) == {"rib"}


def test_a_second_clip_is_no_mask(clip, tmp_path, blob):
    savemat(tmp_path / "clip_2.mat", {"ImgData": np.moveaxis(FRAMES, 0, 2)})
    savemat(tmp_path / "clip_rib.mat", {"mask": np.stack([blob(1)] * 3, axis=2)})
    with pytest.raises(UnreadableFileError, match=r"clip_2\.mat: the recording has no mask"):
        read_recordings(tmp_path)


def test_a_mask_of_another_size_or_of_no_recording_is_refused(clip, put, blob, tmp_path):
    savemat(tmp_path / "clip_rib.mat", {"mask": np.stack([blob(1, (24, 30))] * 3, axis=2)})
    with pytest.raises(LusguiError, match=r"clip_rib\.mat: its masks are 24 x 30"):
        read_recordings(tmp_path)
    savemat(tmp_path / "clip_rib.mat", {"mask": np.stack([blob(1)] * 3, axis=2)})
    savemat(tmp_path / "two.mat", {"ImgData": np.moveaxis(FRAMES, 0, 2)})
    savemat(tmp_path / "two_rib.mat", {"mask": np.stack([blob(1)] * 3, axis=2)})
    put("other_rib.png", blob())
    with pytest.raises(LusguiError, match=r"other_rib\.png: no recording's name begins its name"):
        read_recordings(tmp_path)


def test_folders_of_other_things_do_not_fit(clip, put, frame, tmp_path):
    assert not fits_recordings(tmp_path)
    put("still.jpg", frame())
    assert not fits_recordings(tmp_path)
    assert not fits_study(tmp_path)
    assert not fits_study(clip)
