"""What the window tells the person when something went wrong."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from lusgui.base.retell import retell
from lusgui.base.translate import tr

if TYPE_CHECKING:
    from lusgui.base.errors import LusguiError


@dataclass(frozen=True)
class Problem:
    """One thing that went wrong, in words for the person at the screen.

    Parameters
    ----------
    title : str
        What could not be done, a few words.
    message : str
        Where and why, one sentence.
    remedy : str
        The way out; may be empty.
    detail : str
        For the log or a bug report; may be empty.
    """

    title: str
    message: str
    remedy: str = ""
    detail: str = ""


def problem_from_error(error: LusguiError, title: str) -> Problem:
    """Describe one of our errors under a title that says what was being done."""
    where = "" if error.path is None else f"{error.path.name}: "
    what = "" if error.variable is None else tr("variable '{name}': ", name=error.variable)
    cause = f"{error.__cause__.__class__.__name__}: {error.__cause__}" if error.__cause__ else ""
    message = f"{where}{what}{retell(error.cause)}."
    if not where and not what:
        message = message[:1].upper() + message[1:]
    return Problem(title, message, f"{retell(error.remedy)}." if error.remedy else "", cause)
