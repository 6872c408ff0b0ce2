"""All dialogs of a window behind one door: commands say what they want asked, nobody waits for the answer."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QObject

from lusgui.base.translate import tr
from lusgui.session.problems import Problem
from lusgui.ui.bindings import Bindings
from lusgui.ui.dialogs.doubt import doubt_about
from lusgui.ui.dialogs.file_acts import FileActs
from lusgui.ui.dialogs.help_dialogs import openers
from lusgui.ui.dialogs.recent import RecentStudies
from lusgui.ui.dialogs.review_dialogs import openers as review_openers

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from PySide6.QtWidgets import QDialog, QWidget

    from lusgui.session.model_rows import ModelRow
    from lusgui.session.session import Session
    from lusgui.ui.dialogs.work_line import Jobs
    from lusgui.ui.services import Services


class Dialogs(QObject):
    """Opens dialogs and carries their answers to the session and the services.

    Parameters
    ----------
    session : Session
        Where the answers end.
    services : Services or None
        Long work with progress in the status bar.
    jobs : Jobs or None
        Long work with progress in a dialog.
    window : QWidget or None
        Parent of the dialogs.
    """

    def __init__(
        self, session: Session, services: Services | None, jobs: Jobs | None, window: QWidget | None = None
    ) -> None:
        super().__init__(window)
        self._session = session
        self._services = services
        self._jobs = jobs
        self._window = window
        self._open: dict[str, QDialog] = {}
        self._settled: set[tuple[str, int]] = set()
        self.recent = RecentStudies(self)
        self.files = FileActs(session, services, self.recent, window)
        self._bindings = Bindings()
        self._bindings.connect(session.study_changed, self._note_study)
        self._acts: dict[str, Callable[[], object]] = {
            "import masks": self._import_masks,
            "export": self._export,
            "add label": lambda: self._labels(is_adding=True),
            "labels": self._labels,
            "rater": self._rater,
            "settings": self._settings,
            "model": self._model,
            "models": self._models,
            "worklist": self._worklist,
            "recipe": self.recipe,
            "spacing": self._spacing,
            "calibrate": self._calibrate,
            "export measures": self._export_measures,
            "relocate": self.relocate,
            "guide": self.guide,
            "guide learning": lambda: self.guide("learning.md"),
        }
        self._acts |= self.files.acts()
        self._acts |= openers(session, window, self._show)
        self._acts |= review_openers(session, jobs, window, self._show)
        self._note_study()

    @property
    def opened(self) -> list[QDialog]:
        """The dialogs that are open now."""
        return list(self._open.values())

    def ask(self, what: str) -> None:
        """Open the dialog named `what`, or bring it to the front."""
        act = self._acts.get(what)
        if act is None:
            self._session.report(
                Problem(tr("That is not there"), tr("Nothing is known of “{what}”.", what=what))
            )
            return
        act()

    def close_all(self) -> None:
        """Close every dialog and stop listening: the window goes."""
        self._bindings.disconnect()
        for dialog in self.opened:
            dialog.reject()

    def _show(self, name: str, make: Callable[[], QDialog], *, is_modal: bool = True) -> QDialog:
        present = self._open.get(name)
        if present is not None:
            present.raise_()
            present.activateWindow()
            return present
        dialog = make()
        self._open[name] = dialog
        dialog.finished.connect(lambda _result: self._open.pop(name, None))
        dialog.setModal(False)
        if is_modal:
            dialog.open()
        else:
            dialog.show()
        return dialog

    # files and studies

    def open_files(self, paths: list[Path]) -> None:
        """Open what was dropped or chosen: studies as studies, the rest as recordings."""
        self.files.open_files(paths)

    def open_study(self, path: Path) -> None:
        """Open a study, asking first what becomes of what is not in the present one."""
        self.files.open_study(path)

    def _note_study(self) -> None:
        if self._session.study_path is not None:
            self.recent.add(self._session.study_path)

    # the dialogs

    def _import_masks(self) -> None:
        from lusgui.ui.dialogs.import_masks import ImportMasksDialog

        if self._jobs is not None and self._session.is_open:
            jobs = self._jobs
            self._show("import masks", lambda: ImportMasksDialog(self._session, jobs, self._window))

    def _export(self) -> None:
        from lusgui.ui.dialogs.export import ExportDialog

        if self._jobs is not None and self._session.is_open:
            jobs = self._jobs
            self._show("export", lambda: ExportDialog(self._session, jobs, self._window))

    def _labels(self, is_adding: bool = False) -> None:
        from lusgui.ui.dialogs.labels import LabelsDialog

        self._show("labels", lambda: LabelsDialog(self._session, is_adding, self._window))

    def _rater(self) -> None:
        from lusgui.ui.dialogs.settings import RaterDialog

        self._show("rater", lambda: RaterDialog(self._session, self._window))

    def _settings(self) -> None:
        from lusgui.ui.dialogs.settings import SettingsDialog

        self._show("settings", lambda: SettingsDialog(self._session, self._services, self._window))

    def _model(self) -> None:
        from lusgui.ui.dialogs.model import ModelDialog

        session, services = self._session, self._services
        card = None if services is None else services.card_of(session.view.label)
        if card is not None:
            chosen, label = card, session.view.label
            self._show("model", lambda: ModelDialog(session, chosen, label, self._window), is_modal=False)
            return
        label_now = session.label(session.view.label)
        name = "this label" if label_now is None else label_now.name
        session.report(
            Problem(
                tr("There is no model"),
                tr("No model knows {name}.", name=name),
                tr("Use a model file, or draw."),
            )
        )

    def _models(self) -> None:
        from lusgui.ui.dialogs.models import ModelsDialog

        if self._jobs is not None:
            given = (self._session, self._services, self._jobs, self.compare_models, self._about_model)
            self._show("models", lambda: ModelsDialog(*given, self._window), is_modal=False)

    def compare_models(self, label: str, first: str, second: str = "") -> None:
        """Put two models side by side, given by the ids of their rows."""
        from lusgui.ui.dialogs.model_compare import CompareDialog

        present = self._open.get("compare models")
        if present is not None:
            present.reject()  # it may be of other models
        given = (self._session, label, first, second, self._window, self._services)
        self._show("compare models", lambda: CompareDialog(*given), is_modal=False)

    def _about_model(self, row: ModelRow, label: str) -> None:
        from lusgui.ui.dialogs.model import ModelDialog

        card = row.card
        if card is not None:
            name = tr("model {id}", id=row.id)
            of = label if label in card.labels else card.labels[0]
            self._show(name, lambda: ModelDialog(self._session, card, of, self._window), is_modal=False)

    def _worklist(self) -> None:
        from lusgui.ui.dialogs.worklist import WorklistDialog

        if self._session.is_open:
            self._show("worklist", lambda: WorklistDialog(self._session, self._window))

    def _spacing(self) -> None:
        from lusgui.ui.dialogs.spacing import SpacingDialog

        recording_id = self._session.current_recording_id
        if recording_id is not None:
            self._show("spacing", lambda: SpacingDialog(self._session, recording_id, self._window))

    def _calibrate(self) -> None:
        from lusgui.ui.dialogs.calibrate import CalibrateDialog

        if self._session.callipers.known_line is not None:
            self._show("calibrate", lambda: CalibrateDialog(self._session, self._window))

    def _export_measures(self) -> None:
        from lusgui.ui.dialogs.export_measures import ExportMeasuresDialog

        if self._jobs is not None and self._session.is_open:
            jobs = self._jobs
            self._show("export measures", lambda: ExportMeasuresDialog(self._session, jobs, self._window))

    def relocate(self, recording_id: int | None = None) -> None:
        """Ask where the file of a recording is, or whether a changed one shall be used."""
        from lusgui.ui.dialogs.relocate import RelocateDialog

        chosen = self._session.current_recording_id if recording_id is None else recording_id
        if chosen is not None and self._jobs is not None:
            jobs = self._jobs
            self._show("relocate", lambda: RelocateDialog(self._session, chosen, jobs, self._window))

    def recipe(self, recording_id: int | None = None) -> None:
        """Ask how the file of a recording is to be read."""
        from lusgui.ui.dialogs.recipe import RecipeDialog

        chosen = self._session.current_recording_id if recording_id is None else recording_id
        if chosen is not None and self._jobs is not None:
            jobs, services = self._jobs, self._services
            self._show("recipe", lambda: RecipeDialog(self._session, chosen, jobs, services, self._window))
            self.dismiss_ambiguity(chosen)

    def ambiguity(self, recording_id: int) -> str | None:
        """Return one sentence when the reading of a file is doubtful and nobody has settled it yet."""
        row = self._session.row(recording_id)
        if row is None or row.missing or (str(row.path), recording_id) in self._settled:
            return None
        return doubt_about(self._session.open_recording_of(recording_id))

    def dismiss_ambiguity(self, recording_id: int) -> None:
        """Ask no more about the reading of a file while the window is open."""
        row = self._session.row(recording_id)
        if row is not None:
            self._settled.add((str(row.path), recording_id))

    def guide(self, page: str = "") -> None:
        """Show a page of the guide."""
        from lusgui.ui.dialogs.guide import GuideDialog

        keys = self._session.key_map
        dialog: Any = self._show("guide", lambda: GuideDialog(page, self._window, keys), is_modal=False)
        if page:
            dialog.show_page(page)

    def show_problem(self, problem: Problem) -> None:
        """Show a problem; one that comes while another is shown joins it."""
        from lusgui.ui.dialogs.problem import ProblemDialog

        if any(getattr(dialog, "shows_problems", False) for dialog in self.opened):
            return
        present = self._open.get("problem")
        if isinstance(present, ProblemDialog):
            present.add(problem)
            return
        keep = self.files.ask_copy if self._session.save_state == "unsaved" else None
        self._show("problem", lambda: ProblemDialog(problem, keep, self._window), is_modal=False)
