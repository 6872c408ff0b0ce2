"""Models in and out of the manager: a file taken in, a model handed on with its card, an ONNX file."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal

from lusgui.base.translate import tr
from lusgui.ui.dialogs.choose import MODELS, Kind, choose

if TYPE_CHECKING:
    from collections.abc import Callable

    from PySide6.QtWidgets import QWidget

    from lusgui.session.model_rows import ModelRow
    from lusgui.session.model_shelf import ModelShelf
    from lusgui.session.session import Session
    from lusgui.ui.dialogs.work_line import WorkLine

ONNX = "ONNX models (*.onnx)"


class ModelFiles(QObject):
    """Asks where, and does it.

    Parameters
    ----------
    dialog : QWidget
        Parent of the file dialogs.
    session : Session
        Is told of errors.
    shelf : ModelShelf
        Copies models.
    work : WorkLine
        Shows the making of an ONNX file, with a button to cancel it.

    Signals
    -------
    told(str)
        What was done.
    failed(str)
        What could not be done.
    taken_in(ModelEntry)
        A model is one of the person's own now.
    """

    told = Signal(str)
    failed = Signal(str)
    taken_in = Signal(object)

    def __init__(self, dialog: QWidget, session: Session, shelf: ModelShelf, work: WorkLine) -> None:
        super().__init__(dialog)
        self._dialog, self._session, self._shelf, self._work = dialog, session, shelf, work

    def ask_import(self) -> None:
        """Ask for a model file."""
        choose(
            self._dialog,
            tr("Import a model"),
            Kind.FILE,
            lambda paths: self.take_in(paths[0]),
            filters=MODELS,
            start=Path.home(),
        )

    def take_in(self, path: Path) -> None:
        """Take a model file into the person's own models; it answers for nothing yet."""
        self.failed.emit("")
        with self._session.guarded("The model was not imported"):
            from lusgui.io.model_install import add_model

            entry = add_model(path)
            self.taken_in.emit(entry)
            if entry.card is not None:
                name = f"{entry.card.name} {entry.card.version}"
                self.told.emit(
                    tr("{name} is one of your own models now. Choose Use, or make it a default.", name=name)
                )

    def ask_export(self, row: ModelRow) -> None:
        """Ask where a model and its card shall go."""
        self._ask_place(row, "with its card", MODELS, "safetensors", self.export_to)

    def export_to(self, row: ModelRow, target: Path) -> None:
        """Write a model and its card."""
        written = self._shelf.export(row, target)
        if written is not None:
            self.told.emit(
                tr(
                    "Written: {written_first}, and its card {name}",
                    written_first=written[0],
                    name=written[1].name,
                )
            )

    def ask_onnx(self, row: ModelRow) -> None:
        """Ask where a model as an ONNX file shall go."""
        self._ask_place(row, "as ONNX", ONNX, "onnx", self.export_onnx)

    def export_onnx(self, row: ModelRow, target: Path) -> None:
        """Write a model as an ONNX file in the background."""
        from lusgui.session.onnx_child import export_onnx

        path = row.path
        if path is None or self._work.is_busy:
            return
        self.told.emit("")
        self.failed.emit("")
        self._work.start(
            tr("Export {name}", name=row.name),
            lambda progress: export_onnx(path, target, progress),
            lambda said: self.told.emit(str(said)),
            self._onnx_ended,
        )

    def _onnx_ended(self, text: str) -> None:
        if text:
            self.failed.emit(text)
        else:
            self.told.emit(tr("The export was stopped; nothing was written."))

    def _ask_place(
        self, row: ModelRow, how: str, filters: str, suffix: str, act: Callable[[ModelRow, Path], None]
    ) -> None:
        choose(
            self._dialog,
            tr("Export {name} {how}", name=row.name, how=how),
            Kind.NEW_FILE,
            lambda paths: act(row, paths[0]),
            filters=filters,
            start=Path.home() / f"{row.key}.{suffix}",
            suffix=suffix,
        )
