"""Commands as menus, tool buttons and keys; one action a command, and nobody else makes shortcuts."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Qt
from PySide6.QtGui import QAction, QKeySequence
from PySide6.QtWidgets import QMenu

from lusgui.base.retell import retell
from lusgui.base.translate import tr, use_keys
from lusgui.session import time_acts
from lusgui.session.commands import COMMANDS, GROUPS, Command
from lusgui.ui import theme
from lusgui.ui.bindings import Bindings, Later
from lusgui.ui.language import rename_keys

if TYPE_CHECKING:
    from collections.abc import Iterable

    from PySide6.QtWidgets import QMenuBar, QWidget

    from lusgui.session.acts import Desk


AT_ONCE = ("edit.undo", "edit.redo")
"""Commands whose keys may come again before the event loop has come round."""

OF_GHOSTS = tuple(
    f"time.{name}"
    for name in (
        *("key_frame", "accept_all", "accept_to_here", "accept_from_here"),
        *("drop_all", "drop_from_here", "next_ghost", "doubtful_ghost"),
    )
)
"""Commands that depend on ghosts and key frames."""

OF_CLICKS = (
    *AT_ONCE,
    "model.accept",
    "click.sign",
    "click.follow",
    "click.drop",
    "click.waiting",
    *OF_GHOSTS,
)
"""Commands that depend on what is clicked; likewise."""

OF_SHAPES = ("shape.add", "shape.subtract", "shape.intersect", "shape.waiting")
"""Commands that depend on what shapes do, and on those that wait."""


class Actions(QObject):
    """The actions of all commands.

    Parameters
    ----------
    desk : Desk
        Passed to every command that runs.
    window : QWidget
        Where the shortcuts work.
    """

    def __init__(self, desk: Desk, window: QWidget) -> None:
        super().__init__(window)
        self._desk = desk
        self._by_id: dict[str, QAction] = {}
        self._clicks: tuple[object, ...] = ()
        self._shapes: tuple[object, ...] = ()
        for command in COMMANDS:
            self._by_id[command.id] = self._make(command, window)
        self._bindings = Bindings()
        self._later = Later(self.refresh, self)
        session = desk.session
        use_keys(self._named)
        for signal in (
            session.study_changed,
            session.recordings_changed,
            session.frame_changed,
            session.labels_changed,
            session.save_state_changed,
            session.worklist_changed,
            session.adjudicating.changed,
            session.second_reading.changed,
        ):
            self._bindings.connect(signal, self._later)
        # At once: a redo may follow an undo before the event loop has come round.
        self._bindings.connect(session.history_changed, self._refresh_history)
        self._bindings.connect(session.key_map.changed, self._refresh_keys)
        self._bindings.connect(session.click_changed, self._refresh_clicks)
        self._bindings.connect(session.shaping.changed, self._refresh_clicks)
        self._bindings.connect(session.shapes.changed, self._refresh_shapes)
        self._bindings.connect(session.stroke_open_changed, self._refresh_clicks)
        self._bindings.connect(session.seeing.events.all, self._later)
        self._bindings.connect(session.times.changed, self._refresh_clicks)
        for mine in (session.masking.settings.events.all, session.locks.changed, session.guard.changed):
            self._bindings.connect(mine, self._later)
        view = session.view.events
        for signal in (
            view.label,
            view.tool,
            view.erase,
            view.click_negative,
            view.click_preview,
            view.overlay_style,
            view.overlay_visible,
            view.model_visible,
            view.all_labels,
            view.uncertainty_visible,
            view.coherence_visible,
            view.cine_bounces,
            view.show_raw,
            view.theme,
        ):
            self._bindings.connect(signal, self._later)
        self.refresh()

    def close(self) -> None:
        """Stop listening."""
        self._bindings.disconnect()
        self._later.stop()

    def __getitem__(self, command_id: str) -> QAction:
        return self._by_id[command_id]

    def fill(self, bar: QMenuBar) -> None:
        """Put every command into its menu."""
        for group in GROUPS:
            menu = QMenu(f"&{tr(group)}", bar)
            menu.setToolTipsVisible(True)
            section = 0
            for command in (each for each in COMMANDS if each.group == group):
                if command.section != section:
                    menu.addSeparator()
                    section = command.section
                menu.addAction(self._by_id[command.id])
            bar.addMenu(menu)

    def refresh(self) -> None:
        """Bring titles, checks and enabled states up to date."""
        self._refresh(COMMANDS)

    def _refresh_history(self) -> None:
        self._refresh(tuple(command for command in COMMANDS if command.id in AT_ONCE))
        self._later()

    def _refresh_shapes(self) -> None:
        """Follow what shapes do; a corner on the move changes nothing of that."""
        shapes = self._desk.session.shapes
        now = shapes.mode_now, bool(shapes.waiting)
        if now != self._shapes:
            self._shapes = now
            self._refresh(tuple(command for command in COMMANDS if command.id in OF_SHAPES))

    def _refresh_clicks(self) -> None:
        """Follow what is clicked; most clicks change nothing of what commands can do."""
        session = self._desk.session
        clicking = session.clicking
        words = (clicking.current, clicking.undo_name, clicking.redo_name)
        is_dragging = clicking.current is not None and session.is_stroke_open
        now = (
            *words,
            bool(clicking.waiting()),
            is_dragging,
            session.shaping.shape,
            time_acts.what_waits(session),
        )
        if now != self._clicks:
            self._clicks = now
            self._refresh(tuple(command for command in COMMANDS if command.id in OF_CLICKS))

    def _refresh(self, commands: tuple[Command, ...]) -> None:
        session = self._desk.session
        for command in commands:
            action = self._by_id[command.id]
            can_run = command.enabled_when(session)
            if command.id.startswith("label.choose"):
                action.setVisible(can_run)  # first: an action that is not seen cannot be enabled
            action.setEnabled(can_run)
            title = self._title_now(command)
            if title is not None or action.text() != tr(command.title):
                action.setText(title or tr(command.title))
                action.setToolTip(self._tip(command, title))
            if command.checked_when is not None:
                action.setChecked(command.checked_when(session))

    def _refresh_keys(self) -> None:
        """Follow the map of keys."""
        for action in self._by_id.values():
            action.setShortcuts([])  # first: a key that moves must never be there twice
        for command in COMMANDS:
            action = self._by_id[command.id]
            action.setShortcuts([QKeySequence(keys) for keys in self._keys(command)])
            action.setToolTip(self._tip(command, self._title_now(command)))
        rename_keys()

    def _named(self, command_id: str) -> str:
        """Return the key of a command as texts name it, as this system writes it."""
        key_map = self._desk.session.key_map
        shown = keys_text(key_map.keys(command_id)[:1])
        return shown.replace("Return", "Enter") or key_map.named(command_id)

    def _title_now(self, command: Command) -> str | None:
        title = command.title_now(self._desk.session)
        return None if title is None else retell(title)

    def _keys(self, command: Command) -> tuple[str, ...]:
        return self._desk.session.key_map.keys(command.id)

    def _tip(self, command: Command, title: str | None) -> str:
        found = self._keys(command)
        keys = f" <b>{keys_text(found).replace('<', '&lt;')}</b>" if found else ""
        more = tr(command.tooltip)
        return f"<p style='white-space:pre'>{title or tr(command.title)}{keys}</p><p>{more}</p>"

    def refresh_icons(self) -> None:
        """Draw icons anew in the colours of the theme."""
        for command in COMMANDS:
            if command.icon:
                self._by_id[command.id].setIcon(theme.icon(command.icon))

    def _make(self, command: Command, window: QWidget) -> QAction:
        action = QAction(tr(command.title), window)
        action.setObjectName(command.id)
        action.setToolTip(self._tip(command, None))
        action.setStatusTip(tr(command.tooltip))
        action.setCheckable(command.checked_when is not None)
        action.setAutoRepeat(command.repeats)
        action.setShortcuts([QKeySequence(keys) for keys in self._keys(command)])
        action.setShortcutContext(Qt.ShortcutContext.WindowShortcut)
        if command.icon:
            action.setIcon(theme.icon(command.icon))
        action.setIconVisibleInMenu(bool(command.icon))
        action.triggered.connect(lambda _checked=False, run=command.run: self._run(run))
        window.addAction(action)
        return action

    def _run(self, run: object) -> None:
        run(self._desk)  # type: ignore[operator]
        self._later()  # a switch that did not change must not look switched


def keys_text(keys: Iterable[str]) -> str:
    """Return keys as this system writes them, e.g. ``Ctrl+Z``."""
    native = QKeySequence.SequenceFormat.NativeText
    return "  ".join(QKeySequence(each).toString(native) for each in keys)
