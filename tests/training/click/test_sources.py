"""Tests of training.click.sources."""

from __future__ import annotations

import numpy as np
import pytest

from training.click import sources
from training.click.sources import gather, held_out_groups
from training.dataset import Sample


@pytest.fixture
def real(monkeypatch, make_disk):
    """Two small sets in place of the real ones."""
    shape = (64, 64)
    masks = {"cerebellum": make_disk(shape, 20, 20, 10), "vermis": make_disk(shape, 45, 45, 8)}
    sets = {
        "fetal_cerebellum": [
            Sample(f"p{i}", f"p{i // 2}", np.full(shape, 9 + i, np.uint8), masks) for i in range(8)
        ],
        "hc18": [
            Sample(f"h{i}", f"h{i}", np.full(shape, 90, np.uint8), {"head": masks["vermis"]})
            for i in range(4)
        ],
    }
    monkeypatch.setattr(sources, "read_real", lambda data: sets)
    return sets


def test_half_of_the_groups_are_left_out_whole(real, tmp_path):
    split = gather(tmp_path, seed=0, simulated={})
    held = held_out_groups(real, 0)
    assert split.held_out == held
    assert len(held["fetal_cerebellum"]) == 2
    assert len(held["hc18"]) == 2
    for frame in split.training:
        assert frame.group not in held[frame.source]
    assert len(split.training) == 4 + 2
    everybody = gather(tmp_path, seed=0, simulated={}, learns_all=True)
    assert len(everybody.training) == 12
    assert not any(everybody.held_out.values())


def test_a_quarter_is_half_of_the_half(real, tmp_path):
    half = held_out_groups(real, 0)
    quarter = held_out_groups(real, 0, halvings=2)
    for source, groups in quarter.items():
        assert len(groups) == 1
        assert set(groups) < set(half[source])
    assert held_out_groups(real, 0, halvings=5) == quarter | {
        name: held_out_groups({name: of_set}, 0, halvings=5)[name] for name, of_set in real.items()
    }
    assert all(held_out_groups(real, 0, halvings=9).values())  # the last group is never learnt from
    split = gather(tmp_path, seed=0, simulated={}, halvings=2)
    assert split.held_out == quarter


def test_a_structure_left_out_takes_its_parts_along_in_simulations_too(real, tmp_path):
    split = gather(tmp_path, seed=0, without={"cerebellum"}, simulated={"head": 2, "cyst": 1})
    assert {target.label for frame in split.training for target in frame.targets} == {"head", "cyst"}
    assert "fetal_cerebellum" not in {frame.source for frame in split.training}
    only_vermis = gather(tmp_path, seed=0, without={"vermis"}, simulated={})
    assert {target.label for frame in only_vermis.training for target in frame.targets} == {
        "cerebellum",
        "head",
    }


def test_simulations_say_whether_everything_in_them_is_known(real, tmp_path):
    told = []
    split = gather(tmp_path, seed=0, simulated={"cyst": 1, "head": 1}, on_progress=told.append)
    complete = {frame.source: frame.is_complete for frame in split.training}
    assert complete["simulated cyst"]
    assert not complete["simulated head"]
    assert not complete["fetal_cerebellum"]
    assert told[-1] == "simulated head: 1 frames"


def test_sets_that_are_not_there_are_left_out_and_our_ribs_always_are(tmp_path):
    found = sources.read_real(tmp_path)
    assert list(found) == ["ribs"]
    assert all(sample.masks["rib"].any() for sample in found["ribs"])
    assert "g_usgra" not in {sample.group for sample in found["ribs"]}
