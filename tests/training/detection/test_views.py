from __future__ import annotations

import colorsys

import torch
from hypothesis import given
from hypothesis import strategies as st

from training.detection.views import STILL, ViewSettings, from_hsv, move, recolour, to_hsv


def generator(seed=0):
    return torch.Generator().manual_seed(seed)


def filled(box, side=96):
    """An image that is bright inside a box given in fractions."""
    image = torch.zeros(1, 1, side, side)
    r0, c0, r1, c1 = (round(v * side) for v in box)
    image[:, :, r0:r1, c0:c1] = 1
    return image


@given(st.integers(0, 500))
def test_box_stays_around_its_object(seed):
    box = (0.375, 0.5, 0.625, 0.8125)
    images, boxes = move(filled(box), torch.tensor([[box]]), generator(seed), ViewSettings())
    bright = torch.nonzero(images[0, 0] > 0.5).float()
    edges = torch.cat([bright.amin(0), bright.amax(0) + 1]) / 96
    assert (boxes[0, 0] - edges).abs().max() <= 1.01 / 96


def test_views_depend_on_the_generator_alone():
    box = torch.tensor([[[0.2, 0.2, 0.6, 0.7]]])
    a = move(filled((0.2, 0.2, 0.6, 0.7)), box, generator(3), ViewSettings())
    b = move(filled((0.2, 0.2, 0.6, 0.7)), box, generator(3), ViewSettings())
    c = move(filled((0.2, 0.2, 0.6, 0.7)), box, generator(4), ViewSettings())
    assert torch.equal(a[0], b[0])
    assert torch.equal(a[1], b[1])
    assert not torch.equal(a[1], c[1])


def test_half_of_the_views_are_mirrored_and_none_is_upside_down():
    box = torch.tensor([[[0.1, 0.1, 0.3, 0.3]]]).expand(400, 1, 4)
    _, boxes = move(torch.zeros(400, 1, 4, 4), box, generator(), ViewSettings(jitter=0.0))
    left = boxes[:, 0, 1] < 0.5
    assert 150 < int(left.sum()) < 250
    assert torch.allclose(boxes[:, 0, 0], torch.tensor(0.1))
    assert torch.allclose(boxes[~left, 0, 1], torch.tensor(0.7))


def test_object_that_leaves_the_view_loses_its_area():
    box = torch.tensor([[[0.0, 0.0, 0.01, 0.01]]]).expand(50, 1, 4)
    _, boxes = move(torch.zeros(50, 1, 4, 4), box, generator(), ViewSettings())
    area = (boxes[..., 2] - boxes[..., 0]) * (boxes[..., 3] - boxes[..., 1])
    assert int((area <= 0).sum()) > 10
    assert boxes.min() >= 0
    assert boxes.max() <= 1


def test_still_views_are_the_frames():
    images, box = torch.rand(2, 3, 5, 7), torch.rand(2, 1, 2)
    boxes = torch.cat([box * 0.5, box * 0.5 + 0.5], dim=-1)
    same, moved = move(images, boxes, generator(), STILL)
    assert torch.equal(same, images)
    assert torch.allclose(moved, boxes)
    assert torch.equal(recolour(images, generator(), STILL), images)


@given(st.tuples(*[st.floats(0, 1, width=16)] * 3))
def test_colour_spaces_agree_with_the_standard_library(rgb):
    hsv = to_hsv(torch.tensor(rgb, dtype=torch.float64).view(1, 3, 1, 1))
    wanted = torch.tensor(colorsys.rgb_to_hsv(*rgb), dtype=torch.float64)
    turn = (hsv.flatten()[0] - wanted[0]).abs()
    assert min(float(turn), 1 - float(turn)) < 1e-6
    assert torch.allclose(hsv.flatten()[1:], wanted[1:], atol=1e-9)
    assert torch.allclose(from_hsv(hsv).flatten(), torch.tensor(rgb, dtype=torch.float64), atol=1e-9)


def test_recoloured_images_stay_in_range_and_differ():
    images = torch.rand(8, 3, 6, 6)
    changed = recolour(images, generator(), ViewSettings())
    assert changed.min() >= 0
    assert changed.max() <= 1
    assert not torch.allclose(changed, images, atol=0.02)
    assert torch.equal(changed, recolour(images, generator(), ViewSettings()))


def test_exposure_lies_between_the_factor_and_its_inverse():
    gray = torch.full((500, 3, 1, 1), 0.4)
    changed = recolour(gray, generator(), ViewSettings(saturation=1.0, hue=0.0)).amax((1, 2, 3)) / 0.4
    assert 1 / 1.5 - 1e-6 <= float(changed.min()) < 0.72
    assert 1.4 < float(changed.max()) <= 1.5 + 1e-6
