from __future__ import annotations

import pytest
from PySide6.QtCore import Qt

from lusgui.core.measures.calibration import Along
from lusgui.session.view_state import Tool
from lusgui.ui.dialogs.calibrate import UNKNOWN


@pytest.fixture
def dialog(ask, session):
    """Return the dialog for an upright line of 50 pixels; the spacing is 0.1 x 0.3 mm."""
    session.callipers.put_known_line((5, 10), (55, 10))
    return ask("calibrate")


def test_rows_alone_where_pixels_are_not_square(qtbot, dialog, session):
    assert Along(dialog.along.currentData()) is Along.ROWS
    assert "50.0 down" in dialog.drawn.text()
    dialog.length.setValue(10)
    assert "0.2 mm a row, 0.3 mm a column" in dialog.result_text.text()
    qtbot.mouseClick(dialog.apply, Qt.MouseButton.LeftButton)
    assert session.row(session.place[0]).spacing_mm == pytest.approx((0.2, 0.3))
    assert session.callipers.known_line is None
    session.view.tool = Tool.CALLIPER
    assert session.callipers.undo()
    assert session.row(session.place[0]).spacing_mm == (0.1, 0.3)


def test_square_pixels(qtbot, dialog, session):
    dialog.along.setCurrentIndex(0)
    dialog.length.setValue(25)
    assert not dialog.other.isVisible()
    qtbot.keyClick(dialog, Qt.Key.Key_Return)
    assert session.row(session.place[0]).spacing_mm == pytest.approx((0.5, 0.5))


def test_a_line_that_cannot_say_it(dialog, session):
    dialog.along.setCurrentIndex(2)
    assert "too short" in dialog.warning.text()
    assert not dialog.apply.isEnabled()
    dialog.reject()
    assert session.callipers.known_line is None
    assert session.row(session.place[0]).spacing_mm == (0.1, 0.3)


def test_draw_another(dialog, session):
    dialog._again()
    assert session.callipers.is_calibrating
    assert session.view.tool is Tool.CALLIPER


def test_nothing_is_asked_without_a_line(desk):
    desk.ask("calibrate")
    assert not desk.opened


def test_raw_beams_are_calibrated_row_by_column(qtbot, ask, session):
    session.set_spacing(session.place[0], None)
    session.callipers.put_known_line((5, 10), (55, 10))
    first = ask("calibrate")
    first.along.setCurrentIndex(1)
    # nothing is assumed of the columns
    assert first.other.text() == UNKNOWN
    assert not first.apply.isEnabled()
    assert "not known yet" in first.warning.text()
    first.length.setValue(10)
    first._again()
    assert session.callipers.half == (Along.ROWS, pytest.approx(0.2))
    session.callipers.put_known_line((20, 5), (20, 30))
    second = ask("calibrate")
    second.along.setCurrentIndex(2)
    second.length.setValue(10)
    assert second.other.value() == pytest.approx(0.2)
    qtbot.mouseClick(second.apply, Qt.MouseButton.LeftButton)
    assert session.row(session.place[0]).spacing_mm == pytest.approx((0.2, 0.4))
    assert session.callipers.half is None
