"""Small parts that learning is built of: cards that fold, buttons of commands, coloured sentences."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtWidgets import QLabel, QPushButton, QSizePolicy, QToolButton, QVBoxLayout, QWidget

from lusgui.base.translate import tr
from lusgui.ui import theme
from lusgui.ui.panels.parts import Card

if TYPE_CHECKING:
    from PySide6.QtGui import QAction

    from lusgui.ui.learning.words import Tone

CHEVRON = 12


class FoldCard(Card):
    """A card whose body is folded away by a click on its heading.

    Parameters
    ----------
    title : str
        Heading.
    tooltip : str
        What is inside.
    is_open : bool
        Whether it begins unfolded.

    Signals
    -------
    folded(bool)
        It was unfolded, or folded away.
    """

    folded = Signal(bool)

    def __init__(self, title: str, tooltip: str, is_open: bool = True) -> None:
        super().__init__(title)
        self.heading.hide()  # the button says it
        self.button = QToolButton()
        self.button.setObjectName("fold")
        self.button.setText(tr(title).upper())
        self.button.setAccessibleName(tr(title))
        self.button.setToolTip(tr(tooltip))
        self.button.setCheckable(True)
        self.button.setChecked(is_open)
        self.button.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextBesideIcon)
        self.button.setIconSize(QSize(CHEVRON, CHEVRON))
        self.button.toggled.connect(self._fold)
        self.head.insertWidget(0, self.button)
        self.body = QWidget()
        self._inside = QVBoxLayout(self.body)
        self._inside.setContentsMargins(0, 0, 0, 0)
        self._inside.setSpacing(7)
        self._layout.addWidget(self.body)
        self._layout = self._inside
        self._fold(is_open)

    @property
    def is_open(self) -> bool:
        """Whether the body is seen."""
        return self.button.isChecked()

    def set_open(self, is_open: bool) -> None:
        """Unfold it, or fold it away."""
        self.button.setChecked(is_open)

    def apply_theme(self) -> None:
        """Take the colours of the theme in use."""
        name = "chevron-down" if self.is_open else "chevron-right"
        self.button.setIcon(theme.icon(name, theme.current().dim))

    def _fold(self, is_open: bool) -> None:
        self.body.setVisible(is_open)
        self.button.setAccessibleDescription(tr("shown") if is_open else tr("folded away"))
        self.apply_theme()
        self.folded.emit(is_open)


def command_button(action: QAction, text: str = "", *, primary: bool = False) -> QPushButton:
    """Return a push button that does what a command does, and is enabled when the command is."""
    button = QPushButton(text or action.text())
    if primary:
        button.setObjectName("primary")
    button.setAutoDefault(False)
    button.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
    button.clicked.connect(action.trigger)

    def follow() -> None:
        button.setEnabled(action.isEnabled())
        button.setToolTip(action.toolTip())
        button.setAccessibleName(action.text())

    action.changed.connect(follow)
    follow()
    return button


def link_button(text: str, tooltip: str) -> QPushButton:
    """Return a small button for a further step; a click leaves the keyboard where it is, Tab reaches it."""
    button = QPushButton(text)
    button.setFocusPolicy(Qt.FocusPolicy.TabFocus)
    button.setAutoDefault(False)
    button.setToolTip(tooltip)
    button.setAccessibleName(text.rstrip("…"))
    return button


def say(label: QLabel, text: str, tone: Tone | None = None) -> None:
    """Put a sentence into a label in the colour of its tone; an empty one hides the label."""
    if text != label.text():
        label.setText(text)
    label.setVisible(bool(text))
    tint(label, tone)


def tint(widget: QWidget, tone: Tone | None) -> None:
    """Give a widget the colour of a tone; a style that stays is not parsed again."""
    style = "" if tone is None else f"color: {color_of(tone)};"
    if style != widget.styleSheet():
        widget.setStyleSheet(style)


def color_of(tone: Tone) -> str:
    """Return the colour of a tone in the theme in use."""
    return str(getattr(theme.current(), tone.value))


def headline() -> QLabel:
    """Return a label for the sentence that matters most."""
    label = QLabel()
    label.setObjectName("headline")
    label.setWordWrap(True)
    label.setTextFormat(Qt.TextFormat.PlainText)
    return label
