"""The line at the bottom: pointer read-out, the model, work in progress, worker, spacing, save state."""

from __future__ import annotations

import html
import math
from typing import TYPE_CHECKING

from PySide6.QtCore import QEvent, QSize, Qt, Signal
from PySide6.QtWidgets import QLabel, QProgressBar, QStatusBar, QToolButton

from lusgui.base.retell import retell
from lusgui.base.translate import tr, trn
from lusgui.core.model_words import describe_limits, describe_score, first_limit
from lusgui.session.jobs import FinishReason
from lusgui.ui import theme
from lusgui.ui.bindings import Bindings, Later
from lusgui.ui.elided import ElidedLabel
from lusgui.ui.learning.status_entry import LearnEntry
from lusgui.ui.panels.parts import ElidedButton

if TYPE_CHECKING:
    from PySide6.QtGui import QResizeEvent

    from lusgui.session.jobs import JobStatus
    from lusgui.session.session import Session
    from lusgui.ui.canvas.presenter import FramePresenter
    from lusgui.ui.services import Services

HEIGHT = 28
READOUT_WIDTH, READOUT_SHARE, ROOM_FOR_ALL = 330, 0.3, 1000
OWN_WIDTH = "lusguiOwnWidth"
HINT_MS, READING_MS = 3000, 40
"""A hint stays so long, and so much longer for every character of it."""
_SAVE_WORDS = {
    "": ("", "No study is open"),
    "saved": ("Saved", "Every stroke is on disk"),
    "saving": ("Saving…", "Being written"),
    "unsaved": (
        "Not saved",
        "Something could not be written: {key:study.save} tries again, or save a copy elsewhere",
    ),
    "read-only": ("Read-only", "This study cannot be changed from here"),
}


