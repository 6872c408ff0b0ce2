"""Painting kept to a range of brightness, or to the inside or outside of another label."""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING

import numpy as np
from psygnal import Signal

from lusgui.base.translate import tr
from lusgui.core.annotation import PlaneKey

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from lusgui.core.geometry import Box
    from lusgui.session.session import Session

LEAST_RANGE = 0.01
"""Of gray: a range is at least this wide."""


class Where(StrEnum):
    """Where painting counts, with regard to other labels."""

    ANYWHERE = "anywhere"
    INSIDE = "inside"
    OUTSIDE = "outside"


class PaintingGuard:
    """Says which pixels may be painted, and rubbed out; off until it is switched on.

    Brush, shapes and wand honour it, as do growing, shrinking, smoothing and filling. What is accepted or
    imported is no painting. It ends with the study: a limit that somebody forgot would look like a fault.

    Parameters
    ----------
    session : Session
        Whose masks.

    Signals
    -------
    changed()
        Something else may be painted now.
    said(str)
        A short hint: why nothing was painted.
    """

    changed = Signal()
    said = Signal(str)

    def __init__(self, session: Session) -> None:
        self._session = session
        self._is_on = False
        self._low, self._high = 0.0, 1.0
        self._where, self._other = Where.ANYWHERE, ""
        self._place: tuple[int, int] | None = None
        self._gray: NDArray[np.floating] | None = None
        session.study_changed.connect(self._study_changed)
        session.labels_changed.connect(self._labels_changed)

    # what is limited

    @property
    def is_on(self) -> bool:
        """Whether painting is limited at all."""
        return self._is_on

    @is_on.setter
    def is_on(self, value: bool) -> None:
        if value != self._is_on:
            self._is_on = value
            self.changed.emit()

    @property
    def range(self) -> tuple[float, float]:
        """Least and largest gray, of [0, 1], that may be painted."""
        return self._low, self._high

    def set_range(self, low: float, high: float) -> None:
        """Paint only where the despeckled gray lies in a range; (0, 1) sets no limit."""
        low = min(max(low, 0.0), 1.0 - LEAST_RANGE)
        high = min(max(high, low + LEAST_RANGE), 1.0)
        if (low, high) != self.range:
            self._low, self._high = low, high
            self.changed.emit()

    @property
    def where(self) -> tuple[Where, str]:
        """Inside or outside of which label; an empty key means every other label."""
        return self._where, self._other

    def set_where(self, where: Where, other: str = "") -> None:
        """Paint only inside or outside a label; outside of an empty key keeps off every other label."""
        if where is Where.INSIDE and not other:
            raise ValueError("inside of which label?")
        if where is Where.ANYWHERE:
            other = ""
        if (where, other) != self.where:
            self._where, self._other = where, other
            self.changed.emit()

    @property
    def has_limits(self) -> bool:
        """Whether anything is limited when it is on."""
        return self.range != (0.0, 1.0) or self._where is not Where.ANYWHERE

    @property
    def words(self) -> str:
        """The limits in a few words, e.g. "gray 20 to 60 %, outside Rib"; empty without any."""
        parts = []
        if self.range != (0.0, 1.0):
            low, high = 100 * self._low, 100 * self._high
            parts.append(tr("gray {low:.0f} to {high:.0f} %", low=low, high=high))
        if self._where is not Where.ANYWHERE:
            name = self._session.label_name(self._other) if self._other else tr("all other labels")
            parts.append(tr("inside {name}" if self._where is Where.INSIDE else "outside {name}", name=name))
        return ", ".join(parts)

    # what may be painted

    def show(self, place: tuple[int, int] | None, gray: NDArray[np.floating] | None) -> None:
        """Take the despeckled gray (H, W), in [0, 1], of the frame that is on screen now."""
        self._place, self._gray = place, gray

    def allowed(self, key: PlaneKey) -> NDArray[np.bool_] | None:
        """Return the pixels (H, W) of a plane that may be painted, or None where all may be."""
        if not self._is_on or not self.has_limits:
            return None
        shape = self._session.mask(key).shape
        allowed = np.ones(shape, bool)
        if self.range != (0.0, 1.0):
            if (key.recording_id, key.frame) == self._place and self._gray is not None:
                allowed &= (self._gray >= self._low) & (self._gray <= self._high)
            else:
                allowed[:] = False  # what cannot be seen is not painted
        for other in self._others(key):
            mask = self._session.mask(PlaneKey(key.recording_id, key.frame, other))
            allowed &= mask if self._where is Where.INSIDE else ~mask
        return allowed

    def limited(
        self, key: PlaneKey, before: NDArray[np.bool_], wanted: NDArray[np.bool_]
    ) -> NDArray[np.bool_]:
        """Return a wanted mask (H, W) that differs from the one before only where painting is allowed."""
        allowed = self.allowed(key)
        return wanted if allowed is None else np.where(allowed, wanted, before)

    def limited_stroke(self, key: PlaneKey, box: Box, patch: NDArray[np.bool_]) -> NDArray[np.bool_]:
        """Return what of a stroke counts, or say why nothing of it does.

        Parameters
        ----------
        key : PlaneKey
            Plane that is drawn on.
        box : Box
            Where the stroke lies; may reach outside the frame.
        patch : bool ndarray of ``box.shape``
            Pixels under the stroke.

        Returns
        -------
        bool ndarray of ``box.shape``
        """
        allowed = self.allowed(key)
        if allowed is None:
            return patch
        inside = box.clipped((allowed.shape[0], allowed.shape[1]))
        rows = slice(inside.row0 - box.row0, inside.row1 - box.row0)
        cols = slice(inside.col0 - box.col0, inside.col1 - box.col0)
        kept = np.zeros_like(patch)
        if not inside.is_empty:
            kept[rows, cols] = patch[rows, cols] & allowed[inside.slices]
        if patch.any() and not kept.any():
            self.say_nothing_left()
        return kept

    def say_nothing_left(self) -> None:
        """Say that the limits left nothing of a stroke."""
        self.said.emit(f"Nothing was painted: it is limited to {self.words} (Mask ▸ Limit painting)")

    def _others(self, key: PlaneKey) -> tuple[str, ...]:
        if self._where is Where.ANYWHERE:
            return ()
        named = (self._other,) if self._other else tuple(each.key for each in self._session.labels)
        return tuple(label for label in named if label != key.label)

    def _study_changed(self) -> None:
        self._place = self._gray = None
        self._is_on = False
        self._low, self._high = 0.0, 1.0
        self._where, self._other = Where.ANYWHERE, ""
        self.changed.emit()

    def _labels_changed(self) -> None:
        known = {label.key for label in self._session.labels}
        if self._other and self._other not in known:
            self._where, self._other = Where.ANYWHERE, ""
        self.changed.emit()
