"""Operations on the mask of one frame and label: each is one edit, in mm where the spacing is known."""

from __future__ import annotations

import contextlib
from dataclasses import dataclass, fields
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np
from psygnal import Signal, SignalGroupDescriptor

from lusgui.base.translate import trn
from lusgui.core import mask_operations

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from numpy.typing import NDArray

    from lusgui.core.annotation import PlaneKey
    from lusgui.core.geometry import Spacing
    from lusgui.io.study import Study
    from lusgui.session.session import Session

SETTING = "mask operations"
"""Name in the study's settings."""

_RANGES: dict[str, tuple[float, float]] = {
    "step_mm": (0.05, 20.0),
    "step_px": (1.0, 100.0),
    "smooth_mm": (0.05, 10.0),
    "smooth_px": (0.5, 50.0),
    "small_mm2": (0.05, 1000.0),
    "small_px": (1.0, 100_000.0),
    "tolerance": (0.005, 1.0),
    "reach_mm": (0.5, 200.0),
    "reach_px": (3.0, 5000.0),
}
_PX: Spacing = (1.0, 1.0)
_EMPTY = "There is no mask of this label on this frame yet"


@dataclass
class MaskSettings:
    """How far, how smooth, how small; ``settings.events.step_mm.connect(f)`` hears of changes.

    Numbers out of range are clamped at assignment.

    Parameters
    ----------
    step_mm, step_px : float
        By how much a mask grows or shrinks, where the spacing is known and where it is not.
    smooth_mm, smooth_px : float
        Standard deviation of the Gaussian that smooths an outline.
    small_mm2, small_px : float
        Area below which a piece is small.
    tolerance : float
        Gray, of [0, 1], by which a pixel may differ from what the wand pressed on.
    reach_mm, reach_px : float
        How far from where it pressed the wand takes anything.
    fills : bool
        Whether the wand fills what the outline encloses rather than what looks alike.
    copies : bool
        Whether a piece that is moved stays where it was, too.
    """

    events: ClassVar[SignalGroupDescriptor] = SignalGroupDescriptor()

    step_mm: float = 0.5
    step_px: float = 2.0
    smooth_mm: float = 0.5
    smooth_px: float = 2.0
    small_mm2: float = 2.0
    small_px: float = 20.0
    tolerance: float = 0.1
    reach_mm: float = 12.0
    reach_px: float = 80.0
    fills: bool = False
    copies: bool = False

    def __setattr__(self, name: str, value: Any) -> None:  # noqa: ANN401
        limits = _RANGES.get(name)
        if limits is not None:
            value = min(max(value, limits[0]), limits[1])
        super().__setattr__(name, value)

    def to_json(self) -> dict[str, Any]:
        """Return plain values for a file."""
        return {each.name: getattr(self, each.name) for each in fields(self)}

    def update_from_json(self, values: Mapping[str, Any]) -> None:
        """Take over what `to_json` returned; unknown or unusable values leave the present ones."""
        for each in fields(self):
            wanted, present = values.get(each.name), getattr(self, each.name)
            if isinstance(wanted, bool) is not isinstance(present, bool):
                continue
            if isinstance(wanted, (int, float)) and wanted == wanted:
                with contextlib.suppress(OverflowError):  # larger than any number we count with
                    setattr(self, each.name, type(present)(wanted))


