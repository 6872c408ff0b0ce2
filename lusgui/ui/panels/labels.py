"""Labels: which one is drawn, their colours, which are shown; and the brush."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtGui import QColor, QIcon, QPainter, QPixmap
from PySide6.QtWidgets import QHBoxLayout, QLabel, QSizePolicy, QToolButton, QVBoxLayout, QWidget

from lusgui.base.translate import tr
from lusgui.core.label import known_label
from lusgui.ui import theme
from lusgui.ui.bindings import Bindings, Later
from lusgui.ui.panels.parts import Card, action_button, hint
from lusgui.ui.panels.statuses import STATUS_LOOKS, status_pixmap

if TYPE_CHECKING:
    from lusgui.core.annotation import Status
    from lusgui.core.label import Label
    from lusgui.session.session import Session
    from lusgui.ui.actions import Actions
    from lusgui.ui.services import Services


class LabelPanel(QWidget):
    """One row a label: choose, recolour, show or hide, and its status on this frame.

    Parameters
    ----------
    session : Session
        Whose labels.
    actions : Actions
        For the add button.
    services : Services
        For what the model of the current label knows besides.

    Signals
    -------
    visibility_changed(str, bool)
        A label shall be shown or hidden.
    edit_asked(str)
        A label shall be renamed or recoloured.
    """

    visibility_changed = Signal(str, bool)
    edit_asked = Signal(str)

    def __init__(self, session: Session, actions: Actions, services: Services) -> None:
        super().__init__()
        self._session = session
        self._services = services
        self._card = Card("Labels")
        self._card.head.addWidget(action_button(actions["label.add"]))
        self._rows = QVBoxLayout()
        self._rows.setSpacing(2)
        holder = QWidget()
        holder.setLayout(self._rows)
        self._rows.setContentsMargins(0, 0, 0, 0)
        self._card.add(holder)
        self.offers = QWidget()
        self._offers = QVBoxLayout(self.offers)
        self._offers.setContentsMargins(0, 0, 0, 0)
        self._offers.setSpacing(2)
        self._offered: tuple[str, ...] = ()
        self._card.add(self.offers)
        self.note = hint("")
        self.note.setAccessibleName(tr("How the label was chosen"))
        self._card.add(self.note)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(self._card)
        self._widgets: dict[str, _LabelRow] = {}
        self._later = Later(self._refresh, self)
        self._bindings = Bindings()
        for signal in (session.labels_changed, session.study_changed):
            self._bindings.connect(signal, self.rebuild)
        for other in (
            session.frame_changed,
            session.status_changed,
            session.mask_changed,
            session.prediction_changed,
            session.label_note_changed,
        ):
            self._bindings.connect(other, self._later)
        self._bindings.connect(session.view.events.label, self._later)
        self._bindings.connect(session.locks.changed, self._later)
        self._bindings.connect(session.key_map.changed, self.rebuild)
        self.rebuild()

    def close_panel(self) -> None:
        """Stop listening."""
        self._bindings.disconnect()
        self._later.stop()

    def rebuild(self, *_: object) -> None:
        """Make the rows anew."""
        hidden = {key for key, row in self._widgets.items() if not row.is_shown}
        for row in self._widgets.values():
            self._rows.removeWidget(row)
            row.hide()  # it goes with the next turn of the event loop
            row.deleteLater()
        self._widgets.clear()
        for number, label in enumerate(self._session.labels, start=1):
            row = _LabelRow(label, number, shown=label.key not in hidden)
            row.chosen.connect(self._choose)
            row.visibility_changed.connect(self.visibility_changed)
            row.edit_asked.connect(self.edit_asked)
            row.lock_asked.connect(self._session.locks.set_locked)
            self._rows.addWidget(row)
            self._widgets[label.key] = row
        self._refresh()

    def _choose(self, key: str) -> None:
        self._session.choose_label(key)

    def _refresh(self) -> None:
        current = self._session.view.label
        for key, row in self._widgets.items():
            plane = self._session.key(key)
            status = None if plane is None else self._session.status(plane)
            row.show_state(key == current, status)
            row.show_lock(self._session.locks.is_locked(key))
        self._refresh_offers()
        recording_id = self._session.current_recording_id
        note = "" if recording_id is None else self._session.label_note(recording_id)
        self.note.setText(note)
        self.note.setVisible(bool(note))

    def _refresh_offers(self) -> None:
        """Offer what the current label's model finds besides, one click each; nothing is crowded in."""
        session = self._session
        card = self._services.card_of(session.view.label) if session.place is not None else None
        wanted = () if card is None or session.is_read_only else card.labels
        offered = tuple(key for key in wanted if session.label(key) is None)
        self.offers.setVisible(bool(offered))
        if offered == self._offered:
            return
        self._offered = offered
        while (item := self._offers.takeAt(0)) is not None:
            widget = item.widget()
            if widget is not None:
                widget.hide()
                widget.deleteLater()
        for key in offered:
            name = known_label(key).name
            button = QToolButton()
            button.setObjectName("flat")
            button.setText(tr(" {name}: the model finds it too", name=name))
            button.setIcon(theme.icon("plus", theme.current().faint))
            button.setIconSize(QSize(14, 14))
            button.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextBesideIcon)
            button.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
            button.setToolTip(
                tr("Add the label {name} to this study and show what the model finds of it", name=name)
            )
            button.setAccessibleName(tr("Add label {name}", name=name))
            button.clicked.connect(lambda _checked=False, key=key: self._take_offer(key))
            self._offers.addWidget(button)

    def _take_offer(self, key: str) -> None:
        self._services.add_label_of(self._session.view.label, key)


