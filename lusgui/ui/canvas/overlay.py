"""What is drawn over the image for one label: human mask, model mask as a ghost, heat map, proposal."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from PySide6.QtCore import QLineF, QRectF, Qt
from PySide6.QtGui import QColor, QImage, QPainter, QPainterPath, QPen
from PySide6.QtWidgets import QGraphicsItem

from lusgui.core.geometry import Box
from lusgui.core.label import IGNORE_LABEL
from lusgui.core.legibility import rims_for
from lusgui.session.view_state import OverlayStyle
from lusgui.ui.canvas.layer import Layer
from lusgui.ui.canvas.outline import Outline

if TYPE_CHECKING:
    from numpy.typing import NDArray
    from PySide6.QtWidgets import QStyleOptionGraphicsItem, QWidget

    from lusgui.core.label import Label

HALO = QColor(0, 0, 0, 150)
RIM = 2.0
"""Screen pixels by which each rim of an outline is wider than what lies on it."""
GHOST_TINT = 0.25
GHOST_LINES = 1.3
"""Opacity of a ghost's tint and of its hatching, relative to the fill of a human mask."""
HATCH_STEP = 7.0
"""Screen pixels between the lines of the hatching."""


class LabelOverlay(QGraphicsItem):
    """The planes of one label, in pixel coordinates of the frame (x = column, y = row).

    The human mask has a solid outline, the model's a dashed one and a hatched fill: nobody shall take
    one for the other. A change repaints only its box.

    Parameters
    ----------
    color : str
        ``#rrggbb`` of the label.
    hatched : bool
        Whether what a person drew is hatched: a region that nobody shall count.
    """

    def __init__(self, color: str, *, hatched: bool = False) -> None:
        super().__init__()
        self._is_hatched = hatched
        self._shape = (0, 0)
        self._codes = np.zeros((0, 0), np.uint8)
        self._fill: QImage | None = None
        self._human_outline: Outline | None = None
        self._model_mask: NDArray[np.bool_] | None = None
        self._model_outline = Outline()
        self._proposal_outline = Outline()
        self._human_layer = Layer(self._draw_human)
        self._hatch_layer = Layer(self._draw_human_hatching)
        self._model_layer = Layer(self._draw_model)
        self._model_fill_layer = Layer(self._draw_model_fill)
        self._proposal_layer = Layer(self._draw_proposal)
        self._heat_codes = np.zeros((0, 0), np.uint8)
        self._heat: QImage | None = None
        self._color = QColor(color)
        self._style = OverlayStyle.OUTLINE
        self._opacity = 0.4
        self._look: tuple[object, ...] = ()
        self._stroke_is_down = False
        self._is_current = True
        self._model_is_shown = True
        # or `exposedRect` would be the whole frame, however little has changed
        self.setFlag(QGraphicsItem.GraphicsItemFlag.ItemUsesExtendedStyleOption)

    @classmethod
    def of(cls, label: Label) -> LabelOverlay:
        """Return the overlay of a label; regions to ignore are hatched."""
        return cls(label.color, hatched=label.key == IGNORE_LABEL.key)

    # --- what is shown -------------------------------------------------------------------------

    def set_shape(self, shape: tuple[int, int]) -> None:
        """Make room for frames of `shape` (H, W) and clear every plane."""
        if shape == self._shape:
            self._codes.fill(0)
        else:
            self.prepareGeometryChange()
            self._shape = shape
            self._codes = np.zeros(shape, np.uint8)
            self._fill = _indexed(self._codes, self._fill_table())
        self._human_outline = None
        self._forget_layers()
        self.set_model(None, None)
        self.set_proposal(None)

    def set_human(self, mask: NDArray[np.bool_], box: Box | None = None) -> None:
        """Show a human mask (H, W); only `box` of it has changed, or everything."""
        if mask.shape != self._shape:
            return
        where = Box(0, 0, *self._shape) if box is None else box.clipped(self._shape)
        self._codes[where.slices] = mask[where.slices]
        self._human_outline = None  # found again when it is needed: not at every move of a brush
        if box is None:
            self._human_layer.forget()
            self._hatch_layer.forget()
        self._repaint(where)

    def set_model(self, mask: NDArray[np.bool_] | None, probability: NDArray[np.floating] | None) -> None:
        """Show the thresholded model mask and the probability (H, W), or neither."""
        if mask is None or mask is not self._model_mask:  # masks are never written to
            self._model_mask = mask
            self._model_outline = Outline(mask)
            self._model_layer.forget()
            self._model_fill_layer.forget()
        if probability is None or probability.shape != self._shape:
            self._heat = None
        elif self._style is OverlayStyle.HEAT:
            self._heat_codes = np.ascontiguousarray((probability * np.float32(255)).astype(np.uint8))
            self._heat = _indexed(self._heat_codes, self._heat_table())
        self.update()

    def set_proposal(self, mask: NDArray[np.bool_] | None) -> None:
        """Show a proposal (H, W) that waits to be accepted."""
        self._proposal_outline = Outline(mask)
        self._proposal_layer.forget()
        self.update()

    def set_look(
        self, color: str, style: OverlayStyle, opacity: float, *, current: bool, model: bool
    ) -> None:
        """Set colour, style, opacity, whether this is the label being drawn, and whether the model shows."""
        look = (color, style, opacity, current, model)
        if look == self._look:
            return
        self._look = look
        self._color, self._style, self._opacity = QColor(color), style, opacity
        self._is_current, self._model_is_shown = current, model
        if self._fill is not None:
            self._fill.setColorTable(self._fill_table())
        if self._heat is not None:
            self._heat.setColorTable(self._heat_table())
        self.setZValue(11 if current else 10)
        self._forget_layers()
        self.update()

    def set_stroke_down(self, down: bool) -> None:
        """While a stroke is down only outlines are drawn, so that the tissue stays visible."""
        if down != self._stroke_is_down:
            self._stroke_is_down = down
            self.update()

    @property
    def frame_shape(self) -> tuple[int, int]:
        """Rows and columns of the frame."""
        return self._shape

    @property
    def human_outline(self) -> Outline:
        """Outline of the human mask."""
        if self._human_outline is None:
            self._human_outline = Outline(self._codes.view(bool))
        return self._human_outline

    @property
    def human_path(self) -> QPainterPath:
        """Outline of the human mask as a path."""
        return self.human_outline.path

    @property
    def model_path(self) -> QPainterPath:
        """Outline of the model mask as a path."""
        return self._model_outline.path

    @property
    def has_heat(self) -> bool:
        """Whether a heat map is drawn."""
        return self._heat is not None

    # --- painting ------------------------------------------------------------------------------

    def boundingRect(self) -> QRectF:
        """Return the frame, with room for the width of the outline."""
        return QRectF(-2, -2, self._shape[1] + 4, self._shape[0] + 4)

    def paint(
        self, painter: QPainter, option: QStyleOptionGraphicsItem, widget: QWidget | None = None
    ) -> None:
        """Draw fills first, then ghosts, then the human outline on top."""
        if self._style is OverlayStyle.OFF or not self._shape[0]:
            return
        exposed = option.exposedRect
        filled = self._style is OverlayStyle.FILL and not self._stroke_is_down
        is_hot = self._style is OverlayStyle.HEAT and self._model_is_shown and not self._stroke_is_down
        if is_hot and self._heat is not None:
            painter.drawImage(QRectF(0, 0, self._shape[1], self._shape[0]), self._heat)
        if filled and self._fill is not None:
            painter.drawImage(QRectF(0, 0, self._shape[1], self._shape[0]), self._fill)
        if self._model_is_shown and not (self._stroke_is_down and self._is_current):
            if filled and not self._model_outline.is_empty:
                self._model_fill_layer.paint(painter, exposed)
            if not self._model_outline.is_empty:
                self._model_layer.paint(painter, exposed)
        if not self._proposal_outline.is_empty:
            self._proposal_layer.paint(painter, exposed)
        if self._human_layer.is_kept or self._codes.any():
            if self._is_hatched and not self._stroke_is_down:
                self._hatch_layer.paint(painter, exposed)
            self._human_layer.paint(painter, exposed)

    def _draw_model(self, painter: QPainter, needed: QRectF | None) -> None:
        self._stroke(painter, self._model_outline, 1.5, (6.0, 4.5))

    def _draw_model_fill(self, painter: QPainter, needed: QRectF | None) -> None:
        self._hatch(painter, self._model_outline.path, crossed=False)

    def _draw_proposal(self, painter: QPainter, needed: QRectF | None) -> None:
        self._hatch(painter, self._proposal_outline.path, crossed=True)
        self._stroke(painter, self._proposal_outline, 1.5, (2.25, 3.75))

    def _draw_human_hatching(self, painter: QPainter, needed: QRectF | None) -> None:
        outline = self.human_outline if needed is None else self._outline_near(needed)
        if not outline.is_empty:
            self._hatch(painter, outline.path, crossed=False)

    def _draw_human(self, painter: QPainter, needed: QRectF | None) -> None:
        """Draw the outline, or as much of it as is needed: the rest need not even be found."""
        outline = self.human_outline if needed is None else self._outline_near(needed)
        self._stroke(painter, outline, 2.0 if self._is_current else 1.4, None)

    def _outline_near(self, needed: QRectF) -> Outline:
        """Return the outline in a part of the frame; where it is cut off lies beyond that part."""
        around = needed.toAlignedRect().adjusted(-2, -2, 2, 2)
        box = Box(around.top(), around.left(), around.bottom() + 1, around.right() + 1).clipped(self._shape)
        if box.is_empty:
            return Outline()
        return Outline(self._codes[box.slices].view(bool), (box.row0, box.col0))

    def _forget_layers(self) -> None:
        for layer in (
            self._human_layer,
            self._hatch_layer,
            self._model_layer,
            self._model_fill_layer,
            self._proposal_layer,
        ):
            layer.forget()

    def _hatch(self, painter: QPainter, path: QPainterPath, *, crossed: bool) -> None:
        """Fill a path with thin lines a fixed number of screen pixels apart, whatever the zoom."""
        tint = QColor(self._color)
        tint.setAlphaF(self._opacity * GHOST_TINT)
        painter.fillPath(path, tint)
        color = QColor(self._color)
        color.setAlphaF(min(self._opacity * GHOST_LINES, 1.0))
        painter.save()
        painter.setClipPath(path, Qt.ClipOperation.IntersectClip)
        seen = painter.worldTransform().mapRect(path.boundingRect()) & QRectF(painter.viewport())
        painter.resetTransform()
        painter.setPen(QPen(color, 1.3))
        first, last = seen.left() - seen.height(), seen.right()
        # Counted from the edge of the screen, so that neighbouring paints meet.
        x = HATCH_STEP * (first // HATCH_STEP)
        lines = []
        while x < last:
            lines.append(QLineF(x, seen.bottom(), x + seen.height(), seen.top()))
            if crossed:
                lines.append(QLineF(x, seen.top(), x + seen.height(), seen.bottom()))
            x += HATCH_STEP
        painter.drawLines(lines)
        painter.restore()

    def _stroke(
        self, painter: QPainter, outline: Outline, width: float, dashes: tuple[float, float] | None
    ) -> None:
        """Draw an outline with rims that keep it visible on any tissue; dashes in screen pixels."""
        rims = rims_for((self._color.red(), self._color.green(), self._color.blue()))
        pens = [(QColor(*rim), width + RIM * (len(rims) - index)) for index, rim in enumerate(rims)]
        outline.stroke(painter, [*pens, (self._color, width)], dashes)

    def _repaint(self, box: Box) -> None:
        changed = QRectF(box.col0 - 1, box.row0 - 1, box.shape[1] + 2, box.shape[0] + 2)
        self._human_layer.touch(changed)
        self._hatch_layer.touch(changed)
        reach = self._human_layer.reach + 1
        self.update(changed.adjusted(-reach, -reach, reach, reach))

    def _fill_table(self) -> list[int]:
        color = QColor(self._color)
        color.setAlphaF(self._opacity)
        return [0, color.rgba()]

    def _heat_table(self) -> list[int]:
        """Return 256 colours of the label, more opaque and lighter with probability."""
        steps = np.linspace(0.0, 1.0, 256)
        alpha = np.clip(self._opacity * 1.6 * steps**1.5, 0, 1)
        light = 0.55 + 0.45 * steps
        table = []
        for a, k in zip(alpha, light, strict=True):
            color = QColor.fromRgbF(self._color.redF() * k, self._color.greenF() * k, self._color.blueF() * k)
            color.setAlphaF(float(a))
            table.append(color.rgba())
        return table


def _indexed(codes: NDArray[np.uint8], table: list[int]) -> QImage:
    """Wrap codes (H, W) as an indexed image without a copy; the array must be kept alive."""
    rows, cols = codes.shape
    image = QImage(codes.data, cols, rows, codes.strides[0], QImage.Format.Format_Indexed8)
    image.setColorTable(table)
    return image
