from __future__ import annotations

import os
import subprocess
import sys
import time
from pathlib import Path

import pytest
import torch
from torch import nn

from lusgui.base.errors import OverwriteRefusedError
from lusgui.core.model_card import ModelCard
from lusgui.nn.checkpoint import load_model
from training.engine import course, ledger
from training.engine.fit import fit
from training.engine.run_folder import RunFolder
from training.engine.settings import FitSettings, TrainingError
from training.engine.task import StopReason

HERE = Path(__file__).resolve().parent
ROOT = HERE.parents[2]


def _settings(**changed):
    return FitSettings(
        **(
            {"epochs": 4, "batch_size": 4, "precision": "float32", "device": "cpu", "learning_rate": 0.01}
            | changed
        )
    )


def _flat(network):
    return torch.cat([value.flatten().double() for value in network.state_dict().values()])


def _curve(result):
    return [{k: v for k, v in row.items() if k != "seconds"} for row in result.history]


def _run(path):
    return RunFolder.create(path, {"what": "test"}, 0, [])


@pytest.mark.parametrize("stop_at", [1, 6, 8, 15])
@pytest.mark.parametrize(
    "changed",
    [
        {"optimiser": "adam", "ema": 0.9},
        {"optimiser": "sgd", "schedule": "plateau", "plateau_patience": 0},
        {"optimiser": "rmsprop", "schedule": "cosine", "accumulate": 2, "precision": "float16"},
        {"optimiser": "adamw", "patience": 4, "clip": 0.5, "warm_up": 6},
    ],
    ids=lambda changed: changed["optimiser"],
)
def test_a_cancelled_training_goes_on_to_the_same_curve(
    tmp_path, tiny_network, bright_task, changed, stop_at
):
    network = tiny_network().append(nn.Dropout(0.2))
    settings = _settings(**changed)
    whole = fit(network, bright_task(), settings)
    task = bright_task()
    first = fit(network, task, settings, _run(tmp_path / "run"), cancelled=lambda: len(task.steps) >= stop_at)
    assert first.reason is StopReason.CANCELLED
    again = bright_task()
    # the weights to start from are of no account any more
    second = fit(tiny_network(seed=9).append(nn.Dropout(0.2)), again, settings, _run(tmp_path / "run"))
    assert again.steps[:1] == [stop_at]
    assert _curve(second) == _curve(whole)
    assert (second.best_epoch, second.reason) == (whole.best_epoch, whole.reason)
    assert torch.equal(_flat(second.network), _flat(whole.network))
    rows = _run(tmp_path / "run").rows()
    assert [row["val_loss"] for row in rows] == [str(row["val_loss"]) for row in whole.history]


def test_a_killed_training_goes_on_to_the_same_curve(tmp_path):
    sys.path.insert(0, str(HERE))
    try:
        import kill_me
    finally:
        sys.path.remove(str(HERE))
    folder = tmp_path / "run"
    curves = folder / "curves.csv"
    environment = os.environ | {"PYTHONPATH": str(ROOT), "OMP_NUM_THREADS": "1"}
    command = [sys.executable, str(HERE / "kill_me.py"), str(folder), "0.03"]
    with subprocess.Popen(command, env=environment, stderr=subprocess.PIPE, text=True) as process:
        deadline = time.monotonic() + 100
        while time.monotonic() < deadline and process.poll() is None:
            if (folder / "state.pt").exists() and len(curves.read_text().splitlines()) > 4:
                break
            time.sleep(0.01)
        assert process.poll() is None, process.stderr.read()
        process.kill()
        process.wait()
    before = len(curves.read_text().splitlines())
    assert 4 < before < 12
    resumed = kill_me.train(folder)
    whole = kill_me.train(None)
    assert _curve(resumed) == _curve(whole)
    assert resumed.best_epoch == whole.best_epoch
    assert torch.equal(_flat(resumed.network), _flat(whole.network))
    assert len(curves.read_text().splitlines()) == 13
    assert '"resumed"' in (folder / "log.jsonl").read_text()


def test_a_finished_training_is_not_done_again(tmp_path, tiny_network, bright_task):
    first = fit(tiny_network(), bright_task(), _settings(), _run(tmp_path / "run"))
    task = bright_task()
    rows = []
    second = fit(tiny_network(seed=3), task, _settings(), _run(tmp_path / "run"), on_epoch=rows.append)
    assert task.steps == rows == []
    assert second.reason is StopReason.FINISHED
    assert second.history == first.history
    assert torch.equal(_flat(second.network), _flat(first.network))


def test_a_training_that_stopped_early_stays_stopped(tmp_path, tiny_network, bright_task):
    settings = _settings(epochs=50, learning_rate=1e-8, patience=1, optimiser="sgd", momentum=0.0, ema=0.0)
    network = tiny_network(norm=False)
    first = fit(network, bright_task(), settings, _run(tmp_path / "run"))
    again = fit(network, bright_task(), settings, _run(tmp_path / "run"))
    assert first.reason is again.reason is StopReason.EARLY
    assert again.history == first.history


