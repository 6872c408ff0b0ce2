"""Folds of a data set: by patient or clip as it should be, and by image as the papers did it."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, replace
from fractions import Fraction
from itertools import combinations
from math import floor
from typing import TYPE_CHECKING, Literal

import numpy as np

from lusgui.base.errors import LusguiError
from training.data.boxes import mirror_boxes
from training.dataset import group_folds, groups_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from training.dataset import Sample

By = Literal["group", "image"]

MIRROR_ENDING = "+mirror"
AMIRI_FOLDS = 5
RAMOS_COUNTS = (237, 78)
"""Training and test images of Ramos et al. 2020."""


class SplitError(LusguiError):
    """A data set cannot be split as asked."""


@dataclass(frozen=True)
class Fold:
    """Indices into a list of samples; no index stands twice.

    Parameters
    ----------
    train, validation, test : tuple of int
        What is learned from, what decides when to stop, and what is judged on. Validation may be empty.
    """

    train: tuple[int, ...]
    validation: tuple[int, ...]
    test: tuple[int, ...]


def k_folds(
    samples: Sequence[Sample], folds: int = 5, *, seed: int, by: By = "group", validation: float = 0.2
) -> list[Fold]:
    """Deal the samples into folds; each is the test set once.

    Parameters
    ----------
    samples : sequence of Sample
        All frames.
    folds : int
        How many, at least 2.
    seed : int
        Decides who falls where.
    by : {"group", "image"}
        Whether whole groups (patients, clips) are dealt, or single images as the papers did.
    validation : float
        Part of what is not in the test set that is kept for validation, in [0, 1). By group it is met as
        nearly as whole groups can, with at least one of them; it is empty where a single group is left.

    Returns
    -------
    list of Fold
        Every index is in exactly one test set, and in each fold in exactly one of the three.

    Raises
    ------
    SplitError
        If there are fewer groups (or images) than folds.
    """
    _check(by, validation)
    if folds < 2:
        raise SplitError(f"{folds} folds are no split", remedy="Take at least 2")
    tests = _dealt(samples, folds, seed, by)
    made = []
    for k, test in enumerate(tests):
        out = set(test)
        rest = [i for i in range(len(samples)) if i not in out]
        random = np.random.default_rng((seed, k, 1))
        kept = _validation_of(samples, rest, validation, random, by)
        inside = set(kept)
        made.append(Fold(tuple(i for i in rest if i not in inside), kept, test))
    return made


def amiri_counts(count: int, fraction: float) -> tuple[int, int, int]:
    """Return how many images (train, validate, test) as Amiri et al. count them.

    With ``rh(x) = floor(x + 0.5)`` and N images: ``test = rh(N / 5)``, ``n = rh(fraction * N)`` of the
    others, of which ``rh(0.2 n)`` validate. This gives all twelve cells of their Table I, where rounding to
    even fails (85 * 0.5 = 42.5 is 43).

    Parameters
    ----------
    count : int
        Images in all.
    fraction : float
        Part of all images that is learned from or validated on; 0.8, 0.5 and 0.05 in the paper.

    Raises
    ------
    SplitError
        If the fraction is not in (0, 0.8], or so few images are left that none trains.

    References
    ----------
    Amiri, Brooks, Rivaz 2020, Fine-tuning U-Net for ultrasound image segmentation: different layers,
    different outcomes, IEEE TUFFC 67(12), 2510-2518, doi 10.1109/TUFFC.2020.3015081, Table I.
    """
    part = Fraction(str(fraction))
    if not 0 < part <= Fraction(4, 5):
        raise SplitError(
            f"a fraction of {fraction:g} cannot be learned from: a fifth is the test set",
            remedy="Take more than 0 and at most 0.8",
        )
    test = _round_half_up(Fraction(count, AMIRI_FOLDS))
    used = _round_half_up(part * count)
    validation = _round_half_up(Fraction(used, 5))
    if used - validation < 1:
        raise SplitError(
            f"{fraction:.0%} of {count} images leave none to learn from", remedy="Take a larger fraction"
        )
    return used - validation, validation, test


def amiri_folds(samples: Sequence[Sample], fraction: float, seed: int, by: By = "group") -> list[Fold]:
    """Return the five folds of Amiri et al. at a fraction of the data.

    The test sets are the same for every fraction, and with ``by="image"`` what 5 % learns from is part of
    what 50 % learns from.

    Parameters
    ----------
    samples : sequence of Sample
        All frames.
    fraction : float
        See `amiri_counts`.
    seed : int
        Decides who falls where.
    by : {"group", "image"}
        By image, training and validation have exactly the counts of Table I in every fold; where the number
        is no multiple of five a test set may be one smaller, and the frame left over is not used. By group
        no group stands on two sides, and the counts are met as nearly as that allows: a group that would
        exceed one is cut.

    Raises
    ------
    SplitError
        If there are fewer groups (or images) than five.
    """
    _check(by, 0.0)
    train, validation, _ = amiri_counts(len(samples), fraction)
    made = []
    for k, test in enumerate(_dealt(samples, AMIRI_FOLDS, seed, by)):
        out = set(test)
        rest = [i for i in range(len(samples)) if i not in out]
        random = np.random.default_rng((seed, k, 2))
        if by == "image":
            order = [int(i) for i in random.permutation(rest)]
            # Both sides grow from their own end, so that a larger fraction only adds.
            learned, kept = order[:train], order[::-1][:validation]
        else:
            learned, kept = _two_sides(samples, rest, train, validation, random)
        made.append(Fold(tuple(sorted(learned)), tuple(sorted(kept)), test))
    return made


def ramos_split(samples: Sequence[Sample], seed: int, by: By = "group") -> Fold:
    """Return one split in the proportion of Ramos et al., 237 images to learn from and 78 to judge on.

    Parameters
    ----------
    samples : sequence of Sample
        All frames; 315 of 21 volumes in the paper.
    seed : int
        Decides who falls where.
    by : {"group", "image"}
        As published it is by image, so that neighbouring slices of a volume stand on both sides. By group
        the number is met as nearly as whole groups can.

    Returns
    -------
    Fold
        Without validation.
    """
    _check(by, 0.0)
    count = len(samples)
    test_count = _round_half_up(Fraction(count * RAMOS_COUNTS[1], sum(RAMOS_COUNTS)))
    random = np.random.default_rng((seed, 3))
    if not 0 < test_count < count:
        raise SplitError(f"{count} images are too few to be split")
    if by == "image":
        test = {int(i) for i in random.permutation(count)[:test_count]}
    else:
        if len(groups_of(samples)) < 2:
            raise _too_few(samples, 2)
        test = set(_nearest_groups(samples, range(count), test_count, random))
    return Fold(tuple(i for i in range(count) if i not in test), (), tuple(sorted(test)))


def mirror_as_published(samples: Sequence[Sample]) -> list[Sample]:
    """Return the samples and after them a left-right mirrored copy of each.

    Cheng and Lam 2021 copied so before they dealt the folds, which puts a frame into training and its mirror
    into validation when images are dealt one by one. A copy keeps its group, so dealing by group is safe.
    Its name ends in ``+mirror``.
    """
    return [*samples, *(mirrored(sample) for sample in samples)]


def mirrored(sample: Sample) -> Sample:
    """Return the sample with left and right exchanged: frame, masks, boxes and points."""
    columns = sample.frame.shape[1]
    return replace(
        sample,
        name=sample.name + MIRROR_ENDING,
        frame=np.ascontiguousarray(sample.frame[:, ::-1]),
        masks={label: np.ascontiguousarray(mask[:, ::-1]) for label, mask in sample.masks.items()},
        boxes={label: mirror_boxes(found, columns) for label, found in sample.boxes.items()},
        points={label: (row, columns - 1 - column) for label, (row, column) in sample.points.items()},
    )


def leaks(folds: Sequence[Fold], samples: Sequence[Sample], *, near_duplicates: bool = True) -> list[str]:
    """Say in words what stands on both sides of a split.

    Parameters
    ----------
    folds : sequence of Fold
        Of these samples.
    samples : sequence of Sample
        All frames.
    near_duplicates : bool
        Whether pictures are compared as well, which takes some milliseconds a frame.

    Returns
    -------
    list of str
        One sentence for each kind of leak (group, mirrored copy, near duplicate) and pair of sides; empty
        where there is none.
    """
    sentences = []
    for first, second in combinations(("training", "validation", "test"), 2):
        pairs = [(_side(fold, first), _side(fold, second)) for fold in folds]
        sentences += _group_leaks(pairs, samples, f"{first} and {second}")
        sentences += _mirror_leaks(pairs, samples, f"{first} and {second}")
    if near_duplicates:
        from training.data.near_duplicates import warn_of_leaks

        sentences += warn_of_leaks(folds, samples)
    return sentences


def _side(fold: Fold, name: str) -> tuple[int, ...]:
    return {"training": fold.train, "validation": fold.validation, "test": fold.test}[name]


def _group_leaks(
    pairs: list[tuple[tuple[int, ...], tuple[int, ...]]], samples: Sequence[Sample], sides: str
) -> list[str]:
    shared = [{samples[i].group for i in one} & {samples[i].group for i in other} for one, other in pairs]
    found = sorted(set().union(*shared))
    if not found:
        return []
    counts = ", ".join(str(len(groups)) for groups in shared)
    return [
        f"Frames of one group stand in {sides}: of {len(groups_of(samples))} groups {counts} in the folds, "
        f"for example '{found[0]}'."
    ]


def _mirror_leaks(
    pairs: list[tuple[tuple[int, ...], tuple[int, ...]]], samples: Sequence[Sample], sides: str
) -> list[str]:
    by_name = {sample.name: i for i, sample in enumerate(samples)}
    copies = {
        i: by_name[name[: -len(MIRROR_ENDING)]]
        for name, i in by_name.items()
        if name.endswith(MIRROR_ENDING) and name[: -len(MIRROR_ENDING)] in by_name
    }
    counts, example = [], None
    for one, other in pairs:
        here, there = set(one), set(other)
        apart = [
            original
            for copy, original in copies.items()
            if (copy in here and original in there) or (copy in there and original in here)
        ]
        counts.append(len(apart))
        if apart and example is None:
            example = samples[apart[0]].name
    if example is None:
        return []
    return [
        f"Frames and their mirrored copies stand apart in {sides}: {', '.join(map(str, counts))} in the "
        f"folds, for example '{example}'."
    ]


def _check(by: str, validation: float) -> None:
    if by not in ("group", "image"):
        raise SplitError(f"'{by}' is no way to split", remedy="Split by 'group' or by 'image'")
    if not 0 <= validation < 1:
        raise SplitError(f"a validation part of {validation:g} leaves nothing to learn from")


def _round_half_up(value: Fraction) -> int:
    return floor(value + Fraction(1, 2))


def _too_few(samples: Sequence[Sample], folds: int) -> SplitError:
    return SplitError(
        f"{len(samples)} frames of {len(groups_of(samples))} groups cannot be dealt into {folds} by group",
        remedy="Take fewer folds, say which frames belong together in groups.csv, or split by image",
    )


def _dealt(samples: Sequence[Sample], folds: int, seed: int, by: str) -> list[tuple[int, ...]]:
    """Return the test indices of each fold."""
    count = len(samples)
    if by == "image":
        if count < folds:
            raise SplitError(
                f"{count} frames cannot be split into {folds} folds", remedy="Take fewer folds or more frames"
            )
        order = np.random.default_rng((seed, 0)).permutation(count)
        return [tuple(sorted(int(i) for i in part)) for part in np.array_split(order, folds)]
    if len(groups_of(samples)) < folds:
        raise _too_few(samples, folds)
    dealt = [set(groups) for groups in group_folds(samples, folds, seed)]
    return [tuple(i for i in range(count) if samples[i].group in groups) for groups in dealt]


def _validation_of(
    samples: Sequence[Sample], rest: list[int], part: float, random: np.random.Generator, by: str
) -> tuple[int, ...]:
    wanted = _round_half_up(Fraction(str(part)) * len(rest))
    if part == 0 or (wanted == 0 and by == "image"):
        return ()
    if by == "image":
        return tuple(sorted(int(i) for i in random.permutation(rest)[:wanted]))
    if len({samples[i].group for i in rest}) < 2:
        return ()
    return _nearest_groups(samples, rest, wanted, random)


def _members(samples: Sequence[Sample], among: Sequence[int]) -> dict[str, list[int]]:
    members: dict[str, list[int]] = defaultdict(list)
    for i in among:
        members[samples[i].group].append(i)
    return members


def _nearest_groups(
    samples: Sequence[Sample], among: Sequence[int], wanted: int, random: np.random.Generator
) -> tuple[int, ...]:
    """Return the frames of some whole groups, at least one and not all, together near the number wanted."""
    members = _members(samples, among)
    order = [str(name) for name in random.permutation(sorted(members))]
    taken: list[str] = []
    have = 0
    for name in order:
        size = len(members[name])
        if len(taken) < len(order) - 1 and abs(have + size - wanted) < abs(have - wanted):
            taken.append(name)
            have += size
    if not taken:
        taken = [min(order, key=lambda name: len(members[name]))]
    return tuple(sorted(i for name in taken for i in members[name]))


def _two_sides(
    samples: Sequence[Sample], among: Sequence[int], first: int, second: int, random: np.random.Generator
) -> tuple[list[int], list[int]]:
    """Deal whole groups to whichever side lacks the larger part of its number; cut what exceeds it."""
    members = _members(samples, among)
    sides: tuple[list[int], list[int]] = ([], [])
    wanted = (first, second)
    for name in random.permutation(sorted(members)):
        lacks = [(wanted[k] - len(sides[k])) / max(wanted[k], 1) for k in (0, 1)]
        if max(lacks) <= 0:
            break
        side = 0 if lacks[0] >= lacks[1] else 1
        sides[side].extend(int(i) for i in random.permutation(members[str(name)]))
    return sides[0][:first], sides[1][:second]
