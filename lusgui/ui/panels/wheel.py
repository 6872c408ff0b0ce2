"""Turning the wheel over a page moves the page, never a setting that happens to lie under the pointer."""

from __future__ import annotations

from PySide6.QtCore import QCoreApplication, QEvent, QObject, Qt
from PySide6.QtWidgets import QAbstractSpinBox, QComboBox, QScrollArea, QSlider

_CHANGED_BY_WHEEL = (QComboBox, QAbstractSpinBox, QSlider)


class WheelGuard(QObject):
    """Hands the wheel on to a page that scrolls.

    A box that the person has clicked into still follows the wheel, and so do sliders and number boxes of a
    page that fits and cannot scroll; a list of choices never does before it is clicked.

    Parameters
    ----------
    area : QScrollArea
        The page, with everything on it.
    """

    def __init__(self, area: QScrollArea) -> None:
        super().__init__(area)
        self._area = area
        for kind in _CHANGED_BY_WHEEL:
            for box in area.findChildren(kind):
                if box.focusPolicy() == Qt.FocusPolicy.WheelFocus:  # the wheel alone is no click
                    box.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
                box.installEventFilter(self)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Let the page have the wheel."""
        if event.type() != QEvent.Type.Wheel or not isinstance(watched, _CHANGED_BY_WHEEL):
            return False
        if watched.hasFocus() and not isinstance(watched, QSlider):
            return False
        bar = self._area.verticalScrollBar()
        if bar.maximum() > 0:
            QCoreApplication.sendEvent(bar, event)
            return True
        return isinstance(watched, QComboBox)
