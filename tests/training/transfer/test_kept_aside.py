from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import torch

from lusgui.core.model_card import ModelCard
from lusgui.nn.checkpoint import load_model, save_model
from lusgui.nn.registry import build
from training.bases import Base, find_base
from training.data.splits import Fold
from training.engine.settings import FitSettings
from training.judging import judge
from training.transfer.kept_aside import (
    NothingToLearnError,
    check_shown,
    compare_with_base,
    describe_beginning,
    judge_base,
)
from training.trials import Trial

FOLD = Fold((0, 1, 2, 3), (4, 5), ())


def _blank(samples, indices):
    return [
        replace(s, masks={"rib": np.zeros_like(s.masks["rib"])}) if i in indices else s
        for i, s in enumerate(samples)
    ]


@pytest.fixture
def trial():
    return Trial("lus-unet", "rib", (32, 48), fit=FitSettings(device="cpu"))


def test_frames_that_show_nothing_teach_nothing(toy_samples):
    check_shown(_blank(toy_samples, (0, 1, 2)), FOLD, "rib")
    with pytest.raises(NothingToLearnError, match=r"none of the 4 frames .* every mask is empty"):
        check_shown(_blank(toy_samples, range(6)), FOLD, "rib")
    with pytest.raises(NothingToLearnError, match="all that do were kept aside"):
        check_shown(_blank(toy_samples, range(4)), FOLD, "rib")
    with pytest.raises(NothingToLearnError, match="the only frame"):
        check_shown(_blank(toy_samples, range(6)), Fold((0,), (), ()), "rib")


def test_the_base_is_judged_as_its_own_card_says(tmp_path, toy_samples, trial):
    torch.manual_seed(0)
    path = tmp_path / "base.safetensors"
    card = ModelCard("base", "1", "lus-unet", ("rib",), (32, 32), mean=0.3, std=0.4, threshold=0.4)
    save_model(path, build("lus-unet", base_width=4), card)
    rows = judge_base(find_base(str(path)), toy_samples[4:], trial)
    assert rows == judge(load_model(path), toy_samples[4:], replace(trial, threshold=0.4))
    assert rows != judge(load_model(path), toy_samples[4:], replace(trial, threshold=0.6))
    assert [row["name"] for row in rows] == ["f4", "f5"]
    # what it does not know cannot be judged, nor can random weights
    assert judge_base(find_base(str(path)), toy_samples, replace(trial, label="nerve")) == []
    assert judge_base(Base("scratch:lus-unet", {}, "lus-unet"), toy_samples, trial) == []


def test_a_base_that_finds_no_masks_is_not_judged(toy_samples, trial):
    card = ModelCard("loc", "1", "hu-localizer", ("rib",), (32, 32), {"input_side": 32})
    state = {"x": torch.zeros(1)}
    assert judge_base(Base("loc", state, "hu-localizer", {}, card), toy_samples, trial) == []


def test_the_beginning_in_one_line(toy_samples):
    data = "6 frames of 3 groups"
    said = describe_beginning(data, toy_samples, FOLD, {"dice_mean": 0.7712}, 10.0)
    assert said == (
        "6 frames of 3 groups: 4 to learn from, 2 kept aside (g2). The base scores Dice 0.771 on those; it"
        " may have learnt from them itself. Training stops after 10 minutes at the latest."
    )
    assert describe_beginning(data, toy_samples, FOLD, {}).endswith("2 kept aside (g2).")
    assert "None of those shows" in describe_beginning(data, toy_samples, FOLD, {"frames": 2})
    assert "none is kept aside" in describe_beginning(data, toy_samples, Fold((0, 1), (), ()), {})
    assert "single frames" in describe_beginning(data, toy_samples, Fold((0, 1, 2, 4), (3, 5), ()), {})
    one = [replace(s, group="g") for s in toy_samples]
    assert "last of the only group" in describe_beginning(data, one, FOLD, {})
    many = [replace(s, group=s.name) for s in toy_samples]
    assert "(f0, f1, f2, f3, f4 and 1 more)" in describe_beginning(
        data, many, Fold((), tuple(range(6)), ()), {}
    )


def test_not_better_is_said():
    scores = {"dice_mean": 0.758, "frames_with_label": 25}
    assert compare_with_base(scores, {"dice_mean": 0.771}) == (
        "Dice 0.758 over 25 frames kept aside that show it, the base 0.771: not better than its base; more"
        " epochs or frames may help."
    )
    assert "not better" in compare_with_base(scores, {"dice_mean": 0.758})
    assert compare_with_base(scores, {"dice_mean": 0.5}).endswith("the base 0.500.")
    assert compare_with_base(scores | {"frames_with_label": 1}, {}) == (
        "Dice 0.758 over 1 frame kept aside that shows it."
    )
    assert compare_with_base({"frames_with_label": 0}, {}) == ""
