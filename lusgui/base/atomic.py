"""Files appear whole or not at all."""

from __future__ import annotations

import contextlib
import errno
import os
import re
import secrets
import time
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from lusgui.base.errors import OverwriteRefusedError, WriteFailedError

if TYPE_CHECKING:
    from collections.abc import Iterator

LONGEST_STEM = 80
"""So much of a name is kept in that of its temporary file."""

STALE_SECONDS = 86_400.0
"""Nobody writes one file for so long: what is older was left by a process that was killed."""

_HALF_WRITTEN = re.compile(r"\..+\.[0-9a-f]{8}\.part(\.[^.]*)?")


def clear_half_written(folder: Path) -> None:
    """Remove what killed processes left half written in a folder, more than a day ago."""
    with contextlib.suppress(OSError):
        for path in list(folder.iterdir()):
            is_ours = _HALF_WRITTEN.fullmatch(path.name) is not None
            if is_ours and path.is_file() and time.time() - path.stat().st_mtime > STALE_SECONDS:
                path.unlink(missing_ok=True)


def explain_os_error(error: OSError, path: Path) -> WriteFailedError:
    """Turn the operating system's refusal to write `path` into words and a way out."""
    causes = {
        errno.ENOSPC: ("the disk is full", "Free some space or choose another folder"),
        errno.EDQUOT: ("your disk quota is used up", "Free some space or choose another folder"),
        errno.EROFS: ("the folder is on a read-only disk", "Choose another folder"),
        errno.EACCES: ("you may not write there", "Choose another folder or ask for permission"),
        errno.EPERM: ("you may not write there", "Choose another folder or ask for permission"),
        errno.ENOENT: ("the folder does not exist", "Choose another folder"),
        errno.ENAMETOOLONG: ("the file name is too long", "Choose a shorter name"),
        errno.EISDIR: ("a folder of that name is in the way", "Choose another name"),
        errno.EEXIST: ("a file is where a folder should be", "Choose another folder"),
        errno.ENOTDIR: ("a file is where a folder should be", "Choose another folder"),
    }
    # numpy's tofile says how much it could not write, but not why
    number = errno.ENOSPC if error.errno is None and "requested and" in str(error) else error.errno
    cause, remedy = causes.get(
        number or 0, (f"it could not be written ({error.strerror or error})", "Try another folder")
    )
    return WriteFailedError(cause, path=path, remedy=remedy)


def make_folder(folder: Path) -> None:
    """Make a folder to write into, with those above it, if it is not there.

    Raises
    ------
    WriteFailedError
        If that cannot be, so that no work is begun for it.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise explain_os_error(error, folder) from error


@contextmanager
def atomic_path(target: Path, *, overwrite: bool = False) -> Iterator[Path]:
    """Give a temporary path beside `target` to write to, and move it there when the block ends well.

    Parameters
    ----------
    target : Path
        Where the file shall be.
    overwrite : bool
        Whether a file already there may be replaced.

    Yields
    ------
    Path
        Temporary file name in the same folder, with the same extension.

    Raises
    ------
    OverwriteRefusedError
        If `target` exists and `overwrite` is false.
    WriteFailedError
        If the disk is full, the folder read-only or the like.
    """
    target = Path(target)
    if target.exists() and not overwrite:
        raise OverwriteRefusedError("it is already there", path=target, remedy="Say that it may be replaced")
    temporary = target.with_name(f".{target.stem[:LONGEST_STEM]}.{secrets.token_hex(4)}.part{target.suffix}")
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        yield temporary
        with temporary.open("rb") as written:
            os.fsync(written.fileno())
        temporary.replace(target)
    except OSError as error:
        raise explain_os_error(error, target) from error
    finally:
        with contextlib.suppress(OSError):
            temporary.unlink(missing_ok=True)


def sync_folder(folder: Path) -> None:
    """Have the names in a folder on the disk: after a loss of power a moved file is where it was moved to.

    Where a folder cannot be opened for it (Windows, some network folders) the system is left to itself.
    """
    with contextlib.suppress(OSError):
        handle = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)
