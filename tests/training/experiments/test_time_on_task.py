from dataclasses import replace
from types import SimpleNamespace

import numpy as np
import pytest

from lusgui.core.model_card import ModelCard
from training.experiments import time_on_task as module
from training.experiments.time_on_task import TINY, Told, summarise
from training.learning import suggest, tune
from training.simulate.clips import simulate_clip

SETTINGS = replace(TINY, kinds=("cyst",), frames=8, rounds=(1, 3))


@pytest.fixture
def script(monkeypatch):
    """A model that errs on every third frame, known by its gray, and frames suggested from behind."""
    clip = module.simulated(SETTINGS, *module.chosen_recordings(SETTINGS)[0])
    said = SimpleNamespace(clip=clip, learnt=[], suggested=[])

    def predict(model, clip, label):
        if model == "base":
            return [np.zeros_like(one.masks[label]) for one in clip]
        return [one.masks[label] & (i % 3 > 0) for i, one in enumerate(clip)]

    def fake_tune(base, learnt, settings, *, labels):
        said.learnt.append((base, [one.name for one in learnt], settings.steps, labels))
        return SimpleNamespace(model="tuned", seconds=2.0)

    def fake_suggest(active, candidate, frames, labelled, n, budget_s, *, label):
        said.suggested.append((active, candidate, [one[1] for one in labelled]))
        return [SimpleNamespace(frame=one[1]) for one in reversed(frames)][:n]

    monkeypatch.setattr(module, "predict", predict)
    monkeypatch.setattr(tune, "tune", fake_tune)
    monkeypatch.setattr(suggest, "suggest", fake_suggest)
    return said


def test_frames_are_drawn_as_suggested_learnt_and_the_rest_offered(script):
    result = module.annotate(SETTINGS, "base", script.clip, "cyst")
    names = [one.name for one in script.clip]
    assert [learnt for _base, learnt, *_ in script.learnt] == [[names[7]], [names[i] for i in (5, 6, 7)]]
    assert [base for base, *_ in script.learnt] == ["base", "base"], "always from the base on"
    assert [steps for *_, steps, _labels in script.learnt] == [2, 8]
    assert script.suggested == [("base", "base", []), ("base", "tuned", [7])]
    rows = result["rows"]
    assert [row["frame"] for row in rows if row["is_drawn_first"]] == [5, 6, 7]
    assert [row["learnt_from"] for row in rows] == [3, 3, 3, 3, 3, 1, 1, 0]
    for row in rows[:5]:
        assert (row["learning"] == 0) == (row["frame"] % 3 > 0)
        assert row["offered_dice"] == float(row["frame"] % 3 > 0)
    assert all(row["brush_only"] > 0 for row in rows)
    assert result["seconds"] == 2.0


def test_what_is_learnt_is_what_was_drawn_not_the_truth(script, monkeypatch):
    learnt = []
    monkeypatch.setattr(
        tune,
        "tune",
        lambda _base, frames, *_a, **_k: learnt.extend(frames) or SimpleNamespace(model="x", seconds=1.0),
    )
    module.annotate(SETTINGS, "base", script.clip, "cyst")
    truths = {one.name: one.masks["cyst"] for one in script.clip}
    assert any((one.masks["cyst"] != truths[one.name]).any() for one in learnt)


def test_runs_through_and_goes_on_from_what_is_kept(tmp_path, script, monkeypatch):
    page = module.run(SETTINGS, None, tmp_path / "out", tmp_path / "cache")
    monkeypatch.setattr(module, "annotate", lambda *_: pytest.fail("it was kept"))
    assert module.run(SETTINGS, None, tmp_path / "out", tmp_path / "cache") == page
    text = page.read_text(encoding="utf-8")
    assert "All 1 trainings are done" in text
    assert {"results.csv", "table.csv", "gestures.png", "curve.png"} <= {
        path.name for path in (tmp_path / "out").iterdir()
    }


def test_without_time_the_page_says_so(tmp_path):
    page = module.run(replace(SETTINGS, minutes=0.0), None, tmp_path / "out", tmp_path / "cache")
    assert "0 of 1" in page.read_text(encoding="utf-8")


def test_recordings_show_the_structure_and_one_of_each_kind_comes_first():
    settings = replace(TINY, seeds=2, kinds=("lung", "cyst"))
    found = module.chosen_recordings(settings)
    assert [kind for kind, _index in found] == ["lung", "cyst", "lung", "cyst"]
    for kind, index in found:
        first = simulate_clip(kind, settings.series, index, frames=3, shape=settings.shape)[0]
        assert first.masks[module.KINDS[kind][0]].any()
        # what two frames begin with, many begin with
        begin = simulate_clip(kind, settings.series, index, frames=2, shape=settings.shape)[0]
        assert (first.frame == begin.frame).all()


def test_a_model_that_does_not_know_the_label_offers_nothing():
    model = SimpleNamespace(card=ModelCard("rib", "1", "lus-unet", ("rib",), (32, 32)))
    clip = simulate_clip("cyst", 5000, 0, frames=2, shape=(32, 32))
    assert not any(mask.any() for mask in module.predict(model, clip, "cyst"))


def test_numbers_of_a_recording():
    rows = [
        {"brush_only": 4, "shipped_model": 2, "learning": 3, "shipped_dice": 0.5, "offered_dice": 0.4}
        | {"is_drawn_first": True, "frame": 0},
        {"brush_only": 4, "shipped_model": 0, "learning": 0, "shipped_dice": 0.9, "offered_dice": 0.95}
        | {"is_drawn_first": False, "frame": 1},
        {"brush_only": 2, "shipped_model": 1, "learning": 1, "shipped_dice": 0.7, "offered_dice": 0.85}
        | {"is_drawn_first": False, "frame": 2},
    ]
    numbers = summarise(Told("a", tuple(rows), 1.0))
    assert (numbers["brush_only"], numbers["shipped_model"], numbers["learning"]) == (10, 3, 4)
    assert numbers["share"] == pytest.approx(0.4)
    assert numbers["untouched"] == pytest.approx(0.5)
    assert numbers["offered_dice"] == pytest.approx(0.9)
    assert numbers["shipped_untouched"] == pytest.approx(1 / 3)
