"""Pictures that are almost the same, found by a perceptual hash: what leaks from training into a test."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import combinations
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from numpy.typing import NDArray

    from training.data.splits import Fold
    from training.dataset import Sample

SIDE = 64
KEPT = 16
BITS = KEPT * KEPT - 1
DEFAULT_DISTANCE = 48
"""Of 255 bits. Measured on frames of hc18, usgra, fetal_cerebellum and our ribs: different women of hc18 are
54 bits apart or more, different patients and clips of the other two 98; shuffled neighbours in
usgra 24 to 46. JPEG at quality 30 changes 12 at most, gamma from 0.6 to 1.6 30, a gain that saturates 16,
half the size 4, a shift by 3 columns 40, a crop of 2 % 56."""
_CHUNK = 512


@dataclass(frozen=True)
class Pair:
    """Two samples that look the same.

    Parameters
    ----------
    first, second : int
        Indices, the lower one first.
    distance : int
        Bits of 255 in which their hashes differ.
    mirrored : bool
        Whether one looks like the other with left and right exchanged.
    """

    first: int
    second: int
    distance: int
    mirrored: bool


def perceptual_hash(gray: NDArray[np.floating]) -> NDArray[np.bool_]:
    """Return 255 bits that gain, compression and scale hardly change.

    The picture is averaged down to 64 x 64; of its discrete cosine transform the 16 x 16 lowest frequencies
    but the mean are kept, and each bit says whether one lies above their median (the scheme known as pHash,
    there with 8 x 8; ultrasound frames share their sector's outline, so that they need more).

    Parameters
    ----------
    gray : (H, W) float ndarray
        The picture.

    Returns
    -------
    (255,) bool ndarray
    """
    return _bits(_spectrum(gray))


def hashes(samples: Iterable[Sample]) -> tuple[NDArray[np.uint64], NDArray[np.uint64]]:
    """Return the packed hashes of all samples and of their mirror images, each (N, 4) uint64."""
    plain, flipped = [], []
    for sample in samples:
        spectrum = _spectrum(sample.gray())
        plain.append(_bits(spectrum))
        # Exchanging left and right turns the sign of every odd frequency along the columns.
        flipped.append(_bits(spectrum * np.where(np.arange(KEPT) % 2, -1.0, 1.0)))
    return _packed(plain), _packed(flipped)


def find(samples: Sequence[Sample], distance: int = DEFAULT_DISTANCE) -> list[Pair]:
    """Return all pairs of samples that look the same, or like each other's mirror image.

    Rotations, and crops of more than a few percent, are not found.

    Parameters
    ----------
    samples : sequence of Sample
        All frames.
    distance : int
        Most bits of 255 that may differ.

    Returns
    -------
    list of Pair
        By increasing distance.
    """
    return pairs_within(*hashes(samples), distance)


def pairs_within(
    plain: NDArray[np.uint64], flipped: NDArray[np.uint64], distance: int = DEFAULT_DISTANCE
) -> list[Pair]:
    """Return the pairs among packed hashes (see `hashes`) that differ in at most that many bits."""
    found = []
    for start in range(0, len(plain), _CHUNK):
        block = plain[start : start + _CHUNK, None, :]
        straight = np.bitwise_count(block ^ plain[None]).sum(axis=2, dtype=np.int64)
        turned = np.bitwise_count(block ^ flipped[None]).sum(axis=2, dtype=np.int64)
        least = np.minimum(straight, turned)
        for row, column in zip(*np.nonzero(least <= distance), strict=True):
            if start + row < column:
                found.append(
                    Pair(
                        int(start + row),
                        int(column),
                        int(least[row, column]),
                        bool(turned[row, column] < straight[row, column]),
                    )
                )
    return sorted(found, key=lambda pair: (pair.distance, pair.first, pair.second))


def warn_of_leaks(
    folds: Sequence[Fold], samples: Sequence[Sample], distance: int = DEFAULT_DISTANCE
) -> list[str]:
    """Say in words which near duplicates stand on both sides of a split.

    Parameters
    ----------
    folds : sequence of Fold
        Of these samples.
    samples : sequence of Sample
        All frames.
    distance : int
        See `find`.

    Returns
    -------
    list of str
        One sentence for each pair of sides; empty where there is no such pair.
    """
    pairs = find(samples, distance)
    if not pairs:
        return []
    sentences = []
    for one, other in combinations(("training", "validation", "test"), 2):
        counts, example = [], None
        for fold in folds:
            place = dict.fromkeys(fold.train, "training")
            place |= dict.fromkeys(fold.validation, "validation") | dict.fromkeys(fold.test, "test")
            apart = [
                pair for pair in pairs if {place.get(pair.first), place.get(pair.second)} == {one, other}
            ]
            counts.append(len(apart))
            example = example or next(iter(apart), None)
        if example is not None:
            like = "a mirror image of" if example.mirrored else "almost the same as"
            sentences.append(
                f"Near duplicates stand apart in {one} and {other}: {', '.join(map(str, counts))} pairs in "
                f"the folds, for example '{samples[example.first].name}' is {like} "
                f"'{samples[example.second].name}' ({example.distance} of {BITS} bits differ)."
            )
    return sentences


def groups_by_likeness(samples: Sequence[Sample], distance: int = DEFAULT_DISTANCE) -> list[int]:
    """Return for each sample the number of its cluster: near duplicates, and theirs in turn, share one."""
    from scipy.sparse import coo_array
    from scipy.sparse.csgraph import connected_components

    pairs = find(samples, distance)
    ends = ([pair.first for pair in pairs], [pair.second for pair in pairs])
    graph = coo_array((np.ones(len(pairs), np.int8), ends), shape=(len(samples), len(samples)))
    _, cluster = connected_components(graph, directed=False)
    return [int(number) for number in cluster]


def _spectrum(gray: NDArray[np.floating]) -> NDArray[np.float64]:
    from scipy.fft import dctn

    small = _averaged(_averaged(np.asarray(gray, np.float64), SIDE).T, SIDE).T
    kept: NDArray[np.float64] = dctn(small, norm="ortho")[:KEPT, :KEPT]
    return kept


def _averaged(values: NDArray[np.float64], size: int) -> NDArray[np.float64]:
    """Return means over `size` equal stretches of the rows, however they fall between them."""
    count = values.shape[0]
    total = np.vstack([np.zeros((1, values.shape[1])), np.cumsum(values, axis=0)])
    edges = np.linspace(0, count, size + 1)
    low = np.minimum(edges.astype(int), count - 1)
    at = total[low] + (edges - low)[:, None] * values[low]
    means: NDArray[np.float64] = np.diff(at, axis=0) * (size / count)
    return means


def _bits(spectrum: NDArray[np.float64]) -> NDArray[np.bool_]:
    values = spectrum.ravel()[1:]
    above: NDArray[np.bool_] = values > np.median(values)
    return above


def _packed(bits: Sequence[NDArray[np.bool_]]) -> NDArray[np.uint64]:
    if not bits:
        return np.zeros((0, 4), np.uint64)
    packed = np.packbits(np.stack(bits), axis=1)
    return np.ascontiguousarray(packed).view(np.uint64)
