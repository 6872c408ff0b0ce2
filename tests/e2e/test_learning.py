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
FIND_HALF = """
import sys
from pathlib import Path
import numpy as np
import torch
from lusgui.core.model_card import ModelCard
from lusgui.nn.checkpoint import save_model
from lusgui.nn.registry import build
torch.manual_seed(5)
torch.set_num_threads(1)
draws = np.random.default_rng(5)
network = build("lus-unet", base_width=4).train()
optimiser = torch.optim.Adam(network.parameters(), 1e-2)
for _ in range(120):
    frames, masks = np.empty((4, 1, 48, 48), np.float32), np.zeros((4, 1, 48, 48), np.float32)
    for frame, mask in zip(frames[:, 0], masks[:, 0]):
        row, left = draws.integers(4, 38), draws.integers(4, 14)
        echo = np.full((48, 48), 40.0)
        echo[row : row + 5, left : left + 26] = 150.0
        mask[row : row + 2, left : left + 26] = 1.0
        frame[:] = np.clip(echo * draws.rayleigh(0.6, (48, 48)) + 10, 0, 255) / 255
    loss = torch.nn.functional.binary_cross_entropy_with_logits(
        network(torch.from_numpy(frames)), torch.from_numpy(masks), pos_weight=torch.tensor(4.0)
    )
    optimiser.zero_grad()
    loss.backward()
    optimiser.step()
path = Path(sys.argv[1])
path.parent.mkdir(parents=True, exist_ok=True)
card = ModelCard("rib", "9.0", "lus-unet", ("rib",), (48, 48))
save_model(path, network.eval(), card)
"""
"""Makes a small network that finds the upper edge of a rib where people here draw all of it."""


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
    """Make a small network that draws ribs too thin the default one for ribs."""
    from lusgui.io.model_defaults import set_default
    from lusgui.io.models import read_card

    path = own_home / "models" / "rib.safetensors"
    subprocess.run([sys.executable, "-c", FIND_HALF, str(path)], check=True)
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


# how else a run may end: a trainer that plays its parts


@pytest.fixture
def reviewed(qtbot, start, clip, model):
    """Return the program with three frames reviewed for ribs."""
    app = start(clip)
    session = app.session
    qtbot.waitUntil(lambda: session.place is not None and app.window.presenter.is_up_to_date, timeout=WAIT_MS)
    QTest.keyClick(app.window, Qt.Key.Key_1)
    for frame in (0, 4, 8):
        session.push_masks("Brush", {PlaneKey(session.place[0], frame, "rib"): truth(frame)})
    app.window.learning.show()
    return app


def finished(app):
    return app.session.learning.status.state is RunState.FINISHED and not app.services.learning.is_running


def dialogs_of(app):
    return [type(dialog).__name__ for dialog in app.window.asking.dialogs.opened]


def test_a_model_that_is_better_is_announced_and_one_click_takes_it_back(qtbot, reviewed):
    app, session = reviewed, reviewed.session
    use_fake(app, "complete")
    press_start(app)
    qtbot.waitUntil(lambda: finished(app), timeout=WAIT_MS)
    (version,) = session.models.versions("rib")
    assert version.is_active
    run, toast = app.window.learning.panel.run, app.window.learning.toast
    assert (run.verdict.before, run.verdict.after) == pytest.approx((0.5, 0.8))
    assert run.back.isVisible()
    assert toast.isVisible()
    assert app.window.status_bar.learning.text() == "Rib: Dice 0.50 → 0.80, in use"
    undo = next(button for button in toast.buttons if button.text() == "Undo")
    QTest.mouseClick(undo, Qt.MouseButton.LeftButton)
    assert session.models.active("rib") is None
    assert not toast.isVisible()


def test_a_model_that_is_worse_is_kept_aside_with_the_reason(qtbot, reviewed):
    app, session = reviewed, reviewed.session
    use_fake(app, "complete", dice=0.3)
    press_start(app)
    qtbot.waitUntil(lambda: finished(app), timeout=WAIT_MS)
    (version,) = session.models.versions("rib")
    assert not version.is_active
    run, toast = app.window.learning.panel.run, app.window.learning.toast
    assert "kept aside" in toast.headline.text()
    assert "Worse" in run.reason.text()
    qtbot.waitUntil(run.use.isVisible, timeout=WAIT_MS)
    QTest.mouseClick(run.use, Qt.MouseButton.LeftButton)
    assert session.models.active("rib").id == version.id


