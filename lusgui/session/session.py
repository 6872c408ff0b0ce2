"""The session: the one open study, what is known about it, and what can be done to it."""

from __future__ import annotations

import os
import time
from pathlib import Path
from typing import TYPE_CHECKING

from lusgui.base.errors import LusguiError, StudyError
from lusgui.base.paths import data_dir
from lusgui.io.learn_folder import models_folder
from lusgui.session.adjudicating import Adjudicating
from lusgui.session.callipers import Callipers
from lusgui.session.cine_loop import CineLoop
from lusgui.session.clicking import Clicking
from lusgui.session.files import Files
from lusgui.session.finder import Finder
from lusgui.session.key_map import KeyMap
from lusgui.session.label_locks import LabelLocks
from lusgui.session.learning import Learning
from lusgui.session.leaving import Leaving
from lusgui.session.ledger import Ledger
from lusgui.session.masking import Masking
from lusgui.session.masks import Masks
from lusgui.session.measuring import Measuring
from lusgui.session.models import Models
from lusgui.session.moving import Moving
from lusgui.session.open_shape import Shaping
from lusgui.session.opening import what_to_know
from lusgui.session.own_labels import SETTING as OWN_LABELS
from lusgui.session.painting_guard import PaintingGuard
from lusgui.session.problems import Problem
from lusgui.session.recordings import Recordings
from lusgui.session.review import Review
from lusgui.session.review_queue import ReviewQueue
from lusgui.session.rib_checks import RibChecks
from lusgui.session.second_reading import SecondReading
from lusgui.session.seeing import Seeing
from lusgui.session.shadow_fill import ShadowFill
from lusgui.session.shapes import Shapes
from lusgui.session.through_time import ThroughTime

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from psygnal import EmissionInfo

    from lusgui.io.study import Study

__all__ = ["Session"]

PLACE_SECONDS = 3.0
"""While frames change, the place is written this often at most; `tick` writes the last one."""

RETRY_SECONDS = 5.0
"""What the disk refused is tried again this often at most: each try may have to wait for the disk."""

_NOT_OF_THE_STUDY = (
    *("theme", "text_scale", "language", "tool", "erase", "click_negative", "show_raw"),
    *("model_visible", "overlay_visible", "uncertainty_visible"),
)


