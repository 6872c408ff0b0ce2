from __future__ import annotations

import hashlib

import pytest

from lusgui.base.errors import CancelledError, UnreadableFileError
from lusgui.io.hashing import CHUNK_BYTES, content_hash


@pytest.mark.parametrize("size", [0, 1, CHUNK_BYTES, CHUNK_BYTES + 1, 3 * CHUNK_BYTES - 5])
def test_it_is_the_sha256_of_the_bytes(tmp_path, size):
    data = bytes(range(256)) * (size // 256) + bytes(size % 256)
    (tmp_path / "a").write_bytes(data)
    assert content_hash(tmp_path / "a") == hashlib.sha256(data).hexdigest()


def test_it_can_be_stopped(tmp_path):
    (tmp_path / "a").write_bytes(bytes(2 * CHUNK_BYTES))
    seen = []

    def stop(done, total, text=""):
        seen.append((done, total))
        raise CancelledError("stopped")

    with pytest.raises(CancelledError):
        content_hash(tmp_path / "a", stop)
    assert seen == [(CHUNK_BYTES, 2 * CHUNK_BYTES)]


def test_a_missing_file(tmp_path):
    with pytest.raises(UnreadableFileError, match="gone"):
        content_hash(tmp_path / "gone")
