"""Letters of another size: style sheet, pictures and fixed widths follow, in open windows too."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QEvent, QObject, QSize, Qt
from PySide6.QtWidgets import (
    QAbstractButton,
    QAbstractItemView,
    QApplication,
    QDialog,
    QGraphicsView,
    QHeaderView,
    QListView,
    QMainWindow,
    QScrollArea,
    QStatusBar,
    QTableView,
    QToolBar,
    QWidget,
)

from lusgui.ui import theme
from lusgui.ui.bindings import Bindings, Later
from lusgui.ui.panels.parts import SIDE, WIDEST_SIDE, fit_side, side_needs

if TYPE_CHECKING:
    from lusgui.session.session import Session
    from lusgui.ui.main_window import MainWindow

SETTLED_MS = 60
"""After this long, changes of size have gone through all layouts."""
_PLAIN = "lusguiPlainWidth"
"""Property with the width that the code asked for, in pixels at the usual size of letters."""
_SET = "lusguiSetWidth"
"""Property with the width that was made of it."""
FITS_CONTENT = "lusguiFitsContent"
"""Property of a widget that needs no more than what is in it does, however large the letters are."""
OWN_WIDTH = "lusguiOwnWidth"
"""Property of a widget that finds its width by itself."""
_ICON, _SET_ICON = "lusguiPlainIcon", "lusguiSetIcon"
"""Likewise of the size of a picture."""


_FOUND_BY_LAYOUT = (QListView, QTableView, QMainWindow, QStatusBar)
"""Widgets whose least width nobody fixed."""


class TextSize(QObject):
    """Keeps what was measured for letters of the usual size in step with letters of the present size.

    Widths that the code fixed are enlarged as soon as a widget is shown, and again when the size changes.
    What lies over an image measures itself and is left alone.

    Parameters
    ----------
    window : MainWindow
        The window.
    """

    def __init__(self, window: MainWindow) -> None:
        super().__init__(window)
        self._window = window
        self._size = window.size()
        self._side_before = 0
        self._bindings = Bindings()
        self._bindings.connect(window.session.view.events.text_scale, self._scale)
        self._later_pages = Later(self._fit_pages, self)
        self._later_size = Later(self._take_size_back, self, SETTLED_MS)
        application = QApplication.instance()
        if application is not None:
            application.installEventFilter(self)
        if theme.text_scale() != 1.0:
            self._fit_everything()
            self._later_pages()  # when the window has its size

    def close(self) -> None:
        """Stop watching."""
        self._bindings.disconnect()
        self._later_pages.stop()
        self._later_size.stop()
        application = QApplication.instance()
        if application is not None:
            application.removeEventFilter(self)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Enlarge what is about to be shown for the first time."""
        if event.type() == QEvent.Type.Polish and isinstance(watched, QWidget):
            fit_widths(watched)
            if isinstance(watched, QDialog) and watched.testAttribute(Qt.WidgetAttribute.WA_Resized):
                room = watched.screen().availableSize()
                watched.resize((watched.size() * theme.text_scale()).boundedTo(room))
        elif (
            event.type() == QEvent.Type.Show
            and isinstance(watched, QDialog)
            and theme.text_scale() != 1.0
            and not watched.testAttribute(Qt.WidgetAttribute.WA_Resized)
        ):
            _make_room(watched)
        return False

    def _scale(self, _scale: float) -> None:
        """Follow a change of size in everything that is there."""
        before = theme.icon_size()
        self._window.apply_theme(self._window.session.view.theme)
        self._size = self._window.size()
        self._fit_everything()
        for widget in QApplication.allWidgets():
            if isinstance(widget, QToolBar) and widget.iconSize() == before:
                widget.setIconSize(theme.icon_size())
            elif isinstance(widget, QAbstractItemView):
                widget.scheduleDelayedItemsLayout()
        self._later_pages()
        self._later_size()

    def _fit_everything(self) -> None:
        for widget in QApplication.allWidgets():
            if not widget.isWindow():  # what is written there is what its layout found
                fit_widths(widget)

    def _fit_pages(self) -> None:
        """Fit what is as wide as what is in it, now that this has been measured anew."""
        for widget in self._window.findChildren(QWidget):
            if widget.property(FITS_CONTENT) or widget.objectName() == SIDE:
                fit_widths(widget)
        self._share_room()

    def _share_room(self) -> None:
        """Give the pages at the side the width that they need, as far as the window has it to spare."""
        splitter = self._window.splitter
        sizes = splitter.sizes()
        if theme.text_scale() == 1.0:
            wanted, self._side_before = self._side_before, 0
        else:
            self._side_before = self._side_before or sizes[-1]
            areas = [each for each in splitter.findChildren(QScrollArea) if each.objectName() == SIDE]
            wanted = min(max(map(side_needs, areas), default=0), round(sum(sizes) * WIDEST_SIDE))
        if wanted and sum(sizes) and wanted != sizes[-1]:
            splitter.setSizes([*sizes[:-2], sizes[-2] + sizes[-1] - wanted, wanted])

    def _take_size_back(self) -> None:
        """Be as large as before: while things were measured anew the window may have been pushed wider."""
        if not self._window.isMaximized() and not self._window.isFullScreen():
            self._window.resize(self._size)


