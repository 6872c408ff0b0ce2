from __future__ import annotations

from dataclasses import replace

import pytest

from training.transfer.hold_out import hold_out


def _groups(samples, indices):
    return {samples[i].group for i in indices}


def test_whole_groups_are_kept_aside(toy_samples):
    fold, sentence = hold_out(toy_samples, 0.2, 0)
    assert not _groups(toy_samples, fold.train) & _groups(toy_samples, fold.validation)
    assert sorted(fold.train + fold.validation) == list(range(6))
    assert fold.test == ()
    assert "whole groups" in sentence
    assert next(iter(_groups(toy_samples, fold.validation))) in sentence


def test_of_one_group_the_last_frames_are_kept(toy_samples):
    samples = [replace(s, group="g", name=f"t{10 - i}") for i, s in enumerate(toy_samples)]
    fold, sentence = hold_out(samples, 0.34, 0)
    assert {samples[i].name for i in fold.validation} == {"t10", "t9"}
    assert "only group" in sentence


def test_single_images_on_demand(toy_samples):
    fold, sentence = hold_out(toy_samples, 0.2, 0, "image")
    assert len(fold.validation) in (1, 2)
    assert "drawn at random" in sentence


@pytest.mark.parametrize(("count", "part"), [(2, 0.2), (6, 0.0)])
def test_nothing_is_kept_of_too_few(toy_samples, count, part):
    fold, sentence = hold_out(toy_samples[:count], part, 0)
    assert fold.validation == ()
    assert len(fold.train) == count
    assert "nothing was kept aside" in sentence


def test_one_frame_is_one(toy_samples):
    assert hold_out(toy_samples[:1], 0.2, 0)[1].startswith("The only frame was learned from")
    sentence = hold_out(toy_samples[::2], 0.2, 0)[1]
    assert "2 of 3 frames; 1 was kept aside" in sentence
    assert "its score is" in sentence
