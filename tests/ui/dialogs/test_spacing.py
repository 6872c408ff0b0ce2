from __future__ import annotations

import pytest
from PySide6.QtCore import Qt


def test_typed_spacing_is_used(qtbot, ask, session):
    dialog = ask("spacing")
    assert (dialog.row_mm.value(), dialog.col_mm.value()) == (0.1, 0.3)
    dialog.row_mm.setValue(0.2)
    assert "12.0 mm deep, 12.0 mm wide" in dialog.extent.text()
    qtbot.mouseClick(dialog.apply, Qt.MouseButton.LeftButton)
    assert session.row(session.place[0]).spacing_mm == pytest.approx((0.2, 0.3))


def test_square_pixels(ask):
    dialog = ask("spacing")
    dialog.square.setChecked(True)
    dialog.row_mm.setValue(0.25)
    assert dialog.col_mm.value() == 0.25
    assert not dialog.col_mm.isEnabled()


def test_unknown_is_an_answer(qtbot, ask, session):
    dialog = ask("spacing")
    dialog.unknown.setChecked(True)
    assert "60 rows" in dialog.extent.text()
    qtbot.keyClick(dialog, Qt.Key.Key_Return)
    assert session.row(session.place[0]).spacing_mm is None
