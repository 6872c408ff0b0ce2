"""The end of an export: what was written, how large, and where it is."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QProcess, Qt
from PySide6.QtWidgets import QHBoxLayout, QLabel, QListWidget, QVBoxLayout, QWidget

from lusgui.base.platforms import reveal_in_file_manager
from lusgui.base.translate import tr, trn
from lusgui.ui import theme
from lusgui.ui.dialogs.frame import dim

if TYPE_CHECKING:
    from pathlib import Path


class ExportDone(QWidget):
    """Lists the files that were written.

    Parameters
    ----------
    files : list of Path
        What was written.
    folder : Path
        Where.
    """

    def __init__(self, files: list[Path], folder: Path) -> None:
        super().__init__()
        self._files, self._folder = files, folder
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        row = QHBoxLayout()
        picture = QLabel()
        picture.setPixmap(theme.pixmap("accept", theme.current().good, 26, self.devicePixelRatioF()))
        row.addWidget(picture)
        size = sum(path.stat().st_size for path in files if path.exists())
        number = trn("{count} file", "{count} files", len(files))
        self.summary = QLabel(f"{number}, {_size(size)}")
        self.summary.setObjectName("big")
        row.addWidget(self.summary, 1)
        layout.addLayout(row)
        where = dim(
            tr("In {folder}. Beside the files, a .json says where every pixel came from.", folder=folder)
        )
        where.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        layout.addWidget(where)
        self.list = QListWidget()
        self.list.setAccessibleName(tr("Files written"))
        self.list.addItems([path.name for path in files])
        layout.addWidget(self.list, 1)

    def reveal(self) -> bool:
        """Show the first file in the system's file manager; return whether it could be started."""
        command = reveal_in_file_manager(self._files[0] if self._files else self._folder)
        started = QProcess.startDetached(command[0], command[1:])
        return bool(started[0])


def _size(size_bytes: int) -> str:
    if size_bytes < 1_000_000:
        return tr("{size_bytes:.1f} kB", size_bytes=max(size_bytes / 1000.0, 0.1))
    return (
        tr("{size_bytes:.1f} MB", size_bytes=size_bytes / 1000000.0)
        if size_bytes < 1e9
        else tr("{size_bytes:.2f} GB", size_bytes=size_bytes / 1000000000.0)
    )
