import contextlib
import os

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from lusgui.base.errors import LusguiError, NotAnImageError
from lusgui.io.export.masks import write_masks
from lusgui.io.masks_read import read_mask_file, sidecar_facts, split_values, stem_of

MASK = np.random.default_rng(0).random((12, 8)) > 0.5


@pytest.mark.parametrize("high", [1, 255])
@pytest.mark.parametrize("extension", ["png", "tif", "bmp"])
def test_plain_masks(tmp_path, high, extension):
    path = tmp_path / f"m.{extension}"
    Image.fromarray(MASK.astype(np.uint8) * high).save(path)
    (group,) = read_mask_file(path)
    np.testing.assert_array_equal(group.read(0), MASK)


def test_palette_masks_keep_their_indices(tmp_path):
    image = Image.fromarray(MASK.astype(np.uint8) * 2)
    image.putpalette([0, 0, 0, 9, 9, 9, 0, 0, 0])  # value 2 is drawn black
    path = tmp_path / "p.png"
    image.save(path)
    (group,) = read_mask_file(path)
    np.testing.assert_array_equal(group.read(0), MASK)


def test_pictures_are_no_masks(tmp_path):
    stack = np.arange(256, dtype=np.uint8).reshape(1, 16, 16)
    with pytest.raises(NotAnImageError, match="picture rather than a mask"):
        split_values(stack, tmp_path / "x.png")


def test_names():
    assert stem_of("C:\\data\\clip.v1.mat") == "clip.v1"
    assert stem_of(None) is None


def test_sidecars_speak_of_their_own_files_only(tmp_path):
    write_masks("clip", "rib", np.stack([MASK, MASK]), tmp_path, ("png",))
    assert sidecar_facts(tmp_path / "clip_rib_00002.png")["source_file"] == "clip"
    assert sidecar_facts(tmp_path / "clip_rib_00003.png") == {}


@settings(max_examples=60, deadline=None)
@given(
    kind=st.sampled_from(["tif", "mat", "png", "7.3"]),
    cut=st.floats(0, 1),
    flips=st.lists(st.tuples(st.floats(0, 0.999), st.integers(1, 255)), max_size=6),
)
def test_damaged_files_open_or_are_refused(tmp_path_factory, kind, cut, flips):
    folder = tmp_path_factory.mktemp("m")
    version = "7.3" if kind == "7.3" else "5"
    formats = {"tif": "tiff", "png": "png"}.get(kind, "mat")
    (path,) = write_masks("clip", "rib", MASK[None], folder, (formats,), mat_version=version)
    data = bytearray(path.read_bytes())
    for where, value in flips:
        data[int(where * len(data))] ^= value
    path.write_bytes(bytes(data[: int(cut * len(data))] if cut < 0.8 else data))
    with contextlib.suppress(LusguiError):
        for group in read_mask_file(path):
            for k in range(group.shape[0]):
                assert group.read(k).dtype == np.bool_


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="no named pipes here")
def test_a_pipe_is_refused_rather_than_waited_for(tmp_path):
    os.mkfifo(tmp_path / "m.png")
    with pytest.raises(LusguiError, match="no ordinary file"):
        read_mask_file(tmp_path / "m.png")
