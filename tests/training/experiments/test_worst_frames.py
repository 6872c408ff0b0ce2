from __future__ import annotations

import pytest

from lusgui.base.errors import LusguiError, ModelError
from lusgui.core.model_card import ModelCard
from lusgui.nn.checkpoint import save_model
from lusgui.nn.registry import build
from training import models
from training.experiments.worst_frames import held_out_frames, write_worst
from training.recipes.default_model import DefaultModel
from training.report.failures import read_words
from training.report.tables import read_csv, write_csv

FOLDS = (("g0",), ("g1", "g2"))


@pytest.fixture
def recipe(fakes):
    options = fakes.options()
    return DefaultModel(
        name="rib",
        labels=("rib",),
        architecture="lus-unet",
        arguments={"base_width": 2, "norm": "group"},
        input_shape=options.input_shape,
        load=lambda _data: list(fakes.judged().data.samples),
        folds=lambda _samples, _seed: [list(fold) for fold in FOLDS],
        train=lambda *_: pytest.fail("nothing is trained"),
        options={},
        data="",
        licence="",
        notes="",
    )


def _card(recipe, **scores):
    return ModelCard(
        "rib", "2.0", "lus-unet", ("rib",), recipe.input_shape, dict(recipe.arguments), seed=0, scores=scores
    )


@pytest.fixture
def card(recipe):
    point = {"temperature": 1.0, "bias": 0.0, "least_mass": 0.0}
    points = [{"held_out": list(fold)} | point for fold in FOLDS]
    return _card(recipe, input="raw", operating_points=points)


@pytest.fixture
def work(recipe, card, tmp_path):
    folder = tmp_path / "work"
    folder.mkdir()
    for fold in FOLDS:
        network = build("lus-unet", **recipe.arguments, out_channels=1)
        save_model(folder / f"rib-0-without-{'-'.join(fold)}.safetensors", network, card)
    return folder


def test_every_frame_is_answered_by_the_training_without_its_group(recipe, card, work, tmp_path):
    frames = held_out_frames(recipe, card, tmp_path, work)
    assert [frame.name for frame in frames] == [f"f{i}" for i in range(6)]
    assert [frame.dice is None for frame in frames] == [False] * 4 + [True] * 2
    assert not (frames[0].found & recipe.load(tmp_path)[0].ignored).any()


def test_the_gallery_and_its_lists_are_written_and_words_stay(recipe, card, work, tmp_path, monkeypatch):
    monkeypatch.setattr(models, "recipe_of", lambda _name: recipe)
    weights, out = tmp_path / "weights", tmp_path / "out"
    weights.mkdir()
    (weights / "rib.json").write_text(card.dumps(), encoding="utf-8")
    write_csv(out / "rib_words.csv", [{"stem": "f1", "words": "Faint."}])
    frames = write_worst("rib", tmp_path, work, weights, out)
    assert {"f0", "f1", "f2", "f3"} <= {frame.name for frame in frames}
    assert {row["stem"]: row["words"] for row in read_csv(out / "rib_worst.csv")}["f1"] == "Faint."
    assert read_words(out / "rib_words.csv")["f1"] == "Faint."
    assert len(read_csv(out / "rib_heldout.csv")) == 6
    assert (out / "rib_worst_figure.png").stat().st_size > 1000


def test_a_card_without_folds_and_a_missing_training_are_named(recipe, card, tmp_path):
    with pytest.raises(ModelError, match="rebuild"):
        held_out_frames(recipe, _card(recipe), tmp_path, tmp_path)
    with pytest.raises(LusguiError, match="without-g0"):
        held_out_frames(recipe, card, tmp_path, tmp_path)
