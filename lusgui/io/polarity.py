"""Black and white of a recording: exchanged where the person said so, doubted where they look exchanged."""

from __future__ import annotations

from typing import TYPE_CHECKING

from lusgui.core.intensity import measure_mapping
from lusgui.core.polarity import InvertedSource, looks_inverted
from lusgui.core.recording import Intensity

if TYPE_CHECKING:
    from lusgui.core.recipe import Recipe
    from lusgui.core.recording import Recording

INVERTED_KEY = "looks_inverted"
"""In ``Recording.extra``: True where nobody has said how it is and the picture looks inverted."""
_FRAMES_ASKED = 3


def settle_polarity(recording: Recording, recipe: Recipe | None) -> Recording:
    """Exchange black and white if the recipe says so; if it says nothing, notice when they look exchanged.

    Only gray made for the screen can be inverted: amplitude and decibels say themselves what is strong.

    Parameters
    ----------
    recording : Recording
        As its reader gave it; changed in place.
    recipe : Recipe or None
        What the person said.

    Returns
    -------
    Recording
        The same. If it looks inverted, a warning says so and ``extra["looks_inverted"]`` is True.
    """
    said = None if recipe is None else recipe.is_inverted
    if recording.intensity is not Intensity.DISPLAY:
        if said:
            note = "Black and white were left as they are: its numbers are amplitudes, not gray."
            recording.warnings = (*recording.warnings, note)
        return recording
    if said is False:
        return recording
    try:
        if said:
            mapping = measure_mapping(recording)
            recording.source = InvertedSource(recording.source, (mapping.low, mapping.high))
        elif _looks_inverted(recording):
            recording.extra[INVERTED_KEY] = True
            note = "Black and white look exchanged. If they are, say so in 'How to read this file'."
            recording.warnings = (*recording.warnings, note)
    except BaseException:
        recording.close()
        raise
    return recording


def _looks_inverted(recording: Recording) -> bool:
    """Ask the first filled frame, and others only where it does look inverted: all must."""
    indices = recording.sample_indices(_FRAMES_ASKED)
    mapping = measure_mapping(recording)
    return all(looks_inverted(mapping.apply(recording.frame(index))) for index in indices)
