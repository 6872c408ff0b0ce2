"""Dialogs on a small study with real jobs in threads; nothing here blocks."""

from __future__ import annotations

import numpy as np
import pytest
import scipy.io
from PySide6.QtWidgets import QApplication, QWidget

from lusgui.runtime.jobs import JobRunner
from lusgui.ui.dialogs.dialogs import Dialogs
from lusgui.ui.theme import Theme


@pytest.fixture
def jobs(qapp):
    """Return a real job runner."""
    runner = JobRunner()
    yield runner
    assert runner.shutdown()
    QApplication.sendPostedEvents()


@pytest.fixture
def problems(session):
    """Return the problems that are reported from now on."""
    found = []
    session.problem_reported.connect(found.append)
    return found


@pytest.fixture
def desk(qtbot, session, jobs):
    """Return the dialogs of a session without a window."""
    Theme(QApplication.instance()).apply("dark")
    window = QWidget()
    qtbot.addWidget(window)
    made = Dialogs(session, None, jobs, window)
    yield made
    made.close_all()
    QApplication.sendPostedEvents(None, 52)


@pytest.fixture
def two_images(session, tmp_path):
    """Add a .mat file with two arrays that could be the image; return the recording's number."""
    frames = np.random.default_rng(5).rayleigh(100.0, (48, 40, 1, 6)).astype(np.float32)
    scipy.io.savemat(tmp_path / "two.mat", {"ImgData": frames, "Img": 2 * frames[:, :, 0, :3]})
    (recording_id,) = session.add_recordings([tmp_path / "two.mat"])
    session.go_to(recording_id, 0)
    return recording_id


@pytest.fixture
def drawn(session):
    """Draw a rib on frames 1 and 3 of the clip; return the mask."""
    mask = np.zeros((60, 40), dtype=bool)
    mask[10:20, 5:30] = True
    recording_id = session.recording_rows()[0].id
    for frame in (0, 2):
        session.go_to(recording_id, frame)
        assert session.push_masks("Test", {session.key("rib"): mask})
    return mask


@pytest.fixture
def ask(desk, qtbot):
    """Open a dialog by its name and return it."""

    def open_it(what):
        before = set(map(id, desk.opened))
        desk.ask(what)
        dialog = next(one for one in desk.opened if id(one) not in before)
        assert dialog.isVisible()
        return dialog

    return open_it
