import json

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from pycocotools import mask as coco

from lusgui.base.errors import LusguiError
from lusgui.io.masks_coco import decode, frame_of, read_coco


@settings(max_examples=60, deadline=None)
@given(arrays(np.uint8, st.tuples(st.integers(1, 40), st.integers(1, 40)), elements=st.integers(0, 1)))
def test_run_lengths_as_pycocotools_packs_them(mask):
    packed = coco.encode(np.asfortranarray(mask))
    text = {"size": packed["size"], "counts": packed["counts"].decode()}
    np.testing.assert_array_equal(decode(text, mask.shape), mask.astype(bool))


def test_long_runs_as_pycocotools_packs_them():
    mask = np.zeros((960, 128), np.uint8)
    mask[300:310, 20:100] = 1
    packed = coco.encode(np.asfortranarray(mask))
    text = {"size": packed["size"], "counts": packed["counts"].decode()}
    np.testing.assert_array_equal(decode(text, mask.shape), mask.astype(bool))


# pycocotools was built before numpy 2
@pytest.mark.filterwarnings("ignore::DeprecationWarning")
def test_polygons_agree_with_pycocotools():
    generator = np.random.default_rng(5)
    for _ in range(20):
        angles = np.sort(generator.random(9)) * 2 * np.pi
        radii = generator.uniform(20, 45, 9)
        points = np.stack([60 + radii * np.cos(angles), 50 + radii * np.sin(angles)], axis=1)
        outline = points.ravel().tolist()
        ours = decode([outline], (100, 120))
        theirs = coco.decode(coco.merge(coco.frPyObjects([outline], 100, 120))).astype(bool)
        assert 2 * (ours & theirs).sum() / (ours.sum() + theirs.sum()) > 0.98
    square = decode([[2, 3, 6, 3, 6, 8, 2, 8]], (10, 10))
    assert square.sum() == 20
    assert square[3:8, 2:6].all()


def example():
    runs = {"size": [10, 12], "counts": [5, 5, 110]}
    return {
        "images": [
            {"id": 1, "file_name": "a/clip_00003.png", "height": 10, "width": 12},
            {"id": 2, "file_name": "a/clip_00001.png", "height": 10, "width": 12},
        ],
        "categories": [{"id": 1, "name": "rib"}],
        "annotations": [
            {"id": 1, "image_id": 1, "category_id": 1, "segmentation": [[0, 0, 4, 0, 4, 4, 0, 4]]},
            {"id": 2, "image_id": 1, "category_id": 1, "segmentation": [[6, 6, 8, 6, 8, 8, 6, 8]]},
            {
                "id": 3,
                "image_id": 2,
                "category_id": 1,
                "segmentation": runs,
            },
        ],
    }


def test_a_file(tmp_path):
    path = tmp_path / "coco.json"
    path.write_text(json.dumps(example()))
    (group,) = read_coco(path)
    assert (group.label, group.source, group.frames, group.shape) == ("rib", "clip", (0, 2), (2, 10, 12))
    assert group.read(0).sum() == 5
    assert group.read(1).sum() == 16 + 4


@pytest.mark.parametrize(
    "text", ["{}", "[]", "{", '{"images": 3}', json.dumps(example() | {"annotations": [{"image_id": 9}]})]
)
def test_nonsense_is_refused(tmp_path, text):
    path = tmp_path / "coco.json"
    path.write_text(text)
    with pytest.raises(LusguiError):
        read_coco(path)


def test_run_lengths_that_lie(tmp_path):
    content = example()
    for counts in ([5, 5], [-5, 125], "zz~", "0"):
        content["annotations"] = [
            {"image_id": 1, "category_id": 1, "segmentation": {"size": [10, 12], "counts": counts}}
        ]
        path = tmp_path / "coco.json"
        path.write_text(json.dumps(content))
        (group,) = read_coco(path)
        with pytest.raises(LusguiError):
            group.read(0)


def test_frames_in_names():
    assert frame_of("x/clip-7_frame_0012.png") == ("clip-7", 11)
    assert frame_of("clip.png") == ("clip", None)
    assert frame_of("clip_0.png") == ("clip_0", None)