class Masking:
    """What can be done to a whole mask, or to a piece of it.

    Every method returns one sentence for the person: what was done, or why nothing was. It is empty where the
    session has said why already.

    Parameters
    ----------
    session : Session
        Whose masks.

    Attributes
    ----------
    settings : MaskSettings
        How far, how smooth, how small.

    Signals
    -------
    wand_tolerance(float)
        The wand is held down on a region with this tolerance; below zero when it is let go.
    """

    wand_tolerance = Signal(float)

    def __init__(self, session: Session) -> None:
        self._session = session
        self.settings = MaskSettings()
        session.study_changed.connect(self._study_changed)

    def save(self, study: Study) -> None:
        """Write the settings into a study."""
        study.settings.set_setting(SETTING, self.settings.to_json())

    def _study_changed(self) -> None:
        study = self._session.study
        if study is not None:
            with self._session.guarded("The settings of mask operations cannot be read"):
                values = study.settings.setting(SETTING)
                if isinstance(values, dict):
                    self.settings.update_from_json(values)

    def spacing(self, recording_id: int) -> Spacing | None:
        """Return the distance between samples of a recording in mm, or None where it is not known."""
        row = self._session.row(recording_id)
        return None if row is None else row.spacing_mm

    def grow(self, key: PlaneKey) -> str:
        """Add a margin of one step all round."""
        spacing, step, unit = self._step(key)
        return self._shape(
            key, "Grow", lambda mask: mask_operations.grown(mask, step, spacing), f"Grown by {step:g} {unit}"
        )

    def shrink(self, key: PlaneKey) -> str:
        """Take a margin of one step away; a mask that would be gone altogether stays."""
        spacing, step, unit = self._step(key)
        mask = self._session.mask(key)
        smaller = mask_operations.shrunk(mask, step, spacing)
        if mask.any() and not smaller.any():
            return f"Nothing would be left: the mask is nowhere thicker than {2 * step:g} {unit}"
        return self._shape(key, "Shrink", lambda _mask: smaller, f"Shrunk by {step:g} {unit}")

    def smooth(self, key: PlaneKey) -> str:
        """Smooth the outline."""
        sigma, spacing, unit = self.smoothing(key.recording_id)
        return self._shape(
            key,
            "Smooth",
            lambda mask: mask_operations.smoothed(mask, sigma, spacing),
            f"Smoothed by {sigma:g} {unit}",
        )

    def smoothing(self, recording_id: int) -> tuple[float, Spacing, str]:
        """Return how much outlines of a recording are smoothed: sigma, spacing in the same unit, the unit."""
        spacing = self.spacing(recording_id)
        if spacing is None:
            return self.settings.smooth_px, _PX, "px"
        return self.settings.smooth_mm, spacing, "mm"

    def reach(self, recording_id: int) -> tuple[float, Spacing, str]:
        """Return how far the wand reaches in a recording: reach, spacing in the same unit, the unit."""
        spacing = self.spacing(recording_id)
        if spacing is None:
            return self.settings.reach_px, _PX, "px"
        return self.settings.reach_mm, spacing, "mm"

    def fill_holes(self, key: PlaneKey) -> str:
        """Fill what the mask encloses."""
        return self._shape(
            key, "Fill holes", mask_operations.fill_holes, "Holes filled", "There are no holes"
        )

    def most_pieces(self, label: str) -> int:
        """Return how many pieces `keep_largest` keeps: as many as the label can have, else one."""
        known = self._session.label(label)
        return 1 if known is None or known.max_components is None else known.max_components

    def keep_largest(self, key: PlaneKey) -> str:
        """Remove all but the largest piece, or pieces where the label has more than one."""
        most = self.most_pieces(key.label)
        return self._change(
            key,
            "Keep largest",
            mask_operations.keep_components(self._session.mask(key), 0, most),
            trn("Kept the largest piece", "Kept the largest {count} pieces", most),
            trn(
                "There is no more than the largest piece",
                "There is no more than the largest {count} pieces",
                most,
            ),
        )

    def remove_small(self, key: PlaneKey) -> str:
        """Remove pieces below the least area."""
        spacing = self.spacing(key.recording_id)
        least = self.settings.small_px if spacing is None else self.settings.small_mm2
        words = f"{least:g} {'px' if spacing is None else 'mm²'}"
        mask = mask_operations.without_small(self._session.mask(key), least, spacing or _PX)
        if self._session.mask(key).any() and not mask.any():
            return f"Every piece is smaller than {words}: nothing was removed"
        return self._change(
            key, "Remove small", mask, f"Pieces below {words} removed", f"No piece is smaller than {words}"
        )

    def remove_at(self, key: PlaneKey, row: float, col: float) -> str:
        """Remove the piece at a continuous position."""
        mask = self._session.mask(key)
        piece = mask_operations.component_at(mask, int(np.floor(row)), int(np.floor(col)))
        if not piece.any():
            return "Point at a piece of your own mask to remove it; none is here"
        return self._change(key, "Remove piece", mask & ~piece, "Piece removed", "")

    def mirror(self, key: PlaneKey) -> str:
        """Mirror the mask left to right about its own middle."""
        mirrored = mask_operations.flipped(self._session.mask(key))
        return self._change(key, "Mirror", mirrored, "Mirrored left to right", "It is its own mirror image")

    def _step(self, key: PlaneKey) -> tuple[Spacing, float, str]:
        spacing = self.spacing(key.recording_id)
        if spacing is None:
            return _PX, self.settings.step_px, "px"
        return spacing, self.settings.step_mm, "mm"

    def _shape(
        self,
        key: PlaneKey,
        name: str,
        operation: Callable[[NDArray[np.bool_]], NDArray[np.bool_]],
        done: str,
        nothing: str = "Nothing changed: the step is smaller than a pixel here",
    ) -> str:
        """Do what changes an outline."""
        session = self._session
        before, guard = session.mask(key), session.guard
        wanted = operation(before)
        limited = guard.limited(key, before, wanted)
        if np.array_equal(before, limited) and not np.array_equal(before, wanted):
            guard.say_nothing_left()
            return ""
        return self._change(key, name, limited, done, nothing)

    def _change(self, key: PlaneKey, name: str, wanted: NDArray[np.bool_], done: str, nothing: str) -> str:
        before = self._session.mask(key)
        if not before.any():
            return _EMPTY
        if np.array_equal(before, wanted):
            return nothing
        return done if self._session.push_masks(name, {key: wanted}) else ""
