"""A recipe: how the person said a kind of file is to be read."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from lusgui.base.errors import LusguiError
from lusgui.core.recording import Intensity

if TYPE_CHECKING:
    from collections.abc import Mapping

AXIS_LETTERS = "hwt1"


@dataclass(frozen=True)
class Recipe:
    """Choices that overrule what a reader would guess; None leaves the guess.

    Parameters
    ----------
    name : str
        Under which it is saved.
    variable : str or None
        Path of the variable inside the file, e.g. ``ImgData{1}`` or ``rfiq.Img``.
    axes : str or None
        What each axis of the variable is, in MATLAB's order: ``h`` rows (axial), ``w`` columns
        (lateral), ``t`` frames, ``1`` an axis of length one. E.g. ``"hw1t"``.
    intensity : Intensity or None
        Amplitude state of the stored numbers.
    spacing_mm : tuple of float or None
        (row, column) spacing in mm.
    spacing_unknown : bool
        True says that the file's own spacing is wrong and none is known.
    frame_rate_hz : float or None
        Frames a second.
    dynamic_range_db : float or None
        Width of the log compression on screen and for the network.
    is_inverted : bool or None
        True exchanges black and white of gray made for the screen; False says that they are right, so that
        nobody asks.

    Raises
    ------
    LusguiError
        If a choice makes no sense.
    """

    name: str
    variable: str | None = None
    axes: str | None = None
    intensity: Intensity | None = None
    spacing_mm: tuple[float, float] | None = None
    spacing_unknown: bool = False
    frame_rate_hz: float | None = None
    dynamic_range_db: float | None = None
    is_inverted: bool | None = None

    def __post_init__(self) -> None:
        if self.axes is not None:
            counts = {letter: self.axes.count(letter) for letter in AXIS_LETTERS}
            if counts["h"] != 1 or counts["w"] != 1 or counts["t"] > 1 or set(self.axes) - set(AXIS_LETTERS):
                raise LusguiError(
                    f"the axes '{self.axes}' of recipe '{self.name}' make no sense",
                    remedy="Name each axis once: h rows, w columns, t frames, 1 for length one",
                )
        numbers = [*(self.spacing_mm or ()), self.frame_rate_hz, self.dynamic_range_db]
        if any(value is not None and not (math.isfinite(value) and value > 0) for value in numbers):
            raise LusguiError(
                f"recipe '{self.name}' holds a number that is not positive",
                remedy="Give spacing, frame rate and dynamic range as positive numbers",
            )
        if self.is_inverted and self.intensity not in (None, Intensity.DISPLAY):
            raise LusguiError(
                f"recipe '{self.name}' exchanges black and white of numbers that are no gray",
                remedy="Say that the numbers are gray for the screen, or leave black and white as they are",
            )

    def to_json(self) -> dict[str, Any]:
        """Return plain values for a file."""
        return {
            "name": self.name,
            "variable": self.variable,
            "axes": self.axes,
            "intensity": None if self.intensity is None else str(self.intensity),
            "spacing_mm": None if self.spacing_mm is None else list(self.spacing_mm),
            "spacing_unknown": self.spacing_unknown,
            "frame_rate_hz": self.frame_rate_hz,
            "dynamic_range_db": self.dynamic_range_db,
            "is_inverted": self.is_inverted,
        }

    @classmethod
    def from_json(cls, values: Mapping[str, Any]) -> Recipe:
        """Build from what `to_json` returned; what is missing is left to the reader's guess.

        Raises
        ------
        LusguiError
            If the values are not those of a recipe.
        """
        try:
            spacing = values.get("spacing_mm")
            state = values.get("intensity")
            inverted = values.get("is_inverted")
            return cls(
                name=str(values["name"]),
                variable=_text(values.get("variable")),
                axes=_text(values.get("axes")),
                intensity=None if state is None else Intensity(state),
                spacing_mm=None if spacing is None else (float(spacing[0]), float(spacing[1])),
                spacing_unknown=bool(values.get("spacing_unknown", False)),
                frame_rate_hz=_number(values.get("frame_rate_hz")),
                dynamic_range_db=_number(values.get("dynamic_range_db")),
                is_inverted=None if inverted is None else bool(inverted),
            )
        except (KeyError, ValueError, TypeError, IndexError, AttributeError) as error:
            raise LusguiError(
                f"this is not a recipe ({type(error).__name__}: {error})", remedy="Save the recipe again"
            ) from error


def _text(value: object) -> str | None:
    return None if value is None else str(value)


def _number(value: object) -> float | None:
    return None if value is None else float(str(value))
