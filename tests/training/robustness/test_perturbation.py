from __future__ import annotations

import numpy as np

from lusgui.core.intensity import DisplayMapping
from lusgui.core.recording import Intensity
from training.dataset import DISPLAY_8_BIT, Sample
from training.robustness.perturbation import Perturbation, gray_of, with_gray, with_masks


def draw(sample, label, random):
    return with_gray(sample, random.uniform(size=sample.frame.shape))


def test_a_change_is_the_same_each_time_and_other_for_another_frame_name_and_seed(toy_samples):
    one, other = Perturbation("a", "", "gray", draw), Perturbation("b", "", "gray", draw)
    first = one.apply(toy_samples[0], "rib").frame
    np.testing.assert_array_equal(first, one.apply(toy_samples[0], "rib").frame)
    for again in (
        one.apply(toy_samples[1], "rib"),
        other.apply(toy_samples[0], "rib"),
        one.apply(toy_samples[0], "rib", seed=1),
    ):
        assert not np.array_equal(first, again.frame)


def test_nothing_to_change_is_the_very_sample(toy_samples):
    assert Perturbation("plain", "", "input").apply(toy_samples[0], "rib") is toy_samples[0]


def test_gray_goes_by_the_mapping_and_comes_back_with_eight_bits():
    frame = np.array([[-60.0, -30.0, 0.0, 9.0]])
    sample = Sample("a", "g", frame, mapping=DisplayMapping(Intensity.DB, -60.0, 0.0))
    np.testing.assert_allclose(gray_of(sample), [[0, 0.5, 1, 1]])
    stored = with_gray(sample, gray_of(sample))
    assert stored.mapping is DISPLAY_8_BIT
    np.testing.assert_array_equal(stored.frame, np.array([[0, 128, 255, 255]], np.uint8))


def test_ignored_pixels_move_with_the_masks():
    mask = np.array([[True, False]])
    sample = Sample("a", "g", np.zeros((1, 2), np.uint8), {"rib": mask}, ignored=~mask)
    turned = with_masks(sample, lambda plane: plane[:, ::-1])
    np.testing.assert_array_equal(turned.masks["rib"], ~mask)
    np.testing.assert_array_equal(turned.ignored, mask)
    assert with_masks(Sample("a", "g", sample.frame), np.fliplr).ignored is None
