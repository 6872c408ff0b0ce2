from __future__ import annotations

from dataclasses import replace
from types import SimpleNamespace

import numpy as np
import pytest
import torch

from lusgui.base.errors import LusguiError
from lusgui.core.model_card import ModelCard
from lusgui.nn.checkpoint import LoadedModel
from lusgui.nn.registry import build
from training.dataset import Sample
from training.experiments import learning
from training.experiments.learning import Settings, cells_of, learn_settings, run_learning
from training.experiments.learning_data import Case
from training.report.tables import read_csv


def model_of(offset):
    """A network that marks all above a bound; learning moves it."""
    torch.manual_seed(0)
    network = build("lus-unet", base_width=2, norm="group", out_channels=1).eval()
    network.forward = lambda x: (x - offset) * 40
    return LoadedModel(network, ModelCard("m", "1", "lus-unet", ("rib",), (32, 32), dict(network.init_args)))


def frame(name, group):
    gray = np.full((32, 32), 20, np.uint8)
    gray[8:24, 8:24] = 100
    gray[12:20, 12:20] = 220
    mask = np.zeros((32, 32), bool)
    mask[8:24, 8:24] = True
    return Sample(name, group, gray, {"rib": mask})


PEOPLE = tuple(frame(f"f{i}", f"p{i}") for i in range(5))
KEPT = (("others", (frame("o", "o"),)),)
CASE = Case("cerebellum", "rib", "0", "rib:one", PEOPLE, PEOPLE, KEPT, "group")


class FakeBases:
    def __init__(self):
        self.made = []

    def is_there(self, name):
        return name in self.made

    def get(self, name):
        self.made.append(name)
        return model_of(0.7)

    def replay(self, name, label):
        return [frame("old", "old")]


@pytest.fixture
def calls(monkeypatch):
    seen = []

    def tune(base, learned, settings, *, replay=(), **_):
        seen.append((base, learned, settings, replay))
        return SimpleNamespace(
            model=model_of(0.3), seconds=1.5, step=7, images_per_s=9.0, strategy="all", why="because"
        )

    monkeypatch.setattr(learning, "tuner", lambda: tune)
    return seen


SETTINGS = Settings(seeds=2, minutes=None, masks=(0, 1, 2), variants=("default",), device="cpu")


def run_all(settings, monkeypatch, tmp_path, bases):
    monkeypatch.setattr(learning, "cases_of", lambda names, data: [CASE])
    monkeypatch.setattr(learning, "Bases", lambda *_: bases)
    return learning.run(settings, None, tmp_path / "out", tmp_path / "cache")


def test_learning_is_judged_kept_and_told(calls, monkeypatch, tmp_path):
    page = run_all(SETTINGS, monkeypatch, tmp_path, FakeBases())
    assert len(calls) == 4
    assert {len(learned) for _, learned, _, _ in calls} == {1, 2}
    assert {settings.seed for _, _, settings, _ in calls} == {0, 1}
    assert calls[0][2].steps == learning.taken_for_granted(CASE, 1)["steps"]
    assert [one.name for one in calls[0][3]] == ["old"]
    table = read_csv(page.parent / "skill.csv")
    assert [row["masks"] for row in table] == ["0", "1", "2"]
    assert float(table[0]["dice"]) < 0.5
    assert float(table[1]["dice"]) > 0.95
    assert float(table[1]["difference"]) > 0.4
    assert (table[1]["trainings"], table[1]["seeds"], table[1]["steps"]) == ("2", "2", "7.0")
    forgotten = read_csv(page.parent / "forgetting.csv")
    assert [row["kept"] for row in forgotten] == ["others", "others"]
    assert float(forgotten[0]["difference"]) > 0.4
    assert len(read_csv(page.parent / "results.csv")) == 5 + 2 * (4 + 3)
    assert (page.parent / "curves.png").stat().st_size > 1000
    del calls[:]
    assert run_all(SETTINGS, monkeypatch, tmp_path, FakeBases()) == page
    assert not calls
    assert read_csv(page.parent / "skill.csv") == table


