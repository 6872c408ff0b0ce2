"""Something that went wrong, as it is told to the person at the screen."""

from __future__ import annotations

import traceback
from dataclasses import dataclass

from lusgui.base.errors import LusguiError


@dataclass(frozen=True)
class Problem:
    """A problem in words.

    Parameters
    ----------
    title : str
        What could not be done.
    message : str
        Where and why.
    remedy : str
        What the person can do about it.
    detail : str
        For a bug report: traceback or the tail of a log.
    """

    title: str
    message: str
    remedy: str = ""
    detail: str = ""

    @classmethod
    def from_error(cls, error: BaseException, title: str = "") -> Problem:
        """Tell an exception; our own errors bring their words, any other is a bug and says so."""
        detail = "".join(traceback.format_exception(error))
        if isinstance(error, LusguiError):
            plain = LusguiError(error.cause, path=error.path, variable=error.variable, shape=error.shape)
            remedy = f"{error.remedy}." if error.remedy else ""
            return cls(title or "That did not work", plain.message, remedy, detail)
        return cls(
            title or "Something unexpected happened",
            f"{type(error).__name__}: {error}",
            "Your work is kept. Please send the details to the developers.",
            detail,
        )
