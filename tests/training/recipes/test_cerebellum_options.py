from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import torch
from PIL import Image

from lusgui.base.errors import LusguiError
from lusgui.core.despeckle import FAST
from training.batches import make_pool
from training.dataset import Sample
from training.recipes.cerebellum_options import CerebellumOptions, cut_pool, train_cerebellum

TINY = CerebellumOptions(
    coarse_side=32,
    fine_side=32,
    coarse_width=4,
    fine_width=4,
    coarse_steps=2,
    fine_steps=2,
    negative_steps=0,
    batch=2,
)


@pytest.fixture
def planes():
    random = np.random.default_rng(0)
    samples = []
    for i in range(4):
        frame = random.integers(0, 90, (120, 120)).astype(np.uint8)
        masks = {name: np.zeros(frame.shape, bool) for name in TINY.labels}
        masks["cerebellum"][40 + 5 * i : 60 + 5 * i, 30:70] = True
        masks["vermis"][62:70, 45:55] = True
        frame[masks["cerebellum"]] += 100
        samples.append(Sample(f"p{i}", f"p{i}", frame, masks))
    return samples


def test_squares_are_cut_around_the_structure(planes):
    pool = make_pool(planes, TINY.labels, (120, 120), FAST)
    # 40 pixels wide; for its spread a rectangle passes for an ellipse 2 / sqrt(3) as wide
    cut = cut_pool(pool, 2.0 * 3**0.5 / 2, 40)  # so 80 pixels to 40
    assert cut.raw.shape == (4, 1, 40, 40)
    covered = cut.masks[:, 0].float() / 255
    assert torch.allclose(covered.sum((1, 2)), torch.tensor(20 * 40 / 4.0), rtol=0.03)
    places = torch.arange(40) + 0.5
    middle = (covered.sum(1) * places).sum(1) / covered.sum((1, 2))
    assert torch.allclose(middle, torch.tensor(20.0), atol=0.3)


def test_both_parts_learn_and_are_kept(planes, tmp_path):
    network = train_cerebellum(TINY, tmp_path, planes, ["p0"], 0, tmp_path / "work")
    assert not network.training
    assert network(torch.rand(1, 1, 64, 64)).shape == (1, 3, 64, 64)
    assert len(list((tmp_path / "work").glob("*.state"))) == 2
    again = train_cerebellum(TINY, tmp_path, planes, ["p0"], 0, tmp_path / "work")
    for one, other in zip(network.parameters(), again.parameters(), strict=True):
        assert torch.equal(one, other)


def test_the_coarse_part_is_shared_by_variants_of_the_fine(planes, tmp_path):
    train_cerebellum(TINY, tmp_path, planes, ["p0"], 0, tmp_path / "work")
    train_cerebellum(replace(TINY, margin=2.6), tmp_path, planes, ["p0"], 0, tmp_path / "work")
    assert len(list((tmp_path / "work").glob("cerebellum-coarse*"))) == 1
    assert len(list((tmp_path / "work").glob("cerebellum-fine*"))) == 2


def test_the_coarse_part_learns_that_there_may_be_nothing(planes, tmp_path):
    folder = tmp_path / "usgra" / "images"
    folder.mkdir(parents=True)
    Image.fromarray(np.full((140, 150), 90, np.uint8)).save(folder / "0002.png")
    options = replace(TINY, negative_steps=1)
    network = train_cerebellum(options, tmp_path, planes, ["p0"], 0, tmp_path / "work")
    before = train_cerebellum(TINY, tmp_path, planes, ["p0"], 0, tmp_path / "work")
    assert len(list((tmp_path / "work").glob("cerebellum-nothing*"))) == 1
    assert not torch.equal(network.coarse.head.bias, before.coarse.head.bias)
    assert torch.equal(network.fine.head.bias, before.fine.head.bias)


def test_frames_without_are_not_learnt_from(planes, tmp_path):
    empty = replace(planes[0], group="lung", masks=dict.fromkeys(TINY.labels, planes[0].frame > 255))
    with pytest.raises(LusguiError, match="no plane"):
        train_cerebellum(TINY, tmp_path, [empty], [], 0, tmp_path)


def test_one_network_on_the_whole_plane(planes, tmp_path):
    options = replace(TINY, zoom=False, before="heads", steps_before=1)
    network = train_cerebellum(options, tmp_path, planes, ["p0"], 0, tmp_path / "work")
    assert options.architecture == "lus-unet"
    assert network(torch.rand(1, 1, 32, 32)).shape == (1, 3, 32, 32)


def test_unknown_beginnings_and_empty_training_are_refused(planes, tmp_path):
    with pytest.raises(LusguiError, match="learn first"):
        train_cerebellum(replace(TINY, before="luck"), tmp_path, planes, [], 0, tmp_path)
    with pytest.raises(LusguiError, match="no plane"):
        train_cerebellum(TINY, tmp_path, planes, ["p0", "p1", "p2", "p3"], 0, tmp_path)
