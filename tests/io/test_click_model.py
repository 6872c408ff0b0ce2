from __future__ import annotations

import shutil
from dataclasses import replace

import pytest
import torch

from lusgui.base.paths import resources_dir
from lusgui.core.model_card import ModelCard
from lusgui.io import models
from lusgui.io.click_model import find_click_model
from lusgui.nn.checkpoint import save_model
from lusgui.nn.registry import build

CARD = ModelCard("click", "1.9", "click-net", ("object",), (64, 64))


@pytest.fixture
def folders(tmp_path, monkeypatch):
    """Return the folders of one's own models and of the bundled ones, empty."""
    own, bundled = tmp_path / "own", tmp_path / "bundled"
    monkeypatch.setattr(models, "own_models_dir", lambda: own)
    monkeypatch.setattr(models, "bundled_models_dir", lambda: bundled)
    own.mkdir()
    bundled.mkdir()
    return own, bundled


@pytest.fixture(scope="module")
def weights(tmp_path_factory):
    """Return a function that writes a click model of a version."""
    torch.manual_seed(0)
    network = build("click-net", base_width=4, fine_width=4, coarse_side=64, fine_side=64)

    def write(path, **changes):
        save_model(path, network, replace(CARD, **changes))
        return path

    return write


def test_without_weights_there_is_none_and_other_models_are_none(folders):
    assert find_click_model() is None
    shutil.copy(resources_dir() / "weights" / "rib.safetensors", folders[1])
    (folders[1] / "click.safetensors").write_bytes(b"damaged")
    assert find_click_model() is None


def test_the_newest_of_ones_own_goes_before_the_bundled(folders, weights):
    own, bundled = folders
    shipped = weights(bundled / "click.safetensors", version="2.0")
    assert find_click_model() == shipped
    weights(own / "mine.safetensors", name="mine", version="1.9")
    newer = weights(own / "mine-new.safetensors", name="mine", version="1.10")
    assert find_click_model() == newer
