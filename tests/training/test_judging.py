from __future__ import annotations

import numpy as np
import torch

from lusgui.core.model_card import ModelCard
from lusgui.nn.checkpoint import LoadedModel
from lusgui.nn.registry import build
from training.judging import FAILED_DICE, found_nothing, judge, mean_of
from training.trials import FAILED_EPOCHS, Trial


def test_one_row_a_frame_at_the_trials_threshold(toy_samples):
    torch.manual_seed(0)
    network = build("lus-unet", base_width=4).eval()
    arguments = dict(network.init_args)
    model = LoadedModel(network, ModelCard("m", "1", "lus-unet", ("rib",), (32, 32), arguments))
    everything = judge(model, toy_samples, Trial("lus-unet", "rib", (32, 32), threshold=0.0))
    nothing = judge(model, toy_samples, Trial("lus-unet", "rib", (32, 32), threshold=1.0))
    assert [(row["name"], row["group"]) for row in everything] == [(s.name, s.group) for s in toy_samples]
    assert {row["found_px"] for row in everything} == {48 * 40}
    assert {row["dice"] for row in nothing} == {0.0}
    assert found_nothing(nothing)
    assert judge(model, [], Trial("lus-unet", "rib", (32, 32))) == []


def test_what_counts_as_failed():
    assert (FAILED_EPOCHS, FAILED_DICE) == (200, 0.01)
    row = {"name": "a", "group": "g", "dice": 0.0}
    assert found_nothing([row, row])
    assert not found_nothing([row, row | {"dice": 0.9}])
    assert not found_nothing([row | {"dice": None}])
    assert not found_nothing([])


def test_means_leave_out_what_is_not_defined():
    assert mean_of([{"dice": 0.5}, {"dice": None}, {"dice": float("nan")}], "dice") == 0.5
    assert np.isnan(mean_of([{"dice": None}], "dice"))
