"""A blinded second read in the session: begun, gone through, and finished for good."""

from __future__ import annotations

from typing import TYPE_CHECKING

from psygnal import Signal

from lusgui.core.annotation import Status
from lusgui.session.view_state import Tool

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from pathlib import Path

    from lusgui.io.second_read import SecondRead
    from lusgui.session.session import Session


class SecondReading:
    """The second read that is open, if any.

    While one goes on nothing of a model is shown, and the rater is the one who reads.

    Parameters
    ----------
    session : Session
        Whose study.

    Signals
    -------
    changed()
        A second read was opened, finished or closed.
    """

    changed = Signal()

    def __init__(self, session: Session) -> None:
        self._session = session
        self._said: SecondRead | None = None
        self._rater_before: str | None = None
        session.study_changed.connect(self._study_changed)

    @property
    def read(self) -> SecondRead | None:
        """What the open study says of itself as a second read; None where it is none."""
        return self._said

    @property
    def is_blinded(self) -> bool:
        """Whether a second read goes on: nobody's answer but one's own may be seen."""
        return self._said is not None and not self._said.is_locked

    def progress(self) -> tuple[int, int]:
        """Return how many of the frames that are to be read have been, and how many there are."""
        said = self._said
        if said is None:
            return 0, 0
        done = 0
        for recording_id, frame in said.places:
            statuses = self._session.statuses(recording_id)
            done += all(
                statuses.get((frame, label), Status.UNTOUCHED) is not Status.UNTOUCHED
                for label in said.labels
            )
        return done, len(said.places)

    def decided(self, labels: Iterable[str]) -> list[tuple[int, int]]:
        """Return the frames of the open study on which any of the labels was drawn or decided about."""
        wanted = set(labels)
        found = []
        for row in self._session.recording_rows():
            statuses = self._session.statuses(row.id)
            frames = {
                f for (f, label), s in statuses.items() if label in wanted and s is not Status.UNTOUCHED
            }
            found += [(row.id, frame) for frame in sorted(frames)]
        return found

    def begin(
        self, path: Path, reader: str, labels: Sequence[str], places: Sequence[tuple[int, int]]
    ) -> bool:
        """Make the study of a second reader and open it; the present one is closed, as it is."""
        from lusgui.io.second_read import begin_second_read

        session = self._session
        with session.guarded("The second read was not begun"):
            if session.study is None:
                return False
            made = begin_second_read(session.study, path, reader, labels, places)
            return session.open_study(made)
        return False

    def finish(self) -> bool:
        """Lock the second read: it can be looked at and joined from now on, and changed no more."""
        from lusgui.io.second_read import lock_second_read

        session = self._session
        with session.guarded("The second read was not finished"):
            session.moving.finish()  # what is in hand belongs to the read
            if session.study is None or not self.is_blinded or not session.retry_saving():
                return False
            path = session.study.path
            lock_second_read(session.study)
            # opened anew it is open for reading only
            return session.close_study() and session.open_study(path)
        return False

    def open_first(self) -> bool:
        """Go back to the study that is read again; false where it is not there."""
        return self._said is not None and self._session.open_study(self._said.first)

    def _study_changed(self) -> None:
        from lusgui.io.second_read import second_read_of

        session = self._session
        self._said = None
        if session.study is not None:
            with session.guarded("What is said of the second read cannot be read"):
                self._said = second_read_of(session.study)
        if self.is_blinded and self._said is not None:
            if self._rater_before is None:
                self._rater_before = session.rater
            session.rater = self._said.reader
            if session.view.tool in (Tool.CLICK, Tool.ACCEPT):
                session.view.tool = Tool.BRUSH
        elif self._rater_before is not None:
            session.rater, self._rater_before = self._rater_before, None
        self.changed.emit()
