from __future__ import annotations

import pytest

from lusgui.base.errors import LearnError
from lusgui.core.learning.policy import LEAST_PAUSE_S, LearnPolicy, Reviewed

ENOUGH = Reviewed(frames=6, recordings=1, positives=5, negatives=1, since_last_run=5)


def wants(mode, reviewed=ENOUGH, idle_s=0.0, pause_s=1e9):
    return LearnPolicy(mode).wants_run(reviewed, idle_s, pause_s)


def test_by_hand_means_by_hand():
    assert not wants("manual", idle_s=1e9)


def test_after_so_many_reviewed_frames():
    assert wants("reviewed")
    assert not wants("reviewed", Reviewed(frames=9, positives=9, since_last_run=4), idle_s=1e9)


def test_when_nobody_does_anything():
    assert not wants("idle", idle_s=119)
    assert wants("idle", idle_s=120)
    assert not wants("idle", Reviewed(frames=9, positives=9), idle_s=1e9), "nothing new"


@pytest.mark.parametrize("mode", ["reviewed", "idle"])
def test_too_little_to_learn(mode):
    assert not wants(mode, Reviewed(frames=6, negatives=6, since_last_run=6), 1e9)
    assert not wants(mode, Reviewed(frames=1, positives=1, since_last_run=9), 1e9)
    assert not wants(mode, idle_s=1e9, pause_s=LEAST_PAUSE_S - 1)


def test_a_policy_comes_back_as_it_was():
    policy = LearnPolicy("idle", 7, 60.0, 2.5, False, "19", "cpu")
    assert LearnPolicy.loads(policy.dumps()) == policy
    assert Reviewed.loads(ENOUGH.dumps()) == ENOUGH


@pytest.mark.parametrize("changes", [{"every": 0}, {"minutes": 0}, {"idle_s": 0}, {"mode": "always"}])
def test_policies_that_make_no_sense(changes):
    with pytest.raises(LearnError):
        LearnPolicy.from_json(LearnPolicy().to_json() | changes)
