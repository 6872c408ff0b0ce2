from dataclasses import replace

import numpy as np
import torch

from lusgui.nn.checkpoint import load_model, save_model
from training.learning.judging import judge_samples, mean_dice
from training.learning.tune import LearnSettings, tune

SETTINGS = LearnSettings(steps=90, batch=2, learning_rate=1e-2, precision="float32", device="cpu")


def test_a_few_masks_teach_frames_that_were_never_seen(tiny, discs):
    samples = discs(8)
    learned, held = samples[:5], samples[5:]
    base = tiny()
    before = mean_dice(judge_samples(base, held, ["disc"], "cpu"))
    tuned = tune(base, learned, SETTINGS, held=held)
    after = mean_dice(judge_samples(tuned.model, held, ["disc"], "cpu"))
    assert after > 0.8
    assert after > before + 0.3
    assert tuned.history[-1]["dice"] > tuned.history[0]["dice"]


def test_what_comes_of_it_can_be_written_and_read(tiny, discs, tmp_path):
    tuned = tune(tiny(), discs(2), replace(SETTINGS, steps=3))
    save_model(tmp_path / "model.safetensors", tuned.model.network, tuned.model.card)
    read = load_model(tmp_path / "model.safetensors")
    x = torch.rand(1, 1, 32, 32)
    with torch.no_grad():
        assert torch.allclose(read.network(x), tuned.model.network(x), atol=0.05)


def test_frames_without_teach_that_there_may_be_nothing(tiny, discs, empty):
    samples = discs(4)
    dull = [
        replace(s, name=f"dull {s.name}", frame=np.full((64, 64), 40, np.uint8), masks={"disc": empty})
        for s in samples
    ]
    tuned = tune(tiny(), [*samples, *dull[:3]], SETTINGS)
    assert mean_dice(judge_samples(tuned.model, dull[3:], ["disc"], "cpu")) == 1.0


def test_a_killed_run_goes_on_to_the_same_model(tiny, discs, tmp_path):
    settings = replace(SETTINGS, steps=8)
    whole = tune(tiny(), discs(2), settings)
    asked = 0

    def stop():
        nonlocal asked
        asked += 1
        return asked > 4

    keep = tmp_path / "state.pt"
    assert tune(tiny(), discs(2), settings, stop=stop, keep=keep).step == 4
    steps = []
    resumed = tune(tiny(), discs(2), settings, keep=keep, on_step=lambda step, *_: steps.append(step))
    assert steps == [5, 6, 7, 8]
    pairs = zip(
        whole.model.network.state_dict().values(), resumed.model.network.state_dict().values(), strict=True
    )
    assert all(torch.equal(a, b) for a, b in pairs)
