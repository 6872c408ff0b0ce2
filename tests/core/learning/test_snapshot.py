from __future__ import annotations

import zipfile
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lusgui.base.errors import LearnError
from lusgui.core.annotation import PlaneKey, Status
from lusgui.core.learning.job import LearnFrame
from lusgui.core.learning.snapshot import (
    mask_sha256,
    member_name,
    pack_mask,
    pack_masks,
    unpack_mask,
    unpack_masks,
    write_masks,
)

KEY = PlaneKey(1, 0, "rib")
OTHER = PlaneKey(2, 4, "ignore")


@pytest.fixture
def snapshot(job, tmp_path):
    random = np.random.default_rng(0)
    masks = {KEY: random.random((24, 16)) > 0.5, OTHER: random.random((10, 12)) > 0.9}
    packed = {key: (pack_mask(mask), mask.shape) for key, mask in masks.items()}
    own = (
        LearnFrame(1, 0, {"rib": Status.EDITED}, {"rib": mask_sha256(packed[KEY][0])}),
        LearnFrame(2, 4, {"rib": Status.NOTHING_HERE}, {"ignore": mask_sha256(packed[OTHER][0])}),
    )
    path = tmp_path / "masks.npz"
    write_masks(path, packed)
    return path, replace(job, frames=own, held_out=None), masks


@given(st.integers(1, 40), st.integers(1, 40), st.integers(0, 99))
def test_any_mask_comes_back(rows, cols, seed):
    mask = np.random.default_rng(seed).random((rows, cols)) > 0.5
    assert np.array_equal(unpack_mask(pack_mask(mask), mask.shape), mask)


def test_masks_come_back(snapshot):
    path, job, masks = snapshot
    read = unpack_masks(path, job)
    assert read.keys() == masks.keys()
    assert all(np.array_equal(read[key], masks[key]) for key in masks)


def test_numpy_reads_the_file(snapshot):
    path, _job, masks = snapshot
    with np.load(path) as arrays:
        bits, shape = arrays[member_name(KEY)], arrays[f"{member_name(KEY)}_shape"]
    assert np.array_equal(np.unpackbits(bits, count=shape.prod()).reshape(shape), masks[KEY])


def test_another_mask_than_the_one_that_was_drawn(snapshot):
    path, job, masks = snapshot
    write_masks(path, {key: (pack_mask(~mask), mask.shape) for key, mask in masks.items()})
    with pytest.raises(LearnError, match="not the one that was drawn"):
        unpack_masks(path, job)


def test_a_mask_of_another_size_or_none(snapshot):
    path, job, masks = snapshot
    write_masks(path, {KEY: (pack_mask(masks[KEY]), (24, 16)), OTHER: (b"\0" * 9999, (10, 12))})
    with pytest.raises(LearnError, match="missing"):
        unpack_masks(path, job)
    write_masks(path, {KEY: (pack_mask(masks[KEY]), (24, 16))})
    with pytest.raises(LearnError, match="missing"):
        unpack_masks(path, job)
    with pytest.raises(LearnError, match="fit"):
        unpack_mask(b"123", (24, 16))


def test_files_that_are_none(snapshot, tmp_path):
    path, job, _masks = snapshot
    whole = path.read_bytes()
    for damaged in (b"", b"no zip", whole[:200], whole[: len(whole) // 2]):
        path.write_bytes(damaged)
        with pytest.raises(LearnError):
            unpack_masks(path, job)
    with pytest.raises(LearnError):
        unpack_masks(tmp_path / "none.npz", job)


def test_objects_are_never_unpickled(snapshot):
    path, job, masks = snapshot
    arrays = pack_masks({key: (pack_mask(mask), mask.shape) for key, mask in masks.items()})
    with zipfile.ZipFile(path, "w") as archive, archive.open(f"{member_name(KEY)}.npy", "w") as member:
        np.lib.format.write_array(member, np.array([{}] * 3, dtype=object), allow_pickle=True)
    assert member_name(KEY) in arrays
    with pytest.raises(LearnError):
        unpack_masks(path, job)
