"""The strip that a tool lays over the lower edge of the canvas: what to do now, and buttons of commands."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QEvent, QObject, Qt
from PySide6.QtWidgets import QFrame, QPushButton, QVBoxLayout

from lusgui.base.translate import tr
from lusgui.ui import theme
from lusgui.ui.bindings import Bindings, Later
from lusgui.ui.elided import ElidedLabel, ElidedPushButton
from lusgui.ui.panels.parts import SPIN_WIDTH, SliderSpin

if TYPE_CHECKING:
    from collections.abc import Iterable

    from psygnal import SignalInstance
    from PySide6.QtGui import QAction
    from PySide6.QtWidgets import QLayout, QWidget

WIDTH, MARGIN, ABOVE_EDGE, LEAST = 600, 10, 2, 200


class CanvasStrip(QFrame):
    """Lies over the lateral ruler, so that hardly any of the picture is hidden.

    One that is made fills `text` and its own controls, calls `lay_out`, then `listen` to what it shows; its
    `refresh` ends with `hide` or with `settle`.

    Parameters
    ----------
    canvas : QWidget
        On which it lies.
    name : str
        For those who cannot see it.
    """

    def __init__(self, canvas: QWidget, name: str) -> None:
        super().__init__(canvas)
        self._canvas = canvas
        self.setObjectName("banner")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self.setAccessibleName(name)
        self.text = ElidedLabel()
        self.text.setMinimumWidth(1)  # a narrow canvas cuts it off rather than growing the strip
        self._later = Later(self.refresh, self)
        self._bindings = Bindings()

    def lay_out(self, top: QLayout | None, row: QLayout) -> None:
        """Put what is said (`top`, or the text alone) over a row of controls."""
        layout = QVBoxLayout(self)
        layout.setContentsMargins(10, 5, 8, 6)
        layout.setSpacing(4)
        if top is None:
            layout.addWidget(self.text)
        else:
            layout.addLayout(top)
        layout.addLayout(row)

    def listen(self, signals: Iterable[SignalInstance]) -> None:
        """Refresh after any of the signals, and now."""
        for signal in signals:
            self._bindings.connect(signal, self._later)
        self._canvas.installEventFilter(self)
        self.hide()
        self.refresh()

    def refresh(self) -> None:
        """Show what can be done now."""
        raise NotImplementedError

    def close_panel(self) -> None:
        """Stop listening."""
        self._bindings.disconnect()
        self._later.stop()
        self._canvas.removeEventFilter(self)
        self.hide()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Stay at the bottom when the canvas changes its size."""
        if watched is self._canvas and event.type() == QEvent.Type.Resize and self.isVisible():
            self.refresh()
        return False

    @property
    def room(self) -> int:
        """How wide it may be at most, in pixels."""
        return max(self._canvas.width() - 2 * MARGIN, LEAST)

    @property
    def is_narrow(self) -> bool:
        """Whether the canvas leaves less room than the strip wants."""
        return self.room < theme.scaled(WIDTH)

    def settle(self) -> None:
        """Show it at the lower edge of the canvas, in the middle."""
        self.show()
        self.raise_()
        width = min(theme.scaled(WIDTH), self.room)
        for control in self.findChildren(SliderSpin):
            control.spin.setFixedWidth(theme.scaled(SPIN_WIDTH))
        self.setFixedWidth(width)
        height = self.sizeHint().height()
        self.resize(width, height)
        self.move((self._canvas.width() - width) // 2, self._canvas.height() - height - ABOVE_EDGE)


def action_button(action: QAction, text: str, *, name: str = "small") -> QPushButton:
    """Return a button that is an action with a shorter text; it never takes the keyboard from the image."""
    button = ElidedPushButton(tr(text))
    button.setObjectName(name)
    button.setFocusPolicy(Qt.FocusPolicy.NoFocus)
    button.setCheckable(action.isCheckable())
    button.clicked.connect(action.trigger)

    def follow() -> None:
        button.setEnabled(action.isEnabled())
        button.setToolTip(action.toolTip())
        button.setAccessibleName(action.text())
        if action.isCheckable():
            button.setChecked(action.isChecked())

    action.changed.connect(follow)
    follow()
    return button
