"""Whether the way a file was read is so doubtful that the person should look."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from lusgui.base.translate import tr
from lusgui.io.polarity import INVERTED_KEY

if TYPE_CHECKING:
    from lusgui.core.recording import Recording

NEAR = 0.9
"""A second candidate with at least this share of the best score could as well be the one."""


def doubt_about(recording: Recording | None) -> str | None:
    """Return one sentence when the file could as well be read another way; None when all is clear.

    Black and white may look exchanged, or another variable may be the recording.
    """
    if recording is None:
        return None
    if recording.extra.get(INVERTED_KEY):
        return tr(
            "Black and white of {name} look exchanged. Models know echoes as bright only: have them"
            " exchanged back, or say that it is right.",
            name=recording.provenance.path.name,
        )
    if len(recording.candidates) < 2:
        return None
    best = recording.candidates[0]
    others = [one for one in recording.candidates[1:] if _root(one.variable) != _root(best.variable)]
    if recording.provenance.variable != best.variable or best.score <= 0 or not others:
        return None
    second = others[0]
    if second.score < NEAR * best.score:
        return None
    return tr(
        "{name} holds several images: {variable} is shown, {variable2} could be meant as well.",
        name=recording.provenance.path.name,
        variable=best.variable,
        variable2=second.variable,
    )


def _root(variable: str) -> str:
    """Return a variable's name without index and field: elements of one cell are no rivals."""
    return re.split(r"[{(.]", variable, maxsplit=1)[0]
