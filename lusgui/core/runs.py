"""Components of a mask, found through its runs: stretches of pixels in a row.

A mask of a million pixels has a few thousand runs. What is asked of its components (how many, how large,
which touch something) is asked of those, and only what changes is written to pixels again.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

PIXELS_A_RUN = 32
"""A mask with fewer pixels a run is noise."""


class Runs:
    """The runs of a mask and the component each belongs to.

    Parameters
    ----------
    mask : (H, W) bool ndarray
        Not kept.
    corners : bool
        Whether pixels that touch at a corner are of one component.

    Attributes
    ----------
    rows, starts, stops : (N,) int ndarray
        Row, first column and the column after the last one of every run, from the upper left on.
    numbers : (N,) int ndarray
        Component of every run, from 0, in the order of their first pixels.
    count : int
        How many components there are.
    """

    def __init__(self, mask: NDArray[np.bool_], *, corners: bool = True) -> None:
        height, width = mask.shape
        padded = np.zeros((height, width + 2), dtype=bool)
        padded[:, 1:-1] = mask
        changes = np.flatnonzero(padded[:, 1:] != padded[:, :-1])
        self._shape = mask.shape
        self.rows, self.starts = np.divmod(changes[::2], width + 1)
        self.stops = changes[1::2] - self.rows * (width + 1)
        if self.rows.size > mask.size // PIXELS_A_RUN:
            self.numbers, self.count = self._labelled(mask, corners)
        else:
            self.numbers, self.count = self._joined(int(corners))

    @property
    def lengths(self) -> NDArray[np.intp]:
        """Pixels of every run."""
        return np.asarray(self.stops - self.starts)

    @property
    def areas(self) -> NDArray[np.intp]:
        """Pixels of every component."""
        return np.asarray(np.bincount(self.numbers, self.lengths, self.count), dtype=np.intp)

    def of(self, rows: NDArray[np.intp], cols: NDArray[np.intp]) -> NDArray[np.intp]:
        """Return the components of pixels (N,) that belong to the mask."""
        stride = self._shape[1] + 1
        at = np.searchsorted(self.rows * stride + self.starts, rows * stride + cols, side="right") - 1
        return np.asarray(self.numbers[at])

    def touching_edges(self) -> NDArray[np.bool_]:
        """Return which components (count,) touch the edge of the frame."""
        height, width = self._shape
        at_edge = (self.rows == 0) | (self.rows == height - 1) | (self.starts == 0) | (self.stops == width)
        found = np.zeros(self.count, dtype=bool)
        found[self.numbers[at_edge]] = True
        return found

    def pixels_of(self, is_wanted: NDArray[np.bool_]) -> NDArray[np.intp]:
        """Return the indices, in the flattened frame, of the pixels of wanted components (count,)."""
        wanted = is_wanted[self.numbers]
        begins = self.rows[wanted] * self._shape[1] + self.starts[wanted]
        lengths = self.lengths[wanted]
        before = np.cumsum(lengths) - lengths
        return np.repeat(begins - before, lengths) + np.arange(int(lengths.sum()))

    def _labelled(self, mask: NDArray[np.bool_], corners: bool) -> tuple[NDArray[np.intp], int]:
        """Label all pixels: noise has so many runs that joining them takes longer."""
        from scipy import ndimage

        numbers, count = ndimage.label(mask, structure=np.ones((3, 3), bool) if corners else None)
        return numbers[self.rows, self.starts].astype(np.intp) - 1, int(count)

    def _joined(self, reach: int) -> tuple[NDArray[np.intp], int]:
        """Give runs that touch one number; runs reach `reach` columns beyond their ends."""
        total = self.rows.size
        stride = self._shape[1] + 3  # more than a row: runs of other rows are never taken for neighbours
        below = (self.rows + 1) * stride
        first = np.searchsorted(self.rows * stride + self.stops, below + self.starts - reach, side="right")
        last = np.searchsorted(self.rows * stride + self.starts, below + self.stops + reach, side="left")
        many = np.maximum(last - first, 0)
        above = np.repeat(np.arange(total), many)
        beneath = np.repeat(first - (np.cumsum(many) - many), many) + np.arange(int(many.sum()))
        root = np.arange(total)
        while True:
            one, other = root[above], root[beneath]
            if np.array_equal(one, other):
                break
            # the larger of two roots is hung below the smaller one, then every chain is made short
            np.minimum.at(root, np.maximum(one, other), np.minimum(one, other))
            while True:
                further = root[root]
                if np.array_equal(further, root):
                    break
                root = further
        kept, numbers = np.unique(root, return_inverse=True)
        return numbers, int(kept.size)
