"""How much memory reading may take, asked before anything is allocated."""

from __future__ import annotations

from typing import TYPE_CHECKING

from lusgui.base.errors import TooLargeError

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

SHARE_OF_AVAILABLE = 0.6
"""Part of the free memory one recording may take; the rest is for frames, masks and the network."""


def memory_limit(limit_bytes: int | None = None) -> int:
    """Return how many bytes may be allocated: what the caller says, else a share of what is free."""
    if limit_bytes is not None:
        return limit_bytes
    import psutil

    return int(psutil.virtual_memory().available * SHARE_OF_AVAILABLE)


def refuse_too_large(
    wanted_bytes: int,
    limit_bytes: int | None,
    *,
    path: Path,
    variable: str | None = None,
    shape: Sequence[int] | None = None,
) -> None:
    """Refuse an allocation that cannot fit.

    Raises
    ------
    TooLargeError
        Naming what it needs, what there is, and the way out.
    """
    limit = memory_limit(limit_bytes)
    if wanted_bytes > limit:
        raise TooLargeError(
            f"it needs {readable_bytes(wanted_bytes)} of memory and {readable_bytes(limit)} may be used",
            path=path,
            variable=variable,
            shape=shape,
            remedy="Save fewer frames, or save in MATLAB with '-v7.3', which is read frame by frame",
        )


def readable_bytes(count: int) -> str:
    """Return a number of bytes in words, e.g. ``1.5 GB``."""
    size = float(count)
    for unit in ("bytes", "kB", "MB", "GB"):
        if size < 1000:
            return f"{size:.3g} {unit}"
        size /= 1000
    return f"{size:,.0f} TB"
