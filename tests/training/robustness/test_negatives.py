from __future__ import annotations

import numpy as np
import pytest
from PIL import Image

from lusgui.base.errors import LusguiError
from training.robustness.negatives import limb_frames, negatives_for, thin_out


@pytest.fixture
def data(tmp_path):
    folder = tmp_path / "usgra" / "images"
    folder.mkdir(parents=True)
    random = np.random.default_rng(0)
    for i in range(16):
        frame = np.kron(random.integers(0, 255, (8, 8)), np.ones((10, 10))).astype(np.uint8)
        Image.fromarray(frame).save(folder / f"{i:04d}.png")
    return tmp_path


def test_limbs_lie_between_those_that_the_rib_model_learns_from(data):
    names = [sample.name for sample in limb_frames(data, "rib")]
    assert names == ["0002", "0006", "0010", "0014"]
    assert not any(sample.masks["rib"].any() for sample in limb_frames(data, "rib"))


def test_alike_frames_are_one_group(data):
    source = data / "usgra" / "images" / "0002.png"
    (data / "usgra" / "images" / "0006.png").write_bytes(source.read_bytes())
    groups = [sample.group for sample in limb_frames(data, "rib")]
    assert groups[0] == groups[1]
    assert len(set(groups)) == 3


def test_a_head_is_in_no_chest_and_no_limb(data):
    found = negatives_for("cerebellum", data, most=3)
    assert len(found) == 6
    assert {sample.group.partition("-")[0] for sample in found} > {"limb"}
    assert all(
        set(sample.masks) == {"cerebellum"} and not sample.masks["cerebellum"].any() for sample in found
    )
    assert len(negatives_for("rib", data)) == 4


def test_a_folder_without_them(tmp_path):
    with pytest.raises(LusguiError, match="no limb frames"):
        negatives_for("rib", tmp_path)


def test_thinned_out_evenly(toy_samples):
    assert [sample.name for sample in thin_out(toy_samples, 3)] == ["f0", "f2", "f4"]
    assert thin_out(toy_samples, None) == toy_samples
