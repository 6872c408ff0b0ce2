from __future__ import annotations

import csv
import json

import numpy as np
import pytest
import tifffile
from PIL import Image

from lusgui.base.errors import LusguiError, OverwriteRefusedError
from training.data.boxes import read_yolo_text
from training.data.open import read_dataset
from training.simulate import clip_files
from training.simulate.clip_files import Format, Job, contact_sheet, write_clips
from training.simulate.clips import simulate_clip
from training.simulate.verasonics_file import to_amplitude

SHAPE = (64, 72)


def job(folder, **more):
    return Job(**({"kind": "cyst", "out": folder / "set", "count": 2, "seed": 3, "shape": SHAPE} | more))


@pytest.mark.parametrize("frames", [1, 3])
@pytest.mark.parametrize("file_format", [Format.PNG, Format.TIFF, Format.MAT5, Format.MAT73])
def test_the_data_set_opens_with_the_masks_that_were_made(tmp_path, file_format, frames):
    task = job(tmp_path, kind="head", format=file_format, frames=frames)
    assert write_clips(task) == 2
    found = read_dataset(task.out)
    assert found.warnings == ()
    made = [one for k in range(2) for one in simulate_clip("head", 3, k, frames=frames, shape=SHAPE)]
    assert sorted(one.name for one in found.samples) == sorted(one.name for one in made)
    by_name = {one.name: one for one in found.samples}
    for one in made:
        read = by_name[one.name]
        assert read.group == one.group
        is_mat = file_format in (Format.MAT5, Format.MAT73)  # amplitude, of which the window makes gray
        assert np.allclose(read.frame, to_amplitude(one.frame) if is_mat else one.frame)
        for label, mask in one.masks.items():
            assert np.array_equal(read.masks[label], mask)
        assert read.spacing_mm == pytest.approx(one.spacing_mm, rel=1e-4)


def test_yolo_has_boxes_first_and_masks_too(tmp_path):
    task = job(tmp_path, kind="head", format=Format.YOLO)
    write_clips(task)
    (first, _) = read_dataset(task.out).samples
    made = simulate_clip("head", 3, 0, shape=SHAPE)[0]
    assert first.boxes == made.boxes
    assert np.array_equal(read_dataset(task.out, layout="pairs").samples[0].masks["head"], made.masks["head"])


def test_tables_and_boxes_say_what_is_known(tmp_path):
    task = job(tmp_path, frames=2)
    write_clips(task)
    with (task.out / "truth.csv").open(encoding="utf-8", newline="") as stream:
        rows = list(csv.DictReader(stream))
    assert [row["name"] for row in rows] == [
        "cyst_3_0000_00001", "cyst_3_0000_00002", "cyst_3_0001_00001", "cyst_3_0001_00002",
    ]  # fmt: skip
    made = simulate_clip("cyst", 3, 1, frames=2, shape=SHAPE)[1]
    last = rows[-1]
    assert float(last["depth_mm"]) == pytest.approx(made.facts["depth_mm"])
    assert float(last["row_mm"]) == pytest.approx(made.spacing_mm[0])
    assert float(last["cyst_row"]) == pytest.approx(made.points["cyst"][0])
    text = (task.out / "boxes" / f"{made.name}.txt").read_text(encoding="utf-8")
    path = task.out / "boxes"
    assert read_yolo_text(text, SHAPE, ("cyst",), path)["cyst"] == made.boxes["cyst"]
    assert (path / "classes.txt").read_text(encoding="utf-8") == "cyst\n"


def test_tiff_is_read_by_others_with_its_size_in_mm(tmp_path):
    task = job(tmp_path, format=Format.TIFF, frames=3)
    write_clips(task)
    with tifffile.TiffFile(task.out / "images" / "cyst_3_0000.tif") as file:
        assert file.asarray().shape == (3, *SHAPE)
        assert file.imagej_metadata["unit"] == "mm"


def test_a_folder_that_holds_something_is_left_alone(tmp_path):
    task = job(tmp_path)
    task.out.mkdir()
    (task.out / "mine.txt").write_text("x")
    with pytest.raises(OverwriteRefusedError, match="not empty"):
        write_clips(task)
    assert [path.name for path in task.out.iterdir()] == ["mine.txt"]


def everything_in(folder):
    return {
        path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*") if path.is_file()
    }


def test_force_takes_away_the_old_simulation(tmp_path):
    task = job(tmp_path, count=4, preview=True, format=Format.MAT5)
    write_clips(task)
    (task.out / ".DS_Store").write_text("x")
    with pytest.raises(OverwriteRefusedError):
        write_clips(task)
    write_clips(job(tmp_path, count=1, seed=8, force=True))
    assert everything_in(task.out).keys() == {
        ".DS_Store", "simulation.json", "truth.csv", "groups.csv", "boxes/classes.txt",
        "boxes/cyst_8_0000.txt", "images/cyst_8_0000.png", "masks/cyst/cyst_8_0000.png",
    }  # fmt: skip
    assert len(read_dataset(task.out).samples) == 1


@pytest.mark.parametrize("style", ["wide", "plain"])
def test_chest_walls_of_both_styles(tmp_path, style):
    task = job(tmp_path, kind="lung", style=style)
    write_clips(task)
    samples = read_dataset(task.out).samples
    assert [one.frame.shape for one in samples] == [SHAPE, SHAPE]
    assert all((one.spacing_mm is None) == (style == "plain") for one in samples)
    assert json.loads((task.out / "simulation.json").read_text())["style"] == style


@pytest.mark.parametrize(
    ("file_format", "where"),
    [
        (Format.PNG, "simulate_clip"),
        (Format.PNG, "yolo_text"),
        (Format.PNG, "_write_pictures"),
        (Format.MAT5, "simulate_clip"),
        (Format.MAT5, "recording_variables"),
    ],
)
def test_stopped_midway_whole_clips_are_left(tmp_path, monkeypatch, file_format, where):
    calls = 0
    real = getattr(clip_files, where)

    def stops(*arguments, **more):
        nonlocal calls
        calls += 1
        if calls == 3:
            raise KeyboardInterrupt
        return real(*arguments, **more)

    monkeypatch.setattr(clip_files, where, stops)
    task = job(tmp_path, count=5, format=file_format, preview=True)
    told = []
    with pytest.raises(KeyboardInterrupt):
        write_clips(task, told.append)
    assert told == [1, 2]
    assert len(read_dataset(task.out).samples) == 2
    assert not list(task.out.rglob("*0002*"))
    assert (task.out / "preview" / "contact_sheet.png").is_file()


def test_a_request_that_makes_no_sense_writes_nothing(tmp_path):
    with pytest.raises(LusguiError, match="stills only"):
        write_clips(job(tmp_path, kind="salient", frames=4))
    assert not (tmp_path / "set").exists()


def test_the_preview_shows_frames_beside_their_outlines(tmp_path):
    task = job(tmp_path, preview=True)
    write_clips(task)
    with Image.open(task.out / "preview" / "contact_sheet.png") as image:
        assert image.mode == "RGB"
    samples = [simulate_clip("cyst", 3, k, shape=SHAPE)[0] for k in range(2)]
    sheet = contact_sheet(samples)
    assert ((sheet[..., 0].astype(int) - sheet[..., 1]) > 60).any()  # red lines
