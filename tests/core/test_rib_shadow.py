from pathlib import Path

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from PIL import Image
from scipy import ndimage

from lusgui.core.geometry import Box, bounding_box
from lusgui.core.rib_shadow import Oddity, check_ribs
from training.simulate.lung import simulate_lung

SHAPE = (200, 160)


def rib(col, width=30, row=40):
    mask = np.zeros(SHAPE, bool)
    mask[row : row + 5, col : col + width] = True
    return mask


def scene(*cols, width=30):
    """Return a bright chest wall with a dark shadow below each rib."""
    gray = np.full(SHAPE, 0.6, np.float32)
    gray += np.random.default_rng(2).normal(0, 0.05, SHAPE).astype(np.float32)
    for col in cols:
        gray[45:, col : col + width] *= 0.3
        gray[40:45, col : col + width] = 0.9
    return np.clip(gray, 0, 1)


def kinds(hints):
    return [hint.kind for hint in hints]


def test_ribs_with_shadows_are_left_alone():
    assert check_ribs(rib(20) | rib(90), scene(20, 90)) == ()


def test_a_rib_on_tissue_is_called_into_question():
    (hint,) = check_ribs(rib(20) | rib(90), scene(20))
    assert hint.kind is Oddity.NO_SHADOW
    assert hint.box == bounding_box(rib(90))


def test_a_shadow_that_nobody_drew_a_rib_for_is_found():
    (hint,) = check_ribs(rib(20), scene(20, 90))
    assert hint.kind is Oddity.NO_RIB
    assert 85 <= hint.box.col0 <= 95
    assert 112 <= hint.box.col1 <= 125


def test_drawn_shadows_go_before_the_image():
    below = np.zeros(SHAPE, bool)
    below[50:, 22:48] = True
    other = np.zeros(SHAPE, bool)
    other[60:, 120:140] = True
    assert check_ribs(rib(20), scene(), below) == ()
    assert kinds(check_ribs(rib(20), scene(), other)) == [Oddity.NO_SHADOW, Oddity.NO_RIB]
    above = np.zeros(SHAPE, bool)
    above[:20, 20:50] = True
    assert Oddity.NO_SHADOW in kinds(check_ribs(rib(20), None, above))
    assert kinds(check_ribs(rib(20) & False, None, other)) == [Oddity.NO_RIB]


def test_where_nothing_can_be_seen_nothing_is_said():
    assert check_ribs(rib(20), None) == ()
    assert check_ribs(rib(20) & False, scene(20)) == ()
    assert check_ribs(rib(20, row=190), scene()) == ()  # the frame ends below it
    crumb = np.zeros(SHAPE, bool)
    crumb[3:5, 3:5] = True
    assert check_ribs(crumb, scene()) == ()


@given(arrays(bool, (12, 10)), st.none() | arrays(bool, (12, 10)), st.booleans())
def test_any_masks_give_boxes_inside_the_frame(ribs, shadow, has_gray):
    gray = np.linspace(0, 1, 120, dtype=np.float32).reshape(12, 10) if has_gray else None
    for hint in check_ribs(
        np.kron(ribs, np.ones((6, 6), bool)),
        None if gray is None else np.kron(gray, np.ones((6, 6), np.float32)),
        None if shadow is None else np.kron(shadow, np.ones((6, 6), bool)),
    ):
        assert hint.box.clipped((72, 60)) == hint.box
        assert not hint.box.is_empty
        assert isinstance(hint.box, Box)


def bundled():
    """Return every fourth hand-drawn picture that is bundled, with its ribs."""
    root = Path(__file__).parents[2] / "resources" / "datasets" / "ribs"
    for path in sorted((root / "images").glob("*.png"))[::4]:
        mask = np.asarray(Image.open(root / "masks" / path.name).convert("L")) > 127
        if mask.any():
            yield np.asarray(Image.open(path).convert("L"), np.float32) / 255, mask


def test_ribs_drawn_by_hand_are_left_alone_and_moved_ones_mostly_caught():
    caught = moved = 0
    for gray, mask in bundled():
        assert check_ribs(mask, gray) == ()
        box = bounding_box(mask)
        step = int(1.2 * (box.col1 - box.col0))
        for by in (-step, step):
            if box.col0 + by >= 0 and box.col1 + by <= mask.shape[1]:
                moved += 1
                hints = check_ribs(np.roll(mask, by, axis=1), gray)
                caught += Oddity.NO_SHADOW in kinds(hints)
    assert moved >= 8
    assert caught >= 0.5 * moved


def test_a_simulated_rib_that_is_left_out_is_often_found():
    found = left_out = 0
    for seed in range(12):
        frame = simulate_lung(seed)
        gray, mask = np.asarray(frame.gray, np.float32), np.asarray(frame.rib, bool)
        numbers, count = ndimage.label(mask, np.ones((3, 3)))
        for number in range(1, count + 1):
            if count > 1:
                left_out += 1
                found += Oddity.NO_RIB in kinds(check_ribs(mask & (numbers != number), gray))
    assert left_out >= 5
    assert found >= 0.25 * left_out
