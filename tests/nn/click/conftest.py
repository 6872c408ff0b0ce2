from __future__ import annotations

import pytest
import torch

from lusgui.core.model_card import ModelCard
from lusgui.nn.checkpoint import LoadedModel
from lusgui.nn.click.network import DECODER_STRIDE, ClickNet, Features

SIDES = {"coarse_side": 64, "fine_side": 64}


class Bright(ClickNet):
    """Stands for a taught network: what is bright is a structure, and its logit says so on either grid.

    Its features are the image itself; it remembers what it was shown.
    """

    def __init__(self, says=40.0):
        super().__init__(base_width=1, fine_width=1, **SIDES)
        self.says = says
        self.prompts, self.crops = [], []

    def encode(self, image):
        return Features((torch.nn.functional.avg_pool2d(image, DECODER_STRIDE),))

    def decode(self, features, prompt):
        self.prompts.append(prompt)
        return self.says * (features.levels[0] - 0.5)

    def refine(self, image, coarse, prompt):
        self.crops.append((image, coarse, prompt))
        return self.says * (image - 0.5)

    def __deepcopy__(self, memo):
        return self


@pytest.fixture
def model_of():
    def model(network):
        card = ModelCard("click", "1.0", "click-net", ("object",), (64, 64), dict(network.init_args))
        return LoadedModel(network.eval(), card)

    return model


@pytest.fixture
def make_bright():
    return Bright


@pytest.fixture
def bright():
    return Bright()
