from __future__ import annotations

import numpy as np
import pytest

from training.data.boxes import Box
from training.dataset import Sample
from training.experiments.yolo_grid_masks import LABEL, cut_out, dice_of, inside


def head():
    mask = np.zeros((40, 60), bool)
    mask[10:20, 20:40] = True
    frame = (mask * 200).astype(np.uint8)
    return Sample("a", "g", frame, {LABEL: mask})


def test_inside_of_the_true_box_with_its_mask():
    piece = cut_out(head(), 0.5)
    assert piece.frame.shape == (20, 40)
    assert int(piece.masks[LABEL].sum()) == 200
    empty = Sample("b", "g", np.zeros((8, 8), np.uint8), {LABEL: np.zeros((8, 8), bool)})
    assert cut_out(empty, 0.5) is empty


class Bright:
    class card:
        threshold = 0.5

    def predict(self, gray, label):
        return gray


def test_mask_lies_where_the_box_is():
    sample = head()
    found = inside(Bright(), sample.gray(), Box(10, 20, 20, 30), 0.0)
    assert np.array_equal(found[10:20, 20:30], sample.masks[LABEL][10:20, 20:30])
    assert int(found.sum()) == 100
    assert not inside(Bright(), sample.gray(), None, 0.0).any()


def test_dice_by_seed():
    rows = [
        {"way": "w", "data": "real", "seed": s, "name": "a", "dice": d}
        for s, d in ((0, 0.5), (1, 0.7), (2, None))
    ]
    assert dice_of(rows, "w", "real") == {0: {"a": 0.5}, 1: {"a": 0.7}}
    assert dice_of(rows, "w", "simulated") == {}
    assert dice_of(rows, "v", "real") == pytest.approx({})
