from dataclasses import replace
from types import SimpleNamespace

import numpy as np
import pytest

from training.dataset import Sample
from training.experiments import active as module
from training.experiments import learning_bases
from training.experiments.active import RANDOM, SUGGESTED, TINY, Question, Settings
from training.learning import judging, suggest, tune


def sample(group, number):
    frame = np.random.default_rng((number, len(group))).integers(0, 255, (30, 30), dtype=np.uint8)
    return Sample(f"{group}_{number:05d}", group, frame, {"rib": frame > 200})


def question(by_group=False):
    samples = [sample(group, number) for group in ("b", "aa") for number in range(8)]
    return Question("ribs", "x", "rib", "rib:x", tuple(samples), by_group)


@pytest.fixture
def script(monkeypatch):
    """Dice that says how many masks were learnt; suggestions from behind."""
    said = SimpleNamespace(learnt=[], asked=[])

    def fake_tune(base, learnt, settings, *, labels):
        said.learnt.append((base, [one.name for one in learnt], settings.seed, labels))
        return SimpleNamespace(model=f"learnt {len(learnt)}")

    def fake_judge(model, tests, labels, device):
        value = 0.1 * int(model.split()[-1]) if model != "base" else 0.0
        return [SimpleNamespace(name=one.name, dice=value) for one in tests]

    def fake_suggest(former, newest, frames, labelled, n, budget_s, *, label):
        said.asked.append((former, newest, len(frames), len(labelled)))
        picked = list(reversed(frames))[:n]
        return [SimpleNamespace(recording_id=one[0], frame=one[1]) for one in picked]

    monkeypatch.setattr(tune, "tune", fake_tune)
    monkeypatch.setattr(judging, "judge_samples", fake_judge)
    monkeypatch.setattr(suggest, "suggest", fake_suggest)
    return said


@pytest.mark.parametrize("seed", range(4))
@pytest.mark.parametrize("by_group", [False, True])
def test_nothing_is_drawn_and_judged(seed, by_group):
    asked = question(by_group)
    pool, tests = module.deal(asked, seed)
    assert len(pool) + len(tests) == len(asked.samples)
    assert not {one.name for one in pool} & {one.name for one in tests}
    assert pool
    assert tests
    if by_group:
        assert not {one.group for one in pool} & {one.group for one in tests}


def test_stretches_of_clips_are_dealt_in_turn():
    pool, tests = module.deal(question(), 0)
    assert [one.name for one in pool if one.group == "b"] == [f"b_{i:05d}" for i in (0, 1, 2, 6, 7)]
    assert {one.name for one in module.deal(question(), 1)[0]} == {one.name for one in tests}


@pytest.mark.parametrize("way", [SUGGESTED, RANDOM])
def test_a_walk_learns_all_that_was_drawn_from_the_base_on(script, way):
    settings = Settings(masks=(1, 3, 99))
    points = module.walk(settings, question(), way, 2, "base")["points"]
    assert [point["masks"] for point in points] == [0, 1, 3]
    assert [base for base, *_ in script.learnt] == ["base", "base"]
    assert script.learnt[1][1][:1] == script.learnt[0][1]
    assert len(set(script.learnt[1][1])) == 3
    pool, tests = module.deal(question(), 2)
    assert set(script.learnt[1][1]) <= {one.name for one in pool}
    assert set(points[0]["dice"]) == {one.name for one in tests}
    assert set(points[2]["dice"].values()) == {0.3}
    if way == SUGGESTED:
        assert script.asked == [(None, "base", len(pool), 0), ("base", "learnt 1", len(pool) - 1, 1)]
    else:
        assert script.asked == []


def test_random_order_changes_with_the_seed_alone(script):
    settings = Settings(masks=(4,))
    names = [
        module.walk(settings, question(), RANDOM, seed, "base")["points"][-1]["names"] for seed in (0, 0, 2)
    ]
    assert names[0] == names[1] != names[2]


def test_runs_through_and_goes_on_from_what_is_kept(tmp_path, script, monkeypatch):
    monkeypatch.setattr(module, "questions", lambda *_: [question()])
    monkeypatch.setattr(learning_bases.Bases, "get", lambda *_: "base")
    monkeypatch.setattr(learning_bases, "key_of", lambda base: base)
    settings = replace(TINY, seeds=2)
    page = module.run(settings, None, tmp_path / "out", tmp_path / "cache")
    monkeypatch.setattr(module, "walk", lambda *_: pytest.fail("it was kept"))
    assert module.run(settings, None, tmp_path / "out", tmp_path / "cache") == page
    assert "All 4 trainings are done" in page.read_text(encoding="utf-8")
    nothing = module.run(replace(settings, seeds=3, minutes=0.0), None, tmp_path / "no", tmp_path / "cache")
    assert "4 of 6" in nothing.read_text(encoding="utf-8")


def test_drawn_ribs_come_by_clip_and_fold():
    found = module.questions(Settings(only=("ribs",)), None)
    assert [one.base for one in found] == ["rib:g_oliviera+g_vir2", "rib:g_reg", "rib:g_pneu3+g_vir1"]
    assert all(one.samples and all(s.masks["rib"].any() for s in one.samples) for one in found)
    assert len({s.group for s in found[1].samples}) == 3
    assert module.questions(Settings(only=("cerebellum",)), None) == []
