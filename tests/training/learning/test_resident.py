from dataclasses import replace

import numpy as np
import pytest
import torch

from training.learning.resident import doubt_of, make_resident, squares_around


def test_frames_masks_and_doubt_lie_in_register(tiny, discs):
    samples = discs(3)
    doubt = np.zeros((64, 64), bool)
    doubt[:32] = True
    samples[1] = replace(samples[1], masks=samples[1].masks | {"ignore": doubt})
    frames = make_resident(samples, ("disc", "other"), (32, 32), tiny().card)
    assert frames.raw.shape == frames.despeckled.shape == (3, 1, 32, 32)
    assert frames.known.tolist() == [[1, 0]] * 3
    inside = frames.raw[0, 0][frames.masks[0, 0] > 250].float().mean()
    assert inside > frames.raw[0, 0][frames.masks[0, 0] == 0].float().mean() + 100
    assert (frames.doubtful[1, 0, :15] == 255).all()
    assert not frames.doubtful[1, 0, 17:].any()
    assert not frames.doubtful[0].any()


def test_ignored_pixels_are_doubtful_too(discs):
    sample = discs(1)[0]
    corner = np.zeros((64, 64), bool)
    corner[0, 0] = True
    assert doubt_of(replace(sample, ignored=corner)).sum() == 1
    assert doubt_of(sample).sum() == 0


def test_margins_that_the_predictor_cuts_off_are_not_learnt(tiny, discs):
    sample = discs(1)[0]
    frame = np.zeros((64, 128), np.uint8)
    mask = np.zeros((64, 128), bool)
    frame[:, 32:96], mask[:, 32:96] = np.maximum(sample.frame, 10), sample.masks["disc"]
    wide = replace(sample, frame=frame, masks={"disc": mask})
    cut = make_resident([wide], ("disc",), (32, 32), tiny(crops_margins=0.16).card)
    whole = make_resident([wide], ("disc",), (32, 32), tiny().card)
    plain = make_resident([sample], ("disc",), (32, 32), tiny().card)
    assert torch.equal(cut.masks, plain.masks)
    assert not torch.equal(whole.masks, plain.masks)


def test_recordings_are_drawn_evenly_and_the_same_for_a_seed(tiny, discs):
    samples = discs(7, group="long") + discs(1, group="short")
    for i, sample in enumerate(samples):
        samples[i] = replace(sample, frame=np.full((64, 64), 10 * (i + 1), np.uint8))
    frames = make_resident(samples, ("disc",), (16, 16), tiny().card)
    gray, planes, known = frames.draw(200, torch.Generator().manual_seed(1))
    assert planes.shape == (200, 2, 16, 16)
    assert known.shape == (200, 1)
    share = float((gray.mean((1, 2, 3)) > 75 / 255).float().mean())
    assert 0.35 < share < 0.65
    again, _, _ = frames.draw(200, torch.Generator().manual_seed(1))
    assert torch.equal(gray, again)


def test_chosen_frames_keep_their_order(tiny, discs):
    frames = make_resident(discs(4), ("disc",), (16, 16), tiny().card)
    some = frames.select([3, 1])
    assert len(some) == 2
    assert torch.equal(some.raw[0], frames.raw[3])
    assert some.groups == ("recording 1", "recording 1")


def test_squares_lie_around_the_mask_or_else_around_what_was_found(tiny, discs):
    samples = discs(3)
    samples[1] = replace(samples[1], masks={})
    samples[2] = replace(samples[2], masks={})
    frames = make_resident(samples, ("disc",), (64, 64), tiny().card)
    found = torch.tensor([[0.0, 0.0, 0.0, 0.0], [0.1, 0.6, 0.3, 0.8], [0.0, 0.0, 0.0, 0.0]])
    squares = squares_around(frames, found, 2.0)
    rows, cols = np.nonzero(samples[0].masks["disc"])
    middle = (squares[0, :2] + squares[0, 2:]) / 2 * 64
    assert middle.tolist() == pytest.approx([rows.mean() + 0.5, cols.mean() + 0.5], abs=0.7)
    assert squares[1].tolist() == pytest.approx([0.0, 0.5, 0.4, 0.9], abs=1e-5)
    assert squares[2].tolist() == pytest.approx([0, 0, 1, 1], abs=1e-5)
    cut = frames.cut(squares, 24)
    assert cut.raw.shape == (3, 1, 24, 24)
    assert cut.masks[0, 0, 12, 12] == 255