class StatusBar(QStatusBar):
    """Says what is going on; never asks.

    Parameters
    ----------
    session : Session
        Whose state.
    presenter : FramePresenter
        What is on screen, for the read-out.
    services : Services
        For the card of the current label's model.

    Signals
    -------
    model_clicked()
        The person wants to know more about the model.
    cancel_asked()
        The work shown shall stop.
    worker_clicked()
        The person wants to know about the worker, or restart it.
    """

    cancel_asked = Signal()
    worker_clicked = Signal()
    model_clicked = Signal()

    def __init__(self, session: Session, presenter: FramePresenter, services: Services) -> None:
        super().__init__()
        self._session = session
        self._services = services
        self._presenter = presenter
        self._jobs: dict[str, JobStatus] = {}
        self.setSizeGripEnabled(False)
        self.readout = ElidedLabel()
        self.readout.setAccessibleName(tr("Under the pointer"))
        self.readout.setProperty(OWN_WIDTH, True)
        self.job = QLabel()
        self.bar = QProgressBar()
        self.bar.setFixedWidth(130)
        self.bar.setAccessibleName(tr("Progress"))
        self.cancel = QToolButton()
        self.cancel.setText(tr("Stop"))
        self.cancel.setToolTip(tr("Stop what runs in the background; answers so far are kept"))
        self.cancel.setAccessibleName(tr("Stop background work"))
        self.cancel.clicked.connect(self.cancel_asked)
        self.worker = QToolButton()
        self.worker.setAccessibleName(tr("Inference worker"))
        self.worker.clicked.connect(self.worker_clicked)
        self.spacing = QLabel()
        self.spacing.setAccessibleName(tr("Spacing"))
        self.saved = QLabel()
        self.saved.setAccessibleName(tr("Save state"))
        self.model = ElidedButton()
        self.model.setAccessibleName(tr("Model of the current label"))
        self.model.clicked.connect(self.model_clicked)
        self.addWidget(self.readout)
        self.addWidget(self.model, 1)
        self.learning = LearnEntry()
        self._permanent = (
            self.learning, self.job, self.bar, self.cancel, self.worker, self.spacing, self.saved,
        )  # fmt: skip
        for widget in self._permanent:
            self.addPermanentWidget(widget)
        for widget in (self.job, self.bar, self.cancel):
            widget.setVisible(False)
        self._fix_height()
        self._worker_state = ("off", "", "")
        self._share_room()
        self._later = Later(self._refresh, self)
        self._bindings = Bindings()
        for signal in (
            session.study_changed,
            session.recordings_changed,
            session.frame_changed,
            session.save_state_changed,
            session.history_changed,
            session.labels_changed,
            session.prediction_changed,
            session.view.events.label,
        ):
            self._bindings.connect(signal, self._later)
        self._bindings.connect(session.job_changed, self._job_changed)
        self._refresh()

    def close_panel(self) -> None:
        """Stop listening."""
        self._bindings.disconnect()
        self._later.stop()

    def apply_theme(self) -> None:
        """Take the colours of the theme in use."""
        self.show_worker(*self._worker_state)
        self._fix_height()
        self._share_room()
        self._refresh()

    def event(self, event: QEvent) -> bool:
        """Keep hidden what a hint stands over: Qt shows it again when it lays the line out anew."""
        under = []
        if event.type() is QEvent.Type.LayoutRequest and self.currentMessage():
            under = [entry for entry in (self.readout, self.model) if entry.isHidden()]
        attribute = Qt.WidgetAttribute.WA_WState_ExplicitShowHide
        for entry in under:
            entry.setAttribute(attribute, True)
        is_done = super().event(event)
        for entry in under:  # or they would not come back when the hint goes
            entry.setAttribute(attribute, False)
        return is_done

    def _fix_height(self) -> None:
        """Be as high as one line needs: entries come and go, and the picture above must not move for it."""
        self.setFixedHeight(max(theme.scaled(HEIGHT), self.fontMetrics().height() + 10))

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Leave out what is said elsewhere too where there is no room for it."""
        super().resizeEvent(event)
        self._share_room()

    def minimumSizeHint(self) -> QSize:
        """Never widen the window: entries are left out or cut before."""
        return QSize(0, super().minimumSizeHint().height())

    def _share_room(self) -> None:
        """Share the width out: a fixed part for the read-out, so that nothing moves with the pointer."""
        self.readout.setFixedWidth(
            min(theme.scaled(READOUT_WIDTH), max(round(self.width() * READOUT_SHARE), 1))
        )
        self.spacing.setVisible(not self._is_tight)
        self.show_worker(*self._worker_state)

    @property
    def _is_tight(self) -> bool:
        return self.width() < theme.scaled(ROOM_FOR_ALL)

    def say(self, text: str) -> None:
        """Show a hint for a few seconds; what does not fit is left out at its end."""
        text = retell(text)
        taken = sum(entry.width() + 6 for entry in self._permanent if entry.isVisible())
        room = max(self.width() - taken - 24, 120)
        shown = self.fontMetrics().elidedText(text, Qt.TextElideMode.ElideRight, room)
        self.showMessage(shown, HINT_MS + READING_MS * len(text))

    def show_pointer(self, row: float, col: float) -> None:
        """Show where the pointer is: row, column, mm, value and probability."""
        shown = self._presenter.shown
        raw, gray = self._presenter.raw, self._presenter.despeckled
        inside = (
            not math.isnan(row) and raw is not None and 0 <= row < raw.shape[0] and 0 <= col < raw.shape[1]
        )
        if shown is None or raw is None or gray is None or not inside:
            self.readout.clear()
            return
        r, c = int(row), int(col)
        parts = [tr("row {r}, col {c}", r=r, c=c)]
        entry = self._session.row(shown[0])
        if entry is not None and entry.spacing_mm is not None:
            # Lengths are measured to pixel centres.
            depth, lateral = (r + 0.5) * entry.spacing_mm[0], (c + 0.5) * entry.spacing_mm[1]
            parts.append(tr("{depth:.1f}, {lateral:.1f} mm", depth=depth, lateral=lateral))
        stored = self._presenter.stored_value(r, c)
        image = raw if self._session.view.show_raw else gray
        parts.append(tr("gray {image:.2f}", image=image[r, c]) + ("" if stored is None else f" ({stored})"))
        key = self._session.key()
        probability = None if key is None else self._session.prediction(key)
        if probability is not None and probability.shape == raw.shape:
            parts.append(f"p {float(probability[r, c]):.2f}")
        self.readout.setText("   ".join(parts))

    def show_worker(self, state: str, device: str, note: str) -> None:
        """Show what the inference worker is doing, and where."""
        words = {
            "off": "Model idle",
            "starting": "Model starting…",
            "ready": "Model ready",
            "busy": "Model working…",
            "restarting": "Model restarting…",
            "failed": "Model stopped",
        }
        text = tr(words.get(state, state))
        self._worker_state = (state, device, note)
        self.worker.setText(f"{text} · {device}" if device and not self._is_tight else text)
        tip = retell(note) or tr("The model runs in a process of its own; the window never waits for it")
        where = f"{text} · {device}\n" if device else ""
        self.worker.setToolTip(f"{where}{tip}\n{tr('Click to choose where it runs or to start it again')}")
        color = theme.current().warning if state == "failed" or note else theme.current().dim
        self.worker.setStyleSheet(f"color: {color};")

    def _job_changed(self, status: JobStatus) -> None:
        if status.is_finished:
            self._jobs.pop(status.id, None)
            if status.is_quiet:
                pass  # nobody asked for it
            elif status.reason is FinishReason.COMPLETED:
                self.say(tr("{title}: done", title=retell(status.title)))
            elif status.reason is FinishReason.CANCELLED:
                self.say(tr("{title}: stopped", title=retell(status.title)))
        else:
            self._jobs[status.id] = status
        latest = next(reversed(self._jobs.values()), None)
        for widget in (self.job, self.bar, self.cancel):
            widget.setVisible(latest is not None)
        if latest is not None:
            more = f" (+{len(self._jobs) - 1})" if len(self._jobs) > 1 else ""
            count = f" {latest.done}/{latest.total}" if latest.total else ""
            self.job.setText(f"{latest.title}{count}{more}")
            self.job.setToolTip(latest.text)
            self.bar.setRange(0, latest.total)
            self.bar.setValue(latest.done)

    def _refresh_model(self) -> None:
        """Name the model, its score on what it never saw, and its first limit; the rest is in the tooltip."""
        session = self._session
        card = None if session.place is None else self._services.card_of(session.view.label)
        if card is None:
            self.model.set_whole_text("")
            self.model.setToolTip(tr("No model answers for the current label"))
            self.model.setEnabled(False)
            return
        score = describe_score(card, session.view.label) or tr("never judged on frames it did not learn from")
        learnt = session.models.active(session.view.label)
        is_learnt = learnt is not None and learnt.key == card.key
        name = learnt.name if learnt is not None and is_learnt else f"{card.name} {card.version}"
        parts = [name, score, first_limit(card)]
        self.model.set_whole_text(" · ".join(part for part in parts if part))
        limits = html.escape(describe_limits(card) or tr("Its card says nothing of its limits."))
        self.model.setToolTip(
            tr(
                "<p><b>{parts_first}</b>: {score}.</p><p>{limits}</p><p>Click for its scores and what it"
                " learnt from.</p>",
                parts_first=html.escape(parts[0]),
                score=html.escape(score),
                limits=limits,
            )
        )
        self.model.setEnabled(True)

    def _refresh(self) -> None:
        self._refresh_model()
        session = self._session
        place = session.place
        row = None if place is None else session.row(place[0])
        if row is None:
            self.spacing.clear()
        elif row.spacing_mm is None:
            self.spacing.setText(tr("spacing unknown"))
            self.spacing.setToolTip(tr("Areas are in pixels; right-click the recording to say its spacing"))
        else:
            self.spacing.setText(
                tr(
                    "{spacing_mm_first:.3g} × {spacing_mm_second:.3g} mm",
                    spacing_mm_first=row.spacing_mm[0],
                    spacing_mm_second=row.spacing_mm[1],
                )
            )
            self.spacing.setToolTip(tr("Distance between samples: axial × lateral"))
        text, tip = _SAVE_WORDS.get(session.save_state, (session.save_state, ""))
        if session.save_state == "unsaved" and session.unsaved_count:
            text = trn("{count} not saved", "{count} not saved", session.unsaved_count)
        self.saved.setText(tr(text))
        self.saved.setToolTip(f"{tr(tip)}\n{session.study_path or ''}".strip())
        is_trouble = session.save_state in ("unsaved", "read-only")
        palette = theme.current()
        self.saved.setStyleSheet(f"color: {palette.warning if is_trouble else palette.good};")
        self.saved.setTextFormat(Qt.TextFormat.PlainText)
