from __future__ import annotations

from PySide6.QtCore import Qt


def test_what_is_counted_is_what_is_drawn(qtbot, ask, session, two_images):
    dialog = ask("worklist")
    dialog.count.setValue(5)
    dialog.seed.setValue(7)
    preview = dialog.preview()
    assert dialog.total.text().startswith("5 frames in 2 recordings")
    qtbot.mouseClick(dialog.draw, Qt.MouseButton.LeftButton)
    assert session.worklist == preview


def test_every_kth_frame_of_the_recordings_switched_on(qtbot, ask, session, two_images):
    dialog = ask("worklist")
    dialog.every.setChecked(True)
    dialog.step.setValue(3)
    dialog.table.item(1, 0).setCheckState(Qt.CheckState.Unchecked)
    first = session.recording_rows()[0].id
    assert dialog.preview() == [(first, 0), (first, 3)]
    dialog.table.item(0, 0).setCheckState(Qt.CheckState.Unchecked)
    assert not dialog.draw.isEnabled()
    assert "at least one" in dialog.warning.text()


def test_a_worklist_can_be_added_to(qtbot, ask, session, two_images):
    session.draw_worklist(every=6)
    before = set(session.worklist)
    dialog = ask("worklist")
    dialog.every.setChecked(True)
    dialog.step.setValue(4)
    dialog.keep.setChecked(True)
    qtbot.keyClick(dialog, Qt.Key.Key_Return)
    assert before < set(session.worklist)
