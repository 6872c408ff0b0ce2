"""Tests of training.commands.click."""

from __future__ import annotations

import json

import pytest

from training.__main__ import main
from training.click import run as click_run
from training.click.run import ARCHITECTURE
from training.click.sources import Split

TINY = {"base_width": 2, "fine_width": 2, "coarse_side": 64, "fine_side": 32}


@pytest.fixture
def small(monkeypatch):
    """Make networks tiny and frames few."""
    from lusgui.nn import registry
    from training.click.frames import prepare
    from training.simulate.clips import simulate_clip

    asked = {}

    def gather(data, **settings):
        asked.update(settings)
        samples = [simulate_clip("cyst", 1, i, shape=(64, 64))[0] for i in range(3)]
        return Split(prepare(samples, "simulated cyst"), {"hc18": ("001",)})

    build = registry.build
    monkeypatch.setattr(click_run, "gather", gather)
    monkeypatch.setattr(registry, "build", lambda name, **given: build(name, **(TINY | given)))
    return asked


def test_teaching_leaves_a_model_and_says_what_it_saw(small, tmp_path, capsys):
    out = tmp_path / "out"
    words = ["click", "--data", str(tmp_path), "--out", str(out), "--steps", "2"]
    words += ["--without", "rib, cerebellum", "--seed", "4", "--json"]
    assert main(words) == 0
    said = json.loads(capsys.readouterr().out)
    assert said["model"] == str(out / "click.safetensors")
    assert said["batches"] == 2
    assert said["reason"] == "steps"
    assert said["without"] == ["cerebellum", "rib"]
    assert "hc18: 001" in said["split"]
    assert small["seed"] == 4
    card = json.loads((out / "click.json").read_text())
    assert card["architecture"] == ARCHITECTURE
    # given again there is nothing left to do
    assert main(words[:-1]) == 0
    assert "Never seen" in capsys.readouterr().out


def test_time_that_is_up_is_said(small, tmp_path, capsys):
    words = ["click", "--data", str(tmp_path), "--out", str(tmp_path / "o"), "--minutes", "0.0000001"]
    assert main(words) == 0
    assert "more minutes go on from here" in capsys.readouterr().out


def test_a_folder_that_is_not_there_is_one_sentence(tmp_path, capsys):
    words = ["click", "--data", str(tmp_path / "none"), "--out", str(tmp_path / "o")]
    assert main(words) == 2
    assert "there is no such folder" in capsys.readouterr().err
