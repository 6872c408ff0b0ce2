"""All perturbations, in the order of the table."""

from __future__ import annotations

from typing import TYPE_CHECKING

from lusgui.base.errors import LusguiError
from lusgui.core.despeckle import FAST, OFF
from training.robustness.grays import GRAYS
from training.robustness.paints import PAINTS
from training.robustness.perturbation import PLAIN, Perturbation
from training.robustness.stored import STORED
from training.robustness.views import VIEWS

if TYPE_CHECKING:
    from collections.abc import Sequence

INPUTS = (
    Perturbation(PLAIN, "the frame as it is", "input"),
    Perturbation("raw", "speckle left in", "input", despeckle=OFF),
    Perturbation("despeckled", "despeckled", "input", despeckle=FAST),
)

EVERY: tuple[Perturbation, ...] = (*INPUTS, *STORED, *GRAYS, *VIEWS, *PAINTS)


def perturbations_for(label: str, only: Sequence[str] = ()) -> list[Perturbation]:
    """Return the perturbations that make sense for a label, the plain frame first.

    Parameters
    ----------
    label : str
        What is judged.
    only : sequence of str
        Names; empty for all. The plain frame is always among them.

    Raises
    ------
    LusguiError
        If there is none of a name, or it makes no sense for the label.
    """
    fitting = [one for one in EVERY if not one.labels or label in one.labels]
    known = {one.name for one in fitting}
    for name in only:
        if name not in known:
            raise LusguiError(
                f"there is no perturbation '{name[:40]}' for '{label}'",
                remedy=f"Known: {', '.join(sorted(known))}",
            )
    return [one for one in fitting if not only or one.name in only or one.name == PLAIN]
