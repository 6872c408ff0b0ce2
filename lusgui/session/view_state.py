"""How things are looked at: threshold, tool, brush, contrast, despeckling; emits only on real change."""

from __future__ import annotations

from dataclasses import dataclass, field, fields
from enum import StrEnum
from typing import TYPE_CHECKING, Any, ClassVar

from psygnal import SignalGroupDescriptor

from lusgui.core.despeckle import DespeckleSettings, Method
from lusgui.core.threshold import ThresholdSettings

if TYPE_CHECKING:
    from collections.abc import Mapping


class Tool(StrEnum):
    """What the pointer does on the canvas."""

    PAN = "pan"
    BRUSH = "brush"
    ACCEPT = "accept"
    """A click takes over one component of the model's mask."""
    WINDOW_LEVEL = "window level"
    POINT = "point"
    """A click says where the middle of a structure is."""
    CLICK = "click"
    """A click has the structure under it segmented."""
    BOX = "box"
    LASSO = "lasso"
    """A drag goes around what belongs to the mask."""
    POLYGON = "polygon"
    """Clicks put down the corners of a shape."""
    LIVEWIRE = "live-wire"
    """Clicks put down corners; the lines between them keep to edges."""
    WAND = "wand"
    """A press takes what looks like the pixel under it, or what an outline encloses."""
    SMOOTH = "smooth"
    """A brush that smooths the outline under it."""
    MOVE = "move"
    """A drag moves a piece of the mask, or turns it."""
    CALLIPER = "calliper"
    """Measures a distance, an angle or an area."""


class BrushUnit(StrEnum):
    """What the size of the brush is measured in."""

    MM = "mm"
    PX = "px"


class OverlayStyle(StrEnum):
    """How the model's answer is drawn."""

    OUTLINE = "outline"
    FILL = "fill"
    HEAT = "heat"
    OFF = "off"


LEAST_STEP = 0.01
"""Between the two thresholds of hysteresis."""

_RANGES: dict[str, tuple[float, float]] = {
    "brush_size_mm": (0.05, 100.0),
    "brush_size_px": (1.0, 500.0),
    "threshold": (0.01, 0.99),
    "threshold_low": (0.0, 0.98),
    "band_delta": (0.01, 0.4),
    "least_area": (0, 1_000_000),
    "opacity": (0.0, 1.0),
    "window": (0.01, 4.0),
    "level": (-1.0, 2.0),
    "cine_fps": (0.5, 120.0),
    "text_scale": (0.8, 2.0),
}


