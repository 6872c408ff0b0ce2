"""A study with reviewed frames, a trainer and a worker that play their parts."""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np
import pytest
import tifffile

from lusgui.core.annotation import PlaneKey, Status
from lusgui.runtime.learning.supervisor import Patience, Supervisor
from lusgui.session.session import Session

FAKE = Path(__file__).with_name("fake_trainer.py")
REVIEWED = 5


@pytest.fixture
def session():
    session = Session()
    session.problems = []
    session.problem_reported.connect(session.problems.append)
    yield session
    session.close_study()


@pytest.fixture
def study(session, tmp_path):
    """Return the id of a recording of 12 frames in an open study."""
    frames = np.random.default_rng(3).integers(0, 255, (12, 48, 40), np.uint8)
    tifffile.imwrite(tmp_path / "clip.tif", frames, photometric="minisblack")
    assert session.new_study(tmp_path / "a.lusgui")
    (rid,) = session.add_recordings([tmp_path / "clip.tif"])
    session.view.label = "rib"
    session.go_to(rid, 0)
    return rid


@pytest.fixture
def review(session):
    """Return a function that draws a mask into a frame and accepts it."""

    def draw(rid, frame, label="rib"):
        mask = np.zeros((48, 40), bool)
        mask[10:20, 5 + frame : 20] = True
        key = PlaneKey(rid, frame, label)
        assert session.push_masks("Brush", {key: mask})
        session.set_status(key, Status.ACCEPTED)

    return draw


@pytest.fixture
def reviewed(study, review):
    for frame in range(REVIEWED):
        review(study, frame)
    return study


@pytest.fixture
def playing():
    """Return a function: the name of a play -> the command of the trainer that plays it."""

    def program(play, **values):
        return [sys.executable, "-I", str(FAKE), play, *(f"{k}={v}" for k, v in values.items())]

    return program


@pytest.fixture
def supervisor(qtbot, session, playing):
    patience = Patience(cancel_s=2.0, terminate_s=0.5, close_s=8.0, report_s=0.02)
    supervisor = Supervisor(session, program=playing("complete"), patience=patience)
    supervisor.told = []
    supervisor.status_changed.connect(supervisor.told.append)
    yield supervisor
    supervisor.cancel()
    supervisor.shutdown()
