"""One model with three labels in the real window; each recording has its label; samples open with theirs."""

from __future__ import annotations

import subprocess
import sys

import numpy as np
import pytest
import tifffile
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QToolButton

from lusgui.base.paths import resources_dir

MODELS = """
import sys
from pathlib import Path
import torch
from lusgui.core.model_card import ModelCard
from lusgui.nn.checkpoint import save_model
from lusgui.nn.registry import build
folder = Path(sys.argv[1]); folder.mkdir(parents=True)
# heads that look at nothing: ribs are never found, the others always, each with its own probability
for name, labels, biases in (("rib", ("rib",), [-8.0]),
                             ("cerebellum", ("cerebellum", "vermis", "cisterna_magna"), [3.0, 2.0, 1.0])):
    arguments = {"base_width": 2, "out_channels": len(labels)}
    network = build("lus-unet", **arguments)
    with torch.no_grad():
        network.head.weight.zero_()
        network.head.bias.copy_(torch.tensor(biases))
    scores = {"cross_validation": {"raw": {"frames": 23, "groups": 15, "dice_mean": 0.871}}}
    notes = "Research use only, not a medical device. Made up for a test. Finds everything everywhere."
    card = ModelCard(name, "9.0", "lus-unet", labels, (32, 32), arguments, scores=scores, notes=notes)
    save_model(folder / f"{name}.safetensors", network, card)
"""
WAIT_MS = 90_000
FETAL = ("cerebellum", "vermis", "cisterna_magna")


@pytest.fixture
def own_models(own_home):
    subprocess.run([sys.executable, "-c", MODELS, str(own_home / "models")], check=True)


def shown(app):
    """Return the labels whose model mask is on screen."""
    overlays = {label.key: app.window.presenter.overlay_of(label.key) for label in app.session.labels}
    return {key for key, each in overlays.items() if not each.model_path.isEmpty() and each._model_is_shown}


def offers(window):
    """Return the buttons that offer a further label."""
    return [b for b in window.labels.offers.findChildren(QToolButton) if b.isVisible()]


def test_one_model_serves_its_three_labels(qtbot, start, own_models, tmp_path):
    clip = tmp_path / "clip.tif"
    frames = np.random.default_rng(0).integers(0, 255, (3, 48, 40), np.uint8)
    tifffile.imwrite(clip, frames, photometric="minisblack")
    app = start(clip)
    session, window = app.session, app.window

    # the models are asked: only that of the cerebellum sees something
    qtbot.waitUntil(lambda: session.view.label == "cerebellum", timeout=WAIT_MS)
    qtbot.waitUntil(lambda: window.labels.note.isVisible(), timeout=WAIT_MS)
    assert "Cerebellum was chosen" in window.labels.note.text()
    qtbot.waitUntil(lambda: shown(app) == {"cerebellum"}, timeout=WAIT_MS)
    said = window.status_bar.model.whole_text()
    score = "Dice 0.87 on 23 planes of 15 patients it never saw (cross-validated)"
    assert said == f"cerebellum 9.0 · {score} · Made up for a test."

    # what else it finds is offered, and nothing is crowded in
    assert [label.key for label in session.labels] == ["rib", "cerebellum"]
    for left in (2, 1):
        qtbot.waitUntil(lambda left=left: len(offers(window)) == left, timeout=WAIT_MS)
        QTest.mouseClick(offers(window)[0], Qt.MouseButton.LeftButton)
    assert [label.key for label in session.labels] == ["rib", *FETAL]
    qtbot.waitUntil(lambda: shown(app) == set(FETAL), timeout=WAIT_MS)
    planes = [float(session.prediction(session.key(label)).mean()) for label in FETAL]
    assert planes == pytest.approx([0.953, 0.881, 0.731], abs=0.01)
    assert len({session.active_model(label) for label in FETAL}) == 1

    # only the present one, by key; then the vermis is accepted, and nothing else is
    QTest.keyClick(window, Qt.Key.Key_L)
    qtbot.waitUntil(lambda: shown(app) == {"cerebellum"}, timeout=WAIT_MS)
    QTest.keyClick(window, Qt.Key.Key_3)
    qtbot.waitUntil(lambda: shown(app) == {"vermis"}, timeout=WAIT_MS)
    QTest.keyClick(window, Qt.Key.Key_Return)
    assert session.mask(session.key("vermis")).all()
    assert not session.mask(session.key("cerebellum")).any()

    # a whole recording: one run a frame keeps all three
    window.actions_by_id["model.segment_recording"].trigger()
    keys = [(frame, label) for frame in range(3) for label in FETAL]
    recording_id = session.place[0]

    def kept(frame, label):
        return session._stored(session.prediction_key(recording_id, frame, label)) is not None

    # frames that were answered already are not run again
    qtbot.waitUntil(lambda: app.live.job is None, timeout=WAIT_MS)
    assert all(session.has_prediction(session.prediction_key(recording_id, *key)) for key in keys)
    assert kept(0, "rib") is False

    # its scores, as a table
    QTest.mouseClick(window.status_bar.model, Qt.MouseButton.LeftButton)
    (dialog,) = window.asking.dialogs.opened
    assert dialog.lead.text() == score
    assert dialog.scores.rowCount() == 3
    dialog.reject()

    # the next day the recording has its label
    study = session.study_path
    window.close()
    again = start(study)
    assert again.session.view.label == "vermis"
    assert not again.session.view.all_labels


def test_the_samples_open_with_their_labels(qtbot, start):
    if not list((resources_dir() / "weights").glob("*.safetensors")):
        pytest.skip("the wheel under test carries no models")
    app = start()
    session, window = app.session, app.window
    window.actions_by_id["file.sample"].trigger()
    qtbot.waitUntil(lambda: window.presenter.is_up_to_date, timeout=WAIT_MS)
    assert session.view.label == "rib"
    qtbot.waitUntil(lambda: shown(app) == {"rib"}, timeout=WAIT_MS)
    card = app.live.model_card("cerebellum")
    QTest.keyClick(window, Qt.Key.Key_PageDown)
    assert session.view.label == "cerebellum"
    assert all(session.label(key) is not None for key in card.labels)
    qtbot.waitUntil(lambda: "cerebellum" in shown(app), timeout=WAIT_MS)
    assert "rib" not in shown(app)
    QTest.keyClick(window, Qt.Key.Key_PageUp)
    assert session.view.label == "rib"
    qtbot.waitUntil(lambda: window.status_bar.model.whole_text().startswith("rib "), timeout=WAIT_MS)
