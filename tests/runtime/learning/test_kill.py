"""Nothing drawn and no promoted model is lost, whoever is killed, and whenever."""

from __future__ import annotations

import random
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import psutil
import pytest
import scipy.io

from lusgui.core.annotation import PlaneKey
from lusgui.session.learn_child import PROCESS_FILE
from lusgui.session.session import Session

WINDOW = Path(__file__).with_name("killed_window.py")
FAKE = Path(__file__).with_name("fake_trainer.py")
KILLS = 6


@pytest.fixture
def path(tmp_path):
    frames = np.random.default_rng(3).integers(0, 255, (48, 40, 400), np.uint8)
    scipy.io.savemat(tmp_path / "clip.mat", {"ImgData": frames})
    session = Session()
    assert session.new_study(tmp_path / "a.lusgui")
    assert session.add_recordings([tmp_path / "clip.mat"])
    session.close_study()
    return tmp_path / "a.lusgui"


def trainers(path):
    """Return the training processes that work beside a study."""
    found = []
    for note in path.with_name("a.models").glob(f"run-*/{PROCESS_FILE}"):
        for process in psutil.process_iter(["cmdline"]):
            if str(note.parent / "job.json") in (process.info["cmdline"] or []):
                found.append(process)
    return found


def check(path, drawn, key):
    """Open the study and compare it with what its window was certain of."""
    session = Session()
    problems = []
    session.problem_reported.connect(problems.append)
    assert session.open_study(path)
    (row,) = session.recording_rows()
    for frame, pixels in drawn.items():
        assert session.mask(PlaneKey(row.id, frame, "rib")).sum() == pixels
    active = session.models.active("rib")
    if key is not None:
        versions = [version.key for version in session.models.versions("rib")]
        assert active is not None
        assert versions.index(active.key) <= versions.index(key)  # that one, or what was promoted after it
    if active is not None:
        assert session.models.entry(active).card.key == active.key
    assert [problem.title for problem in problems if "missing" in problem.title] == []
    session.close_study()
    return None if active is None else active.key


def live_and_die(path, kill, after_s):
    """Let a window draw and learn, kill something, and return what it was certain of."""
    process = subprocess.Popen(
        [sys.executable, str(WINDOW), str(path), str(FAKE), "8"], stdout=subprocess.PIPE, text=True
    )
    lines = []
    try:
        for line in process.stdout:
            lines.append(line)
            if line == "ready\n":
                break
        time.sleep(after_s)
        kill(process)
        time.sleep(0.0 if process.poll() is not None else 0.3)
        process.kill()
        lines += process.stdout.readlines()
    finally:
        process.kill()
        process.wait()
        process.stdout.close()
    words = [line.split() for line in lines if line.endswith("\n")]
    assert ["problem", "Nothing was drawn"] not in [each[:4] for each in words]
    drawn = {int(each[1]): int(each[2]) for each in words if each[0] == "drawn"}
    keys = [each[1] for each in words if each[0] == "active"]
    return drawn, (keys[-1] if keys else None)


def test_a_killed_window_loses_nothing_and_leaves_nobody_behind(path):
    chance = random.Random(20)
    known, drawn = None, {}
    for _ in range(KILLS):
        now, key = live_and_die(path, lambda process: process.kill(), chance.uniform(0.0, 0.7))
        drawn |= now
        end = time.monotonic() + 10
        while trainers(path) and time.monotonic() < end:
            time.sleep(0.05)
        assert trainers(path) == []  # their input has ended
        known = check(path, drawn, key or known)
    assert known is not None  # some run got through, also by going on


def test_a_killed_trainer_loses_nothing(path):
    chance = random.Random(21)

    def kill(process):
        for child in psutil.Process(process.pid).children(recursive=True):
            child.kill()

    known, drawn = None, {}
    for _ in range(3):
        now, key = live_and_die(path, kill, chance.uniform(0.05, 0.5))
        drawn |= now
        known = check(path, drawn, key or known)


def test_a_trainer_that_outlives_its_window_is_ended_by_the_next_run(path):
    script = WINDOW.read_text().replace('"complete"', '"mute"')
    window = path.with_name("window.py")
    window.write_text(script)
    process = subprocess.Popen(
        [sys.executable, str(window), str(path), str(FAKE), "8"], stdout=subprocess.DEVNULL
    )
    try:
        end = time.monotonic() + 20
        while not list(path.parent.glob("a.models/run-*/played")) and time.monotonic() < end:
            time.sleep(0.02)
    finally:
        process.kill()
        process.wait()
    (orphan,) = trainers(path)
    end = time.monotonic() + 20

    def wait(_process):
        while orphan.is_running() and time.monotonic() < end:
            time.sleep(0.05)

    live_and_die(path, wait, 0.0)
    assert not orphan.is_running()
    check(path, {}, None)
