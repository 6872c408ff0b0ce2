"""Several files that appear together: refused before the first byte, or written whole, or not at all."""

from __future__ import annotations

from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING, Self

from lusgui.base.atomic import atomic_path, clear_half_written
from lusgui.base.errors import OverwriteRefusedError, WriteFailedError

if TYPE_CHECKING:
    from collections.abc import Iterable
    from types import TracebackType


class FileBatch:
    """Writes a planned set of files; they take their names only when all of them are written.

    Parameters
    ----------
    targets : iterable of Path
        Every file that will be written.
    overwrite : bool
        Whether files already there may be replaced.
    protected : iterable of Path
        Files that are never replaced, whatever `overwrite` says: the source recordings.

    Raises
    ------
    OverwriteRefusedError
        At once, before anything is written.
    """

    def __init__(
        self, targets: Iterable[Path], *, overwrite: bool = False, protected: Iterable[Path] = ()
    ) -> None:
        self.targets = list(targets)
        self._overwrite = overwrite
        self._stack = ExitStack()
        names = [str(target.absolute()).casefold() for target in self.targets]
        if len(set(names)) != len(names):
            double = next(
                target for target, name in zip(self.targets, names, strict=True) if names.count(name) > 1
            )
            raise OverwriteRefusedError(
                "two exported files would get this name", path=double, remedy="Change the name template"
            )
        sources = [Path(source) for source in protected]
        for target in self.targets:
            if any(_is_same(target, source) for source in sources):
                raise OverwriteRefusedError(
                    "this is the recording itself, which is never replaced",
                    path=target,
                    remedy="Choose another folder or another name template",
                )
        there = [target for target in self.targets if target.exists()]
        if there and not overwrite:
            others = "" if len(there) == 1 else f" and {len(there) - 1} more files are too"
            raise OverwriteRefusedError(
                f"it is already there{others}; nothing was written",
                path=there[0],
                remedy="Choose another folder, or say that files may be replaced (--force)",
            )

    def __enter__(self) -> Self:
        for folder in {target.parent for target in self.targets}:
            clear_half_written(folder)
        return self

    def path(self, target: Path) -> Path:
        """Return a temporary path to write `target` to."""
        if target not in self.targets:
            raise ValueError(f"{target} was not planned")
        return self._stack.enter_context(atomic_path(target, overwrite=self._overwrite))

    def __exit__(
        self, kind: type[BaseException] | None, value: BaseException | None, trace: TracebackType | None
    ) -> None:
        before = {target: _stamp(target) for target in self.targets}
        try:
            self._stack.__exit__(kind, value, trace)
        except WriteFailedError as error:
            done = [target for target in self.targets if _stamp(target) not in (None, before[target])]
            state = (
                "nothing was written"
                if not done
                else f"{len(done)} of {len(self.targets)} files are complete"
            )
            raise WriteFailedError(f"{error.cause}; {state}", path=error.path, remedy=error.remedy) from error


def _stamp(path: Path) -> tuple[int, int] | None:
    try:
        status = path.stat()
    except OSError:
        return None
    return status.st_ino, status.st_mtime_ns


def _is_same(first: Path, second: Path) -> bool:
    try:
        return first.samefile(second)
    except OSError:
        return False
