"""The place of a study that is to be written: nobody else writes there, and nothing gets mixed into it."""

from __future__ import annotations

import contextlib
import os
import re
from pathlib import Path
from typing import TYPE_CHECKING

from lusgui.base.atomic import LONGEST_STEM, explain_os_error, make_folder
from lusgui.base.errors import LusguiError, OverwriteRefusedError, StudyReadOnlyError
from lusgui.base.filesystems import is_network_folder
from lusgui.io.study_database import Database, check_header
from lusgui.io.study_lock import StudyLock

if TYPE_CHECKING:
    from collections.abc import Iterator

LOGS = ("-wal", "-journal")
"""What SQLite adds to the name of a study for changes that are not in it yet."""


def without_link(path: Path) -> Path:
    """Return where a study itself lies: SQLite writes beside the file, never beside a link to it."""
    path = Path(path).absolute()
    return Path(os.path.realpath(path)) if path.is_symlink() else path


@contextlib.contextmanager
def hold_place(target: Path, *, overwrite: bool = False) -> Iterator[None]:
    """Keep everybody else from writing a study of this name while the block writes it.

    What a killed process left half written under the name is cleared away. Of a study that is to be replaced
    the log is folded in first, or SQLite would take it for changes to the new one.

    Parameters
    ----------
    target : Path
        The study that is to appear.
    overwrite : bool
        Whether one that is there may be replaced.

    Raises
    ------
    OverwriteRefusedError
        If there is a study already, or the log of one that is not there.
    StudyLockedError
        If somebody has the study open, or writes one of that name.
    WriteFailedError
        If nothing can be written there.
    """
    if target.exists() and not overwrite:
        raise OverwriteRefusedError("it is already there", path=target, remedy="Say that it may be replaced")
    make_folder(target.parent)
    try:
        lock = StudyLock(target, is_network=is_network_folder(target.parent))
    except StudyReadOnlyError as error:
        cause = error.__cause__
        raise (explain_os_error(cause, target) if isinstance(cause, OSError) else error) from error
    try:
        clear_half_written(target)
        _fold_log(target)
        yield
    finally:
        lock.release()


def clear_half_written(target: Path) -> None:
    """Remove what was begun under the name of a study and never finished; only for who holds its place."""
    if len(target.stem) > LONGEST_STEM:
        return  # what is shortened may be of another study
    ends = "|".join(("", *LOGS, "-shm"))
    wanted = re.compile(
        rf"\.{re.escape(target.stem)}\.[0-9a-f]{{8}}\.part{re.escape(target.suffix)}(?:{ends})"
    )
    with contextlib.suppress(OSError):
        for path in list(target.parent.iterdir()):
            if wanted.fullmatch(path.name):
                path.unlink(missing_ok=True)


def _fold_log(target: Path) -> None:
    """Let no log lie beside the place: an empty one goes, that of a study that is there is folded in."""
    logs = [path for end in LOGS if (path := target.with_name(target.name + end)).exists()]
    refusal = OverwriteRefusedError(
        "parts of another study of that name lie there", path=target, remedy="Choose another name"
    )
    if any(path.stat().st_size for path in logs):
        if not target.exists():
            raise refusal
        try:
            check_header(target)
            Database(target).close()
        except LusguiError as error:
            raise refusal from error
    for path in logs:
        if path.exists():
            if path.stat().st_size:
                raise refusal
            path.unlink(missing_ok=True)
