from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lusgui.core.learning.gate import CLEAR_GAIN, DICE_TOLERANCE, GateDecision, decide
from lusgui.core.learning.scores import FrameScore

nan = float("nan")


def rows(dice, hd95=None, false=None, unit="mm", recordings=None):
    n = len(dice)
    hd95, false = hd95 or [3.0] * n, false or [0] * n
    recordings = recordings or [1] * n
    return [
        FrameScore(r, i, "rib", d, h, unit, f)
        for i, (r, d, h, f) in enumerate(zip(recordings, dice, hd95, false, strict=True))
    ]


def test_a_better_candidate_takes_over():
    decision = decide(rows([0.8, 0.7, 0.9, 0.8]), rows([0.6, 0.6, 0.8, 0.7]))
    assert decision.promotes
    assert decision.n == 4
    assert decision.recordings == 1
    assert decision.dice_before == pytest.approx(0.675)
    assert decision.dice_after == pytest.approx(0.8)
    low, high = decision.dice_difference_interval
    assert 0.09 < low <= 0.125 <= high < 0.21
    assert decision.reason == (
        f"Better than the model in use: Dice 0.68 → 0.80 on 4 frames it never learnt from"
        f" (95 % interval of the difference {low:+.2f} to {high:+.2f})."
    )
    assert GateDecision.loads(decision.dumps()) == decision


def test_a_worse_candidate_does_not():
    decision = decide(rows([0.6, 0.6]), rows([0.7, 0.7]))
    assert not decision.promotes
    assert "Worse" in decision.reason


def test_a_hair_worse_is_not_worse():
    before = [0.8, 0.8]
    assert decide(rows([0.8 - DICE_TOLERANCE * 0.9] * 2), rows(before)).promotes
    assert not decide(rows([0.8 - DICE_TOLERANCE * 1.1] * 2), rows(before)).promotes
    assert decide(rows(before), rows(before)).promotes
    assert "Not worse" in decide(rows(before), rows(before)).reason


def test_frames_are_paired_not_averaged():
    """The candidate was judged on more, easier frames: only the common ones count."""
    candidate = [*rows([0.5, 0.5]), FrameScore(2, 0, "rib", 1.0), FrameScore(2, 1, "rib", 1.0)]
    decision = decide(candidate, rows([0.6, 0.6]))
    assert decision.n == 2
    assert not decision.promotes
    assert decide(list(reversed(candidate)), rows([0.6, 0.6])) == decision


@pytest.mark.parametrize(("unit", "before", "after", "is_worse"), [
    ("mm", 3.0, 4.0, True),
    ("mm", 3.0, 3.4, False),
    ("mm", 20.0, 21.0, False),
    ("px", 3.0, 4.0, False),
    ("px", 10.0, 13.0, True),
    ("mm", 4.0, 3.0, False),
])  # fmt: skip
def test_an_outline_that_strays_further(unit, before, after, is_worse):
    decision = decide(rows([0.81] * 3, [after] * 3, unit=unit), rows([0.8] * 3, [before] * 3, unit=unit))
    assert decision.promotes is not is_worse
    assert decision.hd95_unit == unit
    assert (decision.hd95_before, decision.hd95_after) == (before, after)
    assert ("HD95" in decision.reason) is is_worse


def test_false_pieces():
    worse = decide(rows([0.81] * 4, false=[1, 1, 0, 0]), rows([0.8] * 4, false=[0, 0, 0, 0]))
    assert not worse.promotes
    assert "0.0 → 0.5 false pieces" in worse.reason
    assert decide(rows([0.81] * 4, false=[1, 0, 0, 0]), rows([0.8] * 4, false=[0, 0, 0, 0])).promotes


def test_a_clear_gain_outweighs_strays():
    """A model that found next to nothing had no outliers either."""
    gain = 0.3 + CLEAR_GAIN + 0.01
    candidate = rows([gain] * 3, [9.0] * 3, [2] * 3)
    assert decide(candidate, rows([0.3] * 3, [2.0] * 3, [0] * 3)).promotes


def test_frames_without_numbers():
    never_helps = decide(rows([0.9, nan, 0.9]), rows([0.7, 0.7, 0.7]))
    assert never_helps.dice_after == pytest.approx(0.6)
    assert not never_helps.promotes
    left_out = decide(rows([0.9, 0.9, 0.2]), rows([0.7, 0.7, nan]))
    assert (left_out.n, left_out.promotes) == (2, True)
    one_sided = decide(rows([0.9, 0.9], [nan, 50.0]), rows([0.8, 0.8], [1.0, nan]))
    assert one_sided.hd95_before is None
    assert one_sided.promotes
    unlike = decide(rows([0.9, 0.9], [9, 9], unit="px"), rows([0.8, 0.8], [1, 1], unit="mm"))
    assert unlike.hd95_after is None


@pytest.mark.parametrize("n", [0, 1])
def test_too_few_frames_say_nothing(n):
    decision = decide(rows([1.0] * n), rows([0.0] * n))
    assert not decision.promotes
    assert decision.n == n
    assert "held out" in decision.reason
    assert not decide(rows([1.0] * n), None).promotes
    assert not decide(rows([1.0] * 4), ()).promotes, (
        "a model that was not judged is no model that is not there"
    )


def test_the_first_model_of_a_label():
    good = decide(rows([0.8, 0.6]), None)
    assert good.promotes
    assert good.dice_before is None
    assert good.dice_after == pytest.approx(0.7)
    assert "first model" in good.reason
    weak = decide(rows([0.3, nan]), None)
    assert not weak.promotes
    assert weak.dice_after == pytest.approx(0.15)


def test_whole_recordings_are_drawn():
    """Ten frames of one good recording are no ten proofs."""
    after = rows([0.9] * 10 + [0.5, 0.5], recordings=[1] * 10 + [2, 3])
    before = rows([0.7] * 10 + [0.6, 0.6], recordings=[1] * 10 + [2, 3])
    assert decide(after, before).dice_difference_interval[0] < 0
    assert decide(after, before).recordings == 3


unit_interval = st.floats(0, 1)
maybe = st.none() | unit_interval
score = st.builds(
    FrameScore,
    st.integers(1, 3),
    st.integers(0, 9),
    st.just("rib"),
    maybe,
    st.none() | st.floats(0, 100),
    st.sampled_from(["mm", "px"]),
    st.none() | st.integers(0, 9).map(float),
)


@given(st.lists(score, max_size=12), st.none() | st.lists(score, max_size=12))
def test_any_scores_give_a_sound_decision(candidate, active):
    decision = decide(candidate, active)
    assert GateDecision.loads(decision.dumps()) == decision
    assert decision.reason.endswith(".")
    if decision.promotes and decision.dice_before is not None:
        assert decision.dice_after >= decision.dice_before - DICE_TOLERANCE - 1e-9
        assert decision.n >= 2


@given(st.lists(score, min_size=2, max_size=12, unique_by=lambda row: row.key))
def test_a_model_is_never_worse_than_itself(own):
    measured = [row for row in own if row.dice is not None]
    if len(measured) >= 2:
        assert decide(own, own).promotes
