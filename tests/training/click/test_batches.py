"""Tests of training.click.batches."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from training.click.batches import Drawer


def test_a_batch_is_a_function_of_its_number(make_frame):
    frames = [make_frame("a"), make_frame("bb", "others")]
    first = Drawer(frames, 3, 64, looks=3).draw(5)
    again = Drawer(frames, 3, 64, looks=3).draw(5)
    other = Drawer(frames, 3, 64, looks=3).draw(6)
    assert torch.equal(first.images, again.images)
    assert torch.equal(first.truths, again.truths)
    assert [quest.marks for quest in first.quests] == [quest.marks for quest in again.quests]
    assert not torch.equal(first.images, other.images)


def test_a_batch_has_looks_quests_and_truths_in_order(make_frame):
    batch = Drawer([make_frame()], 0, 64, looks=4, quests=3).draw(0)
    assert batch.images.shape == (4, 1, 64, 64)
    assert batch.truths.shape == (12, 1, 32, 32)
    assert [quest.look for quest in batch.quests] == [0, 0, 0, 1, 1, 1, 2, 2, 2, 3, 3, 3]
    for quest, truth in zip(batch.quests, batch.truths, strict=True):
        assert np.array_equal(quest.truth, truth[0].numpy() >= 0.5)
        assert quest.marks.clicks or quest.marks.box or quest.marks.strokes
        assert not (quest.others & quest.truth).any()
        assert (quest.previous | ~quest.others).all()


@pytest.mark.parametrize("places", [(), ((40, 40, 12),)])
def test_clicks_on_nothing_find_nothing_only_where_everything_is_known(make_frame, places):
    frames = [make_frame("a", places=places, complete=True), make_frame("bb")]
    drawer = Drawer(frames, 0, 64, looks=2)
    quests = [quest for number in range(40) for quest in drawer.draw(number).quests]
    nothing = [quest for quest in quests if quest.plane == 0]
    assert nothing
    assert not any(quest.truth.any() for quest in nothing)
    assert all(len(quest.marks.clicks) == 1 for quest in nothing)
    known = Drawer([make_frame()], 0, 64)
    assert all(quest.plane for number in range(10) for quest in known.draw(number).quests)
