from __future__ import annotations

import pytest
import torch

from lusgui.base.errors import LusguiError
from lusgui.nn.registry import build
from training.experiments import learning_bases
from training.experiments.learning_bases import Bases, begin, key_of


@pytest.fixture
def network():
    torch.manual_seed(0)
    return build("lus-unet", base_width=2, norm="group", out_channels=1).eval()


def test_a_base_is_trained_once_without_whom_it_must_not_know(network, monkeypatch, tmp_path):
    asked = []

    def train(data, samples, held_out, seed, work):
        asked.append((tuple(held_out), seed, work))
        return network

    monkeypatch.setattr(learning_bases.rib, "train", train)
    monkeypatch.setattr(learning_bases, "load_all_drawn", lambda data: [])
    bases = Bases(tmp_path, tmp_path / "work", (1, 1, 1))
    assert not bases.is_there("rib:g_a+g_b")
    model = bases.get("rib:g_a+g_b")
    assert asked == [(("g_a", "g_b"), 0, tmp_path / "work")]
    assert bases.is_there("rib:g_a+g_b")
    assert key_of(bases.get("rib:g_a+g_b")) == key_of(model)
    assert len(asked) == 1
    assert model.card.data == "rib:g_a+g_b"
    assert model.card.scores == {}


def test_without_data_a_base_that_is_missing_is_named(tmp_path):
    bases = Bases(None, tmp_path, (1, 1, 1))
    with pytest.raises(LusguiError, match="--data"):
        bases.get("cerebellum:p1")
    assert bases.is_there("rib:shipped")
    assert bases.replay("cerebellum:p1", "cerebellum") == []


def test_ribs_are_replayed_from_simulated_chests(monkeypatch, tmp_path):
    monkeypatch.setattr(learning_bases, "REPLAYED", 6)
    made = Bases(None, tmp_path, (1, 1, 1)).replay("rib:g_reg", "rib")
    assert len(made) == 4
    assert all("rib" in one.masks and not one.group.startswith("g_") for one in made)
    assert Bases(None, tmp_path, (1, 1, 1)).replay("rib:shipped", "nerve") == []


def test_random_weights_keep_the_shape_of_the_network(tmp_path):
    base = Bases(None, tmp_path, (1, 1, 1)).get("rib:shipped")
    assert begin(base, "default", "rib", 0) is base
    one, same, other = (begin(base, "scratch", "nerve", seed) for seed in (0, 0, 1))
    assert key_of(one) == key_of(same) != key_of(other)
    assert one.card.labels == ("nerve",)
    assert one.card.input_shape == base.card.input_shape
    assert (one.card.temperature, one.card.least_mass) == (1.0, 0.0)
