from __future__ import annotations

from psygnal import Signal
from PySide6.QtCore import QObject
from PySide6.QtWidgets import QApplication, QSpinBox

from lusgui.ui.bindings import Bindings, Later, set_quietly


class Speaker:
    said = Signal(int)


def test_bindings_end_together():
    speaker, heard = Speaker(), []
    bindings = Bindings()
    bindings.connect(speaker.said, heard.append)
    speaker.said.emit(1)
    bindings.disconnect()
    bindings.disconnect()
    speaker.said.emit(2)
    assert heard == [1]


def test_a_burst_becomes_one_call(qapp):
    owner, calls = QObject(), []
    later = Later(lambda: calls.append(1), owner)
    for _ in range(50):
        later("anything", 3)
    assert calls == []
    QApplication.processEvents()
    assert calls == [1]
    later()
    later.stop()
    QApplication.processEvents()
    assert calls == [1]


def test_setting_quietly_tells_nobody(qtbot):
    box, heard = QSpinBox(), []
    qtbot.addWidget(box)
    box.valueChanged.connect(heard.append)
    set_quietly(box, box.setValue, 7)
    assert box.value() == 7
    assert heard == []
    box.setValue(8)
    assert heard == [8]
