from __future__ import annotations

from dataclasses import FrozenInstanceError

import pytest

from lusgui.core.learning.status import IDLE, LEAVE_ONE_OUT, FinishReason, LearnProblem, LearnStatus, RunState


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


def test_what_is_kept_is_the_last_step_unless_frames_are_left_out_in_turn():
    curve = ((0, 0.9), (30, 0.76), (60, 0.71))
    assert LearnStatus(dice_curve=curve, held_out_kind="blocks").kept == (60, 0.71)
    assert LearnStatus(dice_curve=curve, held_out_kind=LEAVE_ONE_OUT).kept == (30, 0.76)
    close = ((30, 0.76), (60, 0.755))
    assert LearnStatus(dice_curve=close, held_out_kind=LEAVE_ONE_OUT).kept == (60, 0.755)


def test_nothing_is_kept_of_a_run_that_has_not_learnt():
    assert IDLE.kept is None
    assert LearnStatus(dice_curve=((0, 0.59),)).kept is None  # that is the base
