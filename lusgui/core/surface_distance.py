"""How far apart the outlines of two masks are, and how jagged one is.

The surface of a mask are its pixels that have one of their four neighbours outside it; outside the frame
counts as outside the mask. Every surface pixel of one mask has a distance to the nearest surface pixel of
the other, between pixel centres, with the spacing of the raw grid: rows and columns may lie differently
far apart. Masks must never be resized first, for a distance on another grid is another distance.

All distances are in mm where the spacing is given, else in pixels of the raw grid. Where one of the masks is
empty there is no distance, and the answer is None.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from lusgui.base.errors import LusguiError
from lusgui.core.geometry import bounding_box
from lusgui.core.overlap import check_masks

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from lusgui.core.geometry import Spacing

SMOOTHING = 0.02
"""Standard deviation of the smoothing that roughness compares with, as a share of a contour's length."""

SLACK = 1 + 1e-9
"""Three steps of 0.1 add up to 0.30000000000000004: that is still within 0.3."""


@dataclass(frozen=True)
class SurfaceDistances:
    """Distances between two surfaces, from which every measure here follows.

    Parameters
    ----------
    forth : (N,) float64 ndarray
        From each surface pixel of the found mask to the true surface.
    back : (M,) float64 ndarray
        From each surface pixel of the true mask to the found surface.

    Either both are filled or one mask is empty: then the other's distances are infinite.
    """

    forth: NDArray[np.float64]
    back: NDArray[np.float64]

    @property
    def is_defined(self) -> bool:
        """Whether both masks have a surface."""
        return bool(self.forth.size and self.back.size)

    def hausdorff(self, percentile: float = 100.0, *, pooled: bool = False) -> float | None:
        """Return the (percentile of the) Hausdorff distance; None where a mask is empty.

        Parameters
        ----------
        percentile : float in [0, 100]
            100 for the largest distance.
        pooled : bool
            False: the percentile of each directed set, and of the two the larger (as MONAI computes it).
            True: the percentile of both sets together (as medpy computes it).
        """
        if not 0 <= percentile <= 100:
            raise LusguiError(f"{percentile:g} is no percentile", remedy="Take one from 0 to 100")
        if not self.is_defined:
            return None
        sets = [np.concatenate([self.forth, self.back])] if pooled else [self.forth, self.back]
        return max(float(np.percentile(part, percentile)) for part in sets)

    def assd(self) -> float | None:
        """Return the mean of all distances of both directions; None where a mask is empty."""
        return float(np.concatenate([self.forth, self.back]).mean()) if self.is_defined else None

    def nsd(self, tolerance: float, *, balanced: bool = False) -> float | None:
        """Return the share of surface pixels within a tolerance; see `nsd`, `balanced` as there."""
        _check_tolerance(tolerance)
        if not self.is_defined:
            return 0.0 if self.forth.size or self.back.size else None
        reach = tolerance * SLACK
        forth, back = int((self.forth <= reach).sum()), int((self.back <= reach).sum())
        if balanced:
            return (forth / self.forth.size + back / self.back.size) / 2
        return (forth + back) / (self.forth.size + self.back.size)


