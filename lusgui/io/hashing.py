"""The content hash by which a recording is known, wherever it was moved."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

from lusgui.base.errors import UnreadableFileError
from lusgui.core.progress import no_progress

if TYPE_CHECKING:
    from pathlib import Path

    from lusgui.core.progress import Progress

CHUNK_BYTES = 4 * 1024 * 1024


def content_hash(path: Path, progress: Progress | None = None) -> str:
    """Return the SHA-256 of a file's bytes as 64 hexadecimal digits.

    Parameters
    ----------
    path : Path
        The file; read in pieces, never whole.
    progress : Progress, optional
        Told the bytes done; may raise ``CancelledError``.

    Raises
    ------
    UnreadableFileError
        If the file cannot be read.
    """
    report = progress or no_progress
    digest = hashlib.sha256()
    done = 0
    try:
        total = path.stat().st_size
        with path.open("rb") as stream:
            while piece := stream.read(CHUNK_BYTES):
                digest.update(piece)
                done += len(piece)
                report(done, max(total, done), f"Checking {path.name}")
    except OSError as error:
        raise UnreadableFileError(f"it cannot be read ({error.strerror or error})", path=path) from error
    return digest.hexdigest()
