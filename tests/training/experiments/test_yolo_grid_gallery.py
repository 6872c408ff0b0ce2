from __future__ import annotations

import pytest

from lusgui.nn.checkpoint import save_model
from training.detection.train import make_card, make_network
from training.experiments.budget import Budget
from training.experiments.trial_cache import TrialCache
from training.experiments.yolo_grid import TINY
from training.experiments.yolo_grid_gallery import gallery
from training.experiments.yolo_grid_lab import Lab, Variant, gather, split_of


@pytest.fixture
def lab(tmp_path):
    return Lab(TINY, gather(TINY, None), TrialCache(tmp_path), Budget(0.0))


def test_without_detectors_there_is_nothing_to_show(lab):
    assert gallery(lab) is None


def test_each_frame_shows_the_truth_and_what_was_found(lab):
    variant = Variant("cells", "S = 3", 3, 2)
    recipe = lab.recipe(variant, 0)
    fold = split_of(TINY, lab.frames, 0)
    path = lab.weights(variant.name, 0)
    network = make_network(recipe)
    network.head[-1].bias.data.fill_(0.5)
    path.parent.mkdir(exist_ok=True)
    save_model(path, network, make_card(recipe, lab.frames.all, fold, {}))
    figure = gallery(lab, most=2)
    drawn = [axes for axes in figure.axes if axes.images]
    assert len(drawn) == 2
    assert [line.get_label() for line in drawn[0].lines] == ["truth", "S = 3"]
