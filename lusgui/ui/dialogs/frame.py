"""What every dialog shares: title and lead, a row of buttons, small labels and tidy tables."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Qt
from PySide6.QtGui import QColor
from PySide6.QtWidgets import (
    QDialog,
    QDialogButtonBox,
    QFrame,
    QHBoxLayout,
    QHeaderView,
    QLabel,
    QLayout,
    QPushButton,
    QSizePolicy,
    QTableWidget,
    QVBoxLayout,
    QWidget,
)

from lusgui.base.retell import retell
from lusgui.base.translate import tr
from lusgui.ui import theme
from lusgui.ui.panels.parts import tidy_number_boxes

if TYPE_CHECKING:
    from collections.abc import Callable

    from PySide6.QtGui import QShowEvent

    from lusgui.session.problems import Problem


class Frame(QDialog):
    """A dialog with a title, a lead sentence, a body and a row of buttons.

    Parameters
    ----------
    title : str
        In the title bar and at the top.
    lead : str
        One sentence under the title; empty for none.
    icon : str
        Name of an icon beside the title; empty for none.
    parent : QWidget or None
        The window.
    """

    shows_problems = False
    """Whether problems that the session reports while the dialog is open are shown in it."""

    def __init__(self, title: str, lead: str = "", icon: str = "", parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setWindowTitle(retell(title))
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setSizeGripEnabled(False)
        outer = QVBoxLayout(self)
        outer.setContentsMargins(0, 0, 0, 0)
        outer.setSpacing(0)
        outer.addWidget(self._make_head(title, lead, icon))
        body = QWidget()
        self.body = QVBoxLayout(body)
        self.body.setContentsMargins(22, 14, 22, 16)
        self.body.setSpacing(10)
        outer.addWidget(body, 1)
        outer.addWidget(self._make_foot())

    def showEvent(self, event: QShowEvent) -> None:
        """Tidy the boxes that were put in, and have room for words that are longer than in English."""
        tidy_number_boxes(self)
        super().showEvent(event)
        layout = self.layout()
        if layout is not None:
            layout.activate()
            least = min(layout.minimumSize().width(), self.screen().availableSize().width())
            if self.width() < least:
                self.resize(least, self.height())

    def _make_head(self, title: str, lead: str, icon: str) -> QWidget:
        head = QWidget()
        row = QHBoxLayout(head)
        row.setContentsMargins(22, 18, 22, 4)
        row.setSpacing(12)
        if icon:
            picture = QLabel()
            palette = theme.current()
            color = palette.warning if icon == "warning" else palette.accent
            picture.setPixmap(theme.pixmap(icon, color, 26, self.devicePixelRatioF()))
            row.addWidget(picture, 0, Qt.AlignmentFlag.AlignTop)
        texts = QVBoxLayout()
        texts.setSpacing(3)
        self.heading = QLabel(retell(title))
        self.heading.setObjectName("title")
        texts.addWidget(self.heading)
        self.lead = QLabel(retell(lead))
        self.lead.setObjectName("dim")
        self.lead.setWordWrap(True)
        self.lead.setVisible(bool(lead))
        texts.addWidget(self.lead)
        row.addLayout(texts, 1)
        return head

    def _make_foot(self) -> QWidget:
        foot = QFrame()
        foot.setObjectName("dialogFoot")
        border = theme.current().border
        foot.setStyleSheet(f"QFrame#dialogFoot {{ border: 0; border-top: 1px solid {border}; }}")
        self.foot = QHBoxLayout(foot)
        self.foot.setContentsMargins(22, 12, 22, 14)
        self.foot.setSpacing(8)
        self.buttons = QDialogButtonBox()
        self.buttons.rejected.connect(self.reject)
        self.foot.addStretch(1)
        self.foot.addWidget(self.buttons)
        return foot

    def add_primary(self, text: str, act: Callable[[], object], tooltip: str = "") -> QPushButton:
        """Add the button that does what the dialog is for; Enter presses it."""
        button = QPushButton(tr(text))
        button.setObjectName("primary")
        button.setDefault(True)
        button.setToolTip(tr(tooltip or text))
        button.clicked.connect(lambda _checked=False: act())
        self.buttons.addButton(button, QDialogButtonBox.ButtonRole.ActionRole)
        return button

    def add_button(
        self, text: str, act: Callable[[], object], tooltip: str = "", *, left: bool = False
    ) -> QPushButton:
        """Add another button, at the left end of the row if so wished."""
        button = QPushButton(tr(text))
        button.setAutoDefault(False)
        button.setToolTip(tr(tooltip or text))
        button.clicked.connect(lambda _checked=False: act())
        if left:
            self.foot.insertWidget(0, button)
        else:
            self.buttons.addButton(button, QDialogButtonBox.ButtonRole.ActionRole)
        return button

    def add_close(self, text: str = "Close") -> QPushButton:
        """Add the button that closes the dialog and changes nothing; Escape presses it."""
        button = QPushButton(tr(text))
        button.setAutoDefault(False)
        button.setToolTip(f"{tr(text)} (Esc)")
        self.buttons.addButton(button, QDialogButtonBox.ButtonRole.RejectRole)
        return button


def swatch(color: str, size: int = 14) -> str:
    """Return rich text that shows a colour."""
    return f"<span style='color:{QColor(color).name()};font-size:{size}px'>■</span>"


def dim(text: str = "") -> QLabel:
    """Return a quiet label that wraps."""
    label = QLabel(tr(text))
    label.setObjectName("hint")
    label.setWordWrap(True)
    return label


def heading(text: str) -> QLabel:
    """Return a small heading inside a dialog."""
    label = QLabel(tr(text).upper())
    label.setObjectName("heading")
    label.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Fixed)
    return label


def warning_label(text: str = "") -> QLabel:
    """Return a label for what is wrong; hidden while empty."""
    label = QLabel(text)
    label.setObjectName("warning")
    label.setWordWrap(True)
    label.setTextFormat(Qt.TextFormat.PlainText)
    label.setVisible(bool(text))
    return label


def say(label: QLabel, text: str) -> None:
    """Put a text into a label that is hidden while it has none."""
    label.setText(text)
    label.setVisible(bool(text))


def tidy_table(table: QTableWidget, stretch: int) -> None:
    """Give a table the look of ours: headings at the left, no grid, one column that takes the room."""
    header = table.horizontalHeader()
    header.setDefaultAlignment(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter)
    header.setSectionResizeMode(stretch, QHeaderView.ResizeMode.Stretch)
    header.setHighlightSections(False)
    table.verticalHeader().setVisible(False)
    table.setShowGrid(False)


def clear(layout: QLayout) -> None:
    """Remove every widget of a layout."""
    while (item := layout.takeAt(0)) is not None:
        widget = item.widget()
        if widget is not None:
            widget.hide()
            widget.deleteLater()


def describe(problem: Problem) -> str:
    """Return a problem as one text for a label."""
    return " ".join(part for part in (problem.message, problem.remedy) if part)


def name_cancel(button: QPushButton, *, is_busy: bool, is_closing: bool) -> None:
    """Say on the one button of a dialog that writes what it does now: cancel, or stop and close."""
    button.setEnabled(not is_closing)
    if not is_busy:
        button.setText(tr("Cancel"))
        button.setToolTip(tr("Cancel (Esc)"))
        return
    button.setText(tr("Stopping…") if is_closing else tr("Stop and close"))
    button.setToolTip(tr("Stop; nothing half-done is left behind (Esc)"))
