"""The bar of tools over the canvas."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Qt
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
    """Tools at the left, what is said of a frame at the right.

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
        spacer = QWidget()
        spacer.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Preferred)
        self.addWidget(spacer)
        for name in RIGHT:
            self.addAction(actions[name])
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
        self.addWidget(self.primary)
        self.apply_theme()

    def apply_theme(self) -> None:
        """Take the colours of the theme in use."""
        self.primary.setIcon(theme.icon("accept-next", theme.current().on_accent))
        rest = self.findChild(QToolButton, "qt_toolbar_ext_button")
        if rest is not None:  # Qt's own arrow cannot be seen on dark ground
            rest.setIcon(theme.icon("chevron-right"))
            rest.setAccessibleName(tr("Rest of the tool bar"))
            rest.setToolTip(tr("What there is no room for"))


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
