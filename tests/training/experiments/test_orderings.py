import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from training.experiments.orderings import MARGIN, Claim, Verdict, judge, judge_rank, paired_interval


def _scores(**means):
    random = np.random.default_rng(0)
    common = {seed: random.normal(0, 0.1, 20) for seed in "012"}
    return {
        name: {
            seed: {f"i{k}": mean + common[seed][k] + random.normal(0, 0.01) for k in range(20)}
            for seed in "012"
        }
        for name, mean in means.items()
    }


def test_a_clear_difference_holds_one_way_and_fails_the_other():
    scores = _scores(all=0.8, scratch=0.6)
    forth, back = judge(Claim("all", "scratch"), scores), judge(Claim("scratch", "all"), scores)
    assert forth.verdict is Verdict.HOLDS
    assert back.verdict is Verdict.FAILS
    assert forth.difference == pytest.approx(0.2, abs=0.01)
    assert forth.low < forth.difference < forth.high
    assert (forth.images, forth.blocks) == (60, 3)


def test_no_difference_is_undecided_as_better_and_holds_as_equal():
    scores = _scores(all=0.8, contracting=0.8)
    assert judge(Claim("all", "contracting", "equal"), scores).verdict is Verdict.HOLDS
    same = {"a": scores["all"], "b": scores["all"]}
    assert judge(Claim("a", "b"), same).verdict is Verdict.UNDECIDED


def test_far_apart_is_not_equal():
    assert judge(Claim("all", "9", "equal"), _scores(all=0.8, **{"9": 0.5})).verdict is Verdict.FAILS


def test_seeds_that_disagree_leave_it_open():
    scores = {
        "a": {"0": {"x": 0.9, "y": 0.8}, "1": {"x": 0.1, "y": 0.2}, "2": {"x": 0.5, "y": 0.5}},
        "b": {"0": {"x": 0.1, "y": 0.2}, "1": {"x": 0.9, "y": 0.8}, "2": {"x": 0.5, "y": 0.5}},
    }
    assert judge(Claim("a", "b"), scores).verdict is Verdict.UNDECIDED
    assert judge(Claim("a", "b", "equal"), scores).verdict is Verdict.UNDECIDED


def test_one_seed_or_none_decides_nothing():
    scores = _scores(all=0.8, scratch=0.6)
    one = {name: {"0": seeds["0"]} for name, seeds in scores.items()}
    assert judge(Claim("all", "scratch"), one).verdict is Verdict.UNDECIDED
    nothing = judge(Claim("all", "5"), scores)
    assert nothing.verdict is Verdict.UNDECIDED
    assert math.isnan(nothing.difference)
    assert nothing.images == 0


def test_only_common_images_are_paired():
    scores = {"a": {"0": {"x": 1.0, "y": 0.0}}, "b": {"0": {"x": 0.5, "z": 0.9}}}
    assert judge(Claim("a", "b"), scores).difference == 0.5


@given(
    st.lists(st.lists(st.floats(-1, 1), min_size=1, max_size=8), min_size=1, max_size=4), st.floats(-0.5, 0.5)
)
def test_the_interval_lies_around_and_moves_with_the_values(blocks, shift):
    arrays = [np.array(block) for block in blocks]
    mean, low, high = paired_interval(arrays, draws=300)
    values = np.concatenate(arrays)
    assert values.min() - 1e-9 <= low <= high <= values.max() + 1e-9
    moved = paired_interval([array + shift for array in arrays], draws=300)
    assert moved == pytest.approx((mean + shift, low + shift, high + shift), abs=1e-9)


def test_few_seeds_that_differ_widen_the_interval():
    random = np.random.default_rng(1)
    one = [random.normal(0, 0.01, 30) for _ in range(3)]
    apart = [block + offset for block, offset in zip(one, (-0.2, 0, 0.2), strict=True)]
    assert paired_interval(apart)[2] - paired_interval(apart)[1] > 10 * (
        paired_interval(one)[2] - paired_interval(one)[1]
    )


def test_rank_from_below():
    means = {"all": 0.8, "9": 0.2, "5": 0.1, "1": 0.4, "scratch": math.nan, "34": 0.6}
    assert judge_rank("9", means, 3) == (Verdict.HOLDS, 2)
    assert judge_rank("all", means, 3) == (Verdict.FAILS, 5)
    assert judge_rank("scratch", means, 3)[0] is Verdict.UNDECIDED


def test_the_claim_is_readable():
    assert str(Claim("except-5", "all", "equal")) == "except-5 ≈ all"
    assert f"{MARGIN}" == "0.03"