class _LabelRow(QWidget):
    chosen = Signal(str)
    visibility_changed = Signal(str, bool)
    edit_asked = Signal(str)
    lock_asked = Signal(str, bool)

    def __init__(self, label: Label, number: int, *, shown: bool) -> None:
        super().__init__()
        self._key, self._title = label.key, label.name
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        layout = QHBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(2)
        self.name = QToolButton()
        self.name.setObjectName("flat")
        self.name.setCheckable(True)
        self.name.setText(f" {label.name}")
        self.name.setIcon(swatch(label.color))
        self.name.setIconSize(QSize(14, 14))
        self.name.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextBesideIcon)
        self.name.setSizePolicy(self.name.sizePolicy().Policy.Expanding, self.name.sizePolicy().Policy.Fixed)
        key_now = tr(f"{{key:label.choose{number}}}") if number < 10 else ""
        keys = f" ({key_now})" if key_now else ""
        self.name.setToolTip(
            tr(
                "Draw and threshold {name}{keys}; double-click to rename or recolour",
                name=label.name,
                keys=keys,
            )
        )
        self.name.setAccessibleName(tr("Label {name}", name=label.name))
        self.name.clicked.connect(self._clicked)
        self.name.setContextMenuPolicy(Qt.ContextMenuPolicy.CustomContextMenu)
        self.name.customContextMenuRequested.connect(lambda _at: self.edit_asked.emit(self._key))
        self.status = QLabel()
        self.status.setObjectName("dim")
        self.eye = QToolButton()
        self.eye.setObjectName("quiet")
        self.eye.setCheckable(True)
        self.eye.setChecked(shown)
        self.eye.setAccessibleName(tr("Show {name}", name=label.name))
        self.eye.setToolTip(tr("Show or hide {name}", name=label.name))
        self.eye.toggled.connect(self._eye_toggled)
        self.lock = QToolButton()
        self.lock.setObjectName("quiet")
        self.lock.setCheckable(True)
        self.lock.clicked.connect(lambda locked: self.lock_asked.emit(self._key, locked))
        self.edit = QToolButton()
        self.edit.setObjectName("quiet")
        self.edit.setIcon(theme.icon("edit"))
        self.edit.setAccessibleName(tr("Rename or recolour {name}", name=label.name))
        self.edit.setToolTip(tr("Rename or recolour {name}", name=label.name))
        self.edit.clicked.connect(lambda: self.edit_asked.emit(self._key))
        layout.addWidget(self.name, 1)
        layout.addWidget(self.status)
        layout.addWidget(self.eye)
        layout.addWidget(self.lock)
        layout.addWidget(self.edit)
        self._draw_eye(shown)
        self._state_drawn: object = None
        self._lock_drawn: object = None
        self.show_lock(False)

    @property
    def is_shown(self) -> bool:
        return self.eye.isChecked()

    def show_state(self, is_current: bool, status: Status | None) -> None:
        self.name.setChecked(is_current)
        now = status, self.devicePixelRatioF(), theme.current()
        if now == self._state_drawn:
            return  # drawing an icon at each frame takes longer than everything else here
        self._state_drawn = now
        if status is None:
            self.status.clear()
            self.status.setToolTip("")
        else:
            self.status.setPixmap(status_pixmap(status, 16, self.devicePixelRatioF()))
            self.status.setToolTip(tr("This frame: {title}", title=STATUS_LOOKS[status].title))

    def show_lock(self, locked: bool) -> None:
        self.lock.setChecked(locked)
        now = locked, theme.current()
        if now == self._lock_drawn:
            return
        self._lock_drawn = now
        self.lock.setIcon(theme.icon("lock") if locked else theme.icon("unlock", theme.current().faint))
        what = "Unlock {name}" if locked else "Lock {name}"
        why = "Unlock {name}: it is changed by nobody" if locked else "Lock {name}: nobody shall change it"
        self.lock.setToolTip(tr(why, name=self._title))
        self.lock.setAccessibleName(tr(what, name=self._title))

    def _clicked(self) -> None:
        self.name.setChecked(True)
        self.chosen.emit(self._key)

    def _eye_toggled(self, shown: bool) -> None:
        self._draw_eye(shown)
        self.visibility_changed.emit(self._key, shown)

    def _draw_eye(self, shown: bool) -> None:
        self.eye.setIcon(theme.icon("eye" if shown else "eye-off", None if shown else theme.current().faint))


def swatch(color: str, size: int = 14) -> QIcon:
    """Return a rounded square of a colour."""
    picture = QPixmap(size * 2, size * 2)
    picture.fill(Qt.GlobalColor.transparent)
    painter = QPainter(picture)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.setBrush(QColor(color))
    painter.setPen(Qt.PenStyle.NoPen)
    painter.drawRoundedRect(1, 1, size * 2 - 2, size * 2 - 2, 7, 7)
    painter.end()
    picture.setDevicePixelRatio(2)
    return QIcon(picture)
