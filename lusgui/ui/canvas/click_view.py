"""Keeps what was clicked in step with the frame on screen: the ghost, the strip, notes beside the pointer."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Qt, QTimer
from PySide6.QtGui import QAccessible, QAccessibleEvent
from PySide6.QtWidgets import QLabel

from lusgui.base.translate import tr
from lusgui.ui.bindings import Bindings
from lusgui.ui.canvas.click_ghost import ClickGhost
from lusgui.ui.click_bar import ClickBar

if TYPE_CHECKING:
    from collections.abc import Callable

    from lusgui.core.annotation import PlaneKey
    from lusgui.session.session import Session
    from lusgui.ui.actions import Actions
    from lusgui.ui.canvas.presenter import FramePresenter
    from lusgui.ui.canvas.view import CanvasView

NOTE_MS = 4000
NOTE_WIDTH, NOTE_GAP = 300, 16


class PointerNote(QLabel):
    """One sentence beside a place of the image, for a few seconds; never in the way of the mouse.

    Parameters
    ----------
    canvas : CanvasView
        On which it lies.
    """

    def __init__(self, canvas: CanvasView) -> None:
        super().__init__(canvas)
        self._canvas = canvas
        self.setObjectName("note")
        self.setAccessibleName(tr("Note"))
        self.setTextFormat(Qt.TextFormat.PlainText)
        self.setWordWrap(True)
        self.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.setInterval(NOTE_MS)
        self._timer.timeout.connect(self.hide)
        self.hide()

    def show_at(self, text: str, row: float, col: float) -> None:
        """Say something beside a place of the frame."""
        self.setText(text)
        self.setAccessibleDescription(text)
        self.setFixedWidth(min(NOTE_WIDTH, self.fontMetrics().horizontalAdvance(text) + 28))
        self.adjustSize()
        at = self._canvas.to_viewport(row, col)
        x, y = at.x() + NOTE_GAP, at.y() + NOTE_GAP
        if x + self.width() > self._canvas.width():
            x = at.x() - NOTE_GAP - self.width()
        if y + self.height() > self._canvas.height():
            y = at.y() - NOTE_GAP - self.height()
        self.move(max(round(x), 0), max(round(y), 0))
        self.show()
        self.raise_()
        self._timer.start()
        QAccessible.updateAccessibility(QAccessibleEvent(self, QAccessible.Event.Alert))

    def put_away(self) -> None:
        """Go."""
        self._timer.stop()
        self.hide()


class ClickView(QObject):
    """Shows what was clicked on the frame on screen, for the label being worked on.

    Parameters
    ----------
    canvas : CanvasView
        Where it is shown.
    session : Session
        Who keeps marks and ghosts.
    presenter : FramePresenter
        Knows which frame is on screen.
    actions : Actions
        The commands, for the strip.
    say : callable
        Shows a short message to the person.
    """

    def __init__(
        self,
        canvas: CanvasView,
        session: Session,
        presenter: FramePresenter,
        actions: Actions,
        say: Callable[[str], None],
    ) -> None:
        super().__init__(canvas)
        self._canvas = canvas
        self._session = session
        self._presenter = presenter
        self._say = say
        self._is_hidden = False
        self.ghost = ClickGhost()
        canvas.add_item(self.ghost)
        presenter.tools.click.ghost = self.ghost
        self.bar = ClickBar(canvas, session, actions)
        self.note = PointerNote(canvas)
        self._bindings = Bindings()
        events = session.view.events
        self._bindings.connect(session.click_changed, self._changed)
        self._bindings.connect(session.click_preview_changed, self._refresh_preview)
        self._bindings.connect(events.click_negative, canvas.gestures.show_sign)
        self._bindings.connect(session.click_noted, self._noted)
        self._bindings.connect(session.frame_changed, self.note.put_away)
        for signal in (session.labels_changed, session.study_changed, events.overlay_visible):
            self._bindings.connect(signal, self.refresh)
        presenter.frame_shown.connect(self.refresh)
        self.refresh()

    def close_panel(self) -> None:
        """Stop listening."""
        self._bindings.disconnect()
        self._presenter.tools.click.close()
        self.note.put_away()
        self.bar.close_panel()

    def hide_while(self, hide: bool) -> None:
        """Show nothing while asked to."""
        self._is_hidden = hide
        self.refresh()

    def _shown_key(self) -> PlaneKey | None:
        """Return the plane that is clicked on, if its frame is on screen."""
        key = self._session.clicking.current
        is_shown = key is not None and (key.recording_id, key.frame) == self._presenter.shown
        return key if is_shown and self._session.is_open else None

    def refresh(self, *_: object) -> None:
        """Show the marks and the ghost of the frame on screen."""
        session, key = self._session, self._shown_key()
        is_visible = key is not None and session.view.overlay_visible and not self._is_hidden
        self.ghost.setVisible(is_visible)
        if key is None:
            self.ghost.set_marks(())
            self.ghost.set_draft(None)
            return
        label, present = session.label(key.label), session.clicking.present(key)
        if present.shape != self._canvas.shape:
            return  # the image is being read in another way
        self.ghost.set_shape(self._canvas.shape, "#ffffff" if label is None else label.color)
        plane = session.clicking.plane(key)
        self.ghost.set_ghost(session.clicking.ghost(key), present)
        self.ghost.set_marks(() if plane is None else plane.marks, 0 if plane is None else len(plane.pending))
        self._refresh_preview()

    def _changed(self, key: PlaneKey) -> None:
        if (key.recording_id, key.frame) == self._presenter.shown:
            self.note.put_away()
            self.refresh()

    def _refresh_preview(self) -> None:
        key = self._shown_key()
        if key is None:
            return
        clicking = self._session.clicking
        ghost = clicking.ghost(key)
        present = clicking.present(key) if ghost is None else ghost
        preview = clicking.preview
        if preview is not None and preview.shape == present.shape:
            self.ghost.set_preview(preview, present)
        else:
            self.ghost.set_preview(None, present)

    def _noted(self, text: str, place: tuple[float, float] | None) -> None:
        self._say(text)
        if place is not None and self._shown_key() is not None:
            self.note.show_at(text, *place)
