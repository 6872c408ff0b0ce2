"""Keeps clicking fed: the frame on screen is prepared while the tool is in use, marks are asked about."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QObject

from lusgui.core.click.question import ClickQuestion, FrameKey
from lusgui.runtime.clicks import ClickClient
from lusgui.runtime.inference import WorkerState, WorkerStatus
from lusgui.runtime.throttle import Debounce
from lusgui.session.clicking import ClickEngineState

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from lusgui.runtime.live import LiveSegmentation
    from lusgui.session.clicking import ClickAsk
    from lusgui.session.session import Session

AHEAD = (1, 2, -1)
"""Neighbours that are prepared: clicks mostly follow forwards."""

SETTLE_MS = 150
"""Neighbours are prepared only when the person has stopped stepping; so are frames that follow each other
sooner than this, as in a cine loop."""

WORDS = {
    WorkerState.OFF: "off",
    WorkerState.STARTING: "starting",
    WorkerState.READY: "ready",
    WorkerState.BUSY: "ready",
    WorkerState.RESTARTING: "restarting",
    WorkerState.FAILED: "stopped",
}


class LiveClicks(QObject):
    """Connects a session with the process that answers clicks, which starts when the tool is first used.

    Parameters
    ----------
    session : Session
        Says what is looked at and clicked; takes answers.
    live : LiveSegmentation
        Whose loader has the frames.
    client : ClickClient, optional
        Made here when not given.
    parent : QObject, optional
        Owner.
    """

    def __init__(
        self,
        session: Session,
        live: LiveSegmentation,
        client: ClickClient | None = None,
        parent: QObject | None = None,
    ) -> None:
        super().__init__(parent)
        self._session = session
        self._loader = live.loader
        self.client = client or ClickClient(self)
        self._held: ClickAsk | None = None
        self._is_down = False
        self._changed_at = 0.0
        self._is_stepping = False
        self._prefetch = Debounce(self._ask_neighbours, SETTLE_MS, self)
        self._settle = Debounce(self._look, SETTLE_MS, self)
        self.client.answer_ready.connect(self._on_answer)
        self.client.ready_changed.connect(self._on_ready)
        self.client.lost.connect(session.clicking.lost)
        self.client.status_changed.connect(self._on_status)
        self.client.problem.connect(session.report)
        self._loader.neighbour_ready.connect(self._on_neighbour)
        session.frame_ready.connect(self._on_frame_ready)
        session.frame_changed.connect(self._on_frame_changed)
        session.recordings_changed.connect(self._look)
        session.study_changed.connect(self._on_study_changed)
        session.reading_changed.connect(self._on_reading_changed)
        session.view.events.tool.connect(self._look)
        session.click_asked.connect(self._on_asked)
        session.click_given_up.connect(self._on_given_up)
        session.click_restart_asked.connect(self.client.retry)

    def shutdown(self) -> None:
        """Stop everything; idempotent."""
        if self._is_down:
            return
        self._is_down = True
        self._prefetch.cancel()
        self._settle.cancel()
        session = self._session
        session.frame_ready.disconnect(self._on_frame_ready)
        session.frame_changed.disconnect(self._on_frame_changed)
        session.recordings_changed.disconnect(self._look)
        session.study_changed.disconnect(self._on_study_changed)
        session.reading_changed.disconnect(self._on_reading_changed)
        session.view.events.tool.disconnect(self._look)
        session.click_asked.disconnect(self._on_asked)
        session.click_given_up.disconnect(self._on_given_up)
        session.click_restart_asked.disconnect(self.client.retry)
        self.client.shutdown()

    # --- the frame on screen -------------------------------------------------------------------

    def _gray(self, place: tuple[int, int]) -> NDArray[np.float32] | None:
        """Return the frame (H, W) as recorded, with its speckle; None while it is being read."""
        loaded = self._loader.get(*place, self._session.view.despeckle)
        return None if loaded is None else loaded.gray_raw

    def _ratio(self, recording_id: int) -> float:
        row = self._session.row(recording_id)
        if row is None or row.spacing_mm is None:
            return 1.0
        return row.spacing_mm[0] / row.spacing_mm[1]

    def _look(self) -> None:
        """Have the frame that is looked at prepared, or rest while another tool is in use."""
        self._settle.cancel()
        place = self._session.place
        if not self._session.clicking.is_on or place is None:
            if self.client.frame_key is not None:
                self.client.rest()
            return
        gray = self._gray(place)
        if gray is not None:
            self.client.open(FrameKey(*place), gray, self._ratio(place[0]))
            self._prefetch()
            self._session.clicking.set_ready(place, self.client.is_ready)

    def _on_frame_changed(self) -> None:
        now = time.monotonic()
        self._is_stepping = now - self._changed_at < SETTLE_MS / 1000
        self._changed_at = now
        if self._is_stepping:
            self._settle()
        else:
            self._look()

    def _on_frame_ready(self, recording_id: int, frame: int) -> None:
        if (recording_id, frame) != self._session.place:
            return
        held, self._held = self._held, None
        if held is not None:
            self._on_asked(held)
        elif self._is_stepping:
            self._settle()
        else:
            self._look()

    def _on_neighbour(self, _recording_id: int, _frame: int) -> None:
        if self._session.clicking.is_on:
            self._prefetch()

    def _ask_neighbours(self) -> None:
        place, row = self._session.place, None
        if place is not None:
            row = self._session.row(place[0])
        if place is None or row is None or not self._session.clicking.is_on:
            return
        ratio = self._ratio(place[0])
        ready = []
        for step in AHEAD:
            frame = place[1] + step
            gray = self._gray((place[0], frame)) if 0 <= frame < row.frames else None
            if gray is not None:
                ready.append((FrameKey(place[0], frame), gray, ratio))
        self.client.prefetch(ready)

    def _on_study_changed(self) -> None:
        self._held = None
        self.client.forget()
        self._look()

    def _on_reading_changed(self, recording_id: int) -> None:
        # the image behind the key is another; the loader reads it anew
        key = self.client.frame_key
        if key is not None and key.recording_id == recording_id:
            self.client.forget()

    # --- questions and answers -----------------------------------------------------------------

    def _on_asked(self, ask: ClickAsk) -> None:
        """Ask, once the frame was read."""
        if self._gray(ask.place) is None or ask.place != self._session.place:
            self._held = ask
            return
        self._look()
        key = FrameKey(*ask.place)
        self.client.ask(ClickQuestion(ask.token, key, ask.prompt, ask.previous, ask.is_preview))

    def _on_given_up(self) -> None:
        self._held = None
        self.client.cancel()

    def _on_answer(self, token: int, key: Any, answer: Any) -> None:  # noqa: ANN401 - a Qt signal
        self._session.clicking.take_answer(token, (key.recording_id, key.frame), answer)

    def _on_ready(self, is_ready: bool) -> None:
        key = self.client.frame_key
        if key is not None:
            self._session.clicking.set_ready((key.recording_id, key.frame), is_ready)
        elif self._session.place is not None:
            self._session.clicking.set_ready(self._session.place, False)

    def _on_status(self, status: WorkerStatus) -> None:
        known = self._session.clicking.engine
        name = status.device or known.name
        self._session.clicking.set_engine(ClickEngineState(name, WORDS.get(status.state, "off"), status.note))
