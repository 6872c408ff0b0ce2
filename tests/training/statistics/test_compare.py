from __future__ import annotations

import json

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lusgui.base.errors import LusguiError
from training.statistics.compare import compare_groups
from training.statistics.paired import holm, paired_t, welch_t
from training.statistics.tukey import tukey_hsd

NUMBERS = st.one_of(st.none(), st.floats(0, 1), st.sampled_from([0.0, 1.0, float("nan")]))


@pytest.fixture
def scores():
    random = np.random.default_rng(0)
    base = random.uniform(0.5, 0.9, 15)
    return {
        name: (base + shift + random.normal(0, 0.02, 15)).tolist()
        for name, shift in (("unet", 0.0), ("vgg", 0.05), ("scratch", 0.005))
    }


def test_every_pair_once_with_everything(scores):
    found = compare_groups(scores, paired=True)
    assert [(c.first, c.second) for c in found] == [("unet", "vgg"), ("unet", "scratch"), ("vgg", "scratch")]
    p = [paired_t(scores[c.first], scores[c.second]).p for c in found]
    assert [c.p_t for c in found] == p
    assert [c.p_t_holm for c in found] == holm(p)
    first = found[0]
    assert first.p_tukey == tukey_hsd(scores).p("unet", "vgg")
    assert first.difference == pytest.approx(first.mean_first - first.mean_second)
    assert first.low < first.difference < first.high < 0
    assert first.cohens_dz < -1
    assert first.rank_biserial == -1
    assert (first.t_test, first.rank_test) == ("paired t", "Wilcoxon signed ranks")
    json.dumps([c.to_json() for c in found], allow_nan=False)


def test_unpaired_groups_may_differ_in_size(scores):
    scores["vgg"] = scores["vgg"][:9]
    found = compare_groups(scores, paired=False)
    assert (found[0].n_first, found[0].n_second) == (15, 9)
    assert found[0].p_t == welch_t(scores["unet"], scores["vgg"]).p
    assert found[0].cohens_dz is None
    with pytest.raises(LusguiError, match="15 values cannot be paired with 9"):
        compare_groups(scores, paired=True)


def test_patients_widen_the_interval(scores):
    values = {name: np.repeat(part, 10).tolist() for name, part in scores.items()}
    groups = np.repeat(np.arange(15), 10).tolist()
    frames = compare_groups(values, paired=True)[0]
    patients = compare_groups(values, True, groups)[0]
    assert patients.high - patients.low > 2 * (frames.high - frames.low)


def test_degenerate_models():
    assert compare_groups({"a": [0.5]}, paired=True) == []
    alone = compare_groups({"a": [0.5], "b": [0.7]}, paired=True)[0]
    assert (alone.p_t, alone.low, alone.p_tukey) == (None, None, None)
    assert "fewer than two pairs" in alone.note
    same = compare_groups({"a": [0.5, 0.6], "b": [0.5, 0.6]}, paired=True)[0]
    assert (same.p_t, same.p_rank, same.difference, same.cohens_dz) == (1, 1, 0, 0)


@settings(max_examples=30)
@given(st.lists(st.tuples(NUMBERS, NUMBERS, NUMBERS), max_size=6), st.booleans())
def test_anything_gets_an_answer(rows, paired):
    values = {name: [row[i] for row in rows] for i, name in enumerate("abc")}
    found = compare_groups(values, paired, resamples=40)
    assert len(found) == 3
    json.dumps([c.to_json() for c in found], allow_nan=False)
