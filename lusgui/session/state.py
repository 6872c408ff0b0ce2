"""What the parts of a session share: the open study, where one looks, and how one looks."""

from __future__ import annotations

from typing import TYPE_CHECKING

from lusgui.core.annotation import PlaneKey
from lusgui.session.predictions import Predictions
from lusgui.session.signals import SessionSignals
from lusgui.session.view_state import ViewState

if TYPE_CHECKING:
    from pathlib import Path

    from lusgui.io.study import Study
    from lusgui.session.masks import Masks
    from lusgui.session.recordings import Recordings


class SessionState(SessionSignals):
    """The state that the parts of a session work on.

    Attributes
    ----------
    view : ViewState
        How one looks and draws.
    predictions : Predictions
        The model's answers.
    """

    def __init__(self) -> None:
        self.view = ViewState()
        self.predictions = Predictions()
        self._study: Study | None = None
        self._masks: Masks | None = None
        self._recordings: Recordings | None = None
        self._place: tuple[int, int] | None = None
        self._rater = ""

    @property
    def study(self) -> Study | None:
        """The open study, for reading and export; changes go through the session."""
        return self._study

    @property
    def is_open(self) -> bool:
        """Whether a study is open."""
        return self._study is not None

    @property
    def study_path(self) -> Path | None:
        """File of the open study."""
        return None if self._study is None else self._study.path

    @property
    def is_read_only(self) -> bool:
        """Whether nothing can be drawn in the open study."""
        return self._study is not None and self._study.is_read_only

    @property
    def read_only_reason(self) -> str | None:
        """Why nothing can be drawn; None when it can."""
        return None if self._study is None else self._study.read_only_reason

    @property
    def place(self) -> tuple[int, int] | None:
        """(recording id, 0-based frame) that is looked at, or None."""
        return self._place

    @property
    def current_recording_id(self) -> int | None:
        """Recording that is looked at, or None."""
        return None if self._place is None else self._place[0]

    @property
    def current_frame(self) -> int:
        """0-based frame that is looked at; 0 without one."""
        return 0 if self._place is None else self._place[1]

    def key(self, label: str | None = None) -> PlaneKey | None:
        """Return the plane of the present frame and the present (or given) label, or None."""
        if self._place is None:
            return None
        return PlaneKey(*self._place, label or self.view.label)

    def go_to(self, recording_id: int, frame: int) -> bool:
        """Look at a frame; one beyond the end becomes the last. Return whether there is such a recording."""
        entry = None if self._recordings is None else self._recordings.entry(recording_id)
        if entry is None:
            return False
        place = (recording_id, min(max(frame, 0), entry.frames - 1))
        if place != self._place:
            self._place = place
            self._place_changed()
            self.frame_changed.emit(*place)
        return True

    def _place_changed(self) -> None:
        """Let the session remember the place; called before anybody is told."""
