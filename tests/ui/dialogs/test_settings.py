from __future__ import annotations

import pytest
from PySide6.QtCore import Qt

from lusgui.core.despeckle import Method
from lusgui.ui.dialogs.settings import SettingsDialog


class Services:
    def __init__(self):
        self.devices = []

    def use_device(self, device):
        self.devices.append(device)


@pytest.fixture
def settings(qtbot, session):
    services = Services()
    dialog = SettingsDialog(session, services)
    dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose, False)
    qtbot.addWidget(dialog)
    dialog.open()
    yield dialog, services
    dialog.reject()


def test_what_is_applied_holds(qtbot, settings, session):
    dialog, services = settings
    dialog.rater.setText("  A.  B. ")
    dialog.theme.setCurrentIndex(dialog.theme.findData("light"))
    dialog.method.setCurrentIndex(dialog.method.findData(Method.BEST))
    dialog.device.setCurrentIndex(dialog.device.findData("cpu"))
    qtbot.mouseClick(dialog.apply, Qt.MouseButton.LeftButton)
    assert session.rater == "A. B."
    assert session.view.theme == "light"
    assert session.view.despeckle.method is Method.BEST
    assert services.devices == ["cpu"]


def test_cancel_changes_nothing(qtbot, settings, session):
    dialog, services = settings
    dialog.rater.setText("X")
    qtbot.keyClick(dialog, Qt.Key.Key_Escape)
    assert (session.rater, services.devices) == ("", [])


def test_the_rater_is_asked_for(qtbot, ask, session):
    session.rater = "Anna"
    session.rater = "Ben"
    dialog = ask("rater")
    assert [dialog.name.itemText(i) for i in range(dialog.name.count())] == ["Anna", "Ben"]
    dialog.name.setCurrentText("Cora")
    qtbot.mouseClick(dialog.apply, Qt.MouseButton.LeftButton)
    assert session.rater == "Cora"
