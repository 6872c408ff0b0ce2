from __future__ import annotations

import numpy as np
import pytest
import torch

from lusgui.base.errors import ModelError
from lusgui.core.model_card import ModelCard
from lusgui.nn.checkpoint import LoadedModel, load_model, save_model
from lusgui.nn.registry import build
from training.dataset import Sample
from training.localization.predict import Localizer


def model(points):
    """A localizer that always answers with the same points."""
    labels = tuple("abc"[: len(points)])
    network = build("hu-localizer", out_channels=len(points), base_width=1, input_side=32)
    torch.nn.init.zeros_(network.head.weight)
    network.head.bias.data = torch.tensor(points).flatten()
    return LoadedModel(
        network.eval(), ModelCard("m", "1", "hu-localizer", labels, (32, 32), network.init_args)
    )


def test_points_are_in_pixels_of_the_raw_frame():
    sample = Sample("s", "g", np.zeros((40, 20), np.uint8))
    found = Localizer(model([(0.5, 0.25), (0.0, 1.0)]), "cpu").locate(sample)
    assert found["a"] == pytest.approx((19.5, 4.5))
    assert found["b"] == pytest.approx((-0.5, 19.5))


def test_a_localizer_survives_its_file(tmp_path):
    made = model([(0.5, 0.25)])
    save_model(tmp_path / "model.safetensors", made.network, made.card)
    loaded = load_model(tmp_path / "model.safetensors")
    sample = Sample("s", "g", np.full((40, 20), 9, np.uint8))
    assert Localizer(loaded, "cpu").locate(sample)["a"] == pytest.approx((19.5, 4.5), abs=0.01)


def test_model_of_another_task_is_refused():
    network = build("lus-unet", base_width=1)
    card = ModelCard("m", "1", "lus-unet", ("a",), (32, 32), network.init_args)
    with pytest.raises(ModelError, match="masks"):
        Localizer(LoadedModel(network, card), "cpu")
