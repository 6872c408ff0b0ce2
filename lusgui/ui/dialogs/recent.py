"""Studies opened lately, kept between runs."""

from __future__ import annotations

import json
from pathlib import Path

from PySide6.QtCore import QObject, Signal

from lusgui.base.atomic import atomic_path
from lusgui.base.errors import LusguiError
from lusgui.base.paths import config_dir

LONGEST = 8


class RecentStudies(QObject):
    """The list of studies opened lately, newest first.

    Signals
    -------
    changed()
        The list is another.
    """

    changed = Signal()

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._paths = _read()

    def paths(self) -> list[Path]:
        """Return the studies that still exist."""
        return [path for path in self._paths if path.is_file()]

    def add(self, path: Path) -> None:
        """Put a study first."""
        path = Path(path).absolute()
        paths = [path, *(known for known in self._paths if known != path)][:LONGEST]
        if paths != self._paths:
            self._paths = paths
            self._write()
            self.changed.emit()

    def forget(self, path: Path) -> None:
        """Take a study off the list."""
        if path in self._paths:
            self._paths.remove(path)
            self._write()
            self.changed.emit()

    def _write(self) -> None:
        try:
            with atomic_path(_file(), overwrite=True) as temporary:
                temporary.write_text(json.dumps([str(path) for path in self._paths]), encoding="utf-8")
        except LusguiError:
            return  # a read-only home: the list lives until the window closes


def _file() -> Path:
    return config_dir() / "recent.json"


def _read() -> list[Path]:
    try:
        listed = json.loads(_file().read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return []
    return [Path(one) for one in listed if isinstance(one, str)][:LONGEST] if isinstance(listed, list) else []
