from __future__ import annotations

import numpy as np

from lusgui.core.contrast import PLAIN, ContrastSettings, equalise
from training.dataset import Sample
from training.localization.preprocess import equalised


def test_plain_changes_nothing():
    sample = Sample("a", "g", np.zeros((8, 8), np.uint8))
    assert equalised(sample, PLAIN) is sample


def test_equalised_sample_keeps_its_truth():
    random = np.random.default_rng(0)
    frame = random.integers(70, 90, (64, 80)).astype(np.uint8)
    mask = np.zeros((64, 80), bool)
    mask[3, 4] = True
    sample = Sample("a", "g", frame, {"rib": mask}, points={"rib": (3.0, 4.0)})
    changed = equalised(sample, ContrastSettings())
    assert changed.masks is sample.masks
    assert changed.points is sample.points
    assert changed.frame.dtype == np.uint8
    assert np.abs(changed.gray() - equalise(sample.gray(), ContrastSettings())).max() <= 0.5 / 255 + 1e-6
    assert changed.gray().std() > 2 * sample.gray().std()
