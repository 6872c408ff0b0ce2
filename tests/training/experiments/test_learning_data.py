from __future__ import annotations

import numpy as np
import pytest

from lusgui.base.errors import LusguiError
from training.dataset import Sample, groups_of
from training.experiments.learning_data import (
    GAP,
    NEAR,
    TITLES,
    Case,
    cases_of,
    deal,
    draw_spread,
    frame_of,
    halves_in_time,
    wanted,
)


def clip(frames, name="clip", shown=lambda _: True, group=None):
    samples = []
    for i in frames:
        mask = np.zeros((8, 8), bool)
        mask[2:5, 2:5] = shown(i)
        samples.append(Sample(f"{name}_{i:05d}", group or name, np.zeros((8, 8), np.uint8), {"rib": mask}))
    return tuple(samples)


def names_of(samples):
    return {sample.name for sample in samples}


def case(pool, tests=None, split="fixed"):
    return Case("ribs_same", "rib", "0", "rib:shipped", pool, pool if tests is None else tests, (), split)


def test_names_stand_for_cases():
    assert wanted(()) == tuple(TITLES)
    assert wanted(("ribs",)) == ("ribs_spread", "ribs_same", "ribs_other")
    assert wanted(("cerebellum", "ribs_same")) == ("cerebellum", "cerebellum_third", "ribs_same")
    assert wanted(("cerebellum_third",)) == ("cerebellum_third",)
    with pytest.raises(LusguiError, match="kidney"):
        wanted(("kidney",))


def test_frames_are_drawn_evenly_over_recordings_and_time():
    shown = clip(range(0, 100, 5), "a") + clip(range(0, 100, 5), "b") + clip([3], "c")
    drawn = draw_spread(shown, 9, np.random.default_rng(0))
    assert len({sample.name for sample in drawn}) == 9
    places = {group: sorted(frame_of(s) for s in drawn if s.group == group) for group in "abc"}
    assert [len(places[group]) for group in "abc"] == [4, 4, 1]
    for group in "ab":
        assert [place // 25 for place in places[group]] == [0, 1, 2, 3]


def test_halves_of_a_clip_are_learnt_and_judged_in_turn():
    frames = clip(range(0, 100, 5), shown=lambda i: i != 50)
    early, late = halves_in_time(frames, "rib")
    assert max(map(frame_of, early)) < min(map(frame_of, late))
    for seed in (0, 1):
        dealt = deal(case(frames, split="time"), 4, seed)
        assert len(dealt.learnt) == 4
        assert names_of(dealt.tests) == names_of(late if seed == 0 else early)
        near = [abs(frame_of(a) - frame_of(b)) for a in dealt.learnt for b in dealt.tests]
        assert min(near) > GAP
        assert all(sample.masks["rib"].any() for sample in dealt.learnt)
    assert deal(case(frames, split="time"), 10, 0) is None


def test_between_drawn_frames_there_is_room():
    frames = clip(range(0, 120, 2))
    dealt = deal(case(frames, split="spread"), 5, 3)
    near = [min(abs(frame_of(a) - frame_of(b)) for b in dealt.learnt) for a in dealt.tests]
    assert min(near) >= NEAR
    assert len(dealt.tests) > 20
    assert deal(case(frames, split="spread"), 40, 3) is None
    assert deal(case(frames, split="spread"), 61, 3) is None


def test_nobody_is_learnt_and_judged():
    people = tuple(one for i in range(7) for one in clip(range(2), f"p{i}"))
    for seed in range(4):
        dealt = deal(case(people, split="group"), 5, seed)
        assert len(dealt.learnt) == 5
        assert not set(groups_of(dealt.learnt)) & set(groups_of(dealt.tests))
        assert len(groups_of(dealt.tests)) == 4
    # more masks draw the same patients and further ones
    few, more = (deal(case(people, split="group"), masks, 0).learnt for masks in (3, 5))
    assert names_of(few) < names_of(more)
    assert deal(case(people, split="group"), 10, 0) is not None
    assert deal(case(people, split="group"), 11, 0) is None
    many = tuple(one for i in range(13) for one in clip(range(2), f"p{i}"))
    assert deal(case(many, split="group"), 20, 0) is None
    assert deal(case(many, split="group"), 18, 0) is not None


def test_a_fixed_deal_needs_enough_to_draw():
    pool, tests = clip(range(5), "a"), clip(range(3), "b")
    assert deal(case(pool, tests), 5, 0).tests == tests
    assert deal(case(pool, tests), 6, 0) is None


def test_the_drawn_ribs_that_come_along():
    cases = cases_of(wanted(("ribs", "cerebellum")), None)
    assert {one.name for one in cases} == {"ribs_spread", "ribs_same", "ribs_other"}
    for one in cases:
        held_out = one.base.removeprefix("rib:").split("+")
        names = {sample.name for sample in one.tests}
        assert names
        if one.name == "ribs_other":
            assert one.fold in held_out
            assert not names & {sample.name for sample in one.pool}
        for what, samples in one.elsewhere:
            assert samples, what
            assert not names & {sample.name for sample in samples}
    assert len([one for one in cases if one.name == "ribs_other"]) == 3
