"""The smooth brush: what it goes over loses its teeth; one drag is one edit."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from lusgui.core.mask_operations import smoothed
from lusgui.core.raster import stroke_patch
from lusgui.ui.canvas.brush import BrushTool

if TYPE_CHECKING:
    from lusgui.ui.canvas.tool import Pointer


class SmoothTool(BrushTool):
    """Smooths the human mask of the current label under the brush; see `BrushTool` for its parameters."""

    has_sign = False

    def release(self, pointer: Pointer) -> None:
        """Lift the brush: what was smoothed becomes one edit."""
        key, working, box = self._key, self._working, self._box
        self.cancel()
        if key is not None and not box.is_empty:
            self._session.push_masks("Smooth brush", {key: working})
        self._show_cursor(pointer)

    def _erases(self, pointer: Pointer) -> bool:
        return False

    def _paint(self, pointer: Pointer) -> None:
        points = np.array([self._last, (pointer.row, pointer.col)])
        self._last = (pointer.row, pointer.col)
        rows, cols = self.radii(pointer.pressure)
        box, patch = stroke_patch(points, rows, cols, self._working.shape)
        if box.is_empty or self._key is None:
            return
        if self._allowed is not None:
            patch &= self._allowed[box.slices]
        sigma, spacing, _unit = self._session.masking.smoothing(self._key.recording_id)
        smooth = smoothed(self._working, sigma, spacing, box)
        self._working[box.slices][patch] = smooth[box.slices][patch]
        self._box = self._box.union(box)
        overlay = self._place.overlay_of(self._key.label)
        if overlay is not None:
            overlay.set_human(self._working, box)