def test_what_is_judged_was_not_learnt(calls, tmp_path):
    for cell in cells_of(SETTINGS, [CASE]):
        assert not {one.group for one in cell.deal.learnt} & {one.group for one in cell.deal.tests}
        assert cell.masks == len(cell.deal.learnt)


def test_only_what_is_asked_for_is_trained_and_without_time_nothing(calls, monkeypatch, tmp_path):
    page = run_all(replace(SETTINGS, only=("usgra",)), monkeypatch, tmp_path, FakeBases())
    assert not calls
    assert "All 0 trainings are done" in page.read_text(encoding="utf-8")
    page = run_all(replace(SETTINGS, minutes=0.0), monkeypatch, tmp_path, FakeBases())
    assert not calls
    assert "0 of 5 trainings" in page.read_text(encoding="utf-8")


def test_another_way_of_learning_is_a_variant_and_a_result_of_its_own(calls, tmp_path):
    from training.experiments.budget import Budget
    from training.experiments.trial_cache import TrialCache

    cache, bases = TrialCache(tmp_path), FakeBases()
    for change in ((), ("steps=9", "share=0.5")):
        settings = replace(SETTINGS, seeds=1, masks=(1,), set=change)
        done, missing = run_learning(settings, [CASE], bases, cache, Budget(None))
        assert missing == 0
    assert len(calls) == 2
    assert (calls[1][2].steps, calls[1][2].share) == (9, 0.5)
    assert done[0].cell.told == "default, steps 9, share 0.5"


def test_random_weights_are_those_of_a_network_with_one_label(calls, monkeypatch, tmp_path):
    from training.experiments.budget import Budget
    from training.experiments.trial_cache import TrialCache

    monkeypatch.setattr(learning, "gpu_is_there", lambda: False)
    settings = replace(SETTINGS, seeds=1, masks=(1,), variants=("scratch", "x-unet"))
    done, _ = run_learning(settings, [CASE], FakeBases(), TrialCache(tmp_path), Budget(None))
    # without a GPU nobody waits for an X-Unet
    assert [item.cell.told for item in done] == ["scratch"]
    base, _, given, replay = calls[0]
    assert base.card.labels == ("rib",)
    assert (given.steps, given.learning_rate, replay) == (settings.scratch_steps, settings.scratch_rate, [])
    assert not torch.equal(
        next(base.network.parameters()), next(learning.begin(base, "scratch", "rib", 1).network.parameters())
    )


@pytest.mark.parametrize("text", ["steps", "nonsense=1", "steps=many", "kidney.steps=1"])
def test_a_change_that_is_none_is_refused(text):
    with pytest.raises(LusguiError):
        learn_settings(Settings(set=(text,)), "default", "ribs_same")


def test_a_change_may_be_of_one_case():
    settings = Settings(set=("ribs.share=0.75", "steps=9", "ribs_other.steps=3"))
    assert learn_settings(settings, "default", "cerebellum") == {"steps": 9}
    assert learn_settings(settings, "default", "ribs_same") == {"share": 0.75, "steps": 9}
    assert learn_settings(settings, "default", "ribs_other") == {"share": 0.75, "steps": 3}


def test_results_depend_on_how_learning_goes_by_itself():
    few, many = (learning.taken_for_granted(CASE, masks) for masks in (1, 20))
    assert {"learning_rate", "steps", "replay", "batch"} <= few.keys()
    assert "seed" not in few
    assert few["steps"] <= many["steps"]
    assert learning.tuner() is __import__("training.learning.tune", fromlist=["tune"]).tune


def test_what_equals_the_default_is_called_so():
    granted = learning.taken_for_granted(CASE, 1)
    cells = cells_of(replace(SETTINGS, masks=(1,), set=(f"steps={granted['steps']}", "replay=0.125")), [CASE])
    assert replace(cells[0], granted=granted).told == "default, replay 0.125"
