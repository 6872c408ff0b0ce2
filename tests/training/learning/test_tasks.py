from dataclasses import replace

import numpy as np
import torch

from training.augment import AugmentSettings
from training.learning.resident import make_resident
from training.learning.tasks import Source, View, WholeTask, ZoomTask, draw_replayed

STILL = AugmentSettings(
    rotation_deg=0, zoom=(1, 1), stretch=1, shear=0, shift=0, elastic=0, gray=0, burnt_in=0, flip=0
)


def source(samples, card, labels=("disc",), replayed=None, **values):
    held = make_resident(samples, labels, (32, 32), card)
    other = None if replayed is None else make_resident(replayed, labels, (32, 32), card)
    return Source(held, other, (32, 32), STILL, **values)


def test_a_batch_is_a_function_of_its_generator(tiny, discs):
    task = WholeTask(source(discs(4), tiny().card), 0.0, lambda gray: gray)
    one, two = (task.batch(3, torch.Generator().manual_seed(7)) for _ in range(2))
    assert torch.equal(one.images, two.images)
    assert one.images.shape == one.masks.shape == one.known.shape == (3, 1, 32, 32)


def test_doubtful_pixels_and_unknown_labels_carry_no_loss(tiny, discs):
    sample = discs(1)[0]
    doubt = np.zeros((64, 64), bool)
    doubt[:, :32] = True
    sample = replace(sample, ignored=doubt)
    task = WholeTask(source([sample], tiny().card, ("disc", "other")), 0.0, lambda gray: gray)
    batch = task.batch(1, torch.Generator().manual_seed(0))
    assert not batch.known[:, 1].any()
    assert not batch.known[0, 0, :, :16].any()
    assert batch.known[0, 0, :, 17:].all()
    logits = torch.zeros(1, 2, 32, 32)
    changed = logits.clone()
    changed[0, 0, :, :16] = 9
    changed[0, 1] = -7
    answers = [task.loss(lambda _, x=x: x, batch) for x in (logits, changed)]
    assert torch.equal(*answers)
    changed[0, 0, :, 20:] = 9
    assert not torch.equal(answers[0], task.loss(lambda _: changed, batch))


def test_replayed_frames_have_their_share_and_never_all(tiny, discs):
    generator = torch.Generator().manual_seed(0)
    drawn = [draw_replayed(4, 0.25, generator) for _ in range(400)]
    assert 0.8 < np.mean(drawn) < 1.2
    assert max(draw_replayed(2, 0.9, generator) for _ in range(50)) == 1
    assert draw_replayed(1, 0.0, generator) == 0


def test_single_frames_are_replayed_now_and_then(tiny, discs):
    generator = torch.Generator().manual_seed(0)
    share = np.mean([draw_replayed(1, 0.25, generator) for _ in range(400)])
    assert 0.2 < share < 0.3


def test_frames_are_mirrored_up_and_down_with_their_masks(tiny, discs):
    sample = discs(1)[0]
    task = WholeTask(source([sample], tiny().card, up_down=True), 0.0, lambda gray: gray)
    seen = [task.batch(1, torch.Generator().manual_seed(i)) for i in range(12)]
    upper = {bool(view.masks[0, 0, :16].sum() > view.masks[0, 0, 16:].sum()) for view in seen}
    assert upper == {True, False}
    for view in seen:
        assert view.images[view.masks > 0.9].mean() > view.images[view.masks < 0.1].mean() + 0.3


def test_a_zooming_network_learns_from_planes_and_squares(tiny, tiny_zoom, discs):
    card = tiny().card
    task = ZoomTask(source(discs(2), card), source(discs(2), card), 0.0, lambda gray: gray)
    batch = task.batch(2, torch.Generator().manual_seed(0))
    assert isinstance(batch.coarse, View)
    network = tiny_zoom(("disc",)).network.requires_grad_(True)
    both = task.loss(network, batch).detach()
    network.get_submodule("coarse").requires_grad_(False)
    fine = task.loss(network, batch).detach()
    assert 0 < float(fine) < float(both)
