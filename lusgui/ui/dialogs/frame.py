"""What every dialog shares: title and lead, footer, progress line, and long work without blocking."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Protocol

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
    QProgressBar,
    QPushButton,
    QTableWidget,
    QVBoxLayout,
    QWidget,
)

from lusgui.session.jobs import FinishReason, JobStatus
from lusgui.ui import theme

if TYPE_CHECKING:
    from collections.abc import Callable

    from PySide6.QtCore import SignalInstance

    from lusgui.core.progress import Progress
    from lusgui.session.problems import Problem


class Jobs(Protocol):
    """Long work beside the window; ``lusgui.runtime.jobs.JobRunner`` is one."""

    status_changed: SignalInstance
    finished: SignalInstance
    problem: SignalInstance

    def start(self, title: str, function: Callable[[Progress], Any], job_id: str = "") -> str:
        """Run a function in a thread and return the job's name."""

    def cancel(self, job_id: str) -> None:
        """Ask a job to stop."""


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
        self.setWindowTitle(title)
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
        self.heading = QLabel(title)
        self.heading.setObjectName("title")
        texts.addWidget(self.heading)
        self.lead = QLabel(lead)
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
        button = QPushButton(text)
        button.setObjectName("primary")
        button.setDefault(True)
        button.setToolTip(tooltip or text)
        button.clicked.connect(lambda _checked=False: act())
        self.buttons.addButton(button, QDialogButtonBox.ButtonRole.ActionRole)
        return button

    def add_button(
        self, text: str, act: Callable[[], object], tooltip: str = "", *, left: bool = False
    ) -> QPushButton:
        """Add another button, at the left end of the row if so wished."""
        button = QPushButton(text)
        button.setAutoDefault(False)
        button.setToolTip(tooltip or text)
        button.clicked.connect(lambda _checked=False: act())
        if left:
            self.foot.insertWidget(0, button)
        else:
            self.buttons.addButton(button, QDialogButtonBox.ButtonRole.ActionRole)
        return button

    def add_close(self, text: str = "Close") -> QPushButton:
        """Add the button that closes the dialog and changes nothing; Escape presses it."""
        button = QPushButton(text)
        button.setAutoDefault(False)
        button.setToolTip(f"{text} (Esc)")
        self.buttons.addButton(button, QDialogButtonBox.ButtonRole.RejectRole)
        return button


class WorkLine(QWidget):
    """A line of progress with a cancel button for one job of a dialog; hidden while nothing runs.

    Parameters
    ----------
    jobs : Jobs
        Where the work runs.
    """

    def __init__(self, jobs: Jobs) -> None:
        super().__init__()
        self._jobs = jobs
        self._job = ""
        self._done: Callable[[Any], None] | None = None
        self._ended: Callable[[str], None] | None = None
        self.text = QLabel()
        self.text.setObjectName("hint")
        self.bar = QProgressBar()
        self.bar.setAccessibleName("Progress")
        self.stop = QPushButton("Cancel")
        self.stop.setAutoDefault(False)
        self.stop.setToolTip("Stop; nothing half-done is left behind")
        self.stop.clicked.connect(self.cancel)
        layout = QHBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        column = QVBoxLayout()
        column.setSpacing(5)
        column.addWidget(self.text)
        column.addWidget(self.bar)
        layout.addLayout(column, 1)
        layout.addWidget(self.stop)
        jobs.status_changed.connect(self._on_status)
        jobs.finished.connect(self._on_finished)
        self.setVisible(False)

    @property
    def is_busy(self) -> bool:
        """Whether the work still runs."""
        return bool(self._job)

    def start(
        self,
        title: str,
        function: Callable[[Progress], Any],
        done: Callable[[Any], None],
        ended: Callable[[str], None] | None = None,
        *,
        is_shown: bool = True,
    ) -> None:
        """Run `function` in the background.

        Parameters
        ----------
        title : str
            What people read.
        function : callable
            Takes a `Progress`; must not touch Qt.
        done : callable
            Gets the result; not called after a failure or a cancel.
        ended : callable, optional
            Gets the text of a failure, or an empty text after a cancel.
        is_shown : bool
            Whether the line appears.
        """
        self.cancel()
        self._done, self._ended = done, ended
        self.text.setText(f"{title} …")
        self.bar.setRange(0, 0)
        self.stop.setEnabled(True)
        self.setVisible(is_shown)
        self._job = "starting"
        self._job = self._jobs.start(title, function)

    def cancel(self) -> None:
        """Stop the work, if any runs."""
        if self._job:
            self.stop.setEnabled(False)
            self._jobs.cancel(self._job)

    def abandon(self) -> None:
        """Stop the work and hear nothing more of it: the dialog goes."""
        self.cancel()
        self._job, self._done, self._ended = "", None, None
        self._jobs.status_changed.disconnect(self._on_status)
        self._jobs.finished.disconnect(self._on_finished)

    def _on_status(self, status: object) -> None:
        if isinstance(status, JobStatus) and status.id == self._job and not status.is_finished:
            self.bar.setRange(0, status.total)
            self.bar.setValue(status.done)
            if status.text:
                self.text.setText(f"{status.title}: {status.text}")

    def _on_finished(self, status: object, result: object) -> None:
        if not isinstance(status, JobStatus) or status.id != self._job:
            return
        self._job = ""
        self.setVisible(False)
        if status.reason is FinishReason.COMPLETED:
            if self._done is not None:
                self._done(result)
        elif self._ended is not None:
            self._ended("" if status.reason is FinishReason.CANCELLED else status.text)


def swatch(color: str, size: int = 14) -> str:
    """Return rich text that shows a colour."""
    return f"<span style='color:{QColor(color).name()};font-size:{size}px'>■</span>"


def dim(text: str = "") -> QLabel:
    """Return a quiet label that wraps."""
    label = QLabel(text)
    label.setObjectName("hint")
    label.setWordWrap(True)
    return label


def heading(text: str) -> QLabel:
    """Return a small heading inside a dialog."""
    label = QLabel(text.upper())
    label.setObjectName("heading")
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
