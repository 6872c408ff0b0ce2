import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from lusgui.base.errors import LusguiError
from lusgui.core.consensus import Consensus, disputed, majority, make_consensus, staple, union
from lusgui.core.overlap import dice

several = st.integers(1, 4).flatmap(lambda n: arrays(bool, (n, 7, 9)))


def disk(row, col, radius, shape=(60, 70)):
    down, right = np.ogrid[: shape[0], : shape[1]]
    return (down - row) ** 2 + (right - col) ** 2 <= radius**2


@given(several, st.sampled_from(list(Consensus)))
def test_every_consensus_lies_between_what_all_drew_and_what_anybody_drew(stack, how):
    made = make_consensus(list(stack), how)
    assert made.shape == stack.shape[1:]
    assert made.dtype == bool
    assert not (np.all(stack, axis=0) & ~made).any()
    assert not (made & ~np.any(stack, axis=0)).any()


@given(several, st.randoms())
def test_the_order_of_readers_does_not_matter(stack, chance):
    shuffled = list(stack)
    chance.shuffle(shuffled)
    for how in Consensus:
        assert np.array_equal(make_consensus(list(stack), how), make_consensus(shuffled, how))


@given(arrays(bool, (7, 9)), st.integers(1, 4))
def test_readers_who_agree_are_right(mask, count):
    for how in Consensus:
        assert np.array_equal(make_consensus([mask] * count, how), mask)
    assert not disputed([mask] * count).any()


def test_the_majority_of_two_is_what_both_drew():
    a, b = disk(30, 30, 12), disk(30, 34, 12)
    assert np.array_equal(majority([a, b]), a & b)
    assert np.array_equal(union([a, b]), a | b)
    assert np.array_equal(disputed([a, b]), a ^ b)
    assert np.array_equal(majority([a, b, b]), b)


def test_staple_finds_how_good_readers_are():
    noise = np.random.default_rng(1)
    truth = disk(30, 35, 15)
    chances = [(0.95, 0.97), (0.9, 0.93), (0.6, 0.8), (0.85, 0.98)]
    masks = [
        np.where(truth, noise.random(truth.shape) < p, noise.random(truth.shape) > q) for p, q in chances
    ]
    found = staple(masks, margin=0)
    for number, (sensitivity, specificity) in enumerate(chances):
        assert found.sensitivity[number] == pytest.approx(sensitivity, abs=0.04)
        assert found.specificity[number] == pytest.approx(specificity, abs=0.03)
    assert dice(found.mask, truth) > dice(majority(masks), truth)
    assert dice(found.mask, truth) > 0.93
    assert found.steps < 200


def test_two_who_agree_outweigh_one_who_does_not():
    good, off = disk(30, 30, 12), disk(30, 44, 8)
    found = staple([good, good, off])
    assert np.array_equal(found.mask, good)
    assert found.sensitivity[0] > 0.99
    assert found.sensitivity[2] < 0.3


def test_the_size_of_the_frame_does_not_matter():
    small = [disk(30, 30, r, (60, 60)) for r in (10, 11, 13)]
    large = [np.pad(mask, 200) for mask in small]
    found = staple(large).mask
    assert np.array_equal(found[200:-200, 200:-200], staple(small).mask)
    assert found.sum() == staple(small).mask.sum()


def test_nothing_drawn_is_nothing():
    empty = np.zeros((5, 6), bool)
    assert not staple([empty, empty]).mask.any()
    assert staple([empty, empty]).sensitivity == (1.0, 1.0)


def test_masks_that_do_not_fit_are_refused():
    with pytest.raises(LusguiError):
        majority([])
    with pytest.raises(LusguiError):
        staple([np.zeros((2, 3), bool), np.zeros((3, 2), bool)])
