"""Our own errors: each names the file, the cause and the way out in words a clinician can act on."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path


class LusguiError(Exception):
    """An error with a message for the person at the screen.

    Parameters
    ----------
    cause : str
        What is wrong, as one sentence fragment without a trailing full stop.
    path : Path, optional
        File the error is about.
    variable : str, optional
        Variable or tag inside the file.
    shape : sequence of int, optional
        Shape of that variable.
    remedy : str, optional
        What the person can do about it.
    """

    def __init__(
        self,
        cause: str,
        *,
        path: Path | None = None,
        variable: str | None = None,
        shape: Sequence[int] | None = None,
        remedy: str | None = None,
    ) -> None:
        self.cause = cause.rstrip(".")
        self.path = path
        self.variable = variable
        self.shape = tuple(shape) if shape is not None else None
        self.remedy = remedy.rstrip(".") if remedy else None
        super().__init__(self.message)

    @property
    def message(self) -> str:
        """The whole message: where, what, and the way out."""
        where = "" if self.path is None else f"{self.path.name}: "
        what = ""
        if self.variable is not None:
            size = "" if self.shape is None else f" ({' x '.join(map(str, self.shape))})"
            what = f"variable '{self.variable}'{size}: "
        end = "" if self.remedy is None else f" {self.remedy}."
        return f"{where}{what}{self.cause}.{end}"

    def __str__(self) -> str:
        return self.message


class UnreadableFileError(LusguiError):
    """A file that is damaged, truncated, or not what it claims to be."""


class UnsupportedFileError(LusguiError):
    """A file whose kind we do not read."""


class NotAnImageError(LusguiError):
    """A readable file that holds no image: channel data, only a setup, an empty cell."""


class TooLargeError(LusguiError):
    """Data that cannot fit in the memory of this machine."""


class MissingLibraryError(LusguiError):
    """An optional library that this job needs is not installed."""


class CancelledError(LusguiError):
    """The person asked to stop."""


class OverwriteRefusedError(LusguiError):
    """A file is already there and nobody said it may be replaced."""


class WriteFailedError(LusguiError):
    """A file could not be written: full disk, read-only folder, no permission."""


class StudyError(LusguiError):
    """Something is wrong with a study file."""


class StudyLockedError(StudyError):
    """Another program holds the study open for writing."""


class StudyReadOnlyError(StudyError):
    """The study cannot be changed from here."""


class StudyTooNewError(StudyError):
    """The study was written by a newer version of lusgui."""


class ModelError(LusguiError):
    """A model file cannot be used."""


class WorkerError(LusguiError):
    """A background process failed."""


class LearnError(LusguiError):
    """A run of learning, or one of its files, is not sound."""


class ClickError(LusguiError):
    """What was marked on a frame cannot be answered."""
