"""A shape under way: its corners, the lines between them, and every step so far."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from lusgui.base.translate import tr

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    from lusgui.core.annotation import PlaneKey
    from lusgui.core.shape_raster import ShapeMode
    from lusgui.session.shapes import Shapes
    from lusgui.session.view_state import Tool

Corner = tuple[float, float]
"""Row and column in the frame, continuous."""

Place = tuple[int, int]
"""Recording and frame."""

LEAST_CORNERS = 3


class ShapeDraft:
    """Corners that will become a mask when it is finished; each step can be taken back.

    Parameters
    ----------
    shapes : Shapes
        Who makes it an edit.
    tool : Tool
        What draws it.
    key : PlaneKey
        Plane that it will change.
    mode : ShapeMode
        What it will do to the mask.
    line : callable, optional
        Returns the line between two corners, (N, 2) with both; straight by default.
    """

    def __init__(
        self,
        shapes: Shapes,
        tool: Tool,
        key: PlaneKey,
        mode: ShapeMode,
        line: Callable[[Corner, Corner], NDArray[np.float64]] | None = None,
    ) -> None:
        self._shapes = shapes
        self.tool = tool
        self.key = key
        self.mode = mode
        self.shape: tuple[int, int] | None = None
        """Rows and columns of the frame on which it was begun, where they are known."""
        self._line = line
        self._lines: dict[tuple[Corner, Corner], NDArray[np.float64]] = {}
        self._corners: tuple[Corner, ...] = ()
        self._steps: list[tuple[Corner, ...]] = []

    @property
    def name(self) -> str:
        """What menus call it."""
        from lusgui.session.shapes import NAMES

        return NAMES[self.tool]

    @property
    def place(self) -> Place:
        """Recording and frame."""
        return self.key.recording_id, self.key.frame

    @property
    def corners(self) -> tuple[Corner, ...]:
        """The corners so far, in order."""
        return self._corners

    @property
    def can_finish(self) -> bool:
        """Whether there are corners enough to enclose something."""
        return len(set(self._corners)) >= LEAST_CORNERS

    # the lines

    def line(self, start: Corner, end: Corner) -> NDArray[np.float64]:
        """Return the line between two corners, (N, 2) with both."""
        if self._line is None:
            return np.array([start, end])
        found = self._lines.get((start, end))
        if found is None:
            found = self._lines[start, end] = self._line(start, end)
        return found

    def forget_lines(self) -> None:
        """Find the lines anew: what they keep to has changed."""
        self._lines.clear()

    def sides(self) -> list[NDArray[np.float64]]:
        """Return the line from each corner to the next; the closing one is not among them."""
        return [self.line(*pair) for pair in zip(self._corners, self._corners[1:], strict=False)]

    def closing_side(self) -> NDArray[np.float64] | None:
        """Return the line that would close the shape; None while there is none."""
        if len(self._corners) < LEAST_CORNERS - 1:
            return None
        return self.line(self._corners[-1], self._corners[0])

    def outline(self) -> NDArray[np.float64]:
        """Return the closed outline, (N, 2), without the repeated first corner."""
        closing = self.closing_side()
        parts = self.sides() + ([] if closing is None else [closing])
        return np.concatenate([part[:-1] for part in parts]) if parts else np.zeros((0, 2))

    # steps

    def add(self, corner: Corner) -> None:
        """Put a corner at the end."""
        self._become((*self._corners, corner))

    def insert(self, index: int, corner: Corner) -> None:
        """Put a corner before the one at `index`."""
        self._become((*self._corners[:index], corner, *self._corners[index:]))

    def remove(self, index: int) -> None:
        """Take a corner away; of the last one nothing is left, and the draft is closed."""
        self._become((*self._corners[:index], *self._corners[index + 1 :]))
        if not self._corners:
            self._shapes.close(self)

    def move(self, index: int, corner: Corner, *, is_new_step: bool = True) -> None:
        """Put a corner elsewhere.

        Parameters
        ----------
        index : int
            Which one.
        corner : (row, column)
            Where to.
        is_new_step : bool
            False goes on with the step before, as a drag does.
        """
        moved = (*self._corners[:index], corner, *self._corners[index + 1 :])
        if is_new_step:
            self._become(moved)
        else:
            self._corners = moved
            self._shapes.changed.emit()

    def _become(self, corners: tuple[Corner, ...]) -> None:
        self._steps.append(self._corners)
        self._corners = corners
        self._shapes.changed.emit()

    # as an open shape

    def finish(self) -> bool:
        """Make it one edit of the mask; where that cannot be, it stays open."""
        if not self.can_finish:
            words = "A {name} needs three corners: click on, or {key:click.drop} gives it up"
            self._shapes.said.emit(tr(words, name=tr(self.name)))
            return False
        if not self._shapes.commit(self.key, self.outline(), self.mode, self.tool):
            return False
        self._shapes.close(self)
        return True

    def step_back(self) -> bool:
        """Take back the last step; false where no corner is left."""
        if self._steps:
            self._corners = self._steps.pop()
            self._shapes.changed.emit()
        return bool(self._corners)

    def cancel(self) -> None:
        """Give it up; as long as nothing else happens it can be brought back."""
        self._shapes.was_given_up(self)
