"""How to read this file: which variable, which axes, what the numbers mean; seen before it is done."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QSize, Qt
from PySide6.QtGui import QIcon, QPixmap
from PySide6.QtWidgets import (
    QCheckBox,
    QHBoxLayout,
    QLabel,
    QLineEdit,
    QListWidget,
    QListWidgetItem,
    QSlider,
    QVBoxLayout,
    QWidget,
)

from lusgui.base.errors import LusguiError
from lusgui.base.translate import tr
from lusgui.core.recipe import Recipe
from lusgui.ui import theme
from lusgui.ui.bindings import Bindings, Later
from lusgui.ui.dialogs.frame import Frame, dim, heading, say, warning_label
from lusgui.ui.dialogs.recipe_form import RecipeForm
from lusgui.ui.dialogs.recipe_looks import THUMBNAIL_PX, Look, facts, look_at, picture, thumbnails
from lusgui.ui.dialogs.work_line import WorkLine

if TYPE_CHECKING:
    from pathlib import Path

    from lusgui.session.problems import Problem
    from lusgui.session.session import Session
    from lusgui.ui.dialogs.work_line import Jobs

PREVIEW_WIDTH, PREVIEW_HEIGHT = 300, 380
PREVIEW_DELAY_MS = 150
VARIABLE_ROLE = Qt.ItemDataRole.UserRole


class RecipeDialog(Frame):
    """Asks how a recording's file is to be read and shows what comes of it.

    Parameters
    ----------
    session : Session
        Whose recording.
    recording_id : int
        Which one.
    jobs : Jobs
        Where the file is read.
    services : Services or None
        Reads further files of the folder.
    parent : QWidget or None
        The window.
    """

    shows_problems = True

    def __init__(
        self,
        session: Session,
        recording_id: int,
        jobs: Jobs,
        services: Any = None,  # noqa: ANN401
        parent: QWidget | None = None,
    ) -> None:
        row = session.row(recording_id)
        name = row.path.name if row is not None else ""
        super().__init__("How to read this file", name, "recording", parent)
        self.resize(1090, 660)
        self._session, self._id, self._services = session, recording_id, services
        self._path: Path | None = row.path if row is not None else None
        self._variables: list[str] | None = None
        self.look: Look | None = None
        self._present = self._present_recipe()
        columns = QHBoxLayout()
        columns.setSpacing(22)
        columns.addLayout(self._make_list(), 5)
        columns.addLayout(self._make_preview(), 0)
        self.form = RecipeForm(self._present)
        columns.addWidget(self.form, 5)
        self.body.addLayout(columns, 1)
        self.warning = warning_label()
        self.body.addWidget(self.warning)
        self.body.addLayout(self._make_saving())
        self._preview_work = WorkLine(jobs)
        self._thumbnail_work = WorkLine(jobs)
        self.body.addWidget(self._preview_work)
        self.body.addWidget(self._thumbnail_work)
        self.add_close("Cancel")
        self.apply = self.add_primary(
            tr("Read it this way"), self._apply, tr("Masks stay, where the frames stay the same")
        )
        self.apply.setEnabled(False)
        self._later = Later(self._look, self, PREVIEW_DELAY_MS)
        self.form.changed.connect(self._changed)
        self.list.currentItemChanged.connect(self._choose_variable)
        self._bindings = Bindings()
        self._bindings.connect(session.problem_reported, self._on_problem)
        self.finished.connect(self._on_finished)
        self._look()

    def _present_recipe(self) -> Recipe:
        study = self._session.study
        entry = study.recording(self._id) if study is not None else None
        if entry is not None and entry.recipe is not None:
            return entry.recipe
        return Recipe("", entry.variable if entry is not None else None)

    # the parts

    def _make_list(self) -> QVBoxLayout:
        column = QVBoxLayout()
        column.addWidget(heading(tr("What the file holds")))
        self.list = QListWidget()
        self.list.setAccessibleName(tr("Variables that could be the image"))
        self.list.setToolTip(tr("Choose the variable that is the image"))
        self.list.setIconSize(QSize(THUMBNAIL_PX, THUMBNAIL_PX))
        self.list.setSpacing(2)
        self.list.setWordWrap(True)
        self.list.setMinimumWidth(260)
        column.addWidget(self.list, 1)
        return column

    def _make_preview(self) -> QVBoxLayout:
        column = QVBoxLayout()
        column.addWidget(heading(tr("What comes of it")))
        self.preview = QLabel("Reading …")
        self.preview.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self.preview.setFixedSize(PREVIEW_WIDTH, PREVIEW_HEIGHT)
        self.preview.setAccessibleName(tr("Preview"))
        palette = theme.current()
        self.preview.setStyleSheet(
            f"background: {palette.canvas}; color: {palette.ruler}; border-radius: 6px;"
        )
        column.addWidget(self.preview)
        self.frame = QSlider(Qt.Orientation.Horizontal)
        self.frame.setAccessibleName(tr("Frame of the preview"))
        self.frame.setToolTip(tr("Another frame"))
        self.frame.setRange(0, 0)
        self.frame.valueChanged.connect(lambda _value: self._later())
        column.addWidget(self.frame)
        self.facts = dim()
        self.facts.setFixedWidth(PREVIEW_WIDTH)
        column.addWidget(self.facts)
        column.addStretch(1)
        return column

    def _make_saving(self) -> QHBoxLayout:
        row = QHBoxLayout()
        self.name = QLineEdit(self._present.name)
        self.name.setPlaceholderText(tr("Name, to save this as a recipe"))
        self.name.setAccessibleName(tr("Name of the recipe"))
        self.name.setToolTip(tr("Saved under this name it can be chosen for other files"))
        self.folder = QCheckBox("For the whole folder")
        self.folder.setToolTip(
            tr("Also for the other recordings of this folder, now and when they are opened later")
        )
        row.addWidget(self.name, 1)
        row.addWidget(self.folder)
        return row

    # looking

    def recipe(self) -> Recipe:
        """Return what the person chose.

        Raises
        ------
        LusguiError
            If it makes no sense.
        """
        is_chosen = self.list.currentRow() >= 0
        variable = self.list.currentItem().data(VARIABLE_ROLE) if is_chosen else self._present.variable
        return self.form.recipe(self.name.text().strip(), variable)

    def _changed(self) -> None:
        self.apply.setEnabled(False)
        self._later()

    def _choose_variable(self, *_: object) -> None:
        self.form.forget_axes()
        self.frame.setValue(0)
        self._changed()

    def _look(self) -> None:
        if self._path is None:
            return
        say(self.warning, "")
        try:
            recipe = self.recipe()
        except LusguiError as error:
            say(self.warning, error.message)
            return
        path, frame = self._path, self.frame.value() if self.look is not None else -1
        self._preview_work.start(
            "Reading",
            lambda progress: look_at(path, recipe, frame, progress),
            self._show_look,
            self._failed,
            is_shown=False,
        )

    def _failed(self, text: str) -> None:
        if not text:
            return
        self.look = None
        self.preview.setPixmap(QPixmap())
        self.preview.setText(tr("It cannot be read this way"))
        self.facts.setText("")
        say(self.warning, text)
        self._list_variables(())

    def _show_look(self, look: Look) -> None:
        self.look = look
        self.preview.setPixmap(
            picture(look, PREVIEW_WIDTH - 12, PREVIEW_HEIGHT - 12, self.devicePixelRatioF())
        )
        self.frame.blockSignals(True)
        self.frame.setRange(0, look.shape[0] - 1)
        self.frame.setValue(look.frame)
        self.frame.setEnabled(look.shape[0] > 1)
        self.frame.blockSignals(False)
        self.form.show_found(look)
        self.facts.setText(facts(look))
        self._list_variables(tuple(look.candidates))
        trouble = self._why_not(look)
        say(self.warning, trouble or "  ".join(look.warnings[:3]))
        self.apply.setEnabled(not trouble)

    def _why_not(self, look: Look) -> str:
        row = self._session.row(self._id)
        if self._session.is_read_only:
            return tr("The study is open for reading only.")
        if row is not None and (row.frames, *row.shape) != look.shape and self._session.statuses(self._id):
            return tr(
                "Masks were drawn on {frames} frames of {rows} × {columns}. Read this way they would not"
                " fit: make another study for it.",
                frames=row.frames,
                rows=row.shape[0],
                columns=row.shape[1],
            )
        return ""

    def _list_variables(self, candidates: tuple[Any, ...]) -> None:
        if self._variables is not None:
            return
        self._variables = [one.variable for one in candidates]
        self.list.blockSignals(True)
        blank = QPixmap(THUMBNAIL_PX, THUMBNAIL_PX)
        blank.fill(theme.current().canvas)
        for one in candidates:
            item = QListWidgetItem(
                QIcon(blank), f"{one.variable}\n{' × '.join(map(str, one.shape))} {one.dtype}"
            )
            item.setData(VARIABLE_ROLE, one.variable)
            item.setToolTip(one.reason)
            self.list.addItem(item)
            if self.look is not None and one.variable == self.look.variable:
                self.list.setCurrentItem(item)
        if not candidates and self._path is not None:
            item = QListWidgetItem(QIcon(blank), self._path.name)
            item.setToolTip(tr("This kind of file holds one recording"))
            self.list.addItem(item)
            self.list.setCurrentItem(item)
        self.list.blockSignals(False)
        path, names = self._path, self._variables
        if path is not None and names:
            self._thumbnail_work.start(
                "Looking at the variables",
                lambda progress: thumbnails(path, names, progress),
                self._show_thumbnails,
                is_shown=False,
            )

    def _show_thumbnails(self, found: dict[str, Look | str]) -> None:
        for line in range(self.list.count()):
            item = self.list.item(line)
            seen = found.get(str(item.data(VARIABLE_ROLE)))
            if isinstance(seen, Look):
                item.setIcon(QIcon(picture(seen, THUMBNAIL_PX, THUMBNAIL_PX, self.devicePixelRatioF())))
            elif seen is not None:
                item.setToolTip(seen)
                item.setText(tr("{words}\ncannot be shown", words=item.text()))

    # doing it

    def _apply(self) -> None:
        from lusgui.io.recipes import save_folder_recipe, save_recipe

        recipe = self.recipe()
        with self._session.guarded("The recipe was not saved"):
            if recipe.name:
                save_recipe(recipe)
            if self.folder.isChecked() and self._path is not None:
                save_folder_recipe(recipe, self._path.parent)
        others = []
        if self.folder.isChecked() and self._path is not None:
            others = [
                row.id for row in self._session.recording_rows() if row.path.parent == self._path.parent
            ]
        if not self._session.reread(self._id, recipe):
            return
        for recording_id in others:
            if recording_id != self._id:
                self._session.reread(recording_id, recipe)
        self.accept()

    def _on_problem(self, problem: Problem) -> None:
        say(self.warning, f"{problem.message} {problem.remedy}".strip())

    def _on_finished(self, _result: int) -> None:
        self._bindings.disconnect()
        self._later.stop()
        self._preview_work.abandon()
        self._thumbnail_work.abandon()
