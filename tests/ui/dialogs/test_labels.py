from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtGui import QColor
from PySide6.QtWidgets import QSpinBox


def test_a_label_is_added_with_enter_and_chosen(qtbot, ask, session):
    dialog = ask("add label")
    assert not dialog.add.isEnabled()
    qtbot.keyClicks(dialog.name, "Pleura")
    qtbot.keyClick(dialog.name, Qt.Key.Key_Return)
    assert [label.name for label in session.labels] == ["Rib", "Cerebellum", "Pleura"]
    assert session.view.label == "pleura"
    assert dialog.table.rowCount() == 3
    assert dialog.isVisible()


def test_a_name_taken_already_is_said(qtbot, ask, session):
    dialog = ask("add label")
    dialog.name.setText("rib")
    qtbot.mouseClick(dialog.add, Qt.MouseButton.LeftButton)
    assert "already" in dialog.warning.text()
    assert len(session.labels) == 2


def test_rename_recolour_and_limit(qtbot, ask, session):
    dialog = ask("labels")
    dialog.table.item(0, 1).setText("First rib")
    assert session.label("rib").name == "First rib"
    chooser = dialog.choose_colour("rib")
    chooser.colorSelected.emit(QColor("#123456"))
    chooser.reject()
    assert session.label("rib").color == "#123456"
    box = dialog.table.cellWidget(0, 2)
    assert isinstance(box, QSpinBox)
    box.setValue(4)
    assert session.label("rib").max_components == 4
    dialog.table.item(0, 1).setText("")
    assert session.label("rib").name == "First rib"


def test_a_label_that_lusgui_knows_comes_with_key_colour_and_pieces(qtbot, ask, session):
    dialog = ask("add label")
    names = dialog.name.completer().model().stringList()
    assert "Cisterna magna" in names
    qtbot.keyClicks(dialog.name, "cisterna magna")
    qtbot.keyClick(dialog.name, Qt.Key.Key_Return)
    if len(session.labels) == 2:  # the first Return took the completion
        qtbot.keyClick(dialog.name, Qt.Key.Key_Return)
    added = session.labels[-1]
    assert (added.key, added.max_components, added.color) == ("cisterna_magna", 1, "#CC79A7")
