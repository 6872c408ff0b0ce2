"""The bar of tools over the canvas."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QSize, Qt
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QMenu, QSizePolicy, QToolBar, QToolButton, QWidget

from lusgui.base.translate import tr
from lusgui.session.commands import COMMANDS
from lusgui.ui import theme

if TYPE_CHECKING:
    from lusgui.ui.actions import Actions

LEFT = (
    "file.open study.export | edit.undo edit.redo"
    " | tool.brush tool.eraser tool.click tool.pick tool.point tool.box tool.pan tool.window_level more"
    " | view.overlay view.outline view.fill view.heat view.model view.raw | view.fit"
)
"""Commands at the left, a bar between groups; ``more`` holds every tool that has no button of its own."""

MORE = "more"
FURTHER = tuple(
    command.id for command in COMMANDS if command.id.startswith("tool.") and command.id not in LEFT.split()
)
"""Tools in the list behind ``more``, in the order of the Draw menu."""

RIGHT = ("frame.reject", "frame.nothing")
PRIMARY = "frame.accept_next"


class ToolBar(QToolBar):
    """Tools; where there is no room for all of them the rest is behind an arrow.

    `verdict` is a bar of its own at the right: what is said of a frame.

    Parameters
    ----------
    actions : Actions
        The commands.
    """

    def __init__(self, actions: Actions) -> None:
        super().__init__("Tools")
        self.setObjectName("tools")
        self.setMovable(False)
        self.setFloatable(False)
        self.setContextMenuPolicy(Qt.ContextMenuPolicy.PreventContextMenu)
        self.setIconSize(theme.icon_size())
        for name in LEFT.split():
            if name == "|":
                self.addSeparator()
            elif name == MORE:
                if FURTHER:
                    self.addWidget(FurtherTools(actions))
            else:
                self.addAction(actions[name])
                self.widgetForAction(actions[name]).setAccessibleName(actions[name].text())
        self.verdict = VerdictBar()
        for name in RIGHT:
            self.verdict.addAction(actions[name])
            self.verdict.widgetForAction(actions[name]).setAccessibleName(actions[name].text())
        # Not the action's own button: its icon stands on the accent colour.
        action = actions[PRIMARY]
        self.primary = QToolButton()
        self.primary.setObjectName("primary")
        self.primary.setText(action.text())
        self.primary.setToolTip(action.toolTip())
        action.changed.connect(lambda: self.primary.setToolTip(action.toolTip()))
        self.primary.setAccessibleName(action.text())
        self.primary.setIconSize(theme.icon_size())
        self.primary.clicked.connect(action.trigger)
        action.changed.connect(lambda: self.primary.setEnabled(action.isEnabled()))
        self.primary.setEnabled(action.isEnabled())
        self.primary.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextBesideIcon)
        self.verdict.addWidget(self.primary)
        self.apply_theme()

    def apply_theme(self) -> None:
        """Take the colours of the theme in use."""
        self.primary.setIcon(theme.icon("accept-next", theme.current().on_accent))
        show_rest(self, "qt_toolbar_ext_button", tr("Rest of the tool bar"))


def show_rest(bar: QWidget, part: str, name: str) -> None:
    """Let the arrow behind which a bar keeps what there is no room for be seen: Qt's own is dark on dark."""
    rest = bar.findChild(QToolButton, part)
    if rest is not None:
        rest.setIcon(theme.icon("chevron-right"))
        rest.setAccessibleName(name)
        rest.setToolTip(tr("What there is no room for"))


class VerdictBar(QToolBar):
    """What is said of a frame: always there, whatever else has to go into the overflow."""

    def __init__(self) -> None:
        super().__init__(tr("What is said of the frame"))
        self.setObjectName("verdict")
        self.setMovable(False)
        self.setFloatable(False)
        self.setContextMenuPolicy(Qt.ContextMenuPolicy.PreventContextMenu)
        self.setIconSize(theme.icon_size())
        spacer = QWidget()  # what room there is over lies at the left
        spacer.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Preferred)
        self.addWidget(spacer)

    def minimumSizeHint(self) -> QSize:
        """Need the room of all of it."""
        return self.sizeHint()


class FurtherTools(QToolButton):
    """One button for all further tools: shows the one used last, and a list of them.

    Parameters
    ----------
    actions : Actions
        The commands.
    """

    def __init__(self, actions: Actions) -> None:
        super().__init__()
        self.setPopupMode(QToolButton.ToolButtonPopupMode.MenuButtonPopup)
        self.setAccessibleName(tr("Further tools"))
        menu = QMenu(self)
        menu.setToolTipsVisible(True)
        for name in FURTHER:
            action = actions[name]
            menu.addAction(action)
            action.toggled.connect(self._toggled)
        self.setMenu(menu)
        self.setDefaultAction(actions[FURTHER[0]])

    def _toggled(self, is_on: bool) -> None:
        action = self.sender()
        if is_on and isinstance(action, QAction):
            self.setDefaultAction(action)
