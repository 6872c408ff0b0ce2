from __future__ import annotations

import numpy as np
import pytest

from lusgui.base.errors import UnreadableFileError
from training.data.salient import fits, read


@pytest.fixture
def photograph(frame):
    return np.stack([frame(1), frame(2), frame(3)], axis=2)


@pytest.mark.parametrize(
    ("images", "masks"),
    [
        ("DUTS-TR-Image", "DUTS-TR-Mask"),
        ("DUTS-TR/DUTS-TR-Image", "DUTS-TR/DUTS-TR-Mask"),
        ("images", "ground_truth_mask"),
        ("ECSSD/images", "ECSSD/ground_truth_mask"),
        ("XPIE/imgs", "XPIE/gt"),
        ("HKU-IS/imgs", "HKU-IS/gt"),
        ("DUT-OMRON-image", "pixelwiseGT-new-PNG"),
    ],
)
def test_photographs_become_gray_and_their_object_has_one_name(
    put, photograph, blob, tmp_path, images, masks
):
    soft = blob(255)
    soft[4, 4:12] = 90
    soft[9, 4:12] = 200
    put(f"{images}/one.jpg", photograph)
    put(f"{masks}/one.png", soft)
    assert fits(tmp_path)
    (sample,) = read(tmp_path)
    assert sample.frame.shape == (24, 32)
    assert set(sample.masks) == {"object"}
    assert sample.masks["object"].sum() == 40


def test_both_halves_of_duts(put, photograph, blob, tmp_path):
    for part in ("TR", "TE"):
        put(f"DUTS-{part}/DUTS-{part}-Image/a.jpg", photograph)
        put(f"DUTS-{part}/DUTS-{part}-Mask/a.png", blob())
    assert [one.name for one in read(tmp_path)] == ["DUTS-TE/a", "DUTS-TR/a"]


def test_photograph_and_mask_in_one_folder(put, photograph, blob, tmp_path):
    put("Imgs/1.jpg", photograph)
    put("Imgs/1.png", blob())
    assert fits(tmp_path)
    (sample,) = read(tmp_path)
    assert sample.masks["object"].sum() == 32


def test_general_names_are_left_to_the_other_layouts(put, frame, blob, tmp_path):
    put("images/a.png", frame())
    put("masks/a.png", blob())
    put("imgs/a.png", frame())
    put("gt/a.png", blob())
    assert not fits(tmp_path)
    with pytest.raises(UnreadableFileError, match="no photographs"):
        read(tmp_path)


def test_a_photograph_without_mask_is_refused(put, photograph, blob, tmp_path):
    put("DUTS-TR-Image/a.jpg", photograph)
    put("DUTS-TR-Image/b.jpg", photograph)
    put("DUTS-TR-Mask/a.png", blob())
    with pytest.raises(UnreadableFileError, match=r"b\.jpg: the image has no mask"):
        read(tmp_path)
