"""Changes of the view: mirrored, turned, cropped, squeezed, with margins. Masks move along."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np

from training.robustness.perturbation import Perturbation, gray_of, with_gray, with_masks

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    from training.dataset import Sample
    from training.robustness.perturbation import Change

    Picture = NDArray[Any]

ZOOM_MARGIN = 2.2
"""Side of the zoomed view as a multiple of the longer side of the structure."""
LEAST_ZOOM = 0.35
"""Least side of the zoomed view as a share of the frame's."""


def move(sample: Sample, view: Callable[[Picture], Picture]) -> Sample:
    """Return the sample with frame and masks (H, W) seen through the same `view`, numbers untouched."""
    return replace(with_masks(sample, view), frame=np.ascontiguousarray(view(sample.frame)))


def mirror(sample: Sample, label: str, random: np.random.Generator) -> Sample:
    """Exchange left and right."""
    return move(sample, lambda plane: plane[:, ::-1])


def turn_over(sample: Sample, label: str, random: np.random.Generator) -> Sample:
    """Exchange top and bottom."""
    return move(sample, lambda plane: plane[::-1])


def crop(top: float, bottom: float, left: float, right: float) -> Change:
    """Return the cutting off of shares of the frame's height and width."""

    def change(sample: Sample, label: str, random: np.random.Generator) -> Sample:
        rows, cols = sample.frame.shape
        view = (
            slice(round(top * rows), rows - round(bottom * rows)),
            slice(round(left * cols), cols - round(right * cols)),
        )
        return move(sample, lambda plane: plane[view])

    return change


def zoom(sample: Sample, label: str, random: np.random.Generator) -> Sample:
    """Cut a view around the structure, as a machine's zoom does; the middle where there is none."""
    shape = np.array(sample.frame.shape)
    mask = sample.masks.get(label)
    middle, extent = shape / 2, 0.0
    if mask is not None and mask.any():
        ends = np.array([[hit[0], hit[-1] + 1] for hit in map(np.flatnonzero, (mask.any(1), mask.any(0)))])
        middle, extent = ends.mean(1), float((ends[:, 1] - ends[:, 0]).max())
    side = np.minimum(np.maximum(ZOOM_MARGIN * extent, LEAST_ZOOM * shape), shape).round().astype(int)
    start = np.clip((middle - side / 2).round().astype(int), 0, shape - side)
    view = tuple(slice(a, a + n) for a, n in zip(start, side, strict=True))
    return move(sample, lambda plane: plane[view])


def rotate(degrees: float) -> Change:
    """Return the turning about the middle, the corners black."""

    def change(sample: Sample, label: str, random: np.random.Generator) -> Sample:
        from scipy.ndimage import rotate as turn

        def turned(plane: NDArray[np.float32]) -> NDArray[np.float32]:
            found: NDArray[np.float32] = turn(plane, degrees, reshape=False, order=1, cval=0.0)
            return found

        shown = with_gray(sample, turned(gray_of(sample)))
        return with_masks(shown, lambda mask: turned(mask.astype(np.float32)) >= 0.5)

    return change


def resize(rows: int, cols: int) -> Change:
    """Return the squeezing to a grid, averaging where it shrinks."""

    def change(sample: Sample, label: str, random: np.random.Generator) -> Sample:
        shown = with_gray(sample, _fit(gray_of(sample), rows, cols))
        return with_masks(shown, lambda mask: _fit(mask, rows, cols) >= 0.5)

    return change


def stretch(row_factor: float, col_factor: float) -> Change:
    """Return the wrong aspect: rows and columns times a factor each."""

    def change(sample: Sample, label: str, random: np.random.Generator) -> Sample:
        rows, cols = sample.frame.shape
        fit = resize(max(round(rows * row_factor), 1), max(round(cols * col_factor), 1))
        return fit(sample, label, random)

    return change


def _fit(plane: Picture, rows: int, cols: int) -> NDArray[np.float32]:
    from PIL import Image

    # Pillow's filters widen with the factor of shrinking, so nothing is aliased
    image = Image.fromarray(np.asarray(plane, np.float32)).resize((cols, rows), Image.Resampling.BILINEAR)
    return np.asarray(image)


def add_margins(top: float, bottom: float, left: float, right: float) -> Change:
    """Return the adding of black margins, as shares of the frame's height and width."""

    def change(sample: Sample, label: str, random: np.random.Generator) -> Sample:
        rows, cols = sample.frame.shape
        width = ((round(top * rows), round(bottom * rows)), (round(left * cols), round(right * cols)))
        shown = with_gray(sample, gray_of(sample))
        return move(shown, lambda plane: np.pad(plane, width))

    return change


def _view(name: str, title: str, change: Change, *labels: str, is_resizing: bool = False) -> Perturbation:
    return Perturbation(name, title, "view", change, labels=labels, is_resizing=is_resizing)


FETAL = ("cerebellum", "vermis", "cisterna_magna", "fourth_ventricle", "head")
"""A fetus lies as it likes; a rib is never beneath its shadow."""

VIEWS = (
    _view("mirrored", "mirrored left to right", mirror),
    _view("upside_down", "upside down", turn_over, *FETAL),
    _view("rotated_left", "turned by 10° to the left", rotate(10.0)),
    _view("rotated_right", "turned by 10° to the right", rotate(-10.0)),
    _view("crop_middle", "middle 80 % only", crop(0.1, 0.1, 0.1, 0.1)),
    _view("crop_top", "top 15 % cut off", crop(0.15, 0.0, 0.0, 0.0)),
    _view("crop_bottom", "bottom 25 % cut off", crop(0.0, 0.25, 0.0, 0.0)),
    _view("crop_left", "left 25 % cut off", crop(0.0, 0.0, 0.25, 0.0)),
    _view("crop_right", "right 25 % cut off", crop(0.0, 0.0, 0.0, 0.25)),
    _view("zoom", "zoomed around the structure", zoom),
    _view("verasonics", "squeezed to 960 x 128", resize(960, 128), is_resizing=True),
    _view("wide", "twice as wide", stretch(1.0, 2.0), is_resizing=True),
    _view("tall", "twice as tall", stretch(2.0, 1.0), is_resizing=True),
    _view("margins_sides", "black margins left and right", add_margins(0.0, 0.0, 0.3, 0.3)),
    _view("margins_all", "black margins on all sides", add_margins(0.2, 0.2, 0.2, 0.2)),
)