@dataclass
class ViewState:
    """Everything about looking and drawing that is not part of a mask.

    ``view.events.threshold.connect(f)`` is called with the new value; ``view.events.connect(f)`` with
    every change. Numbers out of range are clamped at assignment, so no widget has to.

    Parameters
    ----------
    label : str
        Key of the label that is drawn and thresholded.
    tool : Tool
        What the pointer does.
    brush_unit : BrushUnit
        Which of the two sizes counts.
    brush_size_mm, brush_size_px : float
        Diameter of the brush.
    erase : bool
        Whether the brush takes away.
    click_negative : bool
        Whether a click says what does not belong to the structure.
    click_preview : bool
        Whether what a click would give is shown under the pointer.
    threshold : float
        Probability from which a pixel belongs to the mask, 0.01 to 0.99.
    threshold_low : float
        Hysteresis: down to this probability a pixel belongs where it is of one piece with one that reaches
        the threshold; 0 for none. A threshold that is lowered pushes it along.
    least_area : int
        Components of the model's mask smaller than this many pixels are left out.
    fill_holes : bool
        Whether holes of the model's mask are filled.
    keep_largest : int
        How many components of the model's mask are kept, largest first; 0 keeps all.
    opacity : float
        Of fill and heat map, 0 to 1.
    overlay_style : OverlayStyle
        How masks are drawn.
    overlay_visible, model_visible : bool
        Whether any overlay, and the model's, are drawn at all.
    band_delta : float
        How far below and above the threshold the contours of the stability band lie.
    outline_strokes : bool
        Whether fills and heat make room for outlines while something is being drawn.
    all_labels : bool
        Whether the model's masks of all its labels are drawn, or only that of the present label.
    coherence_visible : bool
        Whether the strip of coherence is shown under the timeline.
    uncertainty_visible : bool
        Whether the frame is coloured by how undecided the model is.
    despeckle : DespeckleSettings
        What is done to the frame before it is shown and segmented.
    show_raw : bool
        Whether the canvas shows the frame before despeckling.
    window, level : float
        Width and centre of the gray range shown, in units of the mapped gray [0, 1].
    colormap : str
        Name of the colour map of the canvas.
    cine_fps : float
        Frames a second of the cine loop.
    cine_bounces : bool
        Whether the cine loop plays there and back instead of beginning again at the first frame.
    theme : str
        ``light``, ``dark`` or ``system``.
    text_scale : float
        Size of letters, 1 is the usual one.
    language : str
        Code of the language, from the next start on.
    """

    events: ClassVar[SignalGroupDescriptor] = SignalGroupDescriptor()

    label: str = "rib"
    tool: Tool = Tool.BRUSH
    brush_unit: BrushUnit = BrushUnit.MM
    brush_size_mm: float = 2.0
    brush_size_px: float = 9.0
    erase: bool = False
    click_negative: bool = False
    click_preview: bool = True
    threshold: float = 0.5
    threshold_low: float = 0.0
    least_area: int = 0
    fill_holes: bool = False
    keep_largest: int = 0
    opacity: float = 0.4
    overlay_style: OverlayStyle = OverlayStyle.OUTLINE
    overlay_visible: bool = True
    model_visible: bool = True
    band_delta: float = 0.1
    outline_strokes: bool = True
    all_labels: bool = True
    coherence_visible: bool = False
    uncertainty_visible: bool = False
    despeckle: DespeckleSettings = field(default_factory=lambda: DespeckleSettings(Method.FAST))
    show_raw: bool = True  # what was recorded comes first; the filter is one key away
    window: float = 1.0
    level: float = 0.5
    colormap: str = "gray"
    cine_fps: float = 15.0
    cine_bounces: bool = False
    theme: str = "system"
    text_scale: float = 1.0
    language: str = "en"

    def __setattr__(self, name: str, value: Any) -> None:  # noqa: ANN401
        limits = _RANGES.get(name)
        if limits is not None:
            value = min(max(value, limits[0]), limits[1])
        super().__setattr__(name, value)
        if name == "threshold" and self.threshold_low >= value:
            self.threshold_low = round(value - LEAST_STEP, 4)  # pushed along: above it would mean nothing

    @property
    def threshold_settings(self) -> ThresholdSettings:
        """The settings that turn a probability into a mask."""
        low = self.threshold_low if 0 < self.threshold_low < self.threshold else None
        keep = self.keep_largest or None
        return ThresholdSettings(self.threshold, self.least_area, self.fill_holes, keep, low)

    def to_json(self) -> dict[str, Any]:
        """Return plain values for a file."""
        values = {f.name: getattr(self, f.name) for f in fields(self)}
        return values | {"despeckle": self.despeckle.to_json()}

    def update_from_json(self, values: Mapping[str, Any]) -> None:
        """Take over what `to_json` returned; unknown or unusable values leave the present ones."""
        for each in fields(self):
            if each.name not in values:
                continue
            present, wanted = getattr(self, each.name), values[each.name]
            try:
                new: Any
                if each.name == "despeckle":
                    new = DespeckleSettings.from_json(wanted)
                elif isinstance(present, bool):
                    new = bool(wanted)
                else:
                    new = type(present)(wanted)
                if new == new:
                    setattr(self, each.name, new)
            except (ValueError, TypeError, KeyError, AttributeError, OverflowError):
                continue  # a setting of another version is not worth stopping for