def surface(mask: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Return the pixels of a mask (H, W) with one of their four neighbours outside it, as (H, W) bool."""
    padded = np.pad(mask, 1)
    inner = padded[:-2, 1:-1] & padded[2:, 1:-1] & padded[1:-1, :-2] & padded[1:-1, 2:]
    edge: NDArray[np.bool_] = mask & ~inner
    return edge


def measure_surfaces(
    found: NDArray[np.bool_], truth: NDArray[np.bool_], spacing_mm: Spacing | None = None
) -> SurfaceDistances:
    """Measure the distances between the surfaces of two masks, both ways.

    Parameters
    ----------
    found, truth : (H, W) bool ndarray
        The two masks on the raw grid.
    spacing_mm : (float, float), optional
        Distance between rows and between columns in mm; without it distances are in pixels.

    Raises
    ------
    LusguiError
        If the masks are not equally large or the spacing is not positive.
    """
    check_masks(found, truth)
    step = _checked(spacing_mm)
    box = bounding_box(found).union(bounding_box(truth))
    # nothing outside the box has a surface, so the distances inside it are exact
    first, second = surface(found)[box.slices], surface(truth)[box.slices]
    return SurfaceDistances(_directed(first, second, step), _directed(second, first, step))


def _checked(spacing_mm: Spacing | None) -> Spacing:
    if spacing_mm is None:
        return (1.0, 1.0)
    row, column = (float(value) for value in spacing_mm)
    if not (math.isfinite(row) and math.isfinite(column) and row > 0 and column > 0):
        raise LusguiError(f"a spacing of ({row:g}, {column:g}) mm measures nothing")
    return row, column


def _directed(start: NDArray[np.bool_], goal: NDArray[np.bool_], step: Spacing) -> NDArray[np.float64]:
    from scipy import ndimage

    if not goal.any():
        return np.full(int(np.count_nonzero(start)), np.inf)
    distances = ndimage.distance_transform_edt(~goal, sampling=step)
    return np.asarray(distances[start], dtype=np.float64)


def hausdorff(
    found: NDArray[np.bool_], truth: NDArray[np.bool_], spacing_mm: Spacing | None = None
) -> float | None:
    """Return the largest distance between the surfaces of two masks (H, W); None where one is empty."""
    return measure_surfaces(found, truth, spacing_mm).hausdorff()


def hd95(
    found: NDArray[np.bool_],
    truth: NDArray[np.bool_],
    spacing_mm: Spacing | None = None,
    *,
    pooled: bool = False,
) -> float | None:
    """Return the 95th percentile of the Hausdorff distance; None where a mask is empty.

    The larger of the two directed 95th percentiles, with linear interpolation: MONAI's definition. With
    `pooled` the 95th percentile of both directed sets together, medpy's: but for the interpolation never
    larger.

    Parameters
    ----------
    found, truth : (H, W) bool ndarray
        The two masks on the raw grid.
    spacing_mm : (float, float), optional
        Distance between rows and between columns in mm; without it the answer is in pixels.
    pooled : bool
        Which of the two definitions.

    References
    ----------
    Huttenlocher et al. 1993, doi:10.1109/34.232073; on its definitions Maier-Hein et al. 2024,
    doi:10.1038/s41592-023-02151-z.
    """
    return measure_surfaces(found, truth, spacing_mm).hausdorff(95.0, pooled=pooled)


def assd(
    found: NDArray[np.bool_], truth: NDArray[np.bool_], spacing_mm: Spacing | None = None
) -> float | None:
    """Return the average symmetric surface distance; None where a mask is empty.

    The mean over the surface pixels of both masks together (Heimann et al. 2009,
    doi:10.1109/TMI.2009.2013851), not the mean of the two directed means.
    """
    return measure_surfaces(found, truth, spacing_mm).assd()


def nsd(
    found: NDArray[np.bool_],
    truth: NDArray[np.bool_],
    spacing_mm: Spacing | None,
    tolerance_mm: float,
    *,
    definition: str = "pixels",
) -> float | None:
    """Return the normalized surface Dice: the share of both surfaces within a tolerance of the other.

    There are three definitions in use, whose numbers are not to be compared:

    * ``pixels`` counts surface pixels and pools the two surfaces, (near_found + near_true) / (found + true):
      Seidlitz et al., and MONAI without subvoxels;
    * ``length`` weighs pieces of the outline by their length, on the grid of pixel corners where the outline
      runs: DeepMind's own (Nikolov et al.), and MONAI with subvoxels. Where rows and columns lie differently
      far apart it is the fairer one, for a pixel at a steep place stands for less outline;
    * ``balanced`` is the mean of the two directed shares of pixels, whatever the lengths: nnU-Net's.

    Parameters
    ----------
    found, truth : (H, W) bool ndarray
        The two masks on the raw grid.
    spacing_mm : (float, float) or None
        Distance between rows and between columns in mm; None measures in pixels.
    tolerance_mm : float
        How far off is still right, in mm (in pixels where the spacing is None).
    definition : {"pixels", "length", "balanced"}
        Which of the three.

    Returns
    -------
    float in [0, 1] or None
        0 where one mask is empty, None where both are.

    References
    ----------
    Seidlitz et al. 2022, doi:10.1016/j.media.2022.102488; Nikolov et al. 2021, doi:10.2196/26151.
    """
    if definition == "length":
        return _nsd_by_length(found, truth, spacing_mm, tolerance_mm)
    if definition not in ("pixels", "balanced"):
        raise LusguiError(
            f"there is no surface Dice by '{definition[:40]}'", remedy="pixels, length or balanced"
        )
    return measure_surfaces(found, truth, spacing_mm).nsd(tolerance_mm, balanced=definition == "balanced")


def _nsd_by_length(
    found: NDArray[np.bool_], truth: NDArray[np.bool_], spacing_mm: Spacing | None, tolerance: float
) -> float | None:
    check_masks(found, truth)
    _check_tolerance(tolerance)
    step = _checked(spacing_mm)
    if not (found.any() and truth.any()):
        return 0.0 if found.any() or truth.any() else None
    box = bounding_box(found).union(bounding_box(truth))
    first, second = (_outline_lengths(mask[box.slices], step) for mask in (found, truth))
    near = total = 0.0
    for lengths, other in ((first, second), (second, first)):
        on_line = lengths > 0
        distances = _directed(on_line, other > 0, step)
        near += float(lengths[on_line][distances <= tolerance * SLACK].sum())
        total += float(lengths.sum())
    return min(near / total, 1.0)


def _outline_lengths(mask: NDArray[np.bool_], step: Spacing) -> NDArray[np.float64]:
    """Return the length of outline at each corner between pixels, (H + 1, W + 1).

    The outline runs between the four pixels around a corner as in marching squares: half a diagonal where one
    or three of them belong to the mask, one straight side where two neighbours do, two half diagonals where
    two opposite ones do.
    """
    padded = np.pad(mask, 1)
    upper_left, upper_right = padded[:-1, :-1], padded[:-1, 1:]
    lower_left, lower_right = padded[1:, :-1], padded[1:, 1:]
    count = sum(part.astype(np.int8) for part in (upper_left, upper_right, lower_left, lower_right))
    half = math.hypot(*step) / 2
    lengths = np.where((count == 1) | (count == 3), half, 0.0)
    two = count == 2
    lengths[two & (upper_left == lower_right)] = 2 * half
    lengths[two & (upper_left == upper_right)] = step[1]
    lengths[two & (upper_left == lower_left)] = step[0]
    return lengths


def _check_tolerance(tolerance: float) -> None:
    if not tolerance >= 0:
        raise LusguiError(f"a tolerance of {tolerance:g} is no distance", remedy="Take zero or more")


def roughness(
    mask: NDArray[np.bool_], spacing_mm: Spacing | None = None, smoothing: float = SMOOTHING
) -> float | None:
    """Return how much longer the outline of a mask is than the same outline smoothed; None for no mask.

    Cheng & Lam saw that masks of higher Dice had the more jagged edges, which Dice does not notice. Each
    closed contour (marching squares, holes too) is first smoothed over one pixel, the longer side of it, so
    that the stairs of the grid do not count, then once more over a fixed share of its own length; the answer
    is the sum of the lengths after the first over that after the second. Convolution with a Gaussian never
    lengthens a closed curve (it averages shifted copies of it), hence the answer is at least 1; both
    widths scale with the contour, hence it is the same for a shape and its enlargement once the pixel is
    small. A circle gives exp(2 (pi s)^2), 1.008 at the default share s, and 1.010 to
    1.014 once it is drawn with pixels.

    Parameters
    ----------
    mask : (H, W) bool ndarray
        A mask on the raw grid.
    spacing_mm : (float, float), optional
        Distance between rows and between columns in mm; without it pixels are square.
    smoothing : float in (0, 0.25]
        Standard deviation of the Gaussian as a share of the contour's length.

    References
    ----------
    The smoothing along the curve is that of Mokhtarian & Mackworth 1992, doi:10.1109/34.149591; the ratio
    of the two lengths is ours.
    """
    from skimage.measure import find_contours

    step = _checked(spacing_mm)
    if not 0 < smoothing <= 0.25:
        raise LusguiError(f"smoothing over {smoothing:g} of the contour leaves nothing of it")
    if not mask.any():
        return None
    padded = np.pad(mask[bounding_box(mask).slices], 1).astype(np.float32)
    jagged = smooth = 0.0
    # 'high': components touch at corners, as everywhere here
    for contour in find_contours(padded, 0.5, fully_connected="high"):
        first, second = _lengths(np.asarray(contour, np.float64) * step, max(step), smoothing)
        jagged += first
        smooth += second
    return jagged / smooth


def _lengths(points: NDArray[np.float64], pixel: float, smoothing: float) -> tuple[float, float]:
    """Return the lengths of a closed contour (N, 2) smoothed over one pixel, and over a share of it too."""
    steps = np.hypot(*np.diff(points, axis=0).T)
    along = np.concatenate([[0.0], np.cumsum(steps)])
    length = float(along[-1])
    # four points a pixel resolve the stairs; the first smoothing takes away what is finer
    count = max(64, math.ceil(4 * length / pixel))
    at = np.arange(count) * (length / count)
    curve = np.interp(at, along, points[:, 0]) + 1j * np.interp(at, along, points[:, 1])
    spectrum = np.fft.fft(curve)
    frequency = 2 * np.pi * np.fft.fftfreq(count)  # radians a sample
    fine, coarse = pixel * count / length, smoothing * count
    lengths = []
    for width in (fine, math.hypot(fine, coarse)):
        smoothed = np.fft.ifft(spectrum * np.exp(-0.5 * (frequency * width) ** 2))
        lengths.append(float(np.abs(np.diff(smoothed, append=smoothed[:1])).sum()))
    return lengths[0], lengths[1]
