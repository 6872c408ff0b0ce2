"""Where the model is undecided, in the whole program: a key, real answers of the worker, heat and legend."""

from __future__ import annotations

import numpy as np
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest

from lusgui.core.confidence import expected_dice, uncertainty

WAIT_MS = 90_000


def colours(window):
    """Return how coloured each pixel of the canvas is, 0 for gray."""
    window.canvas.viewport().repaint()
    picture = (
        window.canvas.grab().toImage().convertToFormat(window.canvas.grab().toImage().Format.Format_RGB888)
    )
    rows, cols, stride = picture.height(), picture.width(), picture.bytesPerLine()
    values = np.frombuffer(picture.constBits(), np.uint8).reshape(rows, stride)[:, : 3 * cols]
    rgb = values.reshape(rows, cols, 3).astype(int)
    return rgb.max(axis=2) - rgb.min(axis=2), picture.devicePixelRatio()


def test_u_shows_where_the_model_is_undecided(qtbot, start, model):
    app = start("--sample")
    session, window = app.session, app.window
    qtbot.waitUntil(lambda: session.place is not None and window.presenter.is_up_to_date, timeout=WAIT_MS)
    qtbot.waitUntil(lambda: session.prediction(session.key()) is not None, timeout=WAIT_MS)
    session.view.model_visible = False  # outlines would be in the way of the heat
    QTest.qWait(100)
    before, _ = colours(window)

    QTest.keyClick(window.canvas, Qt.Key.Key_U)
    qtbot.waitUntil(lambda: window.uncertainty.legend.isVisible(), timeout=WAIT_MS)
    key = session.key()
    probability = session.prediction(key)
    value = expected_dice(probability, session.model_mask(key))
    told = window.uncertainty.legend.dice.text()
    assert ("Nothing is marked" in told) if value is None else f"Predicted Dice {value:.2f}" in told

    # the most undecided place is coloured, the surest is not
    bits = uncertainty(probability)
    after, ratio = colours(window)
    for place, is_coloured in ((bits.argmax(), bits.max() > 0.9), (bits.argmin(), False)):
        row, col = np.unravel_index(place, bits.shape)
        at = window.canvas.to_viewport(row + 0.5, col + 0.5)
        where = round(at.y() * ratio), round(at.x() * ratio)
        if not window.uncertainty.legend.geometry().contains(round(at.x()), round(at.y())):
            assert (after[where] > before[where] + 20) == is_coloured

    # the whole recording: the strip learns which frames look doubtful
    window.actions_by_id["model.segment_recording"].trigger()
    qtbot.waitUntil(lambda: app.live.job is None, timeout=WAIT_MS)
    qtbot.waitUntil(lambda: "predicted Dice" in window.timeline.strip.toolTip(), timeout=WAIT_MS)

    QTest.keyClick(window.canvas, Qt.Key.Key_U)
    qtbot.waitUntil(lambda: not window.uncertainty.legend.isVisible(), timeout=WAIT_MS)
    again, _ = colours(window)
    assert (again == before).mean() > 0.99
