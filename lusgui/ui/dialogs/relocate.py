"""A recording's file is missing or changed: point at it, accept it, or leave things as they are."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QGridLayout, QLabel, QWidget

from lusgui.base.translate import tr
from lusgui.ui.bindings import Bindings
from lusgui.ui.dialogs.choose import RECORDINGS, Kind, choose
from lusgui.ui.dialogs.frame import Frame, clear, dim, say, warning_label
from lusgui.ui.dialogs.work_line import WorkLine

if TYPE_CHECKING:
    from pathlib import Path

    from lusgui.core.progress import Progress
    from lusgui.session.problems import Problem
    from lusgui.session.session import Session
    from lusgui.ui.dialogs.work_line import Jobs

Facts = list[tuple[str, str, str]]
"""What, as it was, as it is."""


class RelocateDialog(Frame):
    """Asks where the file of a recording is, or whether a changed one shall be used.

    Parameters
    ----------
    session : Session
        Whose recording.
    recording_id : int
        Which one.
    jobs : Jobs
        Where the file on the disk is looked at.
    parent : QWidget or None
        The window.
    """

    shows_problems = True

    def __init__(
        self, session: Session, recording_id: int, jobs: Jobs, parent: QWidget | None = None
    ) -> None:
        row = session.row(recording_id)
        is_missing = row is None or row.missing
        name = row.path.name if row is not None else "The file"
        title = "Where is this file?" if is_missing else "This file has changed"
        super().__init__(title, name, "warning", parent)
        self.setMinimumWidth(580)
        self._session, self._id = session, recording_id
        self._path: Path | None = row.path if row is not None else None
        text = (
            "It is not where it was. Its masks are safe in the study. Show where it is now: only a file with"
            " the same content is taken, so that masks never lie on another recording."
            if is_missing
            else "It is no longer what was drawn on, so nothing can be drawn until you decide. Show the right"
            " file, use the changed one (where its frames have the same size), or leave it and only look."
        )
        lead = QLabel(text)
        lead.setWordWrap(True)
        self.body.addWidget(lead)
        self._grid = QGridLayout()
        self._grid.setHorizontalSpacing(20)
        self._grid.setColumnStretch(3, 1)
        self.body.addLayout(self._grid)
        self.warning = warning_label()
        self.body.addWidget(self.warning)
        self.work = WorkLine(jobs)
        self.body.addWidget(self.work)
        self.add_close("Leave it")
        self.accept_button = self.add_button(
            tr("Use the changed file"), self._accept_changed, tr("From now on this file is the recording")
        )
        self.accept_button.setVisible(not is_missing)
        self.accept_button.setEnabled(False)
        self.show_file = self.add_primary(
            tr("Show the file…"), self._find, tr("Choose the file that was drawn on")
        )
        self._bindings = Bindings()
        self._bindings.connect(session.problem_reported, self._on_problem)
        self.finished.connect(self._on_finished)
        if row is not None:
            spacing = _spacing(row.spacing_mm)
            self._known = (f"{row.frames}", f"{row.shape[0]} × {row.shape[1]}", spacing)
            self._show_facts(
                [
                    ("Path", str(row.path.parent), ""),
                    ("Frames", self._known[0], ""),
                    ("Rows × columns", self._known[1], ""),
                    ("Spacing", spacing, ""),
                ]
            )
            if not is_missing:
                path = row.path
                self.work.start(
                    tr("Looking at the file"),
                    lambda progress: _look(path, progress),
                    self._looked,
                    self._failed,
                )

    def _show_facts(self, facts: Facts) -> None:
        clear(self._grid)
        is_compared = any(now for _what, _then, now in facts)
        for column, text in enumerate(["", "As it was drawn on", "On the disk now" if is_compared else ""]):
            head = QLabel(tr(text))
            head.setObjectName("heading")
            self._grid.addWidget(head, 0, column)
        for line, (what, then, now) in enumerate(facts, start=1):
            self._grid.addWidget(dim(what), line, 0)
            before = QLabel(then)
            before.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
            before.setWordWrap(what == "Path")
            self._grid.addWidget(before, line, 1, 1, 3 if not is_compared else 1)
            after = QLabel(now)
            if now and now != then:
                after.setObjectName("warning")
            self._grid.addWidget(after, line, 2)

    def _looked(self, found: dict[str, str]) -> None:
        frames, shape, spacing = self._known
        self._show_facts(
            [
                ("Frames", frames, found["frames"]),
                ("Rows × columns", shape, found["shape"]),
                ("Spacing", spacing, found["spacing"]),
                ("Changed on", "–", found["changed"]),
            ]
        )
        fits = (frames, shape) == (found["frames"], found["shape"])
        self.accept_button.setEnabled(fits and not self._session.is_read_only)
        if not fits:
            say(self.warning, tr("The masks do not fit the changed file. Add it as a new recording instead."))

    def _failed(self, text: str) -> None:
        say(self.warning, text)

    def _find(self) -> None:
        start = self._path.parent if self._path is not None and self._path.parent.is_dir() else None
        choose(
            self,
            tr("Show the file"),
            Kind.FILE,
            lambda paths: self.take(paths[0]),
            filters=RECORDINGS,
            start=start,
        )

    def take(self, path: Path) -> None:
        """Take a file that the person pointed at, if it is the right one."""
        say(self.warning, "")
        if self._session.relocate(self._id, path):
            self.accept()

    def _accept_changed(self) -> None:
        if self._session.accept_changed(self._id):
            self.accept()

    def _on_problem(self, problem: Problem) -> None:
        say(self.warning, f"{problem.message} {problem.remedy}".strip())

    def _on_finished(self, _result: int) -> None:
        self._bindings.disconnect()
        self.work.abandon()


def _look(path: Path, progress: Progress) -> dict[str, str]:
    from lusgui.io.open import open_recording

    with open_recording(path, progress=progress) as recording:
        frames, rows, cols = recording.shape
        changed = datetime.fromtimestamp(path.stat().st_mtime, tz=UTC).astimezone()
        return {
            "frames": f"{frames}",
            "shape": f"{rows} × {cols}",
            "spacing": _spacing(recording.spacing_mm),
            "changed": f"{changed:%Y-%m-%d %H:%M}",
        }


def _spacing(spacing_mm: tuple[float, float] | None) -> str:
    return (
        "unknown"
        if spacing_mm is None
        else tr(
            "{spacing_mm_first:.4g} × {spacing_mm_second:.4g} mm",
            spacing_mm_first=spacing_mm[0],
            spacing_mm_second=spacing_mm[1],
        )
    )
