from __future__ import annotations

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from lusgui.base.errors import ModelError
from lusgui.core.model_card import ModelCard
from lusgui.nn.checkpoint import LoadedModel, load_model, save_model
from lusgui.nn.registry import build
from training.data.boxes import Box
from training.dataset import Sample
from training.detection.grid import join_output, split_output
from training.detection.predict import Detector, grid_shape, widened


def model(threshold=0.2):
    """A detector that answers every frame with the box (0.55, 0.15, 0.95, 0.35), as sure as 0.72."""
    network = build("yolo-tiny", grid=2, boxes=2, classes=1, base_width=1, input_side=32)
    card = ModelCard("m", "1", "yolo-tiny", ("rib",), (32, 32), network.init_args, threshold=threshold)
    shape = grid_shape(card)
    answer = split_output(torch.zeros(1, shape.outputs), shape)
    answer.classes[0, 1, 0, 0] = 0.9
    answer.confidence[0, 1, 0, 1] = 0.8
    answer.boxes[0, 1, 0, 1] = torch.tensor([0.5, 0.5, 0.4**0.5, 0.2**0.5])
    (last,) = (m for m in network.head.modules() if isinstance(m, torch.nn.Linear))
    torch.nn.init.zeros_(last.weight)
    last.bias.data = join_output(answer)[0]
    return LoadedModel(network.eval(), card)


SAMPLE = Sample("s", "g", np.full((40, 20), 7, np.uint8))


def test_boxes_are_in_pixels_of_the_raw_frame():
    (found,) = Detector(model(), "cpu").detect(SAMPLE)
    assert found.label == "rib"
    assert found.score == pytest.approx(0.72)
    edges = (found.box.row0, found.box.col0, found.box.row1, found.box.col1)
    assert edges == pytest.approx((22, 3, 38, 7), abs=1e-4)


def test_the_cards_threshold_decides():
    assert Detector(model(threshold=0.8), "cpu").detect(SAMPLE) == ()


def test_a_detector_survives_its_file(tmp_path):
    made = model()
    save_model(tmp_path / "model.safetensors", made.network, made.card)
    (found,) = Detector(load_model(tmp_path / "model.safetensors"), "cpu").detect(SAMPLE)
    assert found.box.row0 == pytest.approx(22, abs=0.05)


def test_model_of_another_task_is_refused():
    network = build("lus-unet", base_width=1)
    card = ModelCard("m", "1", "lus-unet", ("a",), (32, 32), network.init_args)
    with pytest.raises(ModelError, match="masks"):
        Detector(LoadedModel(network, card), "cpu")


def test_margin_is_a_share_of_the_box_and_stays_inside():
    rows, columns = widened(Box(10, 10, 20, 30), 0.5, (40, 35))
    assert (rows.start, rows.stop) == (5, 25)
    assert (columns.start, columns.stop) == (0, 35)


@given(*[st.floats(0, 50)] * 4, st.floats(0, 2))
def test_any_box_gives_a_piece_of_the_frame(row, column, height, width, margin):
    shape = (30, 40)
    rows, columns = widened(Box(row, column, row + height, column + width), margin, shape)
    assert 0 <= rows.start < rows.stop <= shape[0]
    assert 0 <= columns.start < columns.stop <= shape[1]
    assert rows.stop - rows.start >= 2
