from __future__ import annotations

import numpy as np
import pytest
from PIL import Image

from lusgui.base.errors import UnreadableFileError
from lusgui.core.despeckle import FAST
from training.dataset import (
    Sample,
    group_folds,
    groups_of,
    load_fetal_planes,
    load_ribs,
    split_by_group,
)


def _write(path, array):
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.fromarray(array).save(path)


def _mask(shape=(20, 30)):
    mask = np.zeros(shape, np.uint8)
    mask[5:9, 4:12] = 255
    return mask


def test_ribs_are_read_by_their_index(tmp_path):
    _write(tmp_path / "images" / "a_00001.png", np.full((20, 30), 90, np.uint8))
    _write(tmp_path / "masks" / "a_00001.png", _mask())
    (tmp_path / "index.csv").write_text('stem,credit,group\na_00001,"A, B",g1\n')
    (sample,) = load_ribs(tmp_path)
    assert (sample.name, sample.group) == ("a_00001", "g1")
    assert sample.masks["rib"].sum() == 32
    assert np.allclose(sample.gray(), 90 / 255)


def test_a_mask_of_another_size_is_refused(tmp_path):
    _write(tmp_path / "images" / "a.png", np.zeros((20, 30), np.uint8))
    _write(tmp_path / "masks" / "a.png", np.zeros((20, 31), np.uint8))
    (tmp_path / "index.csv").write_text("stem,group\na,g1\n")
    with pytest.raises(UnreadableFileError, match="not as large as its image"):
        load_ribs(tmp_path)


def test_a_missing_or_strange_index_is_refused(tmp_path):
    with pytest.raises(UnreadableFileError, match="index"):
        load_ribs(tmp_path)
    (tmp_path / "index.csv").write_text("name\na\n")
    with pytest.raises(UnreadableFileError, match="column"):
        load_ribs(tmp_path)


def test_a_damaged_picture_is_refused(tmp_path):
    (tmp_path / "p001_ga20_a.jpg").write_bytes(b"no picture")
    with pytest.raises(UnreadableFileError, match=r"p001_ga20_a\.jpg"):
        load_fetal_planes(tmp_path)


def test_planes_belong_to_patients_and_know_only_what_was_drawn(tmp_path):
    for stem in ("p001_ga20_a", "p001_ga20_b"):
        Image.fromarray(np.zeros((20, 30), np.uint8)).save(tmp_path / f"{stem}.jpg")
        _write(tmp_path / f"{stem}.cerebellum.png", _mask())
    _write(tmp_path / "p001_ga20_b.vermis.png", _mask())
    first, second = load_fetal_planes(tmp_path)
    assert first.group == second.group == "p001"
    assert set(first.masks) == {"cerebellum"}
    assert set(second.masks) == {"cerebellum", "vermis"}


def test_every_group_is_held_out_exactly_once(toy_samples):
    folds = group_folds(toy_samples, 2, seed=3)
    assert sorted(group for fold in folds for group in fold) == groups_of(toy_samples)
    assert group_folds(toy_samples, 2, seed=3) == folds
    for fold in folds:
        training, test = split_by_group(toy_samples, fold)
        assert not set(groups_of(training)) & set(groups_of(test))
        assert len(training) + len(test) == len(toy_samples)


def test_folds_hold_nearly_equal_numbers_of_frames():
    blank = np.zeros((2, 2), np.uint8)
    samples = [Sample(f"{g}{i}", f"g{g}", blank) for g in range(9) for i in range(1 + g % 3)]
    sizes = [len(split_by_group(samples, fold)[1]) for fold in group_folds(samples, 3, seed=0)]
    assert max(sizes) - min(sizes) <= 1


def test_despeckled_gray_stays_in_range(toy_samples):
    gray = toy_samples[0].gray(FAST)
    assert gray.shape == toy_samples[0].frame.shape
    assert gray.min() >= 0
    assert gray.max() <= 1
