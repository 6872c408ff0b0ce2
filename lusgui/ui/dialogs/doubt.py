"""Whether the way a file was read is so doubtful that the person should look."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from lusgui.core.recording import Recording

NEAR = 0.9
"""A second candidate with at least this share of the best score could as well be the one."""


def doubt_about(recording: Recording | None) -> str | None:
    """Return one sentence when another variable could as well be the recording; None when all is clear."""
    if recording is None or len(recording.candidates) < 2:
        return None
    best = recording.candidates[0]
    others = [one for one in recording.candidates[1:] if _root(one.variable) != _root(best.variable)]
    if recording.provenance.variable != best.variable or best.score <= 0 or not others:
        return None
    second = others[0]
    if second.score < NEAR * best.score:
        return None
    return (
        f"{recording.provenance.path.name} holds several images: {best.variable} is shown, "
        f"{second.variable} could be meant as well."
    )


def _root(variable: str) -> str:
    """Return a variable's name without index and field: elements of one cell are no rivals."""
    return re.split(r"[{(.]", variable, maxsplit=1)[0]