def test_a_longer_budget_goes_on_from_where_time_ran_out(tmp_path, tiny_network, bright_task, monkeypatch):
    whole = fit(tiny_network(), bright_task(), _settings())
    ticks = iter(range(100_000))
    monkeypatch.setattr(course.time, "monotonic", lambda: float(next(ticks)))
    short = fit(tiny_network(), bright_task(), _settings(minutes=0.2), _run(tmp_path / "run"))
    assert short.reason is StopReason.TIME
    assert short.history[-1]["step"] < 16
    weights = (tmp_path / "run" / "best.safetensors").read_bytes()
    again = fit(tiny_network(), bright_task(), _settings(minutes=0.2), _run(tmp_path / "run"))
    # the budget is spent: the same answer again
    assert again.reason is StopReason.TIME
    assert (tmp_path / "run" / "best.safetensors").read_bytes() == weights
    longer = fit(tiny_network(), bright_task(), _settings(minutes=60), _run(tmp_path / "run"))
    assert _curve(longer) == _curve(whole)
    assert torch.equal(_flat(longer.network), _flat(whole.network))


def test_other_settings_or_another_network_are_refused(tmp_path, tiny_network, bright_task):
    fit(tiny_network(), bright_task(), _settings(), _run(tmp_path / "run"))
    with pytest.raises(OverwriteRefusedError, match=r"learning_rate 0.01 became 0.5"):
        fit(tiny_network(), bright_task(), _settings(learning_rate=0.5), _run(tmp_path / "run"))
    with pytest.raises(OverwriteRefusedError, match="another network"):
        fit(nn.Sequential(nn.Conv2d(1, 1, 1)), bright_task(), _settings(), _run(tmp_path / "run"))


def test_a_broken_loss_loses_no_run(tmp_path, tiny_network, bright_task, monkeypatch):
    monkeypatch.setattr(ledger, "SAVE_SHARE", 1e9)
    good = fit(tiny_network(), bright_task(), _settings(epochs=2))
    with pytest.raises(TrainingError, match="no longer a number"):
        fit(tiny_network(), bright_task(broken_from=8), _settings(epochs=4), _run(tmp_path / "run"))
    assert {"best.safetensors", "state.pt", "curves.csv"} <= {p.name for p in (tmp_path / "run").iterdir()}
    from safetensors.torch import load_file

    kept = load_file(tmp_path / "run" / "best.safetensors")
    assert all(torch.equal(kept[name], value) for name, value in good.network.state_dict().items())


def test_the_run_folder_holds_models_that_load(tmp_path, unet, square_task):
    card = ModelCard("toy", "1.0", "lus-unet", ("rib",), (32, 32), {"base_width": 4})
    run = RunFolder.create(tmp_path / "run", {}, 0, [], card=card)
    result = fit(unet(), square_task(), _settings(epochs=2, patience=5), run)
    best, last = (load_model(tmp_path / "run" / f"{name}.safetensors").network for name in ("best", "last"))
    torch.testing.assert_close(_flat(best), _flat(result.network), rtol=1e-3, atol=1e-4)
    if result.best_epoch == result.epochs:
        assert torch.equal(_flat(best), _flat(last))


def test_best_weights_are_written_as_they_come(tmp_path, tiny_network, bright_task, monkeypatch):
    monkeypatch.setattr(ledger, "SAVE_SHARE", 1e9)
    path = tmp_path / "run" / "best.safetensors"
    seen = []
    fit(
        tiny_network(),
        bright_task(),
        _settings(),
        _run(tmp_path / "run"),
        on_epoch=lambda row: seen.append(path.exists()),
    )
    assert seen == [True] * 4


def test_a_state_is_saved_within_a_long_epoch(tmp_path, tiny_network, bright_task, monkeypatch):
    monkeypatch.setattr(ledger, "SAVE_EVERY_S", 0.0)
    monkeypatch.setattr(ledger, "SAVE_SHARE", 1e9)
    run = _run(tmp_path / "run")
    saved = []

    class StopError(Exception):
        pass

    def look(step, steps, loss):
        state = run.load_state()
        if state is not None:
            saved.append(state["ledger"]["step"])
        if step == 7:
            raise StopError

    with pytest.raises(StopError):
        fit(tiny_network(), bright_task(), _settings(), run, on_step=look)
    assert saved[-1] == 6
    whole = fit(tiny_network(), bright_task(), _settings())
    resumed = fit(tiny_network(), bright_task(), _settings(), _run(tmp_path / "run"))
    assert _curve(resumed) == _curve(whole)
