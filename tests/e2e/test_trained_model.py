"""A model that was trained elsewhere comes into the window and answers."""

from __future__ import annotations

import subprocess
import sys

import numpy as np
import tifffile
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QFileDialog

TINY_MODEL = """
import sys
from pathlib import Path
import torch
from lusgui.core.model_card import ModelCard
from lusgui.nn.checkpoint import save_model
from lusgui.nn.registry import build
torch.manual_seed(5)
for label in sys.argv[2:]:
    card = ModelCard(f"{label}-tuned", "0.1", "lus-unet", (label,), (32, 32))
    save_model(Path(sys.argv[1]) / f"{label}.safetensors", build("lus-unet", base_width=2), card)
"""
WAIT_MS = 60_000


def test_a_trained_model_is_chosen_from_the_menu(qtbot, start, tmp_path):
    subprocess.run([sys.executable, "-c", TINY_MODEL, str(tmp_path), "rib", "vermis"], check=True)
    clip = tmp_path / "clip.tif"
    frames = np.random.default_rng(0).integers(0, 255, (2, 48, 40), np.uint8)
    tifffile.imwrite(clip, frames, photometric="minisblack")
    app = start(clip)
    session, window = app.session, app.window
    qtbot.waitUntil(lambda: session.place is not None and window.presenter.is_up_to_date, timeout=WAIT_MS)

    QTest.keyClick(window, Qt.Key.Key_1)  # ribs, whatever the models make of noise

    # through the menu and the system's file dialog
    window.actions_by_id["model.add"].trigger()
    (dialog,) = [w for w in QApplication.topLevelWidgets() if isinstance(w, QFileDialog) and w.isVisible()]
    dialog.filesSelected.emit([str(tmp_path / "rib.safetensors")])
    dialog.reject()
    assert session.active_model("rib").name == "rib-tuned"
    assert window.threshold.model.currentText().startswith("rib-tuned 0.1")
    qtbot.waitUntil(lambda: session.prediction(session.key("rib")) is not None, timeout=WAIT_MS)

    # dropped on the window, with a label that the study did not have
    window.asking.open_paths([tmp_path / "vermis.safetensors"])
    assert session.view.label == "vermis"
    qtbot.waitUntil(lambda: session.prediction(session.key("vermis")) is not None, timeout=WAIT_MS)
    # the first answer is still there, and nothing was drawn
    assert session.prediction(session.key("rib")) is not None
    assert not session.mask(session.key("vermis")).any()
