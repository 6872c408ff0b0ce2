"""Labels: what a mask is a mask of."""

from __future__ import annotations

from dataclasses import dataclass

OKABE_ITO = ("#E69F00", "#56B4E9", "#009E73", "#F0E442", "#0072B2", "#D55E00", "#CC79A7", "#BBBBBB")
"""Colours that stay apart for colour-blind eyes (Okabe and Ito)."""


@dataclass(frozen=True)
class Label:
    """A structure that can be drawn.

    Parameters
    ----------
    key : str
        ASCII identifier, unique in a study, used in file and variable names.
    name : str
        What people read.
    color : str
        ``#RRGGBB``.
    max_components : int or None
        How many pieces the structure can have in one frame; None for any number.
    """

    key: str
    name: str
    color: str
    max_components: int | None = None


RIB = Label("rib", "Rib", OKABE_ITO[0], None)
CEREBELLUM = Label("cerebellum", "Cerebellum", OKABE_ITO[1], 2)
DEFAULT_LABELS = (RIB, CEREBELLUM)


def most_components(key: str) -> int | None:
    """Return how many pieces a structure that lusgui knows can have in one frame; None for any number."""
    return next((label.max_components for label in DEFAULT_LABELS if label.key == key), None)
