from __future__ import annotations

import json
import logging

import numpy as np
import pytest
from scipy.io import savemat

from lusgui.base.errors import UnreadableFileError, UnsupportedFileError
from training.data.open import LAYOUTS, detect_layout, labels_of, open_dataset, read_dataset


def colour(blob):
    mask = np.zeros((24, 32, 3), np.uint8)
    mask[..., 0] = blob(128)
    return mask


def make_pairs(put, frame, blob, root):
    put("IMG/img_1.tif", frame())
    put("MASK/mask_1.tif", blob())


def make_beside(put, frame, blob, root):
    put("a.png", frame())
    put("a.rib.png", blob())


def make_usgra(put, frame, blob, root):
    put("images/0000.png", frame())
    put("masks/0000.png", colour(blob))


def make_colours(put, frame, blob, root):
    make_usgra(put, frame, blob, root)
    (root / "colours.json").write_text('{"#800000": "vessel"}')


def make_mat_masks(put, frame, blob, root):
    put("images/a.png", frame())
    (root / "masks").mkdir()
    savemat(root / "masks/a.mat", {"mask": blob(1)})


def make_ribs(put, frame, blob, root):
    put("images/a.png", frame())
    put("masks/a.png", blob())
    (root / "index.csv").write_text("stem,group\na,g1\n")


def make_hc18(put, frame, blob, root):
    put("000_HC.png", frame())
    put("000_HC_Annotation.png", blob())


def make_fetal(put, frame, blob, root):
    put("p001_ga20_a.jpg", frame())
    put("p001_ga20_a.cerebellum.png", blob())


def make_coco(put, frame, blob, root):
    put("images/a.png", frame())
    content = {
        "images": [{"id": 1, "file_name": "a.png", "height": 24, "width": 32}],
        "categories": [{"id": 1, "name": "rib"}],
        "annotations": [{"id": 1, "image_id": 1, "category_id": 1, "segmentation": [[1, 1, 9, 1, 9, 9]]}],
    }
    (root / "instances.json").write_text(json.dumps(content))


def make_yolo(put, frame, blob, root):
    put("images/a.png", frame())
    (root / "labels").mkdir()
    (root / "labels/a.txt").write_text("0 0.5 0.5 0.5 0.5\n")


def make_salient(put, frame, blob, root):
    put("DUTS-TR-Image/a.jpg", np.stack([frame()] * 3, axis=2))
    put("DUTS-TR-Mask/a.png", blob())


def make_recordings(put, frame, blob, root):
    savemat(root / "clip.mat", {"ImgData": np.random.default_rng(0).rayleigh(9.0, (24, 32))})
    savemat(root / "clip_rib.mat", {"mask": blob(1)})


MAKERS = {
    "pairs": make_pairs,
    "beside": make_beside,
    "usgra": make_usgra,
    "colours": make_colours,
    "mat-masks": make_mat_masks,
    "ribs": make_ribs,
    "hc18": make_hc18,
    "fetal": make_fetal,
    "coco": make_coco,
    "yolo": make_yolo,
    "salient": make_salient,
    "recordings": make_recordings,
}


@pytest.mark.parametrize("layout", MAKERS)
def test_every_layout_is_told_from_the_others(put, frame, blob, tmp_path, layout):
    MAKERS[layout](put, frame, blob, tmp_path)
    (tmp_path / "README.md").write_text("notes")
    (tmp_path / ".DS_Store").write_bytes(b"x")
    assert detect_layout(tmp_path) == layout
    found = read_dataset(tmp_path)
    assert found.layout == layout
    assert read_dataset(tmp_path, layout=layout).samples[0].name == found.samples[0].name
    (sample,) = found.samples
    assert sample.group
    assert sample.source
    assert "" not in sample.masks
    assert sample.masks or sample.boxes


def test_studies_are_tested_with_their_reader():
    assert set(LAYOUTS) - set(MAKERS) == {"study"}


def test_the_label_names_masks_that_have_no_name(put, frame, blob, tmp_path):
    make_pairs(put, frame, blob, tmp_path)
    assert labels_of(open_dataset(tmp_path)) == ["mask"]
    assert labels_of(open_dataset(tmp_path, "rib")) == ["rib"]


