from __future__ import annotations

import numpy as np
import pytest

from lusgui.base.errors import UnreadableFileError
from training.data.boxes import Box, boxes_of, write_yolo
from training.data.open import open_dataset
from training.data.yolo import fits, read, read_classes
from training.dataset import Sample

LINE = "0 0.25 0.25 0.25 0.166666666\n"  # columns 4 to 12, rows 4 to 8


@pytest.fixture
def folder(put, frame, tmp_path):
    for name in ("a", "b"):
        put(f"images/{name}.png", frame())
    (tmp_path / "labels").mkdir()
    (tmp_path / "labels/a.txt").write_text(LINE)
    (tmp_path / "labels/b.txt").write_text("")
    (tmp_path / "classes.txt").write_text("cerebellum\nskull\n")
    return tmp_path


def test_images_with_texts(folder):
    assert fits(folder)
    first, second = read(folder)
    assert first.boxes == {"cerebellum": (Box(4, 4, 8, 12),), "skull": ()}
    assert second.boxes == {"cerebellum": (), "skull": ()}
    assert first.masks == {}


def test_texts_beside_their_images(put, frame, tmp_path):
    put("a.jpg", frame())
    (tmp_path / "a.txt").write_text(LINE)
    (tmp_path / "obj.names").write_text("head\n")
    assert fits(tmp_path)
    assert set(read(tmp_path)[0].boxes) == {"head"}


@pytest.mark.parametrize(("images", "labels"), [("images/{}", "labels/{}"), ("{}/images", "{}/labels")])
def test_train_and_val(put, frame, tmp_path, images, labels):
    for part in ("train", "val"):
        put(f"{images.format(part)}/a.png", frame())
        text = tmp_path / labels.format(part) / "a.txt"
        text.parent.mkdir(parents=True)
        text.write_text(LINE)
    (tmp_path / "data.yaml").write_text("names:\n  0: rib\n")
    assert fits(tmp_path)
    samples = read(tmp_path)
    assert [one.name for one in samples] == ["train/a", "val/a"]
    assert set(samples[0].boxes) == {"rib"}


def test_names_of_classes(tmp_path):
    assert read_classes(tmp_path) is None
    (tmp_path / "data.yaml").write_text("names: [a, b]\n")
    assert read_classes(tmp_path) == ("a", "b")
    for text in ("nc: 1\n", "names: 3\n", "names: {1: a}\n", "a: [\n"):
        (tmp_path / "data.yaml").write_text(text)
        with pytest.raises(UnreadableFileError, match=r"data\.yaml"):
            read_classes(tmp_path)
    (tmp_path / "classes.txt").write_text("\n")
    with pytest.raises(UnreadableFileError, match="names no class"):
        read_classes(tmp_path)


def test_without_names_classes_have_numbers(folder):
    (folder / "classes.txt").unlink()
    (folder / "labels/b.txt").write_text("2 0.5 0.5 0.1 0.1\n")
    assert set(read(folder)[0].boxes) == {"class 0", "class 1", "class 2"}


def test_an_image_without_text_and_a_text_without_image_are_refused(folder):
    (folder / "labels/b.txt").unlink()
    with pytest.raises(UnreadableFileError, match=r"b\.png: the image has no text file.*empty one"):
        read(folder)
    (folder / "labels/b.txt").touch()
    (folder / "labels/c.txt").touch()
    with pytest.raises(UnreadableFileError, match=r"c\.txt: the mask has no image"):
        read(folder)


def test_a_line_that_is_no_box_names_its_file(folder):
    (folder / "labels/b.txt").write_text("0 12 13 4 5\n")
    with pytest.raises(UnreadableFileError, match=r"b\.txt: the box in line 1"):
        read(folder)
    (folder / "labels/b.txt").write_bytes(b"\xff\xfe\x00")
    with pytest.raises(UnreadableFileError, match=r"b\.txt: it cannot be read as text"):
        read(folder)


def test_what_is_written_comes_back(tmp_path, frame):
    random = np.random.default_rng(0)
    samples = []
    for k in range(5):
        mask = np.zeros((24, 32), bool)
        row, column = random.integers(0, 20, 2)
        mask[row : row + k, column : column + 5] = True
        samples.append(Sample(f"s{k}", f"p{k // 2}", frame(k), {"rib": mask}))
    write_yolo(samples, tmp_path, ["rib"])
    back = open_dataset(tmp_path)
    assert [one.group for one in back] == [one.group for one in samples]
    for one, other in zip(samples, back, strict=True):
        assert np.array_equal(one.frame, other.frame)
        assert other.boxes["rib"] == boxes_of(one.masks["rib"])
