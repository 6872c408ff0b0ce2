from __future__ import annotations

from collections import Counter

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lusgui.base.errors import LusguiError
from training.data.boxes import Box
from training.data.splits import (
    Fold,
    SplitError,
    amiri_counts,
    amiri_folds,
    k_folds,
    leaks,
    mirror_as_published,
    mirrored,
    ramos_split,
)
from training.dataset import Sample

# Amiri et al. 2020, doi 10.1109/TUFFC.2020.3015081, Table I
TABLE_I = {
    (85, 0.8): (54, 14, 17),
    (85, 0.5): (34, 9, 17),
    (85, 0.05): (3, 1, 17),
    (163, 0.8): (104, 26, 33),
    (163, 0.5): (66, 16, 33),
    (163, 0.05): (6, 2, 33),
    (805, 0.8): (515, 129, 161),
    (805, 0.5): (322, 81, 161),
    (805, 0.05): (32, 8, 161),
    (240, 0.8): (154, 38, 48),
    (240, 0.5): (96, 24, 48),
    (240, 0.05): (10, 2, 48),
}


def samples_of(sizes):
    blank = np.zeros((2, 3), np.uint8)
    return [Sample(f"{g}_{i}", f"g{g}", blank) for g, size in enumerate(sizes) for i in range(size)]


