"""The model manager: every model there is, what it is used for, and everything that can be done with it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Qt
from PySide6.QtWidgets import (
    QComboBox,
    QHBoxLayout,
    QLabel,
    QMenu,
    QPushButton,
    QTextBrowser,
    QWidget,
)

from lusgui.base.translate import tr
from lusgui.session.model_rows import Origin
from lusgui.session.model_shelf import ModelShelf
from lusgui.ui.bindings import Bindings, Later
from lusgui.ui.dialogs.frame import Frame, describe, dim, say, warning_label
from lusgui.ui.dialogs.models_files import ModelFiles
from lusgui.ui.dialogs.models_list import ModelList, name_of_label, row_html
from lusgui.ui.dialogs.work_line import WorkLine

if TYPE_CHECKING:
    from collections.abc import Callable

    from lusgui.io.models import ModelEntry
    from lusgui.session.model_rows import ModelRow
    from lusgui.session.model_shelf import Removed
    from lusgui.session.problems import Problem
    from lusgui.session.session import Session
    from lusgui.ui.dialogs.work_line import Jobs
    from lusgui.ui.services import Services


class ModelsDialog(Frame):
    """Lists models; every change is made at once, and a deletion can be taken back while the dialog is open.

    Parameters
    ----------
    session : Session
        Whose models.
    services : Services
        Chooses the model that answers, takes files in.
    jobs : Jobs
        For ONNX files.
    compare : callable
        Opens the comparison: label, ids of two rows (the second may be empty).
    about : callable
        Opens the page about a card, for a label.
    parent : QWidget or None
        The window.
    """

    shows_problems = True

    def __init__(
        self,
        session: Session,
        services: Services | None,
        jobs: Jobs,
        compare: Callable[[str, str, str], object],
        about: Callable[[ModelRow, str], object],
        parent: QWidget | None = None,
    ) -> None:
        super().__init__("Models", "What answers for each label, and what else there is.", "segment", parent)
        self.resize(940, 680)
        self._session, self._services = session, services
        self._compare, self._about = compare, about
        self.shelf = ModelShelf(session)
        self._rows: dict[str, ModelRow] = {}
        self._removed: Removed | None = None
        self._build_top()
        self.list = ModelList(self._name_of)
        self.list.itemSelectionChanged.connect(self._show_chosen)
        self.list.renamed.connect(self._rename)
        self.list.delete_asked.connect(self._delete)
        self.list.use_asked.connect(self._use)
        self.body.addWidget(self.list, 1)
        self._build_acts()
        self.facts = QTextBrowser()
        self.facts.setAccessibleName(tr("About the chosen model"))
        self.facts.setMaximumHeight(170)
        self.body.addWidget(self.facts)
        self.work = WorkLine(jobs)
        self.body.addWidget(self.work)
        self.warning = warning_label()
        self.body.addWidget(self.warning)
        self._build_news()
        self.files = ModelFiles(self, session, self.shelf, self.work)
        self.files.told.connect(self._tell)
        self.files.failed.connect(lambda text: say(self.warning, text))
        self.files.taken_in.connect(self._taken_in)
        self.add_close()
        self._later = Later(self.refresh, self)
        self._answering: dict[str, str] = {}
        self._bindings = Bindings()
        for signal in (session.labels_changed, session.study_changed, session.versions_changed):
            self._bindings.connect(signal, self._later)
        self._bindings.connect(session.prediction_changed, self._look_who_answers)
        self._bindings.connect(session.problem_reported, self._on_problem)
        self.finished.connect(self._let_go)
        self.refresh()
        self.list.setFocus()

    # --- building ------------------------------------------------------------------------------

    def _build_top(self) -> None:
        row = QHBoxLayout()
        self.label = QComboBox()
        self.label.setAccessibleName(tr("Label"))
        self.label.setToolTip(
            tr("Only models that know this label; it is also the one that Use and Default are about")
        )
        self.label.activated.connect(lambda _index: self.refresh())
        self.bring = _button(
            tr("Import…"),
            lambda: self.files.ask_import(),
            tr("Take a .safetensors file into your own models"),
        )
        row.addWidget(QLabel("Label"))
        row.addWidget(self.label)
        row.addStretch(1)
        row.addWidget(self.bring)
        self.body.addLayout(row)

    def _build_acts(self) -> None:
        self.use = _button(tr("Use"), self._use, tr("Let this model answer in this study (Enter)"))
        self.default = _button(tr("Make default"), self._toggle_default, "")
        self.name = _button(tr("Rename"), self.list.edit_name, tr("Give it another name (F2)"))
        self.compare = _button(tr("Compare…"), self._ask_compare, tr("Put two models side by side"))
        self.about = _button(
            tr("About…"), self._ask_about, tr("Its scores, what it learnt from and its limits")
        )
        self.remove = _button(tr("Delete"), self._delete, tr("Take it off the list (Del); you can undo that"))
        self.hand_on = QPushButton("Export")
        self.hand_on.setAutoDefault(False)
        self.hand_on.setToolTip(
            tr("As a file for another computer, with its card, or for other programs (ONNX)")
        )
        self.hand_on.setAccessibleName(tr("Export"))
        menu = QMenu(self.hand_on)
        menu.setToolTipsVisible(True)
        self.as_model = menu.addAction(
            tr("Model and card (.safetensors, .json)…"), lambda: self._with_row(self.files.ask_export)
        )
        self.as_model.setToolTip(tr("For lusgui on another computer; import it there"))
        self.as_onnx = menu.addAction(
            tr("For other programs (.onnx)…"), lambda: self._with_row(self.files.ask_onnx)
        )
        self.as_onnx.setToolTip(tr("Written and compared with the model itself in the background"))
        self.hand_on.setMenu(menu)
        row = QHBoxLayout()
        for widget in (self.use, self.default, self.compare, self.about, self.hand_on, self.name):
            row.addWidget(widget)
        row.addStretch(1)
        row.addWidget(self.remove)
        self.body.addLayout(row)

    def _build_news(self) -> None:
        self.news = QWidget()
        row = QHBoxLayout(self.news)
        row.setContentsMargins(0, 0, 0, 0)
        self.told = dim()
        self.told.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self.undo = _button(tr("Undo"), self._restore, tr("Bring the deleted model back"))
        row.addWidget(self.told, 1)
        row.addWidget(self.undo)
        self.news.setVisible(False)
        self.body.addWidget(self.news)

    def _tell(self, text: str, *, can_undo: bool = False) -> None:
        self.told.setText(text)
        self.undo.setVisible(can_undo)
        self.news.setVisible(bool(text))

    # --- what is shown -------------------------------------------------------------------------

    @property
    def chosen_label(self) -> str:
        """Label that Use and Default are about: that of the filter, else one that the chosen model knows."""
        of_filter = str(self.label.currentData() or "")
        row = self.row
        if of_filter or row is None or not row.labels:
            return of_filter or self._session.view.label
        present = self._session.view.label
        return present if present in row.labels else row.labels[0]

    @property
    def row(self) -> ModelRow | None:
        """The chosen model; None without one, or with several."""
        ids = self.list.chosen()
        return self._rows.get(ids[0]) if len(ids) == 1 else None

    def refresh(self) -> None:
        """List the models as they are now."""
        self._fill_labels()
        of_filter = str(self.label.currentData() or "")
        rows = self.shelf.rows(of_filter)
        self._rows = {row.id: row for row in rows}
        self._answering = self._who_answers()
        self.list.show_rows(rows, of_filter, lambda row: not self.shelf.why_not_renamed(row))
        self._show_chosen()

    def _fill_labels(self) -> None:
        present = self.label.currentData()
        keys = ["", *(label.key for label in self._session.labels)]
        if keys == [self.label.itemData(i) for i in range(self.label.count())]:
            return
        self.label.blockSignals(True)
        self.label.clear()
        for key in keys:
            self.label.addItem(self._name_of(key) if key else tr("All labels"), key)
        wanted = self._session.view.label if present is None else present
        self.label.setCurrentIndex(max(self.label.findData(wanted), 0))
        self.label.blockSignals(False)

    def _name_of(self, key: str) -> str:
        label = self._session.label(key)
        return name_of_label(key) if label is None else label.name

    def _who_answers(self) -> dict[str, str]:
        session = self._session
        found = {label.key: session.active_model(label.key) for label in session.labels}
        return {label: model.version for label, model in found.items() if model is not None}

    def _look_who_answers(self, *_: object) -> None:
        if self._who_answers() != self._answering:
            self._later()

    def _show_chosen(self) -> None:
        row, label, session = self.row, self.chosen_label, self._session
        name = self._name_of(label)
        is_fit = row is not None and row.can_be_used and label in row.labels
        is_answering = row is not None and label in row.answers_for
        can_write = session.is_open and not session.is_read_only
        self.use.setText(tr("In use") if is_answering else tr("Use for {name}", name=name))
        self.use.setEnabled(is_fit and not is_answering and can_write and self._services is not None)
        self.use.setToolTip(
            tr("Let this model answer for {name} in this study (Enter)", name=name)
            if can_write
            else tr("Open a study that can be written first: it remembers the choice")
        )
        is_default = row is not None and label in row.default_for
        self.default.setText(
            tr("No longer default for {name}", name=name)
            if is_default
            else tr("Default for {name}", name=name)
        )
        self.default.setToolTip(
            tr("Let lusgui choose the default again")
            if is_default
            else tr("Let it answer for {name} in every study that has no model of its own", name=name)
        )
        self.default.setEnabled(is_fit)
        self.compare.setEnabled(1 <= len(self.list.chosen()) <= 2)
        self.about.setEnabled(row is not None and row.card is not None)
        self.hand_on.setEnabled(row is not None and row.card is not None and row.path is not None)
        for button, why, what in (
            (self.name, self.shelf.why_not_renamed, "Give it another name (F2)"),
            (self.remove, self.shelf.why_not_deleted, "Take it off the list (Del); you can undo that"),
        ):
            reason = "Choose one model" if row is None else why(row)
            button.setEnabled(not reason)
            button.setToolTip(reason or what)
        self.facts.setHtml("" if row is None else row_html(row, label))

    def _on_problem(self, problem: Problem) -> None:
        say(self.warning, describe(problem))

    # --- acts ----------------------------------------------------------------------------------

    def _with_row(self, act: Callable[[ModelRow], object]) -> None:
        row = self._begin()
        if row is not None:
            act(row)

    def _begin(self) -> ModelRow | None:
        say(self.warning, "")
        return self.row

    def _use(self) -> None:
        row, label = self._begin(), self.chosen_label
        if row is None or self._services is None or not self.use.isEnabled():
            return
        self._services.choose_model(label, row.key)
        self._tell(
            tr(
                "{name} answers for {label} as soon as it has read the frame on screen.",
                name=row.name,
                label=self._name_of(label),
            )
        )
        self.refresh()

    def _toggle_default(self) -> None:
        row, label = self._begin(), self.chosen_label
        if row is None:
            return
        is_default = label in row.default_for
        if self.shelf.set_default(None if is_default else row, label):
            name = self._name_of(label)
            self._tell(
                tr("lusgui chooses the default for {name} again.", name=name)
                if is_default
                else tr(
                    "{name} answers for {name2} in every study that has no model of its own.",
                    name=row.name,
                    name2=name,
                )
            )
        self.refresh()

    def _rename(self, row_id: str, name: str) -> None:
        say(self.warning, "")
        row = self._rows.get(row_id)
        if row is not None and name.strip():
            own = row.origin is Origin.OWN and row.card is not None
            # the version stands behind the name of a file, and is not part of it
            wanted = name.removesuffix(f" {row.card.version}") if own and row.card is not None else name
            row_id = self.shelf.rename(row, wanted) or row_id
        self.refresh()
        self.list.choose([row_id])

    def _delete(self) -> None:
        row = self._begin()
        if row is None or not self.remove.isEnabled():
            return
        self._removed = self.shelf.delete(row)
        if self._removed is not None:
            until = "the study" if row.origin is Origin.STUDY else "this list"
            self._tell(
                tr(
                    "{name} was deleted. It can be brought back until {until} is closed.",
                    name=row.name,
                    until=until,
                ),
                can_undo=True,
            )
        self.refresh()

    def _restore(self) -> None:
        say(self.warning, "")
        removed, self._removed = self._removed, None
        if removed is not None and self.shelf.restore(removed):
            self._tell(tr("{name} is back.", name=removed.row.name))
        else:
            self._tell("")
        self.refresh()
        if removed is not None:
            self.list.choose([removed.row.id])

    def _taken_in(self, entry: ModelEntry) -> None:
        card = entry.card
        if card is not None:
            self.label.setCurrentIndex(max(self.label.findData(card.labels[0]), 0))
            self._session.labels_changed.emit()
            self.refresh()
            self.list.choose([f"{Origin.OWN}:{card.key}"])

    def _ask_compare(self) -> None:
        ids = self.list.chosen()
        if ids:
            self._compare(self.chosen_label, ids[0], ids[1] if len(ids) > 1 else "")

    def _ask_about(self) -> None:
        row = self._begin()
        if row is not None:
            self._about(row, self.chosen_label)

    def _let_go(self, _result: int) -> None:
        self._bindings.disconnect()
        self._later.stop()
        self.work.abandon()
        self.shelf.forget_removed()


def _button(text: str, act: Callable[[], object], tooltip: str) -> QPushButton:
    button = QPushButton(text)
    button.setAutoDefault(False)
    button.setToolTip(tooltip)
    button.clicked.connect(lambda _checked=False: act())
    return button
