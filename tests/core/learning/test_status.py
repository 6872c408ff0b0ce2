from __future__ import annotations

from dataclasses import FrozenInstanceError

import pytest

from lusgui.core.learning.status import IDLE, FinishReason, LearnProblem, LearnStatus, RunState


def test_a_status_comes_back_as_it_was():
    status = LearnStatus(
        3,
        ("rib",),
        RunState.FINISHED,
        FinishReason.OUT_OF_MEMORY,
        loss_curve=((1, 0.5),),
        problem=LearnProblem("a", "b", "c"),
        log=("one",),
    )
    assert LearnStatus.loads(status.dumps()) == status


def test_a_status_is_replaced_never_changed():
    with pytest.raises(FrozenInstanceError):
        IDLE.step = 3


def test_states_and_reasons():
    assert [state for state in RunState if not state.is_busy] == [RunState.IDLE, RunState.FINISHED]
    assert [reason for reason in FinishReason if reason.has_result] == [
        FinishReason.COMPLETED,
        FinishReason.STOPPED_AND_KEPT,
    ]
    assert IDLE.share is None
    assert LearnStatus(step=30, steps=20).share == 1.0
