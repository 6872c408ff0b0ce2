import numpy as np
import pytest

from lusgui.base.errors import LusguiError
from training.dataset import Sample
from training.learning.replay import load_pool
from training.recipes import replay_pools
from training.recipes.replay_pools import PoolRecipe, make_pool_file, shrink


def sample(shape=(100, 400)):
    mask = np.zeros(shape, bool)
    mask[20:60, 100:300] = True
    doubt = np.zeros(shape, bool)
    doubt[:, :3] = True
    return Sample("s", "g", np.full(shape, 77, np.uint8), {"disc": mask}, ignored=doubt)


def test_a_frame_is_shrunk_with_its_masks_in_register():
    small = shrink(sample(), 200)
    assert small.frame.shape == (50, 200)
    assert (small.frame == 77).all()
    assert small.masks["disc"][10:30, 50:150].all()
    assert small.masks["disc"].sum() == 20 * 100
    assert small.ignored[:, :2].all()
    assert shrink(sample(), 1000).frame.shape == (100, 400)


def test_a_pool_is_written_unless_it_is_too_large(monkeypatch, tmp_path):
    recipe = PoolRecipe(("disc",), lambda data: [sample(), sample()], "for a test", 100)
    monkeypatch.setitem(replay_pools.POOLS, "disc", recipe)
    frames, size = make_pool_file("disc", tmp_path, tmp_path / "pool.npz")
    assert frames == len(load_pool(tmp_path / "pool.npz")) == 2
    assert size == (tmp_path / "pool.npz").stat().st_size
    monkeypatch.setattr(replay_pools, "MAX_BYTES", 10)
    with pytest.raises(LusguiError, match="MB"):
        make_pool_file("disc", tmp_path, tmp_path / "other.npz")
    assert not (tmp_path / "other.npz").exists()


def test_an_unknown_pool_is_refused_with_those_there_are(tmp_path):
    with pytest.raises(LusguiError, match="Known: rib, cerebellum"):
        make_pool_file("heart", tmp_path, tmp_path / "pool.npz")