def test_a_label_is_picked_and_frames_without_it_are_left_out(put, frame, blob, tmp_path):
    make_beside(put, frame, blob, tmp_path)
    put("b.png", frame())
    put("b.pleura.png", blob())
    assert labels_of(open_dataset(tmp_path)) == ["pleura", "rib"]
    found = read_dataset(tmp_path, "rib")
    assert [one.name for one in found.samples] == ["a"]
    assert any("1 frames were left out: nobody looked for 'rib'" in one for one in found.warnings)


def test_an_unknown_label_names_those_there_are(put, frame, blob, tmp_path):
    make_beside(put, frame, blob, tmp_path)
    with pytest.raises(UnreadableFileError, match=r"no label 'heart'.*Labels there are: rib"):
        open_dataset(tmp_path, "heart")


def test_values_of_a_label_map_get_a_hint(put, frame, blob, tmp_path):
    both = blob(1)
    both[0, 0] = 2
    put("images/a.png", frame())
    put("masks/a.png", both)
    with pytest.raises(UnreadableFileError, match=r"value 1, value 2.*labels\.json"):
        open_dataset(tmp_path, "rib")


def test_boxes_have_labels_too(put, frame, blob, tmp_path):
    make_yolo(put, frame, blob, tmp_path)
    (tmp_path / "classes.txt").write_text("cerebellum\nskull\n")
    (sample,) = open_dataset(tmp_path, "cerebellum")
    assert set(sample.boxes) == {"cerebellum"}


def test_what_is_guessed_is_logged(put, frame, blob, tmp_path, caplog):
    make_pairs(put, frame, blob, tmp_path)
    with caplog.at_level(logging.WARNING):
        open_dataset(tmp_path)
    assert "its own group" in caplog.text
    (tmp_path / "groups.csv").write_text("file,group\nimg_1.tif,p1\n")
    caplog.clear()
    (sample,) = open_dataset(tmp_path)
    assert sample.group == "p1"
    assert caplog.text == ""


def test_photographs_and_usgra(put, frame, blob, tmp_path):
    make_salient(put, frame, blob, tmp_path)
    assert read_dataset(tmp_path).warnings == ()
    make_usgra(put, frame, blob, tmp_path)
    assert any("Dark red" in one for one in read_dataset(tmp_path, layout="usgra").warnings)


def test_images_that_coco_does_not_list(put, frame, blob, tmp_path):
    make_coco(put, frame, blob, tmp_path)
    put("images/b.png", frame())
    assert any("1 images are not listed" in one for one in read_dataset(tmp_path).warnings)


def test_nothing_there(tmp_path, put, frame):
    with pytest.raises(UnreadableFileError, match=r"nowhere: there is no such file or folder"):
        open_dataset(tmp_path / "nowhere")
    (tmp_path / "empty").mkdir()
    (tmp_path / "empty/.hidden").touch()
    with pytest.raises(UnreadableFileError, match=r"empty: the folder is empty.*Put images and masks"):
        open_dataset(tmp_path / "empty")
    put("stills/a.png", frame())
    with pytest.raises(UnsupportedFileError, match=r"stills: no known layout.*Known are: "):
        open_dataset(tmp_path / "stills")
    (tmp_path / "a.txt").write_text("x")
    with pytest.raises(UnsupportedFileError, match=r"a\.txt: one file is no data set.*Name the folder"):
        open_dataset(tmp_path / "a.txt")
    assert [name for name, layout in LAYOUTS.items() if layout.fits(tmp_path / "a.txt")] == []


def test_a_layout_that_does_not_fit(put, frame, blob, tmp_path):
    make_pairs(put, frame, blob, tmp_path)
    with pytest.raises(UnsupportedFileError, match=r"no layout 'pears'.*pairs"):
        open_dataset(tmp_path, layout="pears")
    for layout in LAYOUTS:
        if layout != "pairs":
            with pytest.raises(UnsupportedFileError, match="does not look like"):
                open_dataset(tmp_path, layout=layout)
