from __future__ import annotations

import json

import numpy as np
import pytest
from pycocotools import mask as reference

from lusgui.base.errors import LusguiError, UnreadableFileError
from training.data.boxes import Box
from training.data.coco import fits, images_not_listed, read


@pytest.fixture
def content(blob):
    packed = reference.encode(np.asfortranarray(blob(1)))
    runs = np.diff(np.flatnonzero(np.diff(blob(1).ravel(order="F"), prepend=2, append=2))).tolist()
    return {
        "images": [
            {"id": 7, "file_name": "a.png", "height": 24, "width": 32, "patient_id": "p1"},
            {"id": 8, "file_name": "b.png", "height": 24, "width": 32, "patient_id": "p1"},
        ],
        "categories": [{"id": 1, "name": "rib"}, {"id": 2, "name": "pleura"}, {"id": 3, "name": "probe"}],
        "annotations": [
            {"id": 1, "image_id": 7, "category_id": 1, "segmentation": [[4, 5, 12, 5, 12, 9, 4, 9]]},
            {
                "id": 2,
                "image_id": 7,
                "category_id": 2,
                "iscrowd": 1,
                "segmentation": {"size": [24, 32], "counts": packed["counts"].decode()},
            },
            {"id": 3, "image_id": 7, "category_id": 1, "segmentation": [[20, 20, 22, 20, 22, 22, 20, 22]]},
            {"id": 5, "image_id": 8, "category_id": 2, "segmentation": {"size": [24, 32], "counts": runs}},
            {"id": 4, "image_id": 8, "category_id": 3, "bbox": [2, 3, 10, 4]},
        ],
    }


@pytest.fixture
def folder(put, frame, content, tmp_path):
    put("images/a.png", frame(0))
    put("images/b.png", frame(1))
    (tmp_path / "annotations").mkdir()
    (tmp_path / "annotations/instances.json").write_text(json.dumps(content))
    return tmp_path


def rewrite(folder, content):
    (folder / "annotations/instances.json").write_text(json.dumps(content))


def test_polygons_runs_and_boxes(folder, blob):
    assert fits(folder)
    first, second = read(folder)
    wanted = blob() > 0
    assert np.array_equal(first.masks["pleura"], wanted)
    wanted[20:22, 20:22] = True
    assert np.array_equal(first.masks["rib"], wanted)
    assert first.boxes == {"probe": ()}
    assert second.boxes == {"probe": (Box(3, 2, 7, 12),)}
    assert not second.masks["rib"].any()
    assert np.array_equal(second.masks["pleura"], blob() > 0)
    assert first.group == second.group == "p1"


@pytest.mark.filterwarnings("ignore:__array__ implementation:DeprecationWarning")
def test_the_polygon_is_what_the_reference_draws(folder):
    # a triangle, whose edge pixels are a matter of taste
    outline = [3.0, 2.0, 29.0, 4.0, 11.0, 21.0]
    found = json.loads((folder / "annotations/instances.json").read_text())
    found["annotations"] = [{"id": 1, "image_id": 7, "category_id": 1, "segmentation": [outline]}]
    rewrite(folder, found)
    ours = read(folder)[0].masks["rib"]
    theirs = reference.decode(reference.frPyObjects([outline], 24, 32))[..., 0].astype(bool)
    assert (ours ^ theirs).sum() < 0.08 * theirs.sum()


def test_the_file_itself_may_be_named(folder):
    file = folder / "annotations/instances.json"
    (folder / "annotations/a.png").write_bytes((folder / "images/a.png").read_bytes())
    (folder / "annotations/b.png").write_bytes((folder / "images/b.png").read_bytes())
    assert len(read(file)) == 2


def test_images_that_are_not_listed_are_counted(folder, put, frame):
    put("images/c.png", frame())
    assert images_not_listed(folder, read(folder)) == 1


def test_a_missing_image_is_named(folder):
    (folder / "images/b.png").unlink()
    with pytest.raises(UnreadableFileError, match=r"instances\.json: its image 'b\.png' is not there"):
        read(folder)


def test_a_size_that_is_not_true_is_refused(folder, content):
    content["images"][0]["height"] = 25
    rewrite(folder, content)
    with pytest.raises(LusguiError, match=r"25 x 32.*'a\.png' 24 x 32"):
        read(folder)


@pytest.mark.parametrize(
    ("place", "key", "value"),
    [
        ("annotations", "segmentation", [[1, 2, 3]]),
        ("annotations", "segmentation", {"size": [24, 32], "counts": [5, 3]}),
        ("annotations", "segmentation", {"size": [3, 3], "counts": "1"}),
        ("annotations", "image_id", 99),
        ("annotations", "category_id", 99),
        ("images", "width", "wide"),
        ("categories", "name", None),
    ],
)
def test_damage_is_refused_with_the_file(folder, content, place, key, value):
    if key == "name":
        del content[place][0][key]
    else:
        content[place][0][key] = value
    rewrite(folder, content)
    with pytest.raises(UnreadableFileError, match=r"instances\.json"):
        read(folder)


def test_a_name_cannot_lead_out_of_the_folder(folder, content, tmp_path):
    content["images"][0]["file_name"] = "../../etc/a.png"
    rewrite(folder, content)
    assert read(folder)[0].frame.shape == (24, 32)


def test_other_json_is_not_coco(tmp_path):
    assert not fits(tmp_path)
    (tmp_path / "a.json").write_text('{"images": 1}')
    (tmp_path / "b.json").write_text("{")
    assert not fits(tmp_path)
    with pytest.raises(UnreadableFileError, match="no COCO file"):
        read(tmp_path)
