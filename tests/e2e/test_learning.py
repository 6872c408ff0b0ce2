"""Drawing teaches: five masks through the real window, a real run meanwhile, a better overlay afterwards."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import tifffile
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest

from lusgui.core.annotation import PlaneKey, Status
from lusgui.core.learning.status import FinishReason, RunState
from lusgui.core.overlap import dice

WAIT_MS = 60_000
RUN_MS = 300_000
"""A run takes a few seconds; a machine that is busy with other things may need much longer."""

FAKE = Path(__file__).parents[1] / "runtime" / "learning" / "fake_trainer.py"
SHAPE, FRAMES, HEIGHT = (96, 96), 16, 10
FIND_LITTLE = """
import sys
from pathlib import Path
import torch
from lusgui.core.model_card import ModelCard
from lusgui.nn.checkpoint import save_model
from lusgui.nn.registry import build
torch.manual_seed(5)
path = Path(sys.argv[1])
path.parent.mkdir(parents=True, exist_ok=True)
card = ModelCard("rib", "9.0", "lus-unet", ("rib",), (48, 48))
save_model(path, build("lus-unet", base_width=4), card)
"""


def band(frame):
    """Return where the rib of a frame is: first row, first and last column."""
    return 16 + 4 * frame, 20 + frame % 3, 72 + frame % 3


def truth(frame):
    mask = np.zeros(SHAPE, bool)
    row, left, right = band(frame)
    mask[row : row + HEIGHT, left:right] = True
    return mask


@pytest.fixture
def clip(tmp_path):
    """Return a simulated recording: speckle, and a bright rib that moves down as the chest does."""
    draws = np.random.default_rng(3)
    frames = np.empty((FRAMES, *SHAPE), np.uint8)
    for frame in range(FRAMES):
        echo = np.where(truth(frame), 150.0, 40.0)
        frames[frame] = np.clip(echo * draws.rayleigh(0.6, SHAPE) + 10, 0, 255)
    path = tmp_path / "clinic" / "chest.tif"
    path.parent.mkdir()
    tifffile.imwrite(path, frames, photometric="minisblack")
    return path


@pytest.fixture
def small_model(own_home):
    """Make a small network with random weights the default one for ribs."""
    from lusgui.io.model_defaults import set_default
    from lusgui.io.models import read_card

    path = own_home / "models" / "rib.safetensors"
    subprocess.run([sys.executable, "-c", FIND_LITTLE, str(path)], check=True)
    set_default("rib", read_card(path).key)
    return path


@pytest.fixture
def opened(qtbot, start, clip, small_model):
    """Return the program with the recording open and the rib chosen."""
    app = start(clip)
    window, session = app.window, app.session
    qtbot.waitUntil(lambda: session.place is not None and window.presenter.is_up_to_date, timeout=WAIT_MS)
    QTest.keyClick(window, Qt.Key.Key_1)
    assert session.view.label == "rib"
    session.view.brush_unit = "px"
    session.view.brush_size_px = float(HEIGHT)
    return app


def paint(app, qtbot, hand, frame):
    """Go to a frame and draw its rib with one stroke of the brush."""
    session, window = app.session, app.window
    session.go_to(session.place[0], frame)
    qtbot.waitUntil(lambda: window.presenter.shown == session.place, timeout=WAIT_MS)
    row, left, right = band(frame)
    middle = row + HEIGHT / 2 - 0.5
    places = [(middle, col) for col in np.linspace(left + HEIGHT / 2, right - HEIGHT / 2, 6)]
    hand.drag(*places)
    key = PlaneKey(session.place[0], frame, "rib")
    assert dice(session.mask(key), truth(frame)) > 0.85
    assert session.status(key) is Status.EDITED


def use_fake(app, play, **values):
    words = [f"{name}={value}" for name, value in values.items()]
    app.services.learning.program = [sys.executable, str(FAKE), play, *words]


def press_start(app):
    QTest.keyClick(app.window, Qt.Key.Key_T, Qt.KeyboardModifier.ControlModifier)


def test_five_masks_teach_while_one_draws_on(qtbot, opened, hand_of):
    app, hand = opened, hand_of(opened)
    window, session = app.window, app.session
    panel = window.learning.panel
    recording = session.place[0]
    for frame in (0, 3, 6, 9, 12):
        paint(app, qtbot, hand, frame)
    drawn = {frame: session.mask(PlaneKey(recording, frame, "rib")).copy() for frame in (0, 3, 6, 9, 12)}

    # the frame that is to be looked at afterwards, as the model in use sees it
    unseen = PlaneKey(recording, 8, "rib")
    session.go_to(recording, 8)
    qtbot.waitUntil(lambda: session.model_mask(unseen) is not None, timeout=WAIT_MS)
    before = session.model_mask(unseen).copy()
    key_before = session.active_model("rib").version

    states, curves, firsts = [], [], []
    session.learn_status_changed.connect(lambda status: states.append(status.state))
    session.learn_status_changed.connect(
        lambda status: curves.append(status.dice_curve) or firsts.append(status.active_dice)
    )
    press_start(app)
    assert session.learning.status.state.is_busy
    assert window.tabs.currentWidget().isAncestorOf(panel)
    assert window.actions_by_id["learn.stop"].isEnabled()

    # drawing goes on meanwhile, and is no part of the run
    qtbot.waitUntil(lambda: RunState.RUNNING in states, timeout=RUN_MS)
    paint(app, qtbot, hand, 14)
    assert session.learning.status.state.is_busy, "the run was over before anything could be drawn"
    assert not panel.run.start.isVisible()
    assert panel.run.stop.isVisible()

    qtbot.waitUntil(lambda: session.learning.status.state is RunState.FINISHED, timeout=RUN_MS)
    status = session.learning.status
    assert status.reason is FinishReason.COMPLETED, (status.problem, status.log[-5:])
    (version,) = session.models.versions("rib")
    assert version.data["frames"] == 5
    assert "leave-one-out" in status.held_out_how or "in turn" in status.held_out_how

    # it got better on frames it never learnt from, took over, and says so
    assert version.dice > version.dice_before + 0.1
    assert version.is_active
    assert window.learning.toast.isVisible()
    assert "better model" in window.learning.toast.headline.text()
    assert panel.run.verdict.after == pytest.approx(version.dice)
    qtbot.waitUntil(lambda: session.active_model("rib").version == version.key, timeout=WAIT_MS)
    assert session.active_model("rib").version != key_before

    # the overlay of the next frame is another, and a better one
    session.go_to(recording, 8)
    qtbot.waitUntil(
        lambda: window.presenter.shown == (recording, 8) and session.model_mask(unseen) is not None,
        timeout=WAIT_MS,
    )
    after = session.model_mask(unseen)
    assert (after != before).any()
    assert dice(after, truth(8)) > dice(before, truth(8)) + 0.1

    # what was drawn is what it was
    for frame, mask in drawn.items():
        assert (session.mask(PlaneKey(recording, frame, "rib")) == mask).all()
    assert session.mask(PlaneKey(recording, 14, "rib")).any()
    assert not session.mask(unseen).any()

    # what changed, and back again by one click
    window.actions_by_id["learn.what_changed"].trigger()
    gallery = window.learning.gallery
    assert gallery.pictures.count() == 5
    QTest.mouseClick(gallery.undo, Qt.MouseButton.LeftButton)
    assert session.models.active("rib") is None
    qtbot.waitUntil(lambda: session.active_model("rib").version == key_before, timeout=WAIT_MS)
    gallery.reject()
    assert [one.id for one in session.models.versions("rib")] == [version.id]
