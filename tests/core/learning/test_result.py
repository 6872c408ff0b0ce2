from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lusgui.base.errors import LearnError
from lusgui.core.learning.gate import decide
from lusgui.core.learning.result import FrameScore, RunResult, Suggestion
from lusgui.core.learning.status import FinishReason

ROWS = (FrameScore(1, 0, "rib", 0.5, 3.0), FrameScore(1, 4, "rib", 0.7, None))
RESULT = RunResult(
    4,
    ("rib",),
    FinishReason.COMPLETED,
    "candidate.safetensors",
    "rib-2.0-abc",
    "a" * 64,
    {"rib": ROWS},
    {"rib": ROWS},
    {"rib": ROWS},
    ((1, 0), (1, 4)),
    "How.",
    {"rib": decide(ROWS, ROWS)},
    ((1, 0.5, None), (2, None, 0.7)),
    12.5,
    suggestions=(Suggestion(1, 3, 0.5, ("because",), 0.6, "rib"),),
    held_out_kind="blocks",
    changes="changes.npz",
)


def test_a_result_comes_back_as_it_was():
    assert RunResult.loads(RESULT.dumps()) == RESULT


@given(
    st.sampled_from(FinishReason),
    st.lists(st.tuples(st.integers(0, 99), st.none() | st.floats(0, 9), st.none() | st.floats(0, 1))),
    st.lists(st.builds(Suggestion, st.just(1), st.integers(0, 9), st.floats(0, 1), st.just(("x",)))),
    st.lists(st.text(max_size=20)),
)
def test_any_result_comes_back(reason, curve, suggestions, notes):
    result = replace(
        RESULT, reason=reason, curve=tuple(curve), suggestions=tuple(suggestions), notes=tuple(notes)
    )
    assert RunResult.loads(result.dumps()) == result


@pytest.mark.parametrize(
    "changes",
    [
        {"candidate": "../../etc/x"},
        {"candidate": "/etc/x"},
        {"candidate_key": ""},
        {"sha256": ""},
        {"labels": []},
        {"run_id": 0},
        {"seconds": -1},
        {"changes": "../x"},
        {"scores": {"cerebellum": [row.to_json() for row in ROWS]}},
        {"held_out_kind": "dice"},
        {"suggestions": [{"recording_id": 1, "frame": -1, "score": 0.0}]},
    ],
)
def test_results_that_make_no_sense(changes):
    with pytest.raises(LearnError):
        RunResult.from_json(RESULT.to_json() | changes)


def test_a_run_without_a_model():
    assert RunResult.loads(RunResult(1, ("rib",), FinishReason.FAILED).dumps()).candidate is None
