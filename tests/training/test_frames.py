from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from PIL import Image

from lusgui.base.errors import LusguiError
from lusgui.core.despeckle import FAST
from lusgui.core.model_card import ModelCard
from training.frames import frames_of, sample_frames

CARD = ModelCard("m", "1.0", "lus-unet", ("rib",), (32, 32))


@pytest.fixture
def data(tmp_path, toy_samples):
    (tmp_path / "images").mkdir()
    (tmp_path / "masks").mkdir()
    rows = ["stem,group"]
    for sample in toy_samples:
        Image.fromarray(sample.frame).save(tmp_path / "images" / f"{sample.name}.png")
        mask = sample.masks["rib"].astype(np.uint8) * 255
        Image.fromarray(mask).save(tmp_path / "masks" / f"{sample.name}.png")
        rows.append(f"{sample.name},{sample.group}")
    (tmp_path / "index.csv").write_text("\n".join(rows) + "\n")
    return tmp_path


def test_frames_are_gray_as_the_model_wants_them(data, toy_samples):
    found = frames_of(CARD, data)
    assert len(found) == 6
    assert all(np.array_equal(f, s.gray()) for f, s in zip(found, toy_samples, strict=True))
    filtered = frames_of(replace(CARD, despeckle=FAST.to_json()), data)
    assert np.array_equal(filtered[0], toy_samples[0].gray(FAST))


def test_groups_are_chosen_and_unknown_ones_named(data, toy_samples):
    found = frames_of(CARD, data, ["g1"])
    assert [f.tobytes() for f in found] == [s.gray().tobytes() for s in toy_samples[2:4]]
    with pytest.raises(LusguiError, match=r"no group 'g9'.*g0, g1, g2"):
        frames_of(CARD, data, ["g1", "g9"])


def test_few_are_spread_over_all(data, toy_samples):
    found = frames_of(CARD, data, most=3)
    assert [f.tobytes() for f in found] == [toy_samples[i].gray().tobytes() for i in (0, 2, 4)]


def test_there_are_frames_without_any_data():
    linear, display = sample_frames(CARD)
    assert linear.shape == (960, 128)
    for gray in (linear, display):
        assert gray.dtype == np.float32
        assert 0.0 <= gray.min() < gray.max() <= 1.0
