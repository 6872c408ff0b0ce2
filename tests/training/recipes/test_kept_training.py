from __future__ import annotations

from dataclasses import replace

import torch

from lusgui.core.despeckle import FAST
from lusgui.nn.registry import build
from training.augment import AugmentSettings
from training.batches import Mixture, make_pool
from training.loop import LoopSettings
from training.recipes.kept_training import Course, run_course

COURSE = Course("toy", LoopSettings(2, bfloat16=False), {"width": 4})


def _network():
    torch.manual_seed(0)
    return build("lus-unet", base_width=4)


def test_other_options_have_another_name():
    assert COURSE.name == Course("toy", LoopSettings(2, bfloat16=False), {"width": 4}).name
    assert COURSE.name != replace(COURSE, key={"width": 5}).name
    assert COURSE.name != replace(COURSE, settings=LoopSettings(3, bfloat16=False)).name


def test_what_was_finished_is_read(toy_samples, tmp_path):
    made = []

    def batches():
        made.append(1)
        pool = make_pool(toy_samples, ("rib",), (32, 32), FAST)
        return Mixture([pool], (2,), (32, 32), AugmentSettings())

    first = run_course(COURSE, tmp_path / "work", batches, _network)
    again = run_course(COURSE, tmp_path / "work", batches, _network)
    assert len(made) == 1
    assert not first.training
    for one, other in zip(first.parameters(), again.parameters(), strict=True):
        assert torch.equal(one, other)