def noise(seed, shape=(48, 40)):
    coarse = np.random.default_rng(seed).integers(0, 255, (shape[0] // 8, shape[1] // 8))
    return np.kron(coarse, np.ones((8, 8))).astype(np.uint8)


def groups(samples, indices):
    return {samples[i].group for i in indices}


group_sizes = st.lists(st.integers(1, 9), min_size=2, max_size=14)


@pytest.mark.parametrize(("cell", "counts"), TABLE_I.items())
def test_all_cells_of_table_i(cell, counts):
    assert amiri_counts(*cell) == counts


@pytest.mark.parametrize(("cell", "counts"), TABLE_I.items())
def test_folds_by_image_have_the_counts_of_table_i(cell, counts):
    folds = amiri_folds(samples_of([cell[0]]), cell[1], seed=0, by="image")
    assert len(folds) == 5
    for fold in folds:
        assert (len(fold.train), len(fold.validation)) == counts[:2]
        assert counts[2] - 1 <= len(fold.test) <= counts[2]
        assert not set(fold.train) & set(fold.validation)
        assert not (set(fold.train) | set(fold.validation)) & set(fold.test)
    assert sorted(i for fold in folds for i in fold.test) == list(range(cell[0]))


def test_a_smaller_fraction_is_a_part_of_a_larger_one_and_has_the_same_test():
    samples = samples_of([85])
    small, half, all_of_it = (amiri_folds(samples, part, 4, by="image") for part in (0.05, 0.5, 0.8))
    for few, some, many in zip(small, half, all_of_it, strict=True):
        assert few.test == some.test == many.test
        assert set(few.train) < set(some.train) < set(many.train)
        assert set(few.validation) < set(some.validation) < set(many.validation)


@pytest.mark.parametrize("fraction", [0, -0.1, 0.81, 1])
def test_a_fraction_that_cannot_be_is_refused(fraction):
    with pytest.raises(SplitError, match=r"0\.8"):
        amiri_counts(85, fraction)


def test_a_fraction_that_leaves_nothing_is_refused():
    with pytest.raises(SplitError, match="none to learn from"):
        amiri_counts(6, 0.05)


@given(group_sizes, st.integers(0, 5), st.integers(2, 6), st.sampled_from([0.0, 0.2, 0.4]))
def test_by_group_no_group_stands_on_two_sides(sizes, seed, count, part):
    samples = samples_of(sizes)
    if len(sizes) < count:
        with pytest.raises(SplitError, match="groups"):
            k_folds(samples, count, seed=seed, validation=part)
        return
    folds = k_folds(samples, count, seed=seed, validation=part)
    assert sorted(i for fold in folds for i in fold.test) == list(range(len(samples)))
    assert leaks(folds, samples, near_duplicates=False) == []
    for fold in folds:
        assert fold.train
        assert fold.test
        assert sorted(fold.train + fold.validation + fold.test) == list(range(len(samples)))
        left = groups(samples, fold.train + fold.validation)
        assert bool(fold.validation) == (part > 0 and len(left) > 1)


@given(st.integers(2, 60), st.integers(0, 5), st.integers(2, 6), st.sampled_from([0.0, 0.2]))
def test_by_image_the_sizes_are_even(count, seed, folds_wanted, part):
    samples = samples_of([count])
    if count < folds_wanted:
        with pytest.raises(SplitError):
            k_folds(samples, folds_wanted, seed=seed, by="image", validation=part)
        return
    folds = k_folds(samples, folds_wanted, seed=seed, by="image", validation=part)
    sizes = [len(fold.test) for fold in folds]
    assert max(sizes) - min(sizes) <= 1
    for fold in folds:
        assert sorted(fold.train + fold.validation + fold.test) == list(range(count))
        assert len(fold.validation) == int((count - len(fold.test)) * part + 0.5)


@given(st.lists(st.integers(1, 9), min_size=5, max_size=14), st.sampled_from([0.05, 0.5, 0.8]))
def test_fractions_by_group_do_not_leak(sizes, fraction):
    samples = samples_of(sizes)
    try:
        train, validation, _ = amiri_counts(len(samples), fraction)
    except SplitError:
        return
    for fold in amiri_folds(samples, fraction, 1):
        assert 1 <= len(fold.train) <= train
        assert len(fold.validation) <= validation
        assert len(set(fold.train + fold.validation + fold.test)) == len(
            fold.train + fold.validation + fold.test
        )
        sides = [groups(samples, side) for side in (fold.train, fold.validation, fold.test)]
        assert not sides[0] & sides[1]
        assert not (sides[0] | sides[1]) & sides[2]


def test_fractions_by_group_come_near_the_counts():
    samples = samples_of([6] * 14 + [1])
    for fraction in (0.05, 0.5):
        wanted = amiri_counts(85, fraction)
        for fold in amiri_folds(samples, fraction, 0):
            assert (len(fold.train), len(fold.validation)) == wanted[:2]


def test_a_split_depends_on_its_seed_alone():
    samples = samples_of([3] * 10)
    assert k_folds(samples, seed=1) == k_folds(samples, seed=1)
    assert k_folds(samples, seed=1) != k_folds(samples, seed=2)


def test_validation_is_near_its_part():
    samples = samples_of([5] * 20)
    for fold in k_folds(samples, 5, seed=0):
        assert len(fold.validation) in (15, 20)


@pytest.mark.parametrize("by", ["image", "group"])
def test_the_split_of_ramos(by):
    samples = samples_of([15] * 21)
    fold = ramos_split(samples, 0, by)
    assert len(fold.train) + len(fold.test) == 315
    if by == "image":
        assert (len(fold.train), len(fold.test)) == (237, 78)
        assert len(groups(samples, fold.train) & groups(samples, fold.test)) > 15
    else:
        assert len(fold.test) == 75
        assert not groups(samples, fold.train) & groups(samples, fold.test)


def test_what_cannot_be_split_says_so():
    samples = samples_of([9])
    for split in (
        lambda: k_folds(samples, seed=0),
        lambda: ramos_split(samples, 0),
        lambda: amiri_folds(samples, 0.8, 0),
    ):
        with pytest.raises(SplitError, match=r"groups\.csv"):
            split()
    with pytest.raises(LusguiError, match="no way to split"):
        k_folds(samples, seed=0, by="patient")
    with pytest.raises(SplitError, match="at least 2"):
        k_folds(samples, 1, seed=0)
    with pytest.raises(SplitError, match="nothing to learn from"):
        k_folds(samples, seed=0, by="image", validation=1.0)
    with pytest.raises(SplitError, match="too few"):
        ramos_split(samples[:1], 0)


def test_a_mirrored_sample_moves_all_it_holds():
    frame = np.arange(12, dtype=np.uint8).reshape(3, 4)
    mask = frame == 4
    sample = Sample(
        "a", "g", frame, {"rib": mask}, boxes={"rib": (Box(1, 0, 2, 1),)}, points={"rib": (1.0, 0.0)}
    )
    turned = mirrored(sample)
    assert turned.name == "a+mirror"
    assert turned.group == "g"
    assert np.array_equal(turned.frame, frame[:, ::-1])
    assert turned.masks["rib"][1, 3]
    assert turned.boxes["rib"] == (Box(1, 3, 2, 4),)
    assert turned.points["rib"] == (1.0, 3.0)
    twice = mirrored(turned)
    assert np.array_equal(twice.frame, frame)
    assert twice.boxes == sample.boxes
    assert twice.points == sample.points


def test_copies_made_before_dealing_leak_by_image_and_not_by_group():
    samples = mirror_as_published([Sample(f"f{i}", f"g{i}", noise(i)) for i in range(10)])
    assert len(samples) == 20
    said = leaks(k_folds(samples, 5, seed=0, by="image", validation=0), samples)
    assert any("mirrored copies" in one and "training and test" in one for one in said)
    assert any("one group" in one for one in said)
    assert any("Near duplicates" in one and "mirror image" in one for one in said)
    assert leaks(k_folds(samples, 5, seed=0), samples) == []


def test_a_leak_is_counted_fold_by_fold():
    samples = samples_of([2, 2])
    folds = [Fold((0, 2), (), (1, 3)), Fold((0, 1), (), (2, 3))]
    (said,) = leaks(folds, samples, near_duplicates=False)
    assert "of 2 groups 2, 0 in the folds" in said
    assert "'g0'" in said


def test_every_test_frame_is_judged_once():
    samples = samples_of([4, 1, 7, 2, 3])
    counts = Counter(i for fold in k_folds(samples, 5, seed=9) for i in fold.test)
    assert set(counts.values()) == {1}
