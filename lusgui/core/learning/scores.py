"""How good a model was on one held-out frame."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from lusgui.core.learning.plain import Plain, clean, is_label, require

if TYPE_CHECKING:
    from collections.abc import Iterable


@dataclass(frozen=True)
class FrameScore(Plain):
    """One model, one frame, one label.

    Parameters
    ----------
    recording_id, frame : int
        Which frame.
    label : str
        Of what.
    dice : float or None
        In [0, 1]; 1 where both masks are empty (`lusgui.core.overlap`); None (or NaN) if it was not measured.
    hd95 : float or None
        95th percentile of the distance between the outlines; None (or NaN) where a mask is empty.
    hd95_unit : {"mm", "px"}
        Unit of `hd95`.
    false_components : float or None
        Components of the found mask that touch no true pixel.
    """

    recording_id: int
    frame: int
    label: str
    dice: float | None
    hd95: float | None = None
    hd95_unit: str = "mm"
    false_components: float | None = None

    def __post_init__(self) -> None:
        for name in ("dice", "hd95", "false_components"):
            object.__setattr__(self, name, clean(getattr(self, name)))
        require(is_label(self.label) and self.frame >= 0, "a score has no sound place")
        require(self.dice is None or 0 <= self.dice <= 1, "a Dice lies outside 0 to 1")
        require(self.hd95 is None or self.hd95 >= 0, "a distance is below nothing")
        require(self.false_components is None or self.false_components >= 0, "a count is below nothing")
        require(self.hd95_unit in ("mm", "px"), "a distance has no known unit")

    @property
    def key(self) -> tuple[int, int, str]:
        """(recording id, frame, label)."""
        return self.recording_id, self.frame, self.label


def mean_dice(rows: Iterable[FrameScore]) -> float | None:
    """Return the mean Dice over the frames where it was measured; None without any."""
    values = [row.dice for row in rows if row.dice is not None]
    return sum(values) / len(values) if values else None
