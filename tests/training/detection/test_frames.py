from __future__ import annotations

import numpy as np
import pytest

from lusgui.base.errors import LusguiError
from training.data.boxes import boxes_in, write_yolo
from training.detection.frames import describe_source, load_frames
from training.recipe_types import SourceRecipe


def knows(label):
    return lambda sample: boxes_in(sample, label) is not None


def test_simulated_heads_come_with_boxes():
    samples = load_frames(
        SourceRecipe(simulated="head", count=2, side=64), ["cerebellum"], knows("cerebellum")
    )
    assert len(samples) == 2
    assert all(boxes_in(sample, "cerebellum") for sample in samples)


def test_a_folder_of_boxes_needs_no_masks(tmp_path, square_samples):
    folder = write_yolo(square_samples, tmp_path, ["square"])
    samples = load_frames(SourceRecipe(data=folder), ["square"], knows("square"))
    assert len(samples) == 12
    assert {sample.group for sample in samples} == {f"g{i}" for i in range(6)}
    assert boxes_in(samples[0], "square") == boxes_in(square_samples[0], "square")


def test_masks_without_a_name_are_those_of_the_label(tmp_path):
    from PIL import Image

    for part in ("images", "masks"):
        (tmp_path / part).mkdir()
    mask = np.zeros((20, 24), np.uint8)
    mask[5:9, 6:12] = 255
    Image.fromarray(mask // 2).save(tmp_path / "images" / "a.png")
    Image.fromarray(mask).save(tmp_path / "masks" / "a.png")
    (sample,) = load_frames(SourceRecipe(data=tmp_path), ["rib"], knows("rib"))
    assert sample.masks["rib"].sum() == 24


def test_label_nobody_knows_is_said(tmp_path, square_samples):
    folder = write_yolo(square_samples, tmp_path, ["square"])
    with pytest.raises(LusguiError, match="circle"):
        load_frames(SourceRecipe(data=folder), ["circle"], knows("circle"))


def test_a_page_says_where_frames_came_from(tmp_path):
    assert describe_source(SourceRecipe(data=tmp_path / "ribs")) == "folder ribs"
    assert describe_source(SourceRecipe(simulated="head", seed=3)) == "simulated (head, seed 3)"
