from dataclasses import replace

import numpy as np
import pytest
import torch

from lusgui.core.active import Option
from lusgui.core.model_card import ModelCard
from lusgui.nn.checkpoint import LoadedModel
from lusgui.nn.registry import build
from training.learning import suggest as module
from training.learning.suggest import suggest

SHAPE = (40, 36)


def make_model(seed=0, label="rib", dropout=0.0, digest=""):
    torch.manual_seed(seed)
    network = build("lus-unet", base_width=2, norm="group", dropout=dropout).eval().requires_grad_(False)
    arguments = dict(network.init_args)
    card = ModelCard("rib", f"1.{seed}", "lus-unet", (label,), (32, 32), arguments, digest=digest)
    return LoadedModel(network, card)


def gray(offset):
    rows, cols = np.mgrid[: SHAPE[0], : SHAPE[1]]
    return np.exp(-((rows - 12 - offset) ** 2 + (cols - 18) ** 2) / 50).astype(np.float32)


def cine(count=24, recording_id=1):
    return [(recording_id, i, gray(8 + 8 * np.sin(2 * np.pi * i / 12))) for i in range(count)]


def test_frames_are_chosen_with_reasons_and_labelled_ones_are_not():
    frames = cine()
    found = suggest(make_model(0), make_model(1), iter(frames[1:]), frames[:1], 5, label="rib")
    assert len({(one.recording_id, one.frame) for one in found}) == 5
    assert all(one.frame != 0 and one.label == "rib" for one in found)
    assert all(one.reasons for one in found)
    assert [one.score for one in found] == sorted((one.score for one in found), reverse=True)
    assert all(type(one.score) is float for one in found)


def test_same_input_same_answer():
    frames = cine(12)
    assert suggest(None, make_model(), frames, [], 4) == suggest(None, make_model(), frames, [], 4)


def test_without_a_model_frames_are_told_by_their_looks():
    found = suggest(None, None, cine(), [], 3)
    assert len(found) == 3
    assert all(one.predicted_dice is None for one in found)
    assert found[0].reasons[0].startswith("typical")


@pytest.mark.parametrize("how", ["stop", "budget"])
def test_when_time_is_up_what_is_known_is_answered(monkeypatch, how):
    monkeypatch.setattr(module._Asked, "probability", lambda *_: pytest.fail("no model is asked"))
    values = {"stop": lambda: True} if how == "stop" else {"budget_s": 0.0}
    assert len(suggest(None, make_model(), cine(), [], 4, **values)) == 4


def test_a_stop_between_views_keeps_the_views_there_are():
    asked = []

    def stop():
        asked.append(1)
        return len(asked) > 2

    found = suggest(make_model(0), make_model(1), cine(12), [], 12, float("inf"), stop)
    assert len(found) == 12


def test_a_model_that_does_not_know_the_label_is_not_asked(monkeypatch):
    monkeypatch.setattr(module, "_Rater", lambda *_: pytest.fail("it says nothing of it"))
    assert len(suggest(make_model(), None, cine(8), [], 2, label="cyst")) == 2


def test_one_model_twice_is_no_disagreement(monkeypatch):
    rated = []
    rate = module._Rater.rate
    monkeypatch.setattr(module._Rater, "rate", lambda *arguments: rated.append(rate(*arguments)) or rated[-1])
    model = make_model(digest="a" * 64)
    suggest(model, LoadedModel(model.network, model.card), cine(6), [], 2)
    assert all(one.versions_dice is None for one in rated)
    # two trainings that were not saved yet bear the same name
    suggest(make_model(0), replace(make_model(1), card=make_model(0).card), cine(6), [], 2)
    assert any(one.versions_dice is not None for one in rated)


def test_views_lie_in_register():
    class Seeing(module._Rater):
        def __init__(self):
            pass

        def probability(self, gray):
            return np.asarray(gray, np.float32)

    seeing, frame = Seeing(), gray(3)
    np.testing.assert_array_equal(seeing._mirrored(frame), frame)
    np.testing.assert_array_equal(seeing._scaled(frame), frame)


def test_dropout_is_used_where_the_network_has_it():
    plain, dropping = make_model(), make_model(dropout=0.5)
    assert module._dropping(plain.network) is None
    rater = module._Rater(dropping, "rib", "cpu")
    torch.manual_seed(0)
    frame = np.random.default_rng(0).random(SHAPE).astype(np.float32)
    one, other = rater._dropped(frame), rater._dropped(frame)
    assert one.shape == SHAPE
    assert not np.array_equal(one, other)
    assert not dropping.network.training


def test_frames_beyond_memory_are_told_by_their_looks(monkeypatch):
    monkeypatch.setattr(module, "MOST_BYTES", 3 * 2 * SHAPE[0] * SHAPE[1])
    asked = []
    rate = module._Rater.rate
    monkeypatch.setattr(module._Rater, "rate", lambda *a: asked.append(a[1].frame) or rate(*a))
    assert len(suggest(None, make_model(), cine(10), [], 10)) == 10
    assert sorted(asked) == [0, 1, 2]


def test_frames_that_differ_most_are_asked_first():
    options = [Option(1, i, np.array([float(i)])) for i in range(11)]
    assert module._farthest_first(options, [Option(1, 99, np.array([0.0]))])[:3] == [10, 5, 2]
    assert module._farthest_first(options, [])[:2] in ([0, 10], [10, 0])


def test_frames_of_any_size_and_number():
    tiny = [(1, i, np.random.default_rng(i).random((9, 7)).astype(np.float32)) for i in range(3)]
    assert len(suggest(None, None, tiny, [], 5)) == 3
    assert suggest(None, None, [], tiny, 5) == []
    assert suggest(None, None, tiny, [], 0) == []
    # a frame named twice, and one both labelled and not
    assert len(suggest(None, None, tiny + tiny, tiny, 9)) == 6
