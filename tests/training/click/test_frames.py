"""Tests of training.click.frames."""

from __future__ import annotations

import numpy as np

from training.click.frames import LONGEST, count_sources, find_targets, prepare
from training.dataset import Sample


def test_components_are_targets_and_so_is_their_union(make_disk):
    shape = (60, 90)
    mask = make_disk(shape, 20, 20, 10) | make_disk(shape, 40, 70, 12)
    mask[0, 0] = True  # a speck
    first, second, whole = find_targets(mask, "ring")
    assert np.array_equal(first.mask(shape), make_disk(shape, 20, 20, 10))
    assert np.array_equal(second.mask(shape), make_disk(shape, 40, 70, 12))
    assert np.array_equal(whole.mask(shape), first.mask(shape) | second.mask(shape))
    assert (first.is_whole, second.is_whole, whole.is_whole) == (False, False, True)
    assert first.box == (11, 11, 30, 30)
    (alone,) = find_targets(make_disk(shape, 20, 20, 10), "ring")
    assert not alone.is_whole
    assert find_targets(np.zeros(shape, bool), "ring") == []


def test_large_frames_are_made_smaller_with_their_masks(make_disk):
    shape = (1200, 800)
    mask = make_disk(shape, 600, 400, 200)
    frame = np.where(mask, 200, 50).astype(np.uint8)
    (made,) = prepare([Sample("a", "p1", frame, {"head": mask})], "heads")
    assert made.shape == (LONGEST, round(800 * LONGEST / 1200))
    (target,) = made.targets
    small = target.mask(made.shape)
    assert abs(small.mean() - mask.mean()) < 0.005
    assert made.gray[small].min() > 100
    assert (made.name, made.group, made.source) == ("a", "p1", "heads")


def test_labels_can_be_left_out_and_frames_without_targets_stay_only_where_all_is_known(make_disk):
    shape = (64, 64)
    masks = {"cerebellum": make_disk(shape, 20, 20, 10), "head": make_disk(shape, 30, 30, 28)}
    sample = Sample("a", "p1", np.zeros(shape, np.uint8), masks)
    (made,) = prepare([sample], "s", without={"cerebellum"})
    assert {target.label for target in made.targets} == {"head"}
    assert prepare([sample], "s", without=set(masks)) == []
    (kept,) = prepare([sample], "s", without=set(masks), is_complete=True)
    assert kept.targets == ()
    assert count_sources([made, kept, kept]) == {"s": 3}
