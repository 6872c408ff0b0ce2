"""Tests of lusgui.nn.click.engine."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from lusgui.base.errors import ClickError, ModelError
from lusgui.core.click.clicker import next_click
from lusgui.core.click.engine import ClickEngine, Embedding
from lusgui.core.click.prompt import ClickPrompt
from lusgui.core.click.void import OUTSIDE_PICTURE
from lusgui.core.model_card import ModelCard
from lusgui.core.overlap import dice
from lusgui.nn.checkpoint import LoadedModel, save_model
from lusgui.nn.click.engine import NetworkClickEngine, load_engine
from lusgui.nn.registry import build


def disks(shape, *places):
    """Return gray with bright disks (row, col, radius in fractions of the columns)."""
    down, across = np.mgrid[: shape[0], : shape[1]] + 0.5
    gray = np.zeros(shape, np.float32)
    masks = []
    for row, col, radius in places:
        inside = ((down / shape[0] - row) / radius) ** 2 + ((across / shape[1] - col) / radius) ** 2 < 1
        gray[inside] = 1
        masks.append(inside)
    return gray, masks


@settings(max_examples=20, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.tuples(st.integers(64, 700), st.integers(64, 400)), st.floats(0.2, 0.8), st.floats(0.2, 0.8))
def test_the_answer_lies_where_the_structure_does_whatever_the_frame(make_bright, model_of, shape, row, col):
    gray, (disk,) = disks(shape, (row, col, 0.15))
    engine = NetworkClickEngine(model_of(make_bright()))
    prompt = ClickPrompt().with_click(row * shape[0], col * shape[1])
    answer = engine.answer(engine.embed(gray, 0.7), prompt, None)
    assert answer.found
    assert answer.note == ""
    assert answer.mask.shape == answer.probability.shape == shape
    assert dice(answer.mask, disk) > 0.93
    rows, cols = np.nonzero(answer.mask)
    assert abs(rows.mean() + 0.5 - row * shape[0]) < 0.02 * shape[0]
    assert abs(cols.mean() + 0.5 - col * shape[1]) < 0.02 * shape[1]


def test_only_the_clicked_component_changes(bright, model_of):
    gray, (first, second) = disks((200, 200), (0.25, 0.25, 0.1), (0.7, 0.7, 0.15))
    engine = NetworkClickEngine(model_of(bright))
    embedding = engine.embed(gray)
    there = np.zeros((200, 200), bool)
    there[150:190, 10:50] = True  # a part of a mask that the network knows nothing of
    one = engine.answer(embedding, ClickPrompt().with_click(50, 50), there)
    assert dice(one.mask & ~there, first) > 0.95
    assert np.array_equal(one.mask & there, there)
    both = engine.answer(embedding, ClickPrompt().with_click(50, 50).with_click(140, 140), one.mask)
    assert dice(both.mask & ~there, first | second) > 0.95


def test_the_zoom_is_sharper_than_the_coarse_answer(make_bright, model_of):
    gray, (disk,) = disks((600, 600), (0.4, 0.6, 0.06))
    prompt = ClickPrompt().with_click(240, 360)
    zooms = NetworkClickEngine(model_of(make_bright()))
    coarse = NetworkClickEngine(model_of(make_bright()), refines=False)
    embedding = zooms.embed(gray)
    fine_dice = dice(zooms.answer(embedding, prompt, None).mask, disk)
    coarse_dice = dice(coarse.answer(embedding, prompt, None).mask, disk)
    assert fine_dice > 0.97 > coarse_dice
    preview = zooms.answer(embedding, prompt, None, is_preview=True)
    assert dice(preview.mask, disk) == pytest.approx(coarse_dice)
    assert zooms.name == "click 1.0"
    assert coarse.name == "click 1.0 without zoom"


def test_a_click_on_nothing_says_so_and_leaves_what_is_there(bright, model_of):
    gray, _ = disks((200, 200), (0.25, 0.25, 0.1))
    engine = NetworkClickEngine(model_of(bright))
    outside = engine.answer(engine.embed(gray), ClickPrompt().with_click(180, 180), None)
    assert not outside.found
    assert outside.note == OUTSIDE_PICTURE
    gray = np.maximum(gray, 0.1)
    answer = engine.answer(engine.embed(gray), ClickPrompt().with_click(180, 180), None)
    assert not answer.found
    assert "Nothing" in answer.note
    assert not answer.mask.any()
    assert answer.probability.shape == (200, 200)


def test_only_negative_clicks_and_no_mask_ask_for_a_click(bright, model_of):
    engine = NetworkClickEngine(model_of(bright))
    embedding = engine.embed(np.zeros((100, 100), np.float32))
    for prompt in (ClickPrompt(), ClickPrompt().with_click(5, 5, positive=False)):
        answer = engine.answer(embedding, prompt, np.zeros((100, 100), bool))
        assert not answer.found
        assert "Click into" in answer.note
    assert bright.prompts == []


def test_a_mask_that_is_there_is_shown_to_both_networks(bright, model_of):
    gray, (disk,) = disks((128, 128), (0.5, 0.5, 0.2))
    engine = NetworkClickEngine(model_of(bright))
    engine.answer(engine.embed(gray), ClickPrompt().with_click(64, 64, positive=False), disk)
    (prompt,) = bright.prompts
    assert prompt[0, 5].sum() == pytest.approx(disk.sum() / 16, rel=0.02)
    ((image, _, seen),) = bright.crops
    # kept on the decoder's grid, so its border is softer than the image's
    assert (seen[0, 5] - image[0, 0]).abs().mean() < 0.06
    assert seen[0, 1].any()
    assert not seen[0, 0].any()


def test_boxes_and_scribbles_are_answered(bright, model_of):
    gray, (disk,) = disks((128, 128), (0.5, 0.5, 0.2))
    engine = NetworkClickEngine(model_of(bright))
    embedding = engine.embed(gray)
    for prompt in (
        ClickPrompt().with_box(30, 30, 98, 98),
        ClickPrompt().with_scribble([(64, 50), (64, 80)]),
    ):
        answer = engine.answer(embedding, prompt, None)
        assert answer.found
        assert dice(answer.mask, disk) > 0.95


def test_two_hundred_clicks_are_answered(bright, model_of):
    gray, (disk,) = disks((128, 128), (0.5, 0.5, 0.3))
    engine = NetworkClickEngine(model_of(bright))
    prompt = ClickPrompt()
    for i in range(200):
        prompt = prompt.with_click(64 + 20 * np.sin(i), 64 + 20 * np.cos(i))
    assert dice(engine.answer(engine.embed(gray), prompt, None).mask, disk) > 0.95


def test_marks_off_the_frame_are_refused(bright, model_of):
    engine = NetworkClickEngine(model_of(bright))
    embedding = engine.embed(np.zeros((50, 50), np.float32))
    with pytest.raises(ClickError, match="outside"):
        engine.answer(embedding, ClickPrompt().with_click(60, 10), None)


def test_it_is_an_engine_and_its_embedding_says_how_much_it_takes(model_of):
    engine = NetworkClickEngine(model_of(build("click-net", base_width=2, fine_width=2, coarse_side=64)))
    assert isinstance(engine, ClickEngine)
    embedding = engine.embed(np.random.default_rng(0).random((960, 128)).astype(np.float32))
    assert isinstance(embedding, Embedding)
    assert embedding.shape == (960, 128)
    assert embedding.nbytes > 960 * 128 * 4
    small = engine.embed(np.zeros((16, 9), np.float32))
    engine.answer(small, ClickPrompt().with_click(1, 1), None)
    assert engine.answer(embedding, ClickPrompt().with_click(900.5, 3.0), None).mask.shape == (960, 128)


def test_frames_that_may_not_be_written_to_are_taken(bright, model_of):
    gray = np.zeros((64, 64), np.float32)
    gray.flags.writeable = False
    NetworkClickEngine(model_of(bright)).embed(gray[::-1, ::-1])


def test_models_of_another_kind_are_refused_and_files_are_loaded(tmp_path):
    network = build("click-net", base_width=2, fine_width=2, coarse_side=64, fine_side=32)
    card = ModelCard("click", "2.1", "click-net", ("object",), (64, 64))
    save_model(tmp_path / "c.safetensors", network, card)
    assert load_engine(tmp_path / "c.safetensors").name == "click 2.1"
    other = build("lus-unet", base_width=2)
    wrong = LoadedModel(other, ModelCard("rib", "1", "lus-unet", ("rib",), (64, 64)))
    with pytest.raises(ModelError, match="masks of what is clicked on"):
        NetworkClickEngine(wrong)


def test_the_bundled_weights_answer_a_click_on_the_bundled_cerebellum():
    """No score: the plane's patient is among those learnt from. It is that the parts fit together."""
    from PIL import Image

    from lusgui.base.paths import resources_dir

    samples = resources_dir() / "samples"
    with Image.open(samples / "fetal_cerebellum.png") as picture:
        gray = np.asarray(picture.convert("L"), np.float32) / 255
    with Image.open(samples / "reference" / "fetal_cerebellum_cerebellum.png") as picture:
        truth = np.asarray(picture.convert("L")) > 127
    path = resources_dir() / "weights" / "click.safetensors"
    assert path.stat().st_size < 10_000_000
    engine = load_engine(path)
    prompt, mask = ClickPrompt(), None
    for _ in range(4):
        prompt = prompt.with_mark(next_click(np.zeros_like(truth) if mask is None else mask, truth))
        answer = engine.answer(engine.embed(gray), prompt, mask)
        mask = answer.mask
    assert answer.found
    assert dice(mask, truth) > 0.6
    assert "Never seen" in load_engine(path, is_alone=True).card.split
