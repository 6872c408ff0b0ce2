import math
from dataclasses import replace

import numpy as np
import pytest
import torch

from training.engine.settings import TrainingError
from training.learning.settings import LearnSettings
from training.learning.tuner import Tuner, best_step

QUICK = LearnSettings(steps=3, precision="float32", device="cpu", replay=0.0)


def test_the_base_is_left_as_it_is(tiny, discs):
    base = tiny()
    before = {name: value.clone() for name, value in base.network.state_dict().items()}
    tuned = Tuner(base, discs(2), QUICK).fit()
    assert all(torch.equal(before[name], value) for name, value in base.network.state_dict().items())
    changed = tuned.model.network.state_dict()
    assert any(not torch.equal(before[name], changed[name]) for name in before)
    assert not any(parameter.requires_grad for parameter in tuned.model.network.parameters())


def test_only_chosen_frames_are_learnt(tiny, discs):
    samples = discs(3)
    blind = [*samples[:2], replace(samples[2], frame=np.zeros((64, 64), np.uint8))]
    one, two = (Tuner(tiny(), frames, QUICK).fit([0, 1]) for frames in (samples, blind))
    pairs = zip(one.model.network.state_dict().values(), two.model.network.state_dict().values(), strict=True)
    assert all(torch.equal(a, b) for a, b in pairs)


def test_a_strategy_changes_its_blocks_alone(tiny, discs):
    base = tiny()
    tuned = Tuner(base, discs(2), replace(QUICK, strategy="9")).fit()
    new = tuned.model.network.state_dict()
    changed = {
        name.split(".")[0]
        for name, value in base.network.state_dict().items()
        if not torch.equal(value, new[name])
    }
    assert changed == {"b9", "head"}
    assert tuned.parameters[0] < tuned.parameters[1]


def test_adapters_are_merged(tiny, discs):
    tuned = Tuner(tiny(), discs(2), replace(QUICK, strategy="convlora")).fit()
    assert set(tuned.model.network.state_dict()) == set(tiny().network.state_dict())


def test_a_share_lies_between_base_and_learnt(tiny, discs):
    base = tiny()
    whole = Tuner(base, discs(2), QUICK).fit().model.network.state_dict()
    half = Tuner(base, discs(2), replace(QUICK, share=0.5)).fit().model.network.state_dict()
    for name, value in base.network.state_dict().items():
        assert torch.allclose(half[name], (value + whole[name]) / 2, atol=1e-6)


def test_a_new_label_gets_a_card_without_old_calibration(tiny, discs):
    base = tiny(("other",), temperature=3.0, least_mass=0.01, mixed_dice=0.999)
    card = Tuner(base, discs(2), QUICK).fit().model.card
    assert card.labels == ("disc",)
    assert (card.temperature, card.least_mass, card.mixed_dice) == (1.0, 0.0, 0.0)
    assert card.parent == base.card.key
    known = Tuner(tiny(temperature=3.0, least_mass=0.01), discs(2), QUICK).fit().model.card
    assert (known.temperature, known.least_mass) == (3.0, 0.01)


def test_held_out_frames_give_curve_and_temperature(tiny, discs):
    samples = discs(5)
    rows = []
    tuned = Tuner(tiny(temperature=7.77), samples[:3], QUICK).fit(held=samples[3:], on_epoch=rows.append)
    assert rows[0]["step"] == 0
    assert all(0 <= row["dice"] <= 1 for row in rows)
    assert tuned.model.card.temperature != 7.77
    assert tuned.best_step in {int(row["step"]) for row in rows}


def test_what_another_label_was_taught_with_is_not_replayed(tiny, discs):
    settings = replace(QUICK, replay=0.5)
    foreign = Tuner(tiny(), discs(2), settings, replay=discs(2, label="foreign")).fit()
    nothing = Tuner(tiny(), discs(2), settings).fit()
    own = Tuner(tiny(), discs(2), settings, replay=discs(2, group="base", seed=3)).fit()
    name = "head.weight"
    assert torch.equal(foreign.model.network.get_parameter(name), nothing.model.network.get_parameter(name))
    assert not torch.equal(own.model.network.get_parameter(name), nothing.model.network.get_parameter(name))


def test_a_zooming_base_learns_with_frames_that_lack_its_first_label(tiny_zoom, discs, empty):
    samples = discs(3, label="ring")
    samples[1] = replace(samples[1], masks={"ring": empty})
    tuned = Tuner(tiny_zoom(), samples, QUICK, replay=discs(2)).fit()
    assert tuned.model.card.labels == ("disc", "ring")
    assert math.isfinite(tuned.history[-1]["loss"])


def test_stopped_at_once_is_said(tiny, discs):
    tuned = Tuner(tiny(), discs(2), QUICK).fit(stop=lambda: True)
    assert tuned.stopped
    assert tuned.step == 0


def test_frames_without_any_mask_are_refused(tiny, discs):
    with pytest.raises(TrainingError, match="no frame has a mask"):
        Tuner(tiny(), [replace(discs(1)[0], masks={})], QUICK)
    with pytest.raises(TrainingError, match="no reviewed frame"):
        Tuner(tiny(), discs(2), QUICK, labels=("other",))


def test_the_best_step_is_the_earliest_of_equals():
    rows = [{"step": 0.0, "dice": 0.4}, {"step": 5.0, "dice": 0.6}, {"step": 9.0, "dice": 0.6}]
    assert best_step(rows, 9) == 5
    assert best_step([{"step": 4.0}], 9) == 9


def test_known_labels_are_learnt_three_quarters_of_the_way(tiny, tiny_zoom, discs):
    digest = "0" * 64
    assert Tuner(tiny(digest=digest), discs(2), QUICK).share_after(999) == 0.75
    assert Tuner(tiny(digest=digest), discs(2), QUICK).share_after(1000) == 1.0
    assert Tuner(tiny(digest=digest), discs(2), replace(QUICK, share=0.5)).share_after(999) == 0.5
    assert Tuner(tiny(), discs(2), QUICK).share_after(9) == 1.0  # random weights
    assert Tuner(tiny(("other",), digest=digest), discs(2), QUICK).share_after(9) == 1.0
    assert Tuner(tiny_zoom(), discs(2), QUICK).share_after(9) == 1.0
