"""A study survives the death of its writer at any moment: nothing accepted is missing, undo still works."""

import importlib.util
import os
import random
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from lusgui.io.study import Study
from lusgui.io.study_entries import NewRecording

KILLS = 200
WRITER = Path(__file__).with_name("stroke_writer.py")

pytestmark = pytest.mark.skipif(not hasattr(os, "fork"), reason="the writers are forked")


def load_writer():
    spec = importlib.util.spec_from_file_location("stroke_writer", WRITER)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


writer = load_writer()


@pytest.fixture
def births():
    process = subprocess.Popen(
        [sys.executable, str(WRITER)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    yield process
    process.stdin.close()
    process.stdout.close()
    assert process.wait(timeout=10) == 0


def live_and_die(births, path, seed, chance):
    """Start a writer, kill it at a random moment, and return how many edits it said were accepted."""
    births.stdin.write(f"{path}\t{seed}\n")
    births.stdin.flush()
    word, number = births.stdout.readline().split()
    assert word == "pid"
    if chance.random() < 0.15:
        time.sleep(chance.uniform(0, 0.012))  # while it opens, and perhaps repairs, the study
        lines = []
    else:
        lines = [births.stdout.readline()]
        time.sleep(chance.uniform(0, 0.03))
    os.kill(int(number), signal.SIGKILL)
    while not lines or lines[-1] != "dead\n":
        lines.append(births.stdout.readline())
        assert lines[-1], "the server of writers ended"
        assert not lines[-1].startswith("refused"), lines[-1]
    acknowledged = [int(line.split()[1]) for line in lines if line.startswith("ack ")]
    assert acknowledged == list(range(1, len(acknowledged) + 1))
    return len(acknowledged)


def walk(study, model, steps):
    """Undo some edits and redo them, comparing all the way back."""
    there = model.copy()
    for _ in range(steps):
        study.undo()
        there.undo()
    assert there.matches(study)
    for _ in range(steps):
        study.redo()
        there.redo()
    assert there.matches(study)
    return there


@pytest.mark.slow
def test_killed_writers_lose_nothing(tmp_path, births):
    path = tmp_path / "ward.lusgui"
    with Study.create(path) as study:
        rows, cols = writer.SHAPE
        assert study.add_recording(NewRecording(tmp_path / "a.mat", writer.FRAMES, rows, cols)).id == 1
    chance = random.Random(20)
    model = writer.Model()
    in_flight = total = 0
    for life in range(KILLS):
        accepted = live_and_die(births, path, life, chance)
        following = writer.moves(life, model, model.mask, model.status, model.marks_of)
        for _ in range(accepted):
            next(following)
        with Study.open(path) as study:
            assert not study.is_read_only
            assert study.check() == "ok"
            if not model.matches(study):
                # the edit that was under way may have reached the disk before its writer could say so
                next(following)
                in_flight += 1
                assert model.matches(study), f"life {life}: {accepted} accepted edits are not what is stored"
            model = walk(study, model, min(3, len(model.done)))
        total += accepted
    with Study.open(path) as study:
        model = walk(study, model, len(model.done))
        assert study.check() == "ok"
    assert total > KILLS
    assert in_flight < KILLS