def _make_room(dialog: QDialog) -> None:
    """Make a dialog as high as its texts need: what wraps needs more lines when letters are large."""
    layout = dialog.layout()
    if layout is not None:
        layout.activate()
        width = max(layout.totalSizeHint().width(), dialog.minimumWidth())
        is_wrapped = layout.hasHeightForWidth()
        height = layout.totalHeightForWidth(width) if is_wrapped else layout.totalSizeHint().height()
        dialog.resize(QSize(width, height).boundedTo(dialog.screen().availableSize()))


def fit_widths(widget: QWidget) -> None:
    """Make a width that the code fixed, at least or exactly, fit the present size of letters."""
    if isinstance(widget, QListView) and widget.gridSize().isValid():
        _fit_grid(widget)
    elif isinstance(widget, QTableView):
        _fit_columns(widget)
    elif isinstance(widget, QScrollArea) and widget.objectName() == SIDE:
        fit_side(widget)
        return
    elif isinstance(widget, QAbstractButton):
        _fit_icon(widget)
    if widget.property(OWN_WIDTH):
        return
    least, most = widget.minimumWidth(), widget.maximumWidth()
    plain, done = widget.property(_PLAIN), widget.property(_SET)
    if plain is None or done != least:  # the first time, or the code has fixed another width since
        plain = least
        if theme.text_scale() == 1.0:
            return
    if isinstance(widget, _FOUND_BY_LAYOUT) or plain <= 0 or _measures_itself(widget):
        return
    wanted = theme.scaled(plain)
    if widget.property(FITS_CONTENT):
        wanted = plain if theme.text_scale() <= 1.0 else 0  # then its layout says what it needs
    if least == most:
        widget.setFixedWidth(wanted)
    else:
        widget.setMinimumWidth(min(wanted, most))
    widget.setProperty(_PLAIN, plain)
    widget.setProperty(_SET, widget.minimumWidth())


def _fit_icon(button: QAbstractButton) -> None:
    """Likewise the picture of a button."""
    now = button.iconSize()
    plain, done = button.property(_ICON), button.property(_SET_ICON)
    if plain is None or done != now:
        plain = QSize(theme.ICON_SIZE, theme.ICON_SIZE) if now == theme.icon_size() else now
    wanted = plain * theme.text_scale()
    if wanted != now:
        button.setIconSize(wanted)
    button.setProperty(_ICON, plain)
    button.setProperty(_SET_ICON, button.iconSize())


def _fit_grid(view: QListView) -> None:
    """Likewise the fields of a list of pictures."""
    if view.property(_PLAIN) is None:
        view.setProperty(_PLAIN, view.gridSize())
    plain: QSize = view.property(_PLAIN)
    view.setGridSize(plain * theme.text_scale())


def _fit_columns(table: QTableView) -> None:
    """Likewise the columns of a table that do not stretch by themselves."""
    ratio = theme.text_scale() / float(table.property(_SET) or 1.0)
    table.setProperty(_SET, theme.text_scale())
    header = table.horizontalHeader()
    for column in range(header.count() if ratio != 1.0 else 0):
        if header.sectionResizeMode(column) is QHeaderView.ResizeMode.Interactive:
            header.resizeSection(column, round(header.sectionSize(column) * ratio))


def _measures_itself(widget: QWidget) -> bool:
    """Whether a widget lies over an image, where each bar finds its own place and size."""
    parent = widget.parentWidget()
    while parent is not None:
        if isinstance(parent.parentWidget(), QGraphicsView):
            return True
        parent = parent.parentWidget()
    return False


def restore(session: Session, saved: object) -> None:
    """Take the size of letters that was chosen the last time."""
    try:
        session.view.text_scale = float(str(saved))
    except ValueError:
        session.view.text_scale = 1.0
