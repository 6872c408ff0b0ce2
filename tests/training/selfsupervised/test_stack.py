import logging

import numpy as np
import pytest
import torch

from lusgui.core.despeckle import FAST
from training.dataset import Sample
from training.selfsupervised import stack as module
from training.selfsupervised.stack import make_frame_stack


@pytest.fixture
def samples():
    random = np.random.default_rng(0)
    return [
        Sample(f"f{i}", f"g{i // 2}", random.integers(0, 255, (40, 30)).astype(np.uint8), source=f"s{i // 4}")
        for i in range(6)
    ]


def test_raw_and_despeckled_lie_on_one_canvas(samples):
    stack = make_frame_stack(samples, 32)
    assert stack.raw.shape == stack.despeckled.shape == (6, 1, 32, 32)
    assert stack.raw.dtype == torch.uint8
    assert abs(float(stack.raw[0].float().mean()) / 255 - samples[0].gray().mean()) < 0.01
    assert abs(float(stack.despeckled[0].float().mean()) / 255 - samples[0].gray(FAST).mean()) < 0.01
    assert stack.despeckled.float().std() < 0.8 * stack.raw.float().std()


def test_frames_are_known_by_source_and_group(samples):
    stack = make_frame_stack(samples, 32)
    assert stack.members() == [[[0, 1], [2, 3]], [[4, 5]]]
    part = stack.select([5, 0])
    assert part.groups == ("g2", "g0")
    assert torch.equal(part.raw[0], stack.raw[5])


def test_what_is_kept_is_not_filtered_again(samples, tmp_path, monkeypatch):
    told = []
    first = make_frame_stack(samples[:3], 32, tmp_path, lambda done, of: told.append((done, of)))
    assert told == [(1, 3), (2, 3), (3, 3)]
    monkeypatch.setattr(module, "resize", lambda *_: pytest.fail("it was kept"))
    again = make_frame_stack(samples[2:0:-1], 32, tmp_path)
    assert torch.equal(again.raw, first.raw[[2, 1]])
    assert torch.equal(again.despeckled, first.despeckled[[2, 1]])


def test_a_damaged_file_is_made_again(samples, tmp_path, caplog):
    first = make_frame_stack(samples[:2], 32, tmp_path)
    one, other = sorted(tmp_path.rglob("*.npy"))
    one.write_bytes(b"no array")
    np.save(other, np.zeros((2, 8, 8), np.uint8))
    with caplog.at_level(logging.WARNING):
        again = make_frame_stack(samples[:2], 32, tmp_path)
    assert torch.equal(again.raw, first.raw)
    assert sum("made again" in line for line in caplog.messages) == 2
