"""Tests of training.click.stored_frames."""

from __future__ import annotations

import numpy as np
import pytest

from lusgui.base.errors import UnreadableFileError
from training.click.stored_frames import read_frames, write_frames


def test_what_is_written_is_read(tmp_path, make_frame):
    frames = [
        make_frame("a"),
        make_frame("bb", places=(), complete=True),
        make_frame("ccc", "others", shape=(33, 57), places=((10, 10, 6),)),
    ]
    write_frames(tmp_path / "f.npz", frames)
    found = read_frames(tmp_path / "f.npz")
    for one, other in zip(frames, found, strict=True):
        assert (one.name, one.group, one.source, one.is_complete) == (
            other.name,
            other.group,
            other.source,
            other.is_complete,
        )
        assert np.array_equal(one.gray, other.gray)
        for target, read in zip(one.targets, other.targets, strict=True):
            assert (target.label, target.is_whole, target.box) == (read.label, read.is_whole, read.box)
            assert np.array_equal(target.mask(one.shape), read.mask(other.shape))


def test_a_damaged_file_is_one_clear_error(tmp_path, make_frame):
    path = tmp_path / "f.npz"
    write_frames(path, [make_frame()])
    raw = path.read_bytes()
    for damaged in (raw[: len(raw) // 2], b"nothing", b""):
        path.write_bytes(damaged)
        with pytest.raises(UnreadableFileError, match="damaged"):
            read_frames(path)
    np.savez(path, about=np.frombuffer(b"[{}]", np.uint8), pixels=np.zeros(1), bits=np.zeros(1))
    with pytest.raises(UnreadableFileError, match="damaged"):
        read_frames(path)
