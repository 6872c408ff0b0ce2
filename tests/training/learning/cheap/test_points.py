import numpy as np
import pytest
import torch

from lusgui.core.model_card import ModelCard
from lusgui.nn.checkpoint import LoadedModel
from lusgui.nn.registry import build
from training.dataset import Sample
from training.learning.cheap.discs import disc_sample
from training.learning.cheap.points import PointNetwork, hit_loss, prepare_base, where_loss
from training.learning.settings import LearnSettings


def model(architecture="lus-unet", labels=("disc",), **arguments):
    torch.manual_seed(0)
    network = build(architecture, **arguments, out_channels=len(labels)).eval()
    side = 64 if architecture == "zoom-unet" else 32
    card = ModelCard("tiny", "1", architecture, labels, (side, side), dict(network.init_args))
    return LoadedModel(network, card)


SMALL = {"base_width": 4, "norm": "group"}
ZOOM = {"coarse_width": 2, "fine_width": 2, "coarse_side": 32, "fine_side": 32}


def frames(count=6, label="disc"):
    rng = np.random.default_rng(1)
    made = []
    for i in range(count):
        row, col = 8 + 4 * i % 24, 10 + 5 * i % 20
        gray = rng.integers(0, 60, (40, 40)).astype(np.uint8)
        gray[row - 3 : row + 4, col - 3 : col + 4] = 220
        sample = Sample(f"f{i}", f"g{i % 2}", gray)
        made.append(disc_sample(sample, {label: [(float(row), float(col))]}))
    return made


def weights(model):
    return {name: value.clone() for name, value in model.network.state_dict().items()}


def test_points_change_the_encoder_alone_and_leave_the_base_as_it_is():
    base = model(**SMALL)
    before = weights(base)
    prepared = prepare_base(base, frames(), LearnSettings(steps=3, device="cpu"))
    assert all(torch.equal(value, before[name]) for name, value in weights(base).items())
    changed = {
        name.split(".")[0] for name, v in weights(prepared).items() if not torch.equal(v, before[name])
    }
    assert changed == {"b1", "b2", "b3", "b4", "b5a", "b5b"}
    assert prepared.card.labels == ("disc",)
    assert not any(p.requires_grad for p in prepared.network.parameters())


def test_the_same_seed_gives_the_same_model():
    base = model(**SMALL)
    one, other = (prepare_base(base, frames(), LearnSettings(steps=2, seed=4, device="cpu")) for _ in "ab")
    assert all(torch.equal(v, weights(other)[name]) for name, v in weights(one).items())


def test_of_a_zoom_network_the_coarse_part_learns():
    base = model("zoom-unet", ("disc", "other"), **ZOOM)
    before = weights(base)
    prepared = prepare_base(base, frames(), LearnSettings(steps=2, device="cpu"))
    changed = [name for name, v in weights(prepared).items() if not torch.equal(v, before[name])]
    assert changed
    assert all(name.startswith("coarse.b") for name in changed)


def test_a_new_label_has_a_new_output():
    prepared = prepare_base(model(**SMALL), frames(label="rib"), LearnSettings(steps=1, device="cpu"))
    assert prepared.card.labels == ("rib",)
    both = model(labels=("disc", "other"), **SMALL)
    assert prepare_base(both, frames(), LearnSettings(steps=1, device="cpu")).card.labels == ("disc", "other")


def test_nothing_to_learn_and_a_stop_give_the_base_back():
    base = model(**SMALL)
    assert prepare_base(base, [], LearnSettings(steps=1)) is base
    assert prepare_base(base, frames(), LearnSettings(steps=5, device="cpu"), lambda: True) is base
    hu = model("hu-unet", base_width=4, norm="group")
    assert prepare_base(hu, frames(), LearnSettings(steps=1, device="cpu")) is hu


def test_where_is_learnt():
    torch.manual_seed(0)
    base = model(**SMALL)
    network = PointNetwork(base.network, 1)
    images, discs = torch.zeros(2, 1, 32, 32), torch.zeros(2, 1, 32, 32)
    images[0, :, 4:8, 4:8] = discs[0, :, 5:7, 5:7] = 1.0
    images[1, :, 20:24, 24:28] = discs[1, :, 21:23, 25:27] = 1.0
    optimiser = torch.optim.Adam(network.parameters(), 3e-3)
    losses = []
    for _ in range(40):
        loss = where_loss(network(images)[0], discs)
        optimiser.zero_grad()
        loss.backward()
        optimiser.step()
        losses.append(loss.item())
    assert losses[0] == pytest.approx(np.log(4), abs=0.05)  # nothing is known of four cells
    assert losses[-1] < 0.3 * losses[0]


def test_losses_of_nothing_are_nothing():
    empty = torch.zeros(1, 1, 32, 32)
    assert float(where_loss(torch.randn(1, 1, 2, 2), empty)) == 0
    assert float(hit_loss(torch.randn(1, 1, 32, 32), empty)) == 0
    full = torch.ones(1, 1, 32, 32)
    assert float(hit_loss(torch.full((1, 1, 32, 32), 9.0), full)) < 1e-3


def test_the_second_head_does_not_change_the_answer():
    base = model(**SMALL)
    x = torch.rand(1, 1, 32, 32)
    with torch.no_grad():
        assert torch.allclose(PointNetwork(base.network, 1).eval()(x)[1], base.network(x), atol=1e-6)
