"""The model manager in the whole program: another model is used, remembered, and made a default."""

from __future__ import annotations

import subprocess
import sys

import numpy as np
import pytest
import tifffile
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest

from lusgui.session.model_rows import Origin

MODELS = """
import sys
from pathlib import Path
import torch
from lusgui.core.model_card import ModelCard
from lusgui.nn.checkpoint import save_model
from lusgui.nn.registry import build
folder = Path(sys.argv[1]); folder.mkdir(parents=True)
# heads that look at nothing, each with its own probability
for name, bias in (("rib", 1.0), ("other", 3.0)):
    network = build("lus-unet", base_width=2)
    with torch.no_grad():
        network.head.weight.zero_()
        network.head.bias.fill_(bias)
    card = ModelCard(name, "9.0", "lus-unet", ("rib",), (32, 32), {"base_width": 2})
    save_model(folder / f"{name}.safetensors", network, card)
"""
WAIT_MS = 90_000
PROBABILITY = {"rib": 0.731, "other": 0.953}


@pytest.fixture
def own_models(own_home):
    subprocess.run([sys.executable, "-c", MODELS, str(own_home / "models")], check=True)


def answers(qtbot, app, name):
    """Wait until a model's answer for the frame on screen is there, and is its own."""
    session = app.session

    def is_there():
        model = session.active_model("rib")
        if model is None or not model.version.startswith(f"{name}-9.0") or session.place is None:
            return False
        return session.prediction(session.key("rib")) is not None

    qtbot.waitUntil(is_there, timeout=WAIT_MS)
    assert float(session.prediction(session.key("rib")).mean()) == pytest.approx(PROBABILITY[name], abs=0.01)


def manager(app):
    app.window.actions_by_id["model.manage"].trigger()
    return next(dialog for dialog in app.window.asking.dialogs.opened if hasattr(dialog, "shelf"))


def pick(dialog, name):
    row = next(
        row for row in dialog.shelf.rows("rib") if row.origin is Origin.OWN and row.name == f"{name} 9.0"
    )
    dialog.list.clearSelection()
    dialog.list.choose([row.id])


def test_a_chosen_model_answers_and_is_remembered(qtbot, start, own_models, tmp_path):
    clip = tmp_path / "clip.tif"
    frames = np.random.default_rng(0).integers(0, 255, (3, 48, 40), np.uint8)
    tifffile.imwrite(clip, frames, photometric="minisblack")
    study = tmp_path / "first.lusgui"
    app = start("--study", study, "--label", "rib", clip)
    qtbot.waitUntil(lambda: app.session.place is not None, timeout=WAIT_MS)
    app.session.view.label = "rib"
    answers(qtbot, app, "rib")

    dialog = manager(app)
    pick(dialog, "other")
    QTest.mouseClick(dialog.use, Qt.MouseButton.LeftButton)
    answers(qtbot, app, "other")
    qtbot.waitUntil(lambda: dialog.row is not None and "rib" in dialog.row.answers_for, timeout=5000)
    assert app.window.threshold.model.currentText().startswith("other 9.0")
    dialog.reject()
    app.window.close()

    # the study remembers; another one has the default, until that is another model too
    again = start("--study", study, "--label", "rib")
    answers(qtbot, again, "other")
    again.session.new_study(tmp_path / "second.lusgui")
    again.session.add_recordings([clip])
    again.session.view.label = "rib"
    answers(qtbot, again, "rib")
    dialog = manager(again)
    pick(dialog, "other")
    QTest.mouseClick(dialog.default, Qt.MouseButton.LeftButton)
    answers(qtbot, again, "other")
    assert again.session.models.chosen("rib") is None
    dialog.reject()