class Session(Files):
    """The open study.

    No method raises for what a person or a disk can cause: such an error is sent as `problem_reported`, and
    the method answers false, None or nothing. All methods belong on one thread, that of the window.

    Attributes
    ----------
    models : Models
        The models that were learnt in the study.
    learning : Learning
        Runs that learn from what was reviewed.
    ledger : Ledger
        What drawing cost, and whether another run is worth it.
    clicking : Clicking
        What was clicked to be segmented, and the ghosts it gave.
    shaping : Shaping
        The shape that a tool has begun and not finished.
    shapes : Shapes
        Lasso, polygon and live-wire: what they do, and drafts that wait.
    review : Review
        Comments, flags and what else is to be looked at again.
    second_reading : SecondReading
        A blinded second read, if the study is one.
    adjudicating : Adjudicating
        What several readers drew, and what is made of it.
    rib_checks : RibChecks
        Ribs and shadows that do not go together.
    shadow_fill : ShadowFill
        Shadows of ribs as regions to ignore.
    review_queue : ReviewQueue
        Frames that wait to be looked at again, by the reason why.
    callipers : Callipers
        Distances, angles and areas that were put down, and calibration by one.
    measuring : Measuring
        What is measured of the frame that is looked at.
    key_map : KeyMap
        Which keys give which command.
    finder : Finder
        Commands, labels, recordings and frames by name.
    seeing : Seeing
        The wipe, the second picture, the stability band.
    masking : Masking
        Operations on whole masks.
    locks : LabelLocks
        Labels that nobody changes.
    guard : PaintingGuard
        Where painting is limited to.
    times : ThroughTime
        Key frames, and ghosts made from neighbours.
    cine_loop : CineLoop
        Which part of a recording is played.
    moving : Moving
        The piece of a mask that is in hand.
    leaving : Leaving
        The ways out of the study, and what would be lost by them.
    """

    def __init__(self) -> None:
        super().__init__()
        self.models = Models(self)
        self.learning = Learning(self)
        self.ledger = Ledger(self)
        self.clicking = Clicking(self)
        self.shaping = Shaping()
        self.callipers = Callipers(self)
        self.review = Review(self)
        self.second_reading = SecondReading(self)
        self.adjudicating = Adjudicating(self)
        self.rib_checks = RibChecks(self)
        self.shadow_fill = ShadowFill(self)
        self.review_queue = ReviewQueue(self)
        self.key_map = KeyMap()
        self.measuring = Measuring(self)
        self.finder = Finder(self)
        self.shapes = Shapes(self)
        self.seeing = Seeing()
        self.times, self.cine_loop = ThroughTime(self), CineLoop(self)
        self.masking = Masking(self)
        self.locks, self.guard = LabelLocks(self), PaintingGuard(self)
        self.moving = Moving(self)
        self.leaving = Leaving(self)
        self._is_stroke_open = False
        self._is_place_dirty = False
        self._place_saved = 0.0
        self._retried = 0.0
        self.view.events.connect(self._view_changed)
        self.masking.settings.events.connect(self._keep_own_labels)
        self.shapes.settings_changed.connect(self._keep_own_labels)

    @property
    def is_blinded(self) -> bool:
        """Whether nothing of a model may be shown: a second read goes on."""
        return self.second_reading.is_blinded

    # study

    def new_study(self, path: Path) -> bool:
        """Make a study and open it, closing the one that is open."""
        from lusgui.io.study import Study

        return self._open_with("The study was not made", lambda: Study.create(Path(path)))

    def open_study(self, path: Path, read_only: bool = False) -> bool:
        """Open a study where one stopped, closing the one that is open."""
        from lusgui.io.study import Study

        if self.has_open(path):
            return True
        return self._open_with("The study was not opened", lambda: Study.open(Path(path), read_only))

    def has_open(self, path: Path) -> bool:
        """Whether that study is open already, and can be drawn in."""
        study = self._study
        return study is not None and not study.is_read_only and _is_same(study.path, Path(path))

    def _open_with(self, title: str, make: Callable[[], Study]) -> bool:
        # a failed opening leaves the present study as it is
        with self.guarded(title):
            self.moving.finish()  # while there is still a study to keep it
            if self.unsaved_count and not self.retry_saving():
                raise StudyError(
                    f"{self.unsaved_count} edits of the open study could not be saved yet",
                    path=self.study_path,
                    remedy="Save a copy in another place first",
                )
            study = make()
            try:
                masks, recordings, labels = Masks(study), Recordings(study), study.labels()
                worklist = [
                    (recording_id, frame)
                    for recording_id, frame in study.settings.worklist()
                    if (entry := recordings.entry(recording_id)) is not None and 0 <= frame < entry.frames
                ]
                place, view = study.settings.setting("place"), study.settings.setting("view")
                own_labels = study.settings.setting(OWN_LABELS)
            except BaseException:
                study.close()
                raise
            self._let_go()
            self._study, self._masks, self._recordings = study, masks, recordings
            self._labels, self._worklist = labels, worklist
            self._take_own_labels(own_labels)
            if isinstance(view, dict):
                self.view.update_from_json({k: v for k, v in view.items() if k not in _NOT_OF_THE_STUDY})
            if self._labels and self.label(self.view.label) is None:
                self.view.label = self._labels[0].key
            if self._rater and not study.is_read_only:
                with self.guarded("The rater's name was not kept"):
                    study.settings.add_rater(self._rater)
            self._place = self._restored(place)
            if own_labels is None and isinstance(place, list):
                self._label_was_chosen(self.view.label)  # by who left it, with an older lusgui
            self._follow_place()
            self._tell_everything()
            for problem in what_to_know(study, self.recording_rows()):
                self.report(problem)
            self.learning.recover()
            return True
        return False

    def close_study(self) -> bool:
        """Save the place and close; false if edits are only in memory and still cannot be written."""
        if self._study is None:
            return True
        self.moving.finish()  # while there is still a study to keep it
        if not self.retry_saving():
            self.report(
                Problem(
                    "The study was not closed",
                    f"{self.unsaved_count} edits could not be saved yet.",
                    "Save a copy in another place first.",
                )
            )
            return False
        self._let_go()
        self._tell_everything()
        return True

    def discard_and_close(self) -> None:
        """Close even if edits are only in memory: the person was asked."""
        self._let_go()
        self._tell_everything()

    def _let_go(self) -> None:
        if self._study is None:
            return
        self.moving.finish()
        self.save_place()
        self.clicking.forget_all()
        self.times.forget_all()
        self.shapes.leave_study()
        self.callipers.leave_study()
        self.models.purge()
        self.learning.forget()
        if self._recordings is not None:
            self._recordings.close()
        self._study.close()
        self._study = self._masks = self._recordings = self._place = None
        self._worklist = []
        self._take_own_labels(None)
        self._clear_answers()

    def _tell_everything(self) -> None:
        self.study_changed.emit()
        self.labels_changed.emit()
        self.recordings_changed.emit()
        self.worklist_changed.emit()
        self.history_changed.emit()
        self._update_save_state()
        if self._place is not None:
            self.frame_changed.emit(*self._place)

    def save_copy_to(self, path: Path) -> bool:
        """Write the study, with what is only in memory, to another place, and go on there."""
        from lusgui.io.study import Study

        with self.guarded("The copy was not saved"):
            if self._study is None or self._masks is None or self._recordings is None:
                return False
            if _is_named_alike(Path(path), self._study.path):
                raise StudyError(
                    "this is the name of the open study", path=Path(path), remedy="Choose another"
                )
            copy = Study.open(self._study.save_copy(Path(path)))
            previous = self._study
            failure = self._masks.move_to(copy)
            if failure is not None:
                self._masks.move_to(previous)
                copy.close()
                raise failure
            self._study = copy
            self._recordings.move_to(copy)
            if previous.models_left_behind is not None:
                self.report(
                    Problem(
                        "The models that were learnt here were not copied",
                        previous.models_left_behind,
                        f"Every mask was. Copy the folder {models_folder(previous.path).name} beside"
                        f" the copy, as {models_folder(copy.path).name}.",
                    )
                )
            previous.close()
            self.study_changed.emit()
            self.history_changed.emit()
            self._update_save_state()
            return True
        return False

    def _has_study_for(self, paths: list[Path]) -> bool:
        if self._study is not None:
            return True
        path = self.suggest_study_path(paths)
        return self.open_study(path) if path.exists() else self.new_study(path)

    def suggest_study_path(self, paths: Iterable[Path]) -> Path:
        """Return where a study of these files would lie: beside them, or among one's own studies."""
        from lusgui.io.study import SUFFIX

        folders = [p if p.is_dir() else p.parent for p in (Path(p).absolute() for p in paths)]
        try:
            folder = Path(os.path.commonpath(folders)) if folders else data_dir() / "studies"
        except ValueError:  # files on several drives
            folder = folders[0]
        name = f"{folder.name or 'study'}{SUFFIX}"
        if folders and (folder == folder.parent or not os.access(folder, os.W_OK)):
            folder = data_dir() / "studies"
        return folder / name

    # strokes

    @property
    def is_stroke_open(self) -> bool:
        """Whether somebody is drawing at this very moment: what is shown must not change under the pen."""
        return self._is_stroke_open

    def set_stroke_open(self, is_open: bool) -> None:
        """Say that a stroke began or ended."""
        if is_open != self._is_stroke_open:
            self._is_stroke_open = is_open
            self.stroke_open_changed.emit(is_open)

    # place

    def _keep_own_labels(self) -> None:
        self._is_place_dirty = True

    def _place_changed(self) -> None:
        super()._place_changed()
        self._is_place_dirty = True
        if time.monotonic() - self._place_saved > PLACE_SECONDS:
            self.save_place()

    def _view_changed(self, info: EmissionInfo) -> None:
        # Written by the next tick: a slider on the move must not write to the study at every step.
        if self._study is not None and info.signal.name not in _NOT_OF_THE_STUDY:
            self._is_place_dirty = True

    def save_place(self) -> None:
        """Write where one is and how one looks; losing it costs a click, so a refusal is not reported."""
        self._place_saved = time.monotonic()
        if self._study is None or self._study.is_read_only or self.unsaved_count:
            return
        view = {k: v for k, v in self.view.to_json().items() if k not in _NOT_OF_THE_STUDY}
        try:
            self._study.settings.set_setting("place", list(self._place) if self._place else None)
            self._study.settings.set_setting("view", view)
            self._study.settings.set_setting(OWN_LABELS, dict(self._own_labels_to_json()))
            self.masking.save(self._study)
            self.shapes.save(self._study)
        except LusguiError:
            return
        self._is_place_dirty = False

    def tick(self) -> None:
        """Do what waits for a quiet moment; to be called once a second or so."""
        if self._is_place_dirty:
            self.save_place()
        is_waiting = self.unsaved_count or self.callipers.unwritten
        if is_waiting and time.monotonic() - self._retried > RETRY_SECONDS:
            self._retried = time.monotonic()
            _ = self.retry_saving() and self.callipers.write_again()


def _is_named_alike(one: Path, other: Path) -> bool:
    return one.absolute() in (other.absolute(), other.absolute().with_suffix(""))


def _is_same(one: Path, other: Path) -> bool:
    try:
        return one.samefile(other)
    except OSError:
        return False
