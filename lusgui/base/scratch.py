"""Folders for what is only needed for a while, also where a process was killed before it could clear up."""

from __future__ import annotations

import contextlib
import os
import shutil
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING

from lusgui.base.filesystems import try_lock

if TYPE_CHECKING:
    from types import TracebackType

LOCK = "in-use.lock"
"""A file in each folder that its process keeps locked: the system lets go of it however that ends."""

STRANGE_SECONDS = 86_400.0
"""A folder without that file, as an older lusgui made it, is left alone for so long."""


class Scratch:
    """A folder of one's own until `close`; what killed processes left of the same purpose is cleared first.

    Parameters
    ----------
    purpose : str
        A word in the name of the folder.

    Attributes
    ----------
    path : Path
        The folder.
    """

    def __init__(self, purpose: str) -> None:
        prefix = f"lusgui-{purpose}-"
        clear_left_behind(prefix)
        while True:
            self._folder = tempfile.TemporaryDirectory(prefix=prefix, ignore_cleanup_errors=True)
            self.path = Path(self._folder.name)
            self._descriptor = os.open(self.path / LOCK, os.O_RDWR | os.O_CREAT, 0o600)
            if try_lock(self._descriptor):
                return
            self.close()  # somebody who clears up was quicker than our lock

    def close(self) -> None:
        """Remove the folder with all that is in it; idempotent."""
        if self._descriptor >= 0:
            os.close(self._descriptor)
            self._descriptor = -1
        self._folder.cleanup()

    def __enter__(self) -> Path:
        return self.path

    def __exit__(
        self, kind: type[BaseException] | None, value: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


def clear_left_behind(prefix: str) -> None:
    """Remove folders of one's own that begin with `prefix` and whose processes are gone."""
    for folder in Path(tempfile.gettempdir()).glob(f"{prefix}*"):
        with contextlib.suppress(OSError):
            if _is_mine(folder) and _is_left(folder):
                shutil.rmtree(folder, ignore_errors=True)


def _is_mine(folder: Path) -> bool:
    """Return whether this is a folder, no link to one, of the person who runs lusgui."""
    if folder.is_symlink() or not folder.is_dir():
        return False
    owner = getattr(os, "getuid", None)
    return owner is None or folder.stat().st_uid == owner()


def _is_left(folder: Path) -> bool:
    """Return whether no process uses a folder any more."""
    try:
        descriptor = os.open(folder / LOCK, os.O_RDWR)
    except FileNotFoundError:
        return time.time() - folder.stat().st_mtime > STRANGE_SECONDS
    try:
        return try_lock(descriptor)
    finally:
        os.close(descriptor)
