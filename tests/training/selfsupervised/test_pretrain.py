import numpy as np
import pytest
import torch

from lusgui.base.errors import CancelledError, UnreadableFileError
from lusgui.core.networks import UNET_BLOCKS
from lusgui.nn.checkpoint import load_model
from lusgui.nn.registry import build
from training.bases import load_base_file, take_over
from training.dataset import Sample
from training.selfsupervised import pretrain
from training.selfsupervised.pretrain import (
    ERROR,
    FILLED_ERROR,
    Lesson,
    body_of,
    describe,
    learn,
    pretrain_body,
    write_base,
)

SMALL = Lesson(steps=4, base_width=2, side=32, batch_size=2, device="cpu")


def _samples():
    random = np.random.default_rng(0)
    return [
        Sample(f"f{i}", f"g{i // 9}", random.integers(0, 255, (36, 36)).astype(np.uint8), source="lung")
        for i in range(27)
    ]


@pytest.fixture(autouse=True)
def frames(monkeypatch):
    """Made-up frames, and what was asked to be left out."""
    asked = []

    def read(data, without=()):
        asked.append(tuple(without))
        if set(without) - {"g0", "g1", "g2"}:
            raise UnreadableFileError("there is no such group")
        return [sample for sample in _samples() if sample.group not in without]

    monkeypatch.setattr(pretrain, "real_frames", read)
    return asked


def _body(tmp_path, without=(), seed=0, **more):
    given = {"base_width": 2, "side": 32, "batch_size": 2} | more
    return pretrain_body(None, without, seed, 4, tmp_path, **given)


def test_the_body_fits_a_network_and_leaves_its_head(tmp_path):
    body = _body(tmp_path)
    network = build("lus-unet", base_width=2, norm="group", out_channels=3)
    head = network.head.weight.clone()
    outcome = network.load_state_dict(body, strict=False)
    assert outcome.missing_keys == ["head.weight", "head.bias"]
    assert not outcome.unexpected_keys
    assert torch.equal(network.head.weight, head)
    assert {name.split(".")[0] for name in body} == set(UNET_BLOCKS)
    assert all(value.dtype == torch.float32 and value.isfinite().all() for value in body.values())


def test_it_learns_something_and_the_same_again(tmp_path):
    first = _body(tmp_path / "a")
    torch.manual_seed(0)
    start = build("lus-unet", base_width=2, norm="group", out_channels=2).state_dict()
    assert all(value.shape == start[name].shape for name, value in first.items())
    assert not all(torch.equal(value, start[name]) for name, value in first.items())
    second = _body(tmp_path / "b")
    assert all(torch.equal(value, second[name]) for name, value in first.items())
    other = _body(tmp_path / "b", seed=1)
    assert not all(torch.equal(value, other[name]) for name, value in first.items())


def test_a_finished_one_is_taken_from_the_folder(tmp_path, monkeypatch):
    first = _body(tmp_path, ["g1"])
    monkeypatch.setattr(pretrain, "learn", lambda *_, **__: pytest.fail("it was kept"))
    again = _body(tmp_path, ["g1"])
    assert all(torch.equal(value, again[name]) for name, value in first.items())


def test_what_is_left_out_is_asked_for_and_told_apart(tmp_path, frames):
    first = _body(tmp_path, ["g1"])
    second = _body(tmp_path, ["g2", "g0"])
    assert frames == [("g1",), ("g2", "g0")]
    assert not all(torch.equal(value, second[name]) for name, value in first.items())
    assert Lesson(("a", "b")).key == Lesson(("b", "a")).key != Lesson(("a",)).key
    with pytest.raises(UnreadableFileError):
        _body(tmp_path, ["g9"])


def test_nothing_of_a_group_left_out_is_ever_drawn(tmp_path, monkeypatch):
    seen = []
    make = pretrain.make_frame_stack
    monkeypatch.setattr(pretrain, "make_frame_stack", lambda s, *a: seen.append(make(s, *a)) or seen[-1])
    learn(None, Lesson(("g1",), steps=2, base_width=2, side=32, device="cpu"), tmp_path)
    assert set(seen[0].groups) == {"g0", "g2"}


def test_stopped_it_goes_on_to_the_same_weights(tmp_path):
    whole = body_of(learn(None, SMALL, tmp_path / "a").network)
    calls = []

    def stop():
        calls.append(0)
        return len(calls) > 2

    with pytest.raises(CancelledError, match="go on"):
        learn(None, SMALL, tmp_path / "b", cancelled=stop)
    resumed = body_of(learn(None, SMALL, tmp_path / "b").network)
    assert all(torch.equal(value, resumed[name]) for name, value in whole.items())


def test_the_base_says_what_it_saw_and_starts_a_training(tmp_path):
    lesson = Lesson(("g2",), steps=4, base_width=2, side=32, batch_size=2, device="cpu")
    told = []
    learnt = learn(None, Lesson(steps=4, base_width=2, side=32, device="cpu"), tmp_path, on_start=told.append)
    assert told == ["27 frames of 3 groups, no masks (lung 27)"] == [describe(_samples())]
    card = write_base(tmp_path / "base.safetensors", learnt, lesson)
    assert "Never seen: g2" in card.split
    assert "lung 27" in card.data
    assert "no mask" in card.notes
    assert card.scores[ERROR] > 0
    assert card.scores[FILLED_ERROR] > 0
    assert load_model(tmp_path / "base.safetensors").card == card
    base = load_base_file(tmp_path / "base.safetensors")
    network = build("lus-unet", base_width=2, norm="group", out_channels=1)
    taken = take_over(network, base, ("rib",))
    assert taken.fresh == ("head.weight", "head.bias")
    assert torch.equal(network.b5a[0].weight, base.state["b5a.0.weight"])


def test_steps_are_dealt_into_epochs():
    for steps in (1, 4, 50, 99, 120, 400):
        fit = Lesson(steps=steps).fit_settings()
        assert steps - fit.epochs < fit.epochs * fit.steps_per_epoch <= steps
        assert fit.warm_up <= steps