def test_stop_and_keep_by_its_key(qtbot, reviewed):
    app, session = reviewed, reviewed.session
    use_fake(app, "complete", steps=10_000, pause=0.02)
    press_start(app)
    qtbot.waitUntil(lambda: len(session.learning.status.dice_curve) > 2, timeout=WAIT_MS)
    assert "Learning Rib" in app.window.status_bar.learning.text()
    assert app.window.tabs.tabText(3) != "Learn"
    both = Qt.KeyboardModifier.ControlModifier | Qt.KeyboardModifier.ShiftModifier
    QTest.keyClick(app.window, Qt.Key.Key_T, both)
    qtbot.waitUntil(lambda: finished(app), timeout=WAIT_MS)
    assert session.learning.status.reason is FinishReason.STOPPED_AND_KEPT
    assert len(session.models.versions("rib")) == 1
    assert app.window.tabs.tabText(3) == "Learn"


def test_cancel_and_discard_leaves_everything_as_it_was(qtbot, reviewed):
    app, session = reviewed, reviewed.session
    use_fake(app, "complete", steps=10_000, pause=0.02)
    press_start(app)
    qtbot.waitUntil(lambda: session.learning.status.state is RunState.RUNNING, timeout=WAIT_MS)
    run = app.window.learning.panel.run
    QTest.mouseClick(run.cancel, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: finished(app), timeout=WAIT_MS)
    assert session.learning.status.reason is FinishReason.CANCELLED
    assert session.models.versions("rib") == ()
    assert run.headline.text() == "Thrown away"
    assert not app.window.learning.toast.isVisible()
    assert session.learning.count("rib").positives == 3


@pytest.mark.parametrize(
    ("play", "reason"),
    [
        ("crash", FinishReason.CRASHED),
        ("fail", FinishReason.FAILED),
        ("out_of_memory", FinishReason.OUT_OF_MEMORY),
        ("bad_result", FinishReason.FAILED),
    ],
)
def test_a_run_that_fails_says_why_and_the_next_one_works(qtbot, reviewed, play, reason):
    app, session = reviewed, reviewed.session
    use_fake(app, play)
    press_start(app)
    qtbot.waitUntil(lambda: finished(app), timeout=WAIT_MS)
    assert session.learning.status.reason is reason
    run = app.window.learning.panel.run
    assert run.headline.isVisible()
    assert run.detail.text()
    toast = app.window.learning.toast
    assert toast.isVisible()
    assert dialogs_of(app) == []  # nothing comes between the hand and the frame
    QTest.mouseClick(toast.buttons[-1], Qt.MouseButton.LeftButton)
    assert "ProblemDialog" in dialogs_of(app)
    app.window.asking.dialogs.opened[0].reject()
    use_fake(app, "garbage")
    app.window.actions_by_id["learn.start"].trigger()
    qtbot.waitUntil(lambda: bool(session.models.versions("rib")) and finished(app), timeout=WAIT_MS)


def test_closing_the_window_interrupts_a_run_that_goes_on_the_next_morning(qtbot, reviewed, start):
    app, session = reviewed, reviewed.session
    study = session.study_path
    use_fake(app, "complete", steps=10_000, pause=0.02)
    press_start(app)
    qtbot.waitUntil(lambda: session.learning.status.state is RunState.RUNNING, timeout=WAIT_MS)
    app.window.close()
    assert not session.is_open

    again = start(study)
    toast = again.window.learning.toast
    qtbot.waitUntil(toast.isVisible, timeout=WAIT_MS)
    assert "interrupted" in toast.headline.text()
    use_fake(again, "complete")
    QTest.mouseClick(toast.buttons[0], Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: finished(again), timeout=WAIT_MS)
    assert len(again.session.models.versions("rib")) == 1


def test_nothing_comes_up_under_an_open_stroke(qtbot, reviewed, hand_of):
    app, session = reviewed, reviewed.session
    hand = hand_of(app)
    use_fake(app, "complete", steps=8, pause=0.1)
    press_start(app)
    at = hand.at(40, 30)
    QTest.mousePress(hand.viewport, Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier, at)
    assert session.is_stroke_open
    qtbot.waitUntil(lambda: finished(app), timeout=WAIT_MS)
    (version,) = session.models.versions("rib")
    assert version.is_active
    assert session.active_model("rib").version != version.key
    assert not app.window.learning.toast.isVisible()
    QTest.mouseRelease(hand.viewport, Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier, at)
    assert app.window.learning.toast.isVisible()
    qtbot.waitUntil(lambda: session.active_model("rib").version == version.key, timeout=WAIT_MS)
