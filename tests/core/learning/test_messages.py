from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lusgui.core.learning import messages
from lusgui.core.learning.messages import (
    CURVE_POINTS,
    LOG_LINES,
    MAX_LINE_BYTES,
    Epoch,
    Finished,
    Garbage,
    Log,
    Notice,
    Progress,
    Started,
    encode,
    follow,
    parse_line,
)
from lusgui.core.learning.status import IDLE, FinishReason, LearnProblem, LearnStatus, RunState

number = st.none() | st.floats(allow_nan=False, allow_infinity=False)
text = st.text(max_size=30)
count = st.integers(0, 10**9)
any_message = st.one_of(
    st.builds(Started, text, text, count, count, count, text, text, text, text, count, count, number, number),
    st.builds(
        Progress,
        st.sampled_from(list(messages.PHASES)),
        count,
        count,
        number,
        st.floats(0, 1e6),
        number,
        number,
        number,
        number,
    ),
    st.builds(Epoch, count, count, number, number, number, number, st.none() | count),
    st.builds(Notice, text),
    st.builds(Log, text),
    st.builds(
        Finished,
        st.sampled_from(FinishReason),
        st.none() | text,
        st.none() | st.builds(LearnProblem, text, text, text),
    ),
)


@given(any_message)
def test_any_message_comes_back_on_one_line(message):
    line = encode(message)
    assert line.endswith(b"\n")
    assert line.count(b"\n") == 1
    assert parse_line(line) == message


@given(st.binary(max_size=200))
def test_any_line_is_a_message_or_garbage(line):
    assert isinstance(parse_line(line), Garbage | messages.Message)


@given(any_message, st.data())
def test_a_line_that_was_cut_does_no_harm(message, data):
    line = encode(message)
    assert parse_line(line[: data.draw(st.integers(0, len(line) - 2))]).__class__ is Garbage


def test_a_diverging_loss_is_no_number():
    assert parse_line(encode(Progress("learning", 1, 2, float("nan")))).loss is None
    assert parse_line(b'{"type":"progress","phase":"learning","loss":Infinity}').loss is None


@pytest.mark.parametrize(
    "line",
    [
        b"Epoch 1/3",
        b"[]",
        b"3",
        b'{"type": "status"}',
        b'{"type": ["started"]}',
        b'{"type": "progress", "phase": "dancing"}',
        b'{"type": "finished"}',
        b'{"type": "finished", "reason": "won"}',
        b"\xff\xfe",
        b"{" + b" " * MAX_LINE_BYTES + b"}",
    ],
)
def test_what_is_no_message(line):
    garbage = parse_line(line)
    assert isinstance(garbage, Garbage)
    assert len(garbage.line) <= 200
    assert garbage.reason


def test_types_on_the_wire_are_those_of_the_contract():
    assert json.loads(encode(Finished(FinishReason.STOPPED_AND_KEPT)))["type"] == "finished"
    assert json.loads(encode(Finished(FinishReason.STOPPED_AND_KEPT)))["reason"] == "stopped and kept"


def test_a_status_follows_what_is_said():
    status = LearnStatus(3, ("rib",), RunState.STARTING)
    said = [
        Started("cpu", "2 cores", held_out_frames=2, held_out_how="How.", strategy="all", steps=10, frames=5),
        Epoch(0, 0, dice=0.5, who="base"),
        Epoch(0, 0, dice=0.6, who="active"),
        Progress("learning", 1, 10, 0.9, 1.0, 9.0, 12.0, 300.0),
        Progress("learning", 2, 10, None, 2.0, 8.0),
        Epoch(1, 2, dice=0.7),
        Epoch(2, 1, dice=0.65, fold=1),
        Epoch(2, 1, dice=None),
        Notice("Smaller batches."),
        Log("a line"),
        Garbage("no message", "Epoch 1/3"),
    ]
    for message in said:
        status = follow(status, message)
    assert status.state is RunState.RUNNING
    assert status.device == "cpu (2 cores)"
    assert (status.base_dice, status.active_dice, status.candidate_dice) == (0.5, 0.6, 0.65)
    assert status.loss_curve == ((1, 0.9),)
    assert status.dice_curve == ((2, 0.7),), "steps of folds are no one curve"
    assert (status.step, status.steps, status.share) == (2, 10, 0.2)
    assert (status.images_per_s, status.memory_mb, status.eta_s) == (12.0, 300.0, 8.0)
    assert status.text == "Smaller batches."
    assert status.log == ("Smaller batches.", "a line", "(no message) Epoch 1/3")
    problem = LearnProblem("a", "b")
    done = follow(status, Finished(FinishReason.FAILED, None, problem))
    assert done.problem == problem
    assert done.eta_s is None


def test_a_run_that_is_stopping_stays_so():
    status = LearnStatus(1, ("rib",), RunState.STOPPING, text="Stopping")
    status = follow(follow(status, Started("cpu")), Progress("writing", 3, 10))
    assert status.state is RunState.STOPPING
    assert status.text == "Stopping"
    assert status.phase == "writing"


def test_curves_and_logs_stay_small():
    status = IDLE
    for step in range(3 * CURVE_POINTS):
        status = follow(status, Progress("learning", step, 1, 1.0))
        status = follow(status, Log(str(step)))
    assert len(status.loss_curve) <= CURVE_POINTS
    assert status.loss_curve[0] == (0, 1.0)
    assert status.loss_curve[-1] == (3 * CURVE_POINTS - 1, 1.0)
    assert [step for step, _ in status.loss_curve] == sorted({step for step, _ in status.loss_curve})
    assert len(status.log) == LOG_LINES
