from __future__ import annotations

import numpy as np
import pytest

from lusgui.base.errors import UnreadableFileError
from training.click_evaluation.store import read_targets, write_targets


def test_targets_come_back_as_they_were(tmp_path, make_target, disc):
    first, second = make_target(disc(30, 40, 10), "a"), make_target(disc(30, 40, 7), "b", "rib", "h")
    object.__setattr__(second, "gray", first.gray)
    path = tmp_path / "t.npz"
    write_targets(path, [first, second])
    back = read_targets(path)
    assert [(one.name, one.group, one.structure.name, one.stroke_px) for one in back] == [
        ("a", "g", "vermis", 30.0),
        ("b", "h", "rib", 30.0),
    ]
    for old, new in zip((first, second), back, strict=True):
        np.testing.assert_array_equal(new.truth, old.truth)
        np.testing.assert_allclose(new.gray, old.gray, atol=1 / 255)
    assert back[0].gray is back[1].gray


def test_a_damaged_file_is_refused(tmp_path):
    path = tmp_path / "t.npz"
    path.write_bytes(b"nothing of the kind")
    with pytest.raises(UnreadableFileError, match="made anew"):
        read_targets(path)
