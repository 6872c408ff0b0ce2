"""Something went wrong: what, why, and the way out; the details are there for whoever asks."""

from __future__ import annotations

import platform
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QLabel, QPlainTextEdit, QPushButton, QSizePolicy, QWidget

from lusgui import __version__
from lusgui.base.retell import retell
from lusgui.base.translate import tr, trn
from lusgui.ui.dialogs.frame import Frame

if TYPE_CHECKING:
    from collections.abc import Callable

    from lusgui.session.problems import Problem


class ProblemDialog(Frame):
    """Shows one problem; another one that comes while it is open joins it.

    Parameters
    ----------
    problem : Problem
        What went wrong.
    save_copy : callable or None
        Offered as a button: keeps unsaved work in another place.
    parent : QWidget or None
        The window.
    """

    def __init__(
        self,
        problem: Problem,
        save_copy: Callable[[], object] | None = None,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(problem.title, "", "warning", parent)
        self.problems = [problem]
        self.message = QLabel()
        self.message.setWordWrap(True)
        self.message.setTextFormat(Qt.TextFormat.PlainText)
        self.message.setTextInteractionFlags(
            Qt.TextInteractionFlag.TextSelectableByMouse | Qt.TextInteractionFlag.TextSelectableByKeyboard
        )
        self.message.setAccessibleName(tr("What went wrong"))
        self.message.setMinimumWidth(430)
        self.body.addWidget(self.message)
        self.details = QPlainTextEdit()
        self.details.setReadOnly(True)
        self.details.setAccessibleName(tr("Details"))
        self.details.setLineWrapMode(QPlainTextEdit.LineWrapMode.NoWrap)
        self.details.setMinimumHeight(150)
        self.details.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        self.details.setVisible(False)
        self.body.addWidget(self.details, 1)
        self.fold = self.add_button(
            tr("Details"), self._fold, tr("For a report to the developers"), left=True
        )
        self.fold.setCheckable(True)
        self.copy = self.add_button(tr("Copy"), self._copy, tr("Copy everything as text"), left=True)
        self.keep: QPushButton | None = None
        if save_copy is not None:
            self.keep = self.add_button(
                tr("Save a copy elsewhere…"),
                save_copy,
                tr("Write the study, with what is unsaved, to another place"),
            )
        close = self.add_close()
        close.setDefault(True)
        close.setFocus()
        self._refresh()

    def add(self, problem: Problem) -> None:
        """Show another problem too; the same one twice is shown once."""
        if problem not in self.problems:
            self.problems.append(problem)
            self._refresh()

    def text(self) -> str:
        """Return everything as text for a report."""
        head = f"lusgui {__version__}, Python {platform.python_version()}, {platform.platform()}"
        parts = [head]
        for one in self.problems:
            parts.append("\n".join(part for part in (one.title, one.message, one.remedy, one.detail) if part))
        return "\n\n".join(parts)

    def _refresh(self) -> None:
        if len(self.problems) == 1:
            only = self.problems[0]
            text = "\n\n".join(retell(part) for part in (only.message, only.remedy) if part)
        else:
            self.heading.setText(
                trn("{count} thing went wrong", "{count} things went wrong", len(self.problems))
            )
            self.setWindowTitle(self.heading.text())
            shown = self.problems[:8]
            text = "\n\n".join(
                f"{retell(one.title)}\n{' '.join(retell(part) for part in (one.message, one.remedy) if part)}"
                for one in shown
            )
            if len(self.problems) > len(shown):
                more = len(self.problems) - len(shown)
                text += "\n\n" + trn(
                    "and {count} more: see the details", "and {count} more: see the details", more
                )
        self.message.setText(text)
        self.details.setPlainText(self.text())

    def _fold(self) -> None:
        self.details.setVisible(self.fold.isChecked())
        self.adjustSize()

    def _copy(self) -> None:
        QGuiApplication.clipboard().setText(self.text())
        self.copy.setText(tr("Copied"))
