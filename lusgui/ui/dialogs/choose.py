"""The system's file dialogs, asked without blocking: the answer comes as a call."""

from __future__ import annotations

from enum import Enum
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QFileDialog

if TYPE_CHECKING:
    from collections.abc import Callable

    from PySide6.QtWidgets import QWidget

RECORDINGS = (
    "Ultrasound recordings (*.mat *.dcm *.dicom *.ima *.tif *.tiff *.png *.bmp *.jpg *.jpeg"
    " *.avi *.mp4 *.m4v *.mov *.mkv)"
    ";;All files (*)"
)
STUDIES = "lusgui studies (*.lusgui)"
MODELS = "Models (*.safetensors);;All files (*)"
MASKS = "Masks (*.tif *.tiff *.png *.bmp *.mat *.json);;All files (*)"


class Kind(Enum):
    """What is asked for."""

    FILES = "files"
    FILE = "file"
    FOLDER = "folder"
    NEW_FILE = "new file"


def choose(
    parent: QWidget | None,
    title: str,
    kind: Kind,
    done: Callable[[list[Path]], object],
    *,
    filters: str = "",
    start: Path | None = None,
    suffix: str = "",
) -> QFileDialog:
    """Ask for files or a folder.

    Parameters
    ----------
    parent : QWidget or None
        The window or dialog that asks.
    title : str
        Of the dialog.
    kind : Kind
        What is asked for.
    done : callable
        Gets the paths; not called when the person gives up.
    filters : str
        As Qt writes them.
    start : Path, optional
        Folder shown first, or the file suggested.
    suffix : str
        Put to a new file's name that has none, without the dot.

    Returns
    -------
    QFileDialog
        Open already; deletes itself.
    """
    dialog = QFileDialog(parent, title)
    dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
    modes = {
        Kind.FILES: QFileDialog.FileMode.ExistingFiles,
        Kind.FILE: QFileDialog.FileMode.ExistingFile,
        Kind.FOLDER: QFileDialog.FileMode.Directory,
        Kind.NEW_FILE: QFileDialog.FileMode.AnyFile,
    }
    dialog.setFileMode(modes[kind])
    if kind is Kind.FOLDER:
        dialog.setOption(QFileDialog.Option.ShowDirsOnly, True)
    if kind is Kind.NEW_FILE:
        dialog.setAcceptMode(QFileDialog.AcceptMode.AcceptSave)
        dialog.setDefaultSuffix(suffix)
    if filters:
        dialog.setNameFilters(filters.split(";;"))
    if start is not None:
        folder = start if start.is_dir() else start.parent
        if folder.is_dir():
            dialog.setDirectory(str(folder))
        if not start.is_dir():
            dialog.selectFile(start.name)
    dialog.filesSelected.connect(lambda names: done([Path(name) for name in names]))
    dialog.open()
    return dialog
