"""The question before a study is left with something that is not in it: the same whichever way one goes."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtGui import QFont, QFontMetrics
from PySide6.QtWidgets import QMessageBox, QPushButton, QWidget

from lusgui.base.translate import tr
from lusgui.session.leaving import Purpose
from lusgui.ui.bindings import Bindings

if TYPE_CHECKING:
    from collections.abc import Callable

    from lusgui.session.leaving import Farewell, Leaving

Role = QMessageBox.ButtonRole
PADDING = 24
"""What the style leaves free at both sides of a button's words, in screen pixels."""


class LeaveQuestion:
    """Shows one question at a time over a window.

    Parameters
    ----------
    leaving : Leaving
        Who asks.
    save_copy : callable
        Asks where a copy of the study shall be, and calls what it is given once that is written.
    end_stroke : callable
        Ends what is being drawn, as if the pen were lifted.
    window : QWidget
        Parent of the question.
    """

    def __init__(
        self,
        leaving: Leaving,
        save_copy: Callable[[Callable[[], object]], object],
        end_stroke: Callable[[], object],
        window: QWidget,
    ) -> None:
        self._save_copy = save_copy
        self._window = window
        self._box: QMessageBox | None = None
        self._bindings = Bindings()
        self._bindings.connect(leaving.asked, self.ask)
        self._bindings.connect(leaving.stroke_ended, end_stroke)

    def close(self) -> None:
        """Ask nothing any more."""
        self._bindings.disconnect()
        self._put_away()

    def ask(self, farewell: Farewell) -> None:
        """Ask; a question that is still open gives way to it."""
        self._put_away()
        box = QMessageBox(self._window)
        if farewell.ends:
            self._fill_loose(box, farewell)
        else:
            self._fill_unsaved(box, farewell)
        box.addButton(QMessageBox.StandardButton.Cancel)
        box.finished.connect(lambda _result: self._finished(box))
        self._box = box
        box.open()

    def _fill_loose(self, box: QMessageBox, farewell: Farewell) -> None:
        """Ask what becomes of what was begun."""
        closes = farewell.purpose is Purpose.CLOSE
        box.setIcon(QMessageBox.Icon.Question)
        box.setWindowTitle(tr("Not in the study yet"))
        box.setText("\n".join(end.text for end in farewell.ends))
        box.setInformativeText(
            tr(
                "It is not in the study yet. What you keep becomes part of the masks; {key:edit.undo} takes"
                " it back."
            )
        )
        keep = box.addButton(tr("Keep and close") if closes else tr("Keep and go on"), Role.AcceptRole)
        drop = box.addButton(tr("Drop and close") if closes else tr("Drop and go on"), Role.DestructiveRole)
        keep.setToolTip(tr("Accept ghosts, finish shapes, then leave the study"))
        drop.setToolTip(tr("Leave the study without them"))
        box.setDefaultButton(keep)
        _give_room(keep)
        keep.clicked.connect(lambda: farewell.keep())  # a bound method would be let go of
        drop.clicked.connect(lambda: farewell.drop())

    def _fill_unsaved(self, box: QMessageBox, farewell: Farewell) -> None:
        """Ask what becomes of edits that could not be written."""
        closes, count = farewell.purpose is Purpose.CLOSE, farewell.unsaved
        box.setIcon(QMessageBox.Icon.Warning)
        box.setWindowTitle(tr("Not saved"))
        box.setText(
            tr("1 stroke could not be written to the study.")
            if count == 1
            else tr("{count} strokes could not be written to the study.", count=count)
        )
        box.setInformativeText(tr("Save a copy of the study elsewhere to keep what was drawn."))
        copy = box.addButton(tr("Save a copy…"), Role.ActionRole)
        lose = box.addButton(
            tr("Close and lose it") if closes else tr("Go on and lose it"), Role.DestructiveRole
        )
        copy.setToolTip(tr("Write study and strokes to another place, then leave"))
        lose.setToolTip(tr("Leave the study without these strokes"))
        box.setDefaultButton(copy)
        _give_room(copy)
        copy.clicked.connect(lambda: self._save_copy(farewell.again))
        lose.clicked.connect(lambda: farewell.lose())

    def _finished(self, box: QMessageBox) -> None:
        if self._box is box:
            self._box = None
        box.deleteLater()

    def _put_away(self) -> None:
        if self._box is not None:
            self._box.reject()


def _give_room(button: QPushButton) -> None:
    """Make a button wide enough for its words as the style writes them on a default button, in bold."""
    font = QFont(button.font())
    font.setBold(True)
    margin = 2 * button.fontMetrics().averageCharWidth() + PADDING
    button.setMinimumWidth(QFontMetrics(font).horizontalAdvance(button.text()) + margin)
