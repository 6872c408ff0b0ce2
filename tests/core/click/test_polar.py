"""lusgui.core.click.polar: closed outlines around a point."""

from __future__ import annotations

import numpy as np
import pytest

from lusgui.core.click.polar import RAYS, Bounds, Outline, outlines
from lusgui.core.overlap import iou

SHAPE = (120, 140)
rows, cols = np.ogrid[: SHAPE[0], : SHAPE[1]]


def disc(row: float, col: float, radius: float) -> np.ndarray:
    return (rows - row) ** 2 + (cols - col) ** 2 <= radius**2


def filled(outline: Outline) -> np.ndarray:
    return outline.distance(rows.astype(float), cols.astype(float)) >= 0


@pytest.mark.parametrize("sign", [1, -1])
@pytest.mark.parametrize("radius", [6, 15, 40])
def test_a_disc_is_found_at_every_size_also_from_beside_its_middle(sign: int, radius: int) -> None:
    truth = disc(60, 70, radius)
    image = np.where(truth, 0.5 + 0.3 * sign, 0.5 - 0.1 * sign).astype(np.float32)
    for off in (0.0, 0.3):
        best = outlines(image, 60 + off * radius, 70, 80, 0.2)[0]
        assert best.score > 0.5
        assert iou(filled(best), truth) > 0.85


def test_an_even_frame_has_no_outline_worth_its_name() -> None:
    assert outlines(np.full(SHAPE, 0.4, np.float32), 60, 70, 80, 0.2)[0].score <= 0


def test_marks_bound_the_outline() -> None:
    """Two rings, one in the other: a mark says which is meant."""
    image = (0.2 + 0.6 * disc(60, 70, 15) + 0.1 * disc(60, 70, 40)).astype(np.float32)
    assert iou(filled(outlines(image, 60, 70, 80, 0.2)[0]), disc(60, 70, 15)) > 0.8
    wide = outlines(image, 60, 70, 80, 0.2, Bounds.of((60, 70), inside=[(60, 98)]))[0]
    assert filled(wide)[60, 98]
    narrow = outlines(image, 60, 70, 80, 0.2, Bounds.of((60, 70), outside=[(60, 98)]))[0]
    assert not filled(narrow)[60, 98]


def test_marks_that_contradict_each_other_give_nothing() -> None:
    bounds = Bounds.of((60, 70), inside=[(60, 100)], outside=[(60, 80)])
    assert outlines(np.full(SHAPE, 0.4, np.float32), 60, 70, 80, 0.2, bounds) == []


def test_a_box_gives_the_size() -> None:
    image = (0.2 + 0.6 * disc(60, 70, 12) + 0.2 * disc(60, 70, 40)).astype(np.float32)
    bounds = Bounds.of((60, 70), box=(20, 30, 100, 110))
    best = outlines(image, 60, 70, 80, 0.2, bounds)[0]
    assert iou(filled(best), disc(60, 70, 40)) > 0.8
    assert bounds.least.shape == (RAYS,)
    assert (bounds.least < bounds.most).all()
