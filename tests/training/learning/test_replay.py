from dataclasses import replace

import numpy as np
import pytest

from lusgui.base.errors import UnreadableFileError
from training.learning import replay
from training.learning.replay import MAX_BYTES, load_pool, pool_path, replay_for, save_pool


def test_frames_masks_and_doubt_come_back(discs, empty, tmp_path):
    samples = discs(3)
    samples[1] = replace(samples[1], masks={}, ignored=~empty)
    size = save_pool(tmp_path / "pool.npz", samples, ("disc",), "for a test")
    assert size == (tmp_path / "pool.npz").stat().st_size
    for before, after in zip(samples, load_pool(tmp_path / "pool.npz"), strict=True):
        assert (before.name, before.group) == (after.name, after.group)
        assert np.array_equal(before.frame, after.frame)
        assert before.masks.keys() == after.masks.keys()
        assert all(np.array_equal(before.masks[k], after.masks[k]) for k in before.masks)
    assert load_pool(tmp_path / "pool.npz")[1].ignored.all()


@pytest.mark.parametrize("content", [b"", b"PK\x03\x04 nothing"])
def test_a_damaged_pool_is_refused(tmp_path, content):
    (tmp_path / "pool.npz").write_bytes(content)
    with pytest.raises(UnreadableFileError, match="damaged"):
        load_pool(tmp_path / "pool.npz")


def test_a_pool_that_lacks_a_plane_is_refused(discs, tmp_path):
    save_pool(tmp_path / "pool.npz", discs(1), ("disc",), "")
    with np.load(tmp_path / "pool.npz") as archive:
        arrays = {name: archive[name] for name in archive.files if not name.startswith("mask")}
    np.savez(tmp_path / "short.npz", **arrays)
    with pytest.raises(UnreadableFileError):
        load_pool(tmp_path / "short.npz")


@pytest.mark.parametrize(("name", "label"), [("rib", "rib"), ("cerebellum", "cerebellum")])
def test_the_default_models_carry_their_own_along(tiny, name, label):
    samples = replay_for(tiny(name=name).card)
    assert pool_path(name).stat().st_size <= MAX_BYTES
    assert any(sample.masks[label].any() for sample in samples)
    assert any(not sample.masks[label].any() for sample in samples)


def test_no_pool_holds_the_groups_of_the_bundled_samples():
    groups = {s.group for name in ("rib", "cerebellum") for s in load_pool(pool_path(name))}
    assert groups.isdisjoint({"g_reg", "p060"})


def test_other_models_have_none(tiny, monkeypatch, tmp_path):
    monkeypatch.setattr(replay, "resources_dir", lambda: tmp_path)
    assert replay_for(tiny(name="rib").card) == []
