from __future__ import annotations

from pathlib import Path

import psutil
import pytest

from lusgui.base.errors import TooLargeError
from lusgui.io.memory import memory_limit, readable_bytes, refuse_too_large


def test_the_limit_is_a_share_of_what_is_free():
    assert 0 < memory_limit() < psutil.virtual_memory().total
    assert memory_limit(12) == 12


def test_refusal_names_everything():
    refuse_too_large(100, 100, path=Path("a.mat"))
    with pytest.raises(TooLargeError) as refused:
        refuse_too_large(2_000_000_000, 1_000_000, path=Path("a.mat"), variable="x", shape=(1, 2))
    for part in ("a.mat", "'x' (1 x 2)", "2 GB", "1 MB", "-v7.3"):
        assert part in refused.value.message


@pytest.mark.parametrize(
    ("count", "text"), [(5, "5 bytes"), (1500, "1.5 kB"), (3 * 10**9, "3 GB"), (8 * 10**18, "8,000,000 TB")]
)
def test_sizes_in_words(count, text):
    assert readable_bytes(count) == text
