"""Labels: what a mask is a mask of."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

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
VERMIS = Label("vermis", "Vermis", OKABE_ITO[3], 1)
CISTERNA_MAGNA = Label("cisterna_magna", "Cisterna magna", OKABE_ITO[6], 1)
DEFAULT_LABELS = (RIB, CEREBELLUM)
"""What a new study begins with."""
IGNORE_LABEL = Label("ignore", "Ignore", OKABE_ITO[7], None)
"""Where nobody can tell: drawn like a label, never learnt as one; what it covers counts for nothing."""
KNOWN_LABELS = (*DEFAULT_LABELS, VERMIS, CISTERNA_MAGNA, IGNORE_LABEL)
"""What lusgui knows; a study gets the further ones when a model, an import or a person brings them."""


def known_label(key: str) -> Label:
    """Return the label of a key as lusgui knows it; an unknown one gets a readable name and gray."""
    for label in KNOWN_LABELS:
        if label.key == key:
            return label
    words = key.replace("_", " ").strip() or key
    return Label(key, words[:1].upper() + words[1:], OKABE_ITO[-1], None)


def label_called(name: str) -> Label | None:
    """Return the label that lusgui knows by a name or key, whatever its capitals; None for another."""
    wanted = " ".join(name.replace("_", " ").split()).casefold()
    return next((label for label in KNOWN_LABELS if label.name.casefold() == wanted), None)


def with_known_labels(labels: Iterable[Label]) -> list[Label]:
    """Return a study's labels, then those that lusgui knows and the study lacks: what an import may bring."""
    own = list(labels)
    taken = {label.key for label in own} | {label.name.casefold() for label in own}
    return own + [one for one in KNOWN_LABELS if one.key not in taken and one.name.casefold() not in taken]


def free_color(labels: Iterable[Label], wished: str | None = None) -> str:
    """Return the wished colour if none of the labels has it, else the next one that is free."""
    used = [label.color.upper() for label in labels]
    known = {label.color.upper() for label in KNOWN_LABELS}
    # colours of labels that lusgui knows go last: those may come later
    order = sorted(OKABE_ITO, key=lambda color: color.upper() in known)
    free = [color for color in (wished, *order) if color is not None and color.upper() not in used]
    return free[0] if free else OKABE_ITO[len(used) % len(OKABE_ITO)]


def most_components(key: str) -> int | None:
    """Return how many pieces a structure that lusgui knows can have in one frame; None for any number."""
    return known_label(key).max_components
