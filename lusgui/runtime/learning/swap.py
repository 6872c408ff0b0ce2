"""A new model takes over: proven on the frame on screen first, and never under an open stroke."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject

from lusgui.runtime.errors import log
from lusgui.session.problems import Problem

if TYPE_CHECKING:
    from lusgui.core.learning.version import ModelVersion
    from lusgui.core.prediction_key import PredictionKey
    from lusgui.io.models import ModelEntry
    from lusgui.runtime.live import LiveSegmentation
    from lusgui.session.session import Session


@dataclass(frozen=True)
class _Coming:
    """A model on its way: asked for the frame on screen until `is_proven`."""

    version: ModelVersion | None
    entry: ModelEntry
    probe: PredictionKey | None = None
    is_proven: bool = False


class ModelSwap(QObject):
    """Lets the model that the session names answer in the window.

    The model in use goes on answering while the new one is loaded and asked for the frame on screen; so the
    overlay changes at once, and a file that gives no answer changes nothing. A stroke that is down holds the
    change back until it is lifted. Accepted masks are never touched: only the model plane changes.

    Parameters
    ----------
    session : Session
        Says which model is promoted, and whether a stroke is down.
    live : LiveSegmentation
        Whose models are exchanged.
    parent : QObject, optional
        Owner.
    """

    def __init__(self, session: Session, live: LiveSegmentation, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._session = session
        self._live = live
        self._coming: dict[str, _Coming] = {}
        self._is_down = False
        session.version_promoted.connect(self._on_promoted)
        session.stroke_open_changed.connect(self._on_stroke)
        session.study_changed.connect(self._forget)
        live.client.probability_ready.connect(self._on_answer)
        live.client.dropped.connect(self._on_dropped)
        live.client.failed.connect(self._on_failed)

    @property
    def waiting(self) -> tuple[str, ...]:
        """Labels whose new model is on its way."""
        return tuple(self._coming)

    def shutdown(self) -> None:
        """Change nothing any more; idempotent."""
        if self._is_down:
            return
        self._is_down = True
        self._coming.clear()
        self._session.version_promoted.disconnect(self._on_promoted)
        self._session.stroke_open_changed.disconnect(self._on_stroke)
        self._session.study_changed.disconnect(self._forget)

    def _forget(self) -> None:
        self._coming.clear()

    def _on_promoted(self, version: ModelVersion | None, label: str) -> None:
        entry = self._session.models.answering(label)
        if entry is None or entry.card is None or self._session.label(label) is None:
            self._coming.pop(label, None)
            return
        request = self._live.request_with(entry, label)
        if request is None or request.key in self._session.predictions:
            self._coming[label] = _Coming(version, entry, is_proven=True)
            self._exchange()
            return
        self._coming[label] = _Coming(version, entry, request.key)
        self._live.client.submit(request)

    def _on_stroke(self, is_open: bool) -> None:
        if not is_open:
            self._exchange()

    def _on_answer(self, key: PredictionKey, _probability: object) -> None:
        self._prove(key)

    def _on_dropped(self, key: PredictionKey) -> None:
        self._prove(key)  # nobody waits for that frame any more: the model is asked for another one anyway

    def _prove(self, key: PredictionKey) -> None:
        found = [label for label, coming in self._coming.items() if coming.probe == key]
        for label in found:
            coming = self._coming[label]
            self._coming[label] = _Coming(coming.version, coming.entry, is_proven=True)
        if found:
            self._exchange()

    def _on_failed(self, key: PredictionKey, problem: Problem) -> None:
        for label in [label for label, coming in self._coming.items() if coming.probe == key]:
            coming = self._coming.pop(label)
            log.error("the new model of %s gave no answer: %s", label, problem.message)
            self._session.report(
                Problem(
                    "The new model is not used", problem.message, "The one before it answers.", problem.detail
                )
            )
            if coming.version is not None:
                self._session.models.roll_back(label)

    def _exchange(self) -> None:
        """Let every proven model answer, unless a stroke is down."""
        if self._session.is_stroke_open:
            return
        for label in [label for label, coming in self._coming.items() if coming.is_proven]:
            self._live.use_model(label, self._coming.pop(label).entry)
