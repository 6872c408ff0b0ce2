"""Comments and the flag of the frame and label that is looked at."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

from PySide6.QtCore import QEvent, Qt, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QHBoxLayout, QLabel, QLineEdit, QToolButton, QVBoxLayout, QWidget

from lusgui.base.translate import tr
from lusgui.core.notes import LONGEST
from lusgui.ui import theme
from lusgui.ui.panels.parts import Card, action_button, hint

if TYPE_CHECKING:
    from lusgui.core.notes import Note
    from lusgui.session.session import Session
    from lusgui.ui.actions import Actions

EMPTY = "No comments here yet. What you write below is seen by everybody who opens the study."


class NotesCard(Card):
    """Shows the comments of one frame and label, takes new ones, and flags it.

    Parameters
    ----------
    session : Session
        Whose notes.
    actions : Actions
        For the flag.

    Signals
    -------
    left()
        Writing is done: the keyboard belongs to the canvas again.
    """

    left = Signal()

    def __init__(self, session: Session, actions: Actions) -> None:
        super().__init__("Comments")
        self._session = session
        self._shown: tuple[object, ...] | None = None
        self.flag = action_button(actions["review.flag"], text=True)
        self.add(self.flag)
        self._list = QWidget()
        self._rows = QVBoxLayout(self._list)
        self._rows.setContentsMargins(0, 0, 0, 0)
        self._rows.setSpacing(8)
        self.add(self._list)
        self.empty = hint(tr(EMPTY))
        self.add(self.empty)
        self.box = _CommentBox()
        self.box.setPlaceholderText(tr("Write a comment, then Enter"))
        self.box.setMaxLength(LONGEST)
        self.box.setAccessibleName(tr("New comment"))
        self.box.setToolTip(tr("A comment on this frame and label; Enter keeps it, Esc gives it up"))
        self.box.returnPressed.connect(self._keep)
        self.box.given_up.connect(self.left)
        self.add(self.box)

    @property
    def rows(self) -> list[NoteRow]:
        """The comments that are shown."""
        return self._list.findChildren(NoteRow)

    def write(self) -> None:
        """Give the keyboard to the box for a new comment."""
        self.box.setFocus(Qt.FocusReason.ShortcutFocusReason)

    def refresh(self) -> None:
        """Show the comments of the present frame and label; what is being written stays."""
        key = self._session.key()
        comments = self._session.review.comments(key)
        is_open = key is not None and not self._session.is_read_only
        self.box.setEnabled(is_open)
        self.empty.setVisible(not comments)
        now = (key, comments, is_open, theme.current().name)
        if now == self._shown:
            return
        self._shown = now
        for row in self.rows:
            self._rows.removeWidget(row)
            row.setParent(None)
            row.deleteLater()
        for note in comments:
            row = NoteRow(note, is_open)
            row.settle_asked.connect(self._session.review.settle)
            row.remove_asked.connect(self._session.review.remove)
            self._rows.addWidget(row)

    def _keep(self) -> None:
        key = self._session.key()
        if key is not None and (
            not self.box.text().strip() or self._session.review.comment(key, self.box.text())
        ):
            self.box.clear()
            self.left.emit()


class _CommentBox(QLineEdit):
    """A line to write in; Esc empties it."""

    given_up = Signal()

    def event(self, event: QEvent) -> bool:
        """Keep Enter and Esc to itself, which mean the mask everywhere else."""
        if event.type() == QEvent.Type.ShortcutOverride and isinstance(event, QKeyEvent):
            own = (Qt.Key.Key_Return, Qt.Key.Key_Enter, Qt.Key.Key_Escape)
            if event.key() in own and not event.modifiers() & ~Qt.KeyboardModifier.KeypadModifier:
                event.accept()
                return True
        return bool(super().event(event))

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Give up at Esc."""
        if event.key() == Qt.Key.Key_Escape:
            self.clear()
            self.given_up.emit()
        else:
            super().keyPressEvent(event)


class NoteRow(QWidget):
    """One comment.

    Parameters
    ----------
    note : Note
        What to show.
    is_open : bool
        Whether it may be changed.

    Signals
    -------
    settle_asked(Note, bool)
        It shall count as dealt with, or not.
    remove_asked(Note)
        It shall go.
    """

    settle_asked = Signal(object, bool)
    remove_asked = Signal(object)

    def __init__(self, note: Note, is_open: bool) -> None:
        super().__init__()
        self.note = note
        outer = QVBoxLayout(self)
        outer.setContentsMargins(0, 0, 0, 0)
        outer.setSpacing(1)
        head = QHBoxLayout()
        head.setSpacing(2)
        who = QLabel(f"{note.rater or 'no name'}, {local_time(note.at)}{', settled' * note.is_settled}")
        who.setObjectName("dim")
        head.addWidget(who, 1)
        word = "Open again" if note.is_settled else "Settled"
        self.settle = _button(
            "settle", word, tr("Somebody has dealt with this; {key:edit.undo} takes it back")
        )
        self.settle.setEnabled(is_open)
        self.settle.clicked.connect(lambda: self.settle_asked.emit(note, not note.is_settled))
        self.remove = _button(
            "trash", tr("Delete the comment"), tr("Take the comment away; {key:edit.undo} brings it back")
        )
        self.remove.setEnabled(is_open)
        self.remove.clicked.connect(lambda: self.remove_asked.emit(note))
        head.addWidget(self.settle)
        head.addWidget(self.remove)
        outer.addLayout(head)
        self.text = QLabel(note.text)
        self.text.setTextFormat(Qt.TextFormat.PlainText)
        self.text.setWordWrap(True)
        if note.is_settled:
            self.text.setObjectName("dim")
        outer.addWidget(self.text)


def _button(icon: str, name: str, tooltip: str) -> QToolButton:
    button = QToolButton()
    button.setObjectName("flat")
    button.setIcon(theme.icon(icon))
    button.setAccessibleName(name)
    button.setToolTip(f"<p style='white-space:pre'>{name}</p><p>{tooltip}</p>")
    button.setFocusPolicy(Qt.FocusPolicy.TabFocus)
    return button


def local_time(at: str) -> str:
    """Return a time of the study, ISO 8601 in UTC, as people here read it; as it is where it is no time."""
    try:
        return datetime.fromisoformat(at).astimezone().strftime("%d %b %Y, %H:%M")
    except ValueError:
        return at or "no time"
