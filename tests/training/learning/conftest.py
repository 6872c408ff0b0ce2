"""Small models, moving discs, and runs made of them."""

import sys
from pathlib import Path

sys.path.append(str(Path(__file__).parent))

import numpy as np
import pytest
import torch
from job_maker import draw_clip

from lusgui.core.model_card import ModelCard
from lusgui.nn.checkpoint import LoadedModel
from lusgui.nn.registry import build
from training.dataset import Sample


@pytest.fixture(autouse=True)
def _one_thread():
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)


@pytest.fixture(scope="session")
def tiny():
    """A U-Net of width 4 on 32 x 32, with random weights."""

    def make(labels=("disc",), seed=0, **card):
        with torch.random.fork_rng(devices=[]):
            torch.manual_seed(seed)
            network = build("lus-unet", base_width=4, norm="group", out_channels=len(labels))
        values = {"name": "tiny", "version": "1.0", "architecture": "lus-unet", "labels": tuple(labels)}
        values |= {"input_shape": (32, 32), "arguments": dict(network.init_args)}
        return LoadedModel(network.eval().requires_grad_(False), ModelCard(**(values | card)))

    return make


@pytest.fixture(scope="session")
def tiny_zoom():
    """A zoom U-Net on 64 x 64 with random weights and two labels."""

    def make(labels=("disc", "ring"), seed=0):
        arguments = {"coarse_width": 2, "fine_width": 2, "coarse_side": 32, "fine_side": 32}
        with torch.random.fork_rng(devices=[]):
            torch.manual_seed(seed)
            network = build("zoom-unet", out_channels=len(labels), **arguments)
        card = ModelCard("zoom", "1.0", "zoom-unet", tuple(labels), (64, 64), dict(network.init_args))
        return LoadedModel(network.eval().requires_grad_(False), card)

    return make


@pytest.fixture(scope="session")
def discs():
    """Samples of a moving disc."""

    def make(count=6, label="disc", group="recording 1", seed=0):
        clip, masks = draw_clip(count, seed=seed)
        return [
            Sample(f"{group} {i}", group, frame, {label: mask})
            for i, (frame, mask) in enumerate(zip(clip, masks, strict=True))
        ]

    return make


@pytest.fixture
def empty():
    return np.zeros((64, 64), bool)
