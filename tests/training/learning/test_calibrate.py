import numpy as np
import pytest
import torch

from training.learning.calibrate import (
    LEAST_TEMPERATURE,
    MOST_TEMPERATURE,
    RawAnswer,
    calibrate_by,
    raw_probabilities,
)


def answers(temperature):
    rng = np.random.default_rng(0)
    logits = rng.normal(0, 2, (64, 64))
    truth = rng.random((64, 64)) < 1 / (1 + np.exp(-logits))
    said = 1 / (1 + np.exp(-logits * temperature))
    return [RawAnswer(said.astype(np.float32), truth, np.ones_like(truth))]


def test_it_finds_the_temperature_of_an_overconfident_network(tiny):
    model = calibrate_by(tiny(bias=0.5), answers(3.0))
    assert model.card.temperature == pytest.approx(3.0, rel=0.1)
    assert model.card.bias == 0.0


@pytest.mark.parametrize(("made", "bound"), [(0.01, LEAST_TEMPERATURE), (40.0, MOST_TEMPERATURE)])
def test_a_few_frames_are_not_believed_everything(tiny, made, bound):
    assert calibrate_by(tiny(), answers(made)).card.temperature == bound


def test_without_frames_everything_stays(tiny):
    model = tiny(temperature=2.0)
    assert calibrate_by(model, []) is model


def test_raw_answers_know_no_calibration(tiny, discs):
    samples = discs(2)
    plain = raw_probabilities(tiny(), samples, ["disc"], "cpu")
    cooled = raw_probabilities(tiny(temperature=4.0, least_mass=0.5), samples, ["disc"], "cpu")
    assert len(plain) == 2
    assert np.array_equal(plain[0].probability, cooled[0].probability)
    assert plain[0].near.any()
    assert not plain[0].near.all()
    assert raw_probabilities(tiny(("other",)), samples, ["disc"], "cpu") == []
    assert torch.is_grad_enabled()
