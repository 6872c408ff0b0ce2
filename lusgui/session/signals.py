"""What the session says when something changes; every signal is sent outside database transactions."""

from __future__ import annotations

from typing import TYPE_CHECKING

from psygnal import Signal

from lusgui.base.errors import CancelledError, LusguiError
from lusgui.core.annotation import PlaneKey
from lusgui.core.geometry import Box
from lusgui.core.learning.status import LearnStatus
from lusgui.session.click_plane import ClickAsk
from lusgui.session.jobs import JobStatus
from lusgui.session.problems import Problem, problem_from_error

if TYPE_CHECKING:
    from types import TracebackType


class SessionSignals:
    """Signals of a session, and the one way by which errors reach the person.

    Signals
    -------
    study_changed()
        Another study is open, or none.
    recordings_changed()
        The list of recordings, or the state of one of their files, changed.
    reading_changed(recording_id)
        The file of a recording, or what its numbers mean, is another: its frames must be read anew.
    frame_changed(recording_id, frame)
        Another frame is looked at.
    mask_changed(PlaneKey, Box)
        Pixels of a human plane changed inside the box.
    status_changed(PlaneKey)
        What a person says of a plane changed.
    marks_changed(PlaneKey)
        Points or boxes of a frame and label were put down, moved or taken away.
    notes_changed(PlaneKey)
        Comments or flags of a frame and label were left, settled or taken away.
    detections_changed()
        What detectors found is another.
    labels_changed()
        Labels were added, renamed or recoloured.
    label_note_changed(recording_id)
        What is said of how a recording came to its label changed.
    history_changed()
        What undo and redo would do changed.
    prediction_changed(recording_id, frame, label)
        A model's answer for the present settings arrived, or went stale.
    proposal_changed(PlaneKey)
        A ghost appeared, was accepted or rejected.
    frame_ready(recording_id, frame)
        Whoever loads frames has one ready to be shown.
    save_state_changed(str)
        ``saved``, ``unsaved``, ``read-only``, or empty without a study.
    worklist_changed()
        The worklist, or what of it is done, changed.
    rater_changed(str)
        Another person draws.
    problem_reported(Problem)
        Something went wrong.
    job_changed(JobStatus)
        Long work went on, ended or began.
    versions_changed(label)
        The models that were learnt for a label, or their names, changed.
    version_promoted(ModelVersion or None, label)
        Another model answers for a label; None is the default model.
    suggestions_changed()
        The frames worth drawing next changed.
    learn_status_changed(LearnStatus)
        A run of learning went on, ended or began.
    stroke_open_changed(bool)
        A stroke began or ended: what is shown under it must not change.
    click_asked(ClickAsk)
        Marks wait for whoever answers clicks.
    click_given_up()
        Nobody waits for the answer to the last marks any more.
    click_changed(PlaneKey)
        Marks, or the ghost they give, are others.
    click_preview_changed()
        What a click under the pointer would give is another.
    click_noted(str, (row, column) or None)
        Something to be said beside a mark, or anywhere.
    click_engine_changed()
        Who answers clicks, or whether the frame is prepared, is another.
    click_restart_asked()
        Whoever answers clicks has given up and shall be started again.
    """

    study_changed = Signal()
    recordings_changed = Signal()
    reading_changed = Signal(int)
    frame_changed = Signal(int, int)
    mask_changed = Signal(PlaneKey, Box)
    status_changed = Signal(PlaneKey)
    marks_changed = Signal(PlaneKey)
    notes_changed = Signal(PlaneKey)
    detections_changed = Signal()
    labels_changed = Signal()
    label_note_changed = Signal(int)
    history_changed = Signal()
    prediction_changed = Signal(int, int, str)
    proposal_changed = Signal(PlaneKey)
    frame_ready = Signal(int, int)
    save_state_changed = Signal(str)
    worklist_changed = Signal()
    rater_changed = Signal(str)
    problem_reported = Signal(Problem)
    job_changed = Signal(JobStatus)
    versions_changed = Signal(str)
    version_promoted = Signal(object, str)
    suggestions_changed = Signal()
    learn_status_changed = Signal(LearnStatus)
    stroke_open_changed = Signal(bool)
    click_asked = Signal(ClickAsk)
    click_given_up = Signal()
    click_changed = Signal(PlaneKey)
    click_preview_changed = Signal()
    click_noted = Signal(str, object)
    click_engine_changed = Signal()
    click_restart_asked = Signal()

    def report(self, problem: Problem) -> None:
        """Tell the person of a problem."""
        self.problem_reported.emit(problem)

    def guarded(self, title: str) -> Guard:
        """Turn an error of ours in the block into a problem with a title that says what was not done."""
        return Guard(self, title)


class Guard:
    """Ends a block at an error of ours and reports it; a cancelled block ends silently.

    Parameters
    ----------
    signals : SessionSignals
        Where to report.
    title : str
        What was not done.
    """

    def __init__(self, signals: SessionSignals, title: str) -> None:
        self._signals = signals
        self._title = title

    def __enter__(self) -> None:
        return None

    def __exit__(
        self, kind: type[BaseException] | None, value: BaseException | None, trace: TracebackType | None
    ) -> bool:
        if isinstance(value, CancelledError):
            return True
        if isinstance(value, LusguiError):
            self._signals.report(problem_from_error(value, self._title))
            return True
        return False
