"""The strip on the canvas while one clicks to segment: what to do now, who answers, what becomes of it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QHBoxLayout, QLabel, QPushButton

from lusgui.base.retell import retell
from lusgui.base.translate import tr, trn
from lusgui.ui.canvas_strip import CanvasStrip, action_button

if TYPE_CHECKING:
    from PySide6.QtWidgets import QWidget

    from lusgui.session.session import Session
    from lusgui.ui.actions import Actions


WITHOUT = "without a model"
EXPLAIN_WITHOUT = (
    "No click network is installed: what you click is outlined from the image alone, which works where the"
    " edge can be seen all round. Boxes and scribbles help."
)
EXPLAIN_NETWORK = (
    "A small network outlines what you click. It works in a process of its own; nothing leaves this computer."
)


class ClickBar(CanvasStrip):
    """Lies over the lateral ruler while clicking is the tool in use: hardly any of the picture is hidden.

    Parameters
    ----------
    canvas : QWidget
        On which it lies.
    session : Session
        What was clicked.
    actions : Actions
        The commands; every button is one.
    """

    def __init__(self, canvas: QWidget, session: Session, actions: Actions) -> None:
        super().__init__(canvas, "Click to segment")
        self._session = session
        self.engine = QLabel()
        self.engine.setObjectName("hint")
        self.engine.setTextFormat(Qt.TextFormat.PlainText)
        self.engine.setAccessibleName(tr("Who answers clicks"))
        self.restart = _button(tr("Start again"), tr("Start the process that answers clicks again"))
        self.restart.clicked.connect(session.click_restart_asked.emit)
        self.sign = action_button(actions["click.sign"], "− Take away")
        self.undo = action_button(actions["edit.undo"], "Undo click")
        self.waiting = action_button(actions["click.waiting"], "")
        self.drop = action_button(actions["click.drop"], "Drop")
        self.follow = action_button(actions["click.follow"], "Accept, follow")
        self.accept = action_button(actions["model.accept"], "Accept", name="primary")
        top = QHBoxLayout()
        top.setSpacing(10)
        top.addWidget(self.text, 1)
        top.addWidget(self.engine, 0, Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignTop)
        top.addWidget(self.restart, 0, Qt.AlignmentFlag.AlignTop)
        row = QHBoxLayout()
        row.setSpacing(6)
        for button in (self.sign, self.undo, self.waiting):
            row.addWidget(button)
        row.addStretch(1)
        for button in (self.drop, self.follow, self.accept):
            row.addWidget(button)
        self.lay_out(top, row)
        events = session.view.events
        self.listen(
            (
                session.click_changed,
                session.click_engine_changed,
                session.frame_changed,
                session.study_changed,
                session.save_state_changed,
                session.recordings_changed,
                events.label,
                events.tool,
                events.click_negative,
            )
        )

    def refresh(self) -> None:
        """Show what can be done now."""
        session, clicking = self._session, self._session.clicking
        key = clicking.current
        if key is None:
            self.hide()
            return
        is_narrow = self.is_narrow
        self.text.setText(what_to_do(session))
        name, word = clicking.engine.name, clicking.engine.word
        words = {"off": tr("off"), "starting": tr("starting"), "ready": tr("ready"), "stopped": tr("stopped")}
        is_preparing = word == "ready" and not clicking.is_ready
        state = tr("preparing…") if is_preparing else words.get(word, word)
        self.engine.setText(" · ".join(retell(part) for part in (name, state) if part))
        about = EXPLAIN_WITHOUT if name == WITHOUT else EXPLAIN_NETWORK
        self.engine.setToolTip("\n".join(retell(part) for part in (about, clicking.engine.note) if part))
        self.text.setToolTip("\n".join((self.text.text(), self.engine.text(), self.engine.toolTip())))
        self.engine.setVisible(not is_narrow)
        self.restart.setVisible(word == "stopped")
        plane = clicking.plane()
        self.sign.setText("−" if is_narrow else tr("− Take away"))
        self.follow.setText(tr("Follow") if is_narrow else tr("Accept, follow"))
        self.undo.setText(
            tr("Undo {undo_word}", undo_word=plane.undo_word)
            if plane is not None and not is_narrow
            else tr("Undo")
        )
        self.undo.setVisible(bool(clicking.undo_name))
        waiting = clicking.waiting()
        self.waiting.setVisible(bool(waiting) and not is_narrow)  # it is in the menu too
        self.waiting.setText(trn("{count} waits elsewhere", "{count} wait elsewhere", len(waiting)))
        for button in (self.drop, self.follow, self.accept):
            button.setVisible(plane is not None)
        self.setAccessibleDescription(f"{self.text.text()} {self.engine.text()}")
        self.settle()


def _button(text: str, tooltip: str, name: str = "small") -> QPushButton:
    button = QPushButton(text)
    button.setObjectName(name)
    button.setToolTip(tooltip)
    button.setAccessibleName(text or tooltip)
    button.setFocusPolicy(Qt.FocusPolicy.NoFocus)  # a key pressed next is for the image
    return button


def what_to_do(session: Session) -> str:
    """Say in one line what to do next with the tool."""
    clicking = session.clicking
    key, plane = clicking.current, clicking.plane()
    if key is None:
        return ""
    reason = session.can_draw(key.recording_id)
    if reason is not None:
        return retell(reason)
    if clicking.engine.word == "stopped":
        return tr("Clicks are no longer answered: start again, or draw ({key:tool.brush})")
    if plane is not None and plane.pending:
        is_ready = clicking.is_ready
        return tr("Looking…") if is_ready else tr("Preparing this frame, then you get your answer…")
    if plane is not None:
        so_far = trn("{count} mark", "{count} marks", len(plane.marks))
        if session.view.click_negative:
            return tr("{so_far}: click what is too much; {key:click.sign} goes back to adding", so_far=so_far)
        return tr("{so_far}: click what is missing, right-click what is too much", so_far=so_far)
    if session.view.click_negative:
        return tr("Click on what is too much; {key:click.sign} goes back to adding")
    return tr("Click on a structure; drag a box around it, Shift+drag scribbles")
