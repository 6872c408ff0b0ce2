"""lusgui.ui.learning.picture: gained, lost and drawn pixels, in the shape of the frame."""

from __future__ import annotations

import numpy as np
import pytest

from lusgui.core.learning.changes import FrameChange, make_thumbnail
from lusgui.ui.learning.picture import (
    DRAWN,
    WHOLE,
    close_up,
    fit_size,
    outline,
    paint_change,
    resample,
    smooth,
)


def test_a_picture_has_the_shape_of_the_frame_in_mm():
    assert fit_size((960, 128), (0.05, 0.3), 200) == (200, 160)
    assert fit_size((50, 100), None, 200) == (100, 200)
    assert fit_size((1, 5000), None, 200) == (1, 200)


def test_resampling_takes_the_nearest():
    image = np.arange(4).reshape(2, 2)
    assert resample(image, (4, 2)).tolist() == [[0, 1], [0, 1], [2, 3], [2, 3]]
    assert (resample(image, (2, 2)) == image).all()


def test_an_outline_is_closed_also_at_the_edge():
    mask = np.ones((5, 6), bool)
    line = outline(mask)
    assert line.sum() == 5 * 6 - 3 * 4
    assert not outline(np.zeros((3, 3), bool)).any()


def test_every_kind_of_pixel_looks_different():
    empty = np.zeros((40, 40), bool)
    gained, lost, drawn = empty.copy(), empty.copy(), empty.copy()
    gained[5:15, 5:15] = True
    lost[5:15, 22:32] = True
    drawn[22:35, 5:30] = True
    gray = make_thumbnail(np.full((40, 40), 0.5))
    image = paint_change(FrameChange(1, 0, "rib", gray, lost, gained, drawn), (40, 40))
    assert image.shape == (40, 40, 3)
    plain = image[0, 0].astype(int)
    assert plain == pytest.approx([128, 128, 128], abs=1)
    blue, red = image[10, 10].astype(int), image[5:15, 22:32].reshape(-1, 3).astype(int)
    assert blue[2] > blue[0] + 60
    assert len({tuple(each) for each in red}) == 2  # hatched, for those who cannot tell red from green
    assert (red[:, 0] > red[:, 2]).all()
    assert tuple(image[22, 10]) == DRAWN
    assert tuple(image[28, 15]) == tuple(plain)


def test_a_close_up_holds_every_mask_with_room_around():
    masks = np.zeros((3, 100, 80), bool)
    masks[0, 40:44, 2:60] = True
    masks[1, 90, 70] = True
    change = FrameChange(1, 0, "rib", np.zeros((4, 4), np.uint8), *masks)
    top, left, bottom, right = close_up(change)
    assert 0 <= top < 0.4
    assert 0.91 <= bottom <= 1
    assert left < 2 / 80
    assert 71 / 80 < right <= 1
    small = FrameChange(1, 0, "rib", np.zeros((4, 4), np.uint8), *np.roll(masks[1:2], 9, 1).repeat(3, 0))
    assert close_up(small)[2] - close_up(small)[0] == pytest.approx(0.3)
    nothing = FrameChange(1, 0, "rib", np.zeros((4, 4), np.uint8), *np.zeros((3, 9, 9), bool))
    assert close_up(nothing) == WHOLE


def test_a_part_is_shown_between_its_pixels():
    image = np.array([[0.0, 100.0], [0.0, 100.0]])
    assert smooth(image, (2, 4))[0].tolist() == pytest.approx([0, 25, 75, 100])
    assert smooth(image, (1, 2), (0.0, 0.5, 1.0, 1.0))[0].tolist() == pytest.approx([75, 100])
    assert resample(image, (1, 2), (0.0, 0.5, 1.0, 1.0)).tolist() == [[100, 100]]
