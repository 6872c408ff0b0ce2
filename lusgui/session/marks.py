"""Centre points and boxes: cheap annotations, each put down, moved or taken away as one edit."""

from __future__ import annotations

from dataclasses import dataclass
from math import hypot
from typing import TYPE_CHECKING

from lusgui.core.edits import MarkChange
from lusgui.core.marks import box_mark, centre_of, place_of, point_mark
from lusgui.session.drawing import Drawing
from lusgui.session.problems import Problem

if TYPE_CHECKING:
    from lusgui.core.annotation import PlaneKey
    from lusgui.core.learning.job import Mark

_NAMES = {"point": "Centre point", "box": "Box"}


@dataclass(frozen=True)
class MarkCounts:
    """How much of a label was marked in the open study.

    Parameters
    ----------
    points, boxes : int
        Frames with at least one centre point, and with at least one box.
    """

    points: int = 0
    boxes: int = 0


class Marking(Drawing):
    """The part of a session that keeps centre points and boxes.

    A label of a limited number of pieces (`Label.max_components`; the two halves of a cerebellum) is one
    thing: it has one centre and one box in a frame, and another one moves it. A label without limit, like
    ribs, has as many as there are.
    """

    def _is_one_thing(self, label: str) -> bool:
        """Whether there is only one of a label in a frame."""
        return False

    # reading

    def marks(self, key: PlaneKey) -> tuple[Mark, ...]:
        """Return the points and boxes of a frame and label."""
        return self.marks_of(key.recording_id).get((key.frame, key.label), ())

    def marks_of(self, recording_id: int) -> dict[tuple[int, str], tuple[Mark, ...]]:
        """Return the points and boxes of a recording by (frame, label); not to be changed."""
        if self._masks is not None:
            with self.guarded("The points and boxes cannot be read"):
                return self._masks.marks(recording_id)
        return {}

    def count_marks(self, label: str) -> MarkCounts:
        """Return how many frames of the study bear points, and boxes, of a label."""
        points = boxes = 0
        entries = [] if self._study is None else self._study.recordings()
        for entry in entries:
            for (_frame, own), marks in self.marks_of(entry.id).items():
                if own == label:
                    points += any(mark.kind == "point" for mark in marks)
                    boxes += any(mark.kind == "box" for mark in marks)
        return MarkCounts(points, boxes)

    # changing

    def add_point(self, key: PlaneKey, row: float, col: float, instead: Mark | None = None) -> bool:
        """Put a centre point down: on disk when this returns.

        Parameters
        ----------
        key : PlaneKey
            Frame and label.
        row, col : float
            Where, in pixels; the middle of the first pixel is (0, 0). Beside the frame counts as its edge.
        instead : Mark, optional
            The point that moves here.

        Returns
        -------
        bool
            Whether something changed.
        """
        shape = self._shape_to_mark(key)
        return shape is not None and self._put(point_mark(key, row, col, shape), instead)

    def add_box(
        self,
        key: PlaneKey,
        corner: tuple[float, float],
        opposite: tuple[float, float],
        instead: Mark | None = None,
    ) -> bool:
        """Put a box down: on disk when this returns.

        Parameters
        ----------
        key : PlaneKey
            Frame and label.
        corner, opposite : tuple of float
            (row, column) in pixels, the middle of the first pixel being (0, 0); cut to the frame.
        instead : Mark, optional
            The box that becomes this one.

        Returns
        -------
        bool
            Whether something changed; a box of hardly any size is none.
        """
        shape = self._shape_to_mark(key)
        mark = None if shape is None else box_mark(key, corner, opposite, shape)
        return mark is not None and self._put(mark, instead)

    def remove_mark(self, mark: Mark) -> bool:
        """Take a point or a box away; return whether it was there."""
        key = place_of(mark)
        if self._shape_to_mark(key) is None or mark not in self.marks(key):
            return False
        return self._change(f"Delete {_NAMES[mark.kind].lower()}", [], {}, marks=(MarkChange(mark, None),))

    def _put(self, mark: Mark, instead: Mark | None) -> bool:
        there = [each for each in self.marks(place_of(mark)) if each.kind == mark.kind]
        if mark in there:
            return False
        if instead is not None and instead not in there:
            instead = None
        if instead is None and there and self._is_one_thing(mark.label):
            instead = min(there, key=lambda each: _apart(each, mark))
        name = _NAMES[mark.kind] if instead is None else f"Move {_NAMES[mark.kind].lower()}"
        return self._change(name, [], {}, marks=(MarkChange(instead, mark),))

    def _shape_to_mark(self, key: PlaneKey) -> tuple[int, int] | None:
        """Return rows and columns of a frame that may be marked, or None after saying why it may not."""
        why = self.can_draw(key.recording_id)
        entry = None if self._recordings is None else self._recordings.entry(key.recording_id)
        if why is not None or entry is None:
            remedy = "Show the right file in the list of recordings, or save a copy of the study."
            self.report(Problem("Nothing was marked", why or "There is no such recording.", remedy))
            return None
        if not 0 <= key.frame < entry.frames:
            raise ValueError(f"frame {key.frame} of {entry.frames}")
        return entry.rows, entry.cols


def _apart(one: Mark, other: Mark) -> float:
    (row, col), (to_row, to_col) = centre_of(one), centre_of(other)
    return hypot(row - to_row, col - to_col)
