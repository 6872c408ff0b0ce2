"""``lusgui learn`` with a training program that plays every part; the real one is tested end to end."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

import numpy as np
import pytest
import tifffile

from lusgui.cli import main
from lusgui.core.annotation import PlaneKey, Status
from lusgui.session import learn_process
from lusgui.session.session import Session

FAKE = Path(__file__).parents[1] / "runtime" / "learning" / "fake_trainer.py"


@pytest.fixture
def play(monkeypatch):
    """Return a function that chooses what the training program does."""

    def choose(name, **values):
        words = [sys.executable, "-I", str(FAKE), name, *(f"{k}={v}" for k, v in values.items())]
        monkeypatch.setattr("lusgui.session.learn_process.training_program", lambda: words)

    short = learn_process.Patience(cancel_s=1.0, terminate_s=0.3, close_s=8.0)
    monkeypatch.setattr(learn_process, "Patience", lambda: short)
    choose("complete")
    return choose


@pytest.fixture
def study(tmp_path, play):
    """Return a study whose first five frames have ribs."""
    frames = np.random.default_rng(3).integers(0, 255, (9, 48, 40), np.uint8)
    tifffile.imwrite(tmp_path / "clip.tif", frames, photometric="minisblack")
    session = Session()
    assert session.new_study(tmp_path / "a.lusgui")
    (rid,) = session.add_recordings([tmp_path / "clip.tif"])
    draw(session, rid, "rib", range(5))
    session.close_study()
    return tmp_path / "a.lusgui"


def draw(session, rid, label, frames):
    for frame in frames:
        mask = np.zeros((48, 40), bool)
        mask[10:20, 5 + frame : 20] = True
        assert session.push_masks("Brush", {PlaneKey(rid, frame, label): mask})
        session.set_status(PlaneKey(rid, frame, label), Status.ACCEPTED)


def opened(path):
    session = Session()
    assert session.open_study(path)
    return session


def active(path):
    session = opened(path)
    version = session.models.active("rib")
    session.close_study()
    return version


def press(number, is_time):
    """Send a signal to this process once something is the case."""

    def wait():
        end = time.monotonic() + 20
        while not is_time() and time.monotonic() < end:
            time.sleep(0.02)
        time.sleep(0.1)
        os.kill(os.getpid(), number)

    thread = threading.Thread(target=wait, daemon=True)
    thread.start()
    return thread


def test_it_learns_promotes_and_says_so(study, capsys):
    assert main(["learn", str(study), "--label", "rib", "--minutes", "2"]) == 0
    said = capsys.readouterr()
    assert "Dice 0.50 → 0.80" in said.out
    assert "In use now: " in said.out
    assert "a.models/run-0001/candidate.safetensors" in said.out
    assert "On cpu (a pretended processor)" in said.err
    assert "held out" in said.err
    assert active(study).dice == pytest.approx(0.8)
    job = json.loads((study.with_name("a.models") / "run-0001" / "job.json").read_text())
    assert (job["minutes"], job["started_by"]) == (2.0, "command")


def test_a_worse_model_is_kept_and_not_used(study, play, capsys):
    play("complete", dice=0.3)
    assert main(["learn", str(study)]) == 0
    said = capsys.readouterr().out
    assert "Worse than the model in use" in said
    assert "Kept as a candidate, not in use" in said
    assert active(study) is None


def test_json_is_for_programs(study, capsys):
    words = ["--json", "--strategy", "whole", "--device", "cpu", "--seed", "4", "--start-from", "rib"]
    assert main(["learn", str(study), *words]) == 0
    said = json.loads(capsys.readouterr().out)
    assert said["reason"] == "completed"
    assert said["labels"]["rib"]["promoted"] is True
    assert said["labels"]["rib"]["gate"]["dice_after"] == pytest.approx(0.8)
    job = json.loads((study.with_name("a.models") / "run-0001" / "job.json").read_text())
    assert (job["strategy"], job["device"], job["seed"]) == ("whole", "cpu", 4)


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["--label", "kidney"], "the study has no label 'kidney'"),
        (["--label", "cerebellum"], "No frame was reviewed"),
        (["--start-from", "nothing"], "nothing"),
        (["--resume"], "no run of this study was interrupted"),
    ],
)
def test_what_cannot_be_is_explained(study, capsys, words, said):
    assert main(["learn", str(study), *words]) == 2
    assert said in capsys.readouterr().err


def test_a_study_that_is_not_there(tmp_path, capsys):
    assert main(["learn", str(tmp_path / "none.lusgui")]) == 2
    assert "there is no such study" in capsys.readouterr().err
    (tmp_path / "bad.lusgui").write_bytes(b"SQLite format 3\0" + b"x" * 500)
    assert main(["learn", str(tmp_path / "bad.lusgui")]) == 2
    assert "was not opened" in capsys.readouterr().err


def test_a_study_that_is_open_elsewhere_is_left_alone(study, capsys):
    session = opened(study)
    assert main(["learn", str(study)]) == 2
    assert "reading only" in capsys.readouterr().err
    session.close_study()


def test_several_drawn_labels_ask_for_one(study, capsys):
    session = opened(study)
    draw(session, session.recording_rows()[0].id, "cerebellum", [6])
    session.close_study()
    assert main(["learn", str(study)]) == 2
    assert "--label" in capsys.readouterr().err


@pytest.mark.parametrize("name", ["crash", "fail", "out_of_memory", "bad_result"])
def test_a_bad_end_is_one_sentence_and_status_two(study, play, capsys, name):
    play(name)
    assert main(["learn", str(study)]) == 2
    said = capsys.readouterr()
    assert said.out == ""
    assert len(said.err.strip().splitlines()[-1]) > 20
    assert active(study) is None


@pytest.mark.skipif(sys.platform == "win32", reason="signals")
def test_ctrl_c_keeps_a_second_one_throws_away(study, play, capsys):
    play("complete", steps=10_000)
    folder = study.with_name("a.models")
    thread = press(signal.SIGINT, lambda: (folder / "run-0001" / "played").exists())
    assert main(["learn", str(study)]) == 0
    thread.join()
    assert "Ctrl+C again" in capsys.readouterr().err
    assert active(study) is not None
    play("stubborn")
    thread = press(signal.SIGINT, lambda: (folder / "run-0002" / "played").exists())
    again = press(signal.SIGINT, lambda: not thread.is_alive())
    assert main(["learn", str(study)]) == 130
    again.join()
    session = opened(study)
    assert len(session.models.versions("rib")) == 1
    assert session.learning.resumable() is None
    session.close_study()


@pytest.mark.skipif(sys.platform == "win32", reason="signals")
def test_being_told_to_end_lets_the_run_go_on_later(study, play, capsys):
    play("complete", steps=10_000)
    folder = study.with_name("a.models") / "run-0001"
    thread = press(signal.SIGTERM, lambda: (folder / "played").exists())
    assert main(["learn", str(study)]) == 130
    thread.join()
    assert "--resume" in capsys.readouterr().err
    play("complete")
    assert main(["learn", str(study), "--resume"]) == 0
    assert active(study) is not None


TINY = """
import sys
import torch
from lusgui.core.model_card import ModelCard
from lusgui.nn.checkpoint import save_model
from lusgui.nn.registry import build
torch.manual_seed(5)
card = ModelCard("rib", "0.1", "lus-unet", ("rib",), (64, 64))
save_model(sys.argv[1], build("lus-unet", base_width=4), card)
"""


@pytest.mark.slow
def test_the_real_training_learns_what_was_drawn(tmp_path, own_home, capsys):
    """A bright square on dark speckle, from random weights: seconds are enough to find it."""
    model = own_home / "models" / "rib.safetensors"
    model.parent.mkdir(parents=True)
    subprocess.run([sys.executable, "-c", TINY, str(model)], check=True)
    random = np.random.default_rng(3)
    frames = random.integers(0, 60, (24, 64, 64), np.uint8)
    masks = np.zeros(frames.shape, bool)
    for frame, mask in enumerate(masks):
        mask[10 + frame : 34 + frame, 12:40] = True
    frames[masks] += 150
    tifffile.imwrite(tmp_path / "clip.tif", frames, photometric="minisblack")
    session = Session()
    assert session.new_study(tmp_path / "a.lusgui")
    (rid,) = session.add_recordings([tmp_path / "clip.tif"])
    for frame in range(0, 24, 3):
        assert session.push_masks("Brush", {PlaneKey(rid, frame, "rib"): masks[frame]})
        session.set_status(PlaneKey(rid, frame, "rib"), Status.ACCEPTED)
    session.close_study()
    words = ["learn", str(tmp_path / "a.lusgui"), "--label", "rib", "--minutes", "0.15", "--device", "cpu"]
    assert main([*words, "--json"]) == 0
    said = capsys.readouterr()
    found = json.loads(said.out)["labels"]["rib"]
    assert found["gate"]["dice_after"] > found["gate"]["dice_before"]
    assert found["promoted"] is True, found["reason"]
    assert active(tmp_path / "a.lusgui").parent_key.startswith("rib-0.1")
