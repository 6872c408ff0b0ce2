from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from lusgui.core.model_card import ModelCard
from lusgui.nn.checkpoint import LoadedModel
from lusgui.nn.registry import build
from training.dataset import Sample
from training.experiments.learning_data import Case
from training.experiments.learning_judge import judge_all


@pytest.fixture
def model():
    """A network that marks what is bright as rib and nothing as shadow."""
    network = build("lus-unet", base_width=2, norm="group", out_channels=2).eval()
    network.forward = lambda x: (x - 0.5).repeat(1, 2, 1, 1) * 40
    card = ModelCard("m", "1", "lus-unet", ("rib", "shadow"), (32, 32), dict(network.init_args))
    return LoadedModel(network, card)


def square(name, bright=True, drawn=True):
    frame = np.full((32, 32), 20, np.uint8)
    frame[8:24, 8:24] += 200 * bright
    mask = np.zeros((32, 32), bool)
    mask[8:24, 8:24] = drawn
    return Sample(name, name, frame, {"rib": mask})


def test_frames_are_judged_as_the_window_shows_them(model):
    odd = square("c")
    odd.frame[2:5, 2:5] = 250
    ignored = np.zeros((32, 32), bool)
    ignored[:6, :6] = True
    tests = [square("a"), square("b", drawn=False), replace(odd, ignored=ignored)]
    found = judge_all(model, Case("ribs_same", "rib", "0", "rib:shipped", (), ()), tests)
    a, b, c = found["rows"]
    assert (a["dice"], a["false_components"], a["is_there"]) == (1.0, 0, True)
    assert a["hd95_px"] == 0.0
    assert (b["dice"], b["false_components"], b["hd95_px"]) == (None, 1, None)
    assert (c["dice"], c["false_components"]) == (1.0, 0)
    assert found["elsewhere"] == []


def test_what_must_not_be_forgotten_is_judged_too(model):
    both = square("a")
    both.masks["shadow"] = both.masks["rib"].copy()
    case = Case("ribs_same", "rib", "0", "rib:shipped", (), (), (("others", (square("d", bright=False),)),))
    rows = judge_all(model, case, [both])["elsewhere"]
    assert [(row["what"], row["dice"]) for row in rows] == [("shadow, same frames", 1.0), ("others", 0.0)]
    assert rows[1]["hd95_px"] is None


def test_a_label_that_the_model_does_not_know_is_not_found(model):
    sample = square("a")
    case = Case("usgra_nerve", "nerve", "0", "rib:shipped", (), ())
    (row,) = judge_all(model, case, [replace(sample, masks={"nerve": sample.masks["rib"]})])["rows"]
    assert row["dice"] == 0.0
