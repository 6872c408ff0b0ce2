"""Tiny models with random weights."""

from __future__ import annotations

import pytest
import torch

from lusgui.core.model_card import ModelCard
from lusgui.nn.checkpoint import save_model
from lusgui.nn.registry import build


@pytest.fixture
def tiny_card():
    return ModelCard("tiny", "1.0", "lus-unet", ("rib",), (64, 32))


@pytest.fixture
def tiny_model(tmp_path, tiny_card):
    """Path of a model file and its card as written."""
    torch.manual_seed(3)
    path = tmp_path / "tiny.safetensors"
    return path, save_model(path, build("lus-unet", base_width=4), tiny_card)
