"""What a person marks on a frame to have it segmented: clicks, a box, scribbles, in the order given.

Positions are continuous rows and columns of the raw grid: the first pixel reaches from 0 to 1, its centre is
0.5, and the pixel under a position is its whole part.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from lusgui.base.errors import ClickError
from lusgui.core.raster import stroke_patch

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import NDArray

MOST_MARKS = 500
"""So many marks a frame are answered; more are no way to draw."""

MOST_POINTS = 20_000
"""Points of all scribbles of a frame together."""

WIDEST_RADIUS = 200.0
"""Pixels."""

MOST_FAR = 1e6
"""No frame has so many rows or columns."""


@dataclass(frozen=True)
class Click:
    """One click.

    Parameters
    ----------
    row, col : float
        Where, continuous; the centre of the first pixel is 0.5.
    is_positive : bool
        Whether the pixel belongs to the structure; else it does not.
    """

    row: float
    col: float
    is_positive: bool = True

    @property
    def pixel(self) -> tuple[int, int]:
        """Row and column of the pixel under it."""
        return math.floor(self.row), math.floor(self.col)


class Box(NamedTuple):
    """A box around the structure, continuous: rows row0 to row1, columns col0 to col1."""

    row0: float
    col0: float
    row1: float
    col1: float


@dataclass(frozen=True)
class Scribble:
    """A stroke over the structure, or over what is not of it.

    Parameters
    ----------
    points : tuple of (float, float)
        Row and column of its corners, continuous; at least one.
    is_positive : bool
        Whether the pixels under it belong to the structure; else they do not.
    radius : float
        Half its width in pixels.
    """

    points: tuple[tuple[float, float], ...]
    is_positive: bool = True
    radius: float = 2.0


Mark = Click | Box | Scribble


@dataclass(frozen=True)
class ClickPrompt:
    """Everything marked on one frame for one structure.

    Parameters
    ----------
    marks : tuple of Click, Box or Scribble
        In the order in which they were given; of several boxes the last counts.
    """

    marks: tuple[Mark, ...] = ()

    @classmethod
    def of(
        cls,
        clicks: Sequence[Click] = (),
        box: Box | Sequence[float] | None = None,
        scribbles: Sequence[Scribble] = (),
    ) -> ClickPrompt:
        """Return a prompt of a box, scribbles and clicks, as if given in this order."""
        given = () if box is None else (Box(*box),)
        return cls((*given, *scribbles, *clicks))

    @property
    def clicks(self) -> tuple[Click, ...]:
        """The clicks, in order."""
        return tuple(mark for mark in self.marks if isinstance(mark, Click))

    @property
    def scribbles(self) -> tuple[Scribble, ...]:
        """The scribbles, in order."""
        return tuple(mark for mark in self.marks if isinstance(mark, Scribble))

    @property
    def box(self) -> Box | None:
        """The box that counts: the last one given."""
        return next((mark for mark in reversed(self.marks) if isinstance(mark, Box)), None)

    @property
    def last(self) -> Mark | None:
        """What was given last."""
        return self.marks[-1] if self.marks else None

    @property
    def is_empty(self) -> bool:
        """Whether nothing was marked."""
        return not self.marks

    @property
    def has_positive(self) -> bool:
        """Whether anything says where the structure is: a positive click or scribble, or a box."""
        return any(is_positive(mark) for mark in self.marks)

    def with_click(self, row: float, col: float, positive: bool = True) -> ClickPrompt:
        """Return the prompt with one click more."""
        return self.with_mark(Click(float(row), float(col), positive))

    def with_box(self, row0: float, col0: float, row1: float, col1: float) -> ClickPrompt:
        """Return the prompt with a box between two opposite corners, in any order."""
        rows, cols = sorted((float(row0), float(row1))), sorted((float(col0), float(col1)))
        return self.with_mark(Box(rows[0], cols[0], rows[1], cols[1]))

    def with_scribble(
        self, points: Sequence[Sequence[float]], positive: bool = True, radius: float = 2.0
    ) -> ClickPrompt:
        """Return the prompt with one scribble more."""
        corners = tuple((float(row), float(col)) for row, col in points)
        return self.with_mark(Scribble(corners, positive, float(radius)))

    def with_mark(self, mark: Mark) -> ClickPrompt:
        """Return the prompt with one mark more."""
        return ClickPrompt((*self.marks, mark))

    def without_last(self) -> ClickPrompt:
        """Return the prompt without what was given last; an empty one stays empty."""
        return ClickPrompt(self.marks[:-1])

    def checked(self, shape: tuple[int, int] | None = None) -> ClickPrompt:
        """Return the prompt itself if it is sound for a frame of `shape`.

        Clicks must lie on the frame; boxes and scribbles may reach over its edges, but some of them must lie
        on it. Without a shape only what no frame could have is refused.

        Raises
        ------
        ClickError
            If it is not.
        """
        if len(self.marks) > MOST_MARKS:
            raise ClickError(
                f"{len(self.marks)} clicks on one frame are more than {MOST_MARKS}",
                remedy="Accept what is there and begin anew, or draw with the brush",
            )
        if sum(len(each.points) for each in self.scribbles) > MOST_POINTS:
            raise ClickError("the scribbles are too long", remedy="Take some back")
        for mark in self.marks:
            _check_mark(mark, shape)
        return self

    def to_json(self) -> dict[str, Any]:
        """Return plain values for a message or a file."""
        return {"marks": [_plain(mark) for mark in self.marks]}

    @classmethod
    def from_json(cls, values: Mapping[str, Any], shape: tuple[int, int] | None = None) -> ClickPrompt:
        """Build from what `to_json` returned.

        Raises
        ------
        ClickError
            If the values are no prompt, or none for a frame of `shape`.
        """
        try:
            marks = values["marks"]
            if not isinstance(marks, list):
                raise TypeError
            if len(marks) > MOST_MARKS:
                raise ClickError(f"{len(marks)} clicks on one frame are more than {MOST_MARKS}")
            prompt = cls(tuple(_mark_of(each) for each in marks))
        except (KeyError, TypeError, ValueError, AttributeError, OverflowError) as error:
            raise ClickError("what was marked on the frame cannot be read") from error
        return prompt.checked(shape)


def is_positive(mark: Mark) -> bool:
    """Whether a mark says where the structure is; a box does."""
    return isinstance(mark, Box) or mark.is_positive


def is_inside(row: float, col: float, shape: tuple[int, int]) -> bool:
    """Whether a position lies on a frame of `shape`."""
    return 0 <= row < shape[0] and 0 <= col < shape[1]


def mark_mask(mark: Mark, shape: tuple[int, int]) -> NDArray[np.bool_]:
    """Return the pixels (H, W) of a mark: under a click, in a box, under a scribble.

    Parameters
    ----------
    mark : Click, Box or Scribble
        What was given.
    shape : tuple of int
        Rows and columns of the frame.

    Returns
    -------
    (H, W) bool ndarray
        Of a box the pixels whose centres lie in it.
    """
    mask = np.zeros(shape, dtype=bool)
    if isinstance(mark, Click):
        if is_inside(mark.row, mark.col, shape):
            mask[mark.pixel] = True
    elif isinstance(mark, Box):
        mask[box_slices(mark, shape)] = True
    else:
        box, patch = stroke_patch(np.asarray(mark.points), mark.radius, mark.radius, shape)
        if not box.is_empty:
            mask[box.slices] = patch
    return mask


def box_slices(box: Box, shape: tuple[int, int]) -> tuple[slice, slice]:
    """Return the index of the pixels of a frame of `shape` whose centres lie in a box."""
    low = [max(math.ceil(edge - 0.5), 0) for edge in (box.row0, box.col0)]
    high = [min(math.ceil(edge - 0.5), size) for edge, size in zip((box.row1, box.col1), shape, strict=True)]
    return slice(low[0], max(high[0], low[0])), slice(low[1], max(high[1], low[1]))


def _check_mark(mark: Mark, shape: tuple[int, int] | None) -> None:
    if isinstance(mark, Click):
        _check_numbers((mark.row, mark.col))
        if shape is not None and not is_inside(mark.row, mark.col, shape):
            raise ClickError(
                f"the click at row {mark.row:g}, column {mark.col:g} lies outside the image"
                f" of {shape[0]} x {shape[1]} pixels",
                remedy="Click on the image",
            )
    elif isinstance(mark, Box):
        _check_numbers(mark)
        if not (mark.row0 < mark.row1 and mark.col0 < mark.col1):
            raise ClickError("the box is empty", remedy="Drag it around the structure")
        if shape is not None:
            rows, cols = box_slices(mark, shape)
            if rows.start >= rows.stop or cols.start >= cols.stop:
                raise ClickError(
                    f"the box lies outside the image of {shape[0]} x {shape[1]} pixels",
                    remedy="Drag it around a structure on the image",
                )
    else:
        if not mark.points:
            raise ClickError("a scribble has no points")
        for point in mark.points:
            _check_numbers(point)
        if not 0 < mark.radius <= WIDEST_RADIUS:
            raise ClickError(f"a scribble cannot be {2 * mark.radius:g} pixels wide")
        if shape is not None and not mark_mask(mark, shape).any():
            raise ClickError("the scribble lies outside the image", remedy="Scribble on the image")


def _check_numbers(values: Sequence[float]) -> None:
    if not all(math.isfinite(value) and abs(value) <= MOST_FAR for value in values):
        raise ClickError("what was marked on the frame has no sound position")


def _plain(mark: Mark) -> dict[str, Any]:
    if isinstance(mark, Click):
        return {"kind": "click", "at": [mark.row, mark.col], "is_positive": mark.is_positive}
    if isinstance(mark, Box):
        return {"kind": "box", "corners": list(mark)}
    return {
        "kind": "scribble",
        "points": [list(point) for point in mark.points],
        "is_positive": mark.is_positive,
        "radius": mark.radius,
    }


def _mark_of(values: Mapping[str, Any]) -> Mark:
    kind = values["kind"]
    if kind == "click":
        row, col = values["at"]
        return Click(_number(row), _number(col), _truth(values["is_positive"]))
    if kind == "box":
        row0, col0, row1, col1 = values["corners"]
        return Box(_number(row0), _number(col0), _number(row1), _number(col1))
    if kind == "scribble":
        if len(values["points"]) > MOST_POINTS:
            raise ValueError(kind)
        points = tuple((_number(row), _number(col)) for row, col in values["points"])
        return Scribble(points, _truth(values["is_positive"]), _number(values["radius"]))
    raise ValueError(kind)


def _number(value: object) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise TypeError(value)
    return float(value)


def _truth(value: object) -> bool:
    if not isinstance(value, bool):
        raise TypeError(value)
    return value
