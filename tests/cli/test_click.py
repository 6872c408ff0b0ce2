from __future__ import annotations

import json

import numpy as np
import pytest
import scipy.io
import tifffile
from PIL import Image

from lusgui.base.errors import ClickError, LusguiError
from lusgui.cli import main
from lusgui.cli.click import Engine, Plan, load_engine, make_prompt, numbers_of, run
from lusgui.core.click.prompt import Box, Click
from lusgui.core.click.weightless import NAME
from lusgui.core.overlap import iou
from lusgui.io.masks_read import read_mask_file

SHAPE = (160, 180)
rows, cols = np.ogrid[: SHAPE[0], : SHAPE[1]]
CYST = ((rows - 70) / 28) ** 2 + ((cols - 60) / 36) ** 2 <= 1
OTHER = ((rows - 110) / 22) ** 2 + ((cols - 140) / 22) ** 2 <= 1


@pytest.fixture
def clip(tmp_path):
    """Two frames of a picture format: one with two cysts, one with nothing."""
    random = np.random.default_rng(0)
    frames = [np.where(CYST | OTHER, 25, 110), np.full(SHAPE, 110)]
    noisy = np.stack([np.clip(frame + random.normal(0, 6, SHAPE), 0, 255) for frame in frames])
    path = tmp_path / "in" / "clip.tif"
    path.parent.mkdir()
    tifffile.imwrite(path, noisy.astype(np.uint8), photometric="minisblack")
    return path


def click(*words):
    return main(["click", *map(str, words)])


def test_a_click_is_written_as_a_mask_of_its_frame(clip, tmp_path, capsys):
    out = tmp_path / "out" / "m.tif"
    words = ["--positive", "70,60", "--label", "cyst", "--out", out, "--engine", "weightless"]
    assert click(clip, *words) == 0
    assert NAME in capsys.readouterr().out
    mask = tifffile.imread(out)
    assert mask.shape == SHAPE
    assert set(np.unique(mask)) == {0, 255}
    assert iou(mask > 0, CYST) > 0.8
    group = read_mask_file(out)[0]
    assert group.frames == (0,)
    assert group.label == "cyst"
    told = json.loads((tmp_path / "out" / "m.provenance.json").read_text(encoding="utf-8"))
    assert told["source_file"] == "clip.tif"
    assert told["model_version"] == NAME
    assert told["marks"][0] == {"kind": "click", "at": [70.5, 60.5], "is_positive": True}


def test_json_says_what_came_of_it(clip, tmp_path, capsys):
    out = tmp_path / "m.png"
    words = ["--positive", "70,60", "--positive", "110,140", "--label", "cyst", "--out", out]
    assert click(clip, *words, "--engine", "weightless", "--json") == 0
    said = json.loads(capsys.readouterr().out)
    with Image.open(out) as image:
        mask = np.asarray(image) > 0
    assert said["found"] is True
    assert said["pixels"] == mask.sum()
    assert said["frame"] == 1
    row0, col0, row1, col1 = said["box"]
    assert mask[row0 : row1 + 1, col0 : col1 + 1].sum() == mask.sum()
    assert iou(mask, CYST | OTHER) > 0.8


def test_a_mask_to_begin_with_is_mended_and_what_is_not_clicked_stays(clip, tmp_path):
    begin = CYST | OTHER
    begin[60:68, 100:112] = True
    start, out = tmp_path / "start.png", tmp_path / "m.mat"
    Image.fromarray(np.where(begin, np.uint8(255), np.uint8(0))).save(start)
    words = ["--negative", "64,106", "--start", start, "--label", "cyst", "--out", out]
    assert click(clip, *words, "--engine", "weightless") == 0
    mask = scipy.io.loadmat(out)["mask_cyst"]
    mask = mask.reshape(SHAPE) > 0
    assert not mask[64, 106]
    np.testing.assert_array_equal(mask[85:, 110:], begin[85:, 110:])


def test_where_nothing_is_nothing_is_written_and_it_ends_with_two(clip, tmp_path, capsys):
    out = tmp_path / "m.tif"
    words = ["--frame", "2", "--positive", "80,90", "--label", "cyst", "--out", out]
    assert click(clip, *words, "--engine", "weightless") == 2
    assert "Nothing that stands out" in capsys.readouterr().err
    assert not out.exists()
    assert click(clip, *words, "--engine", "weightless", "--json") == 2
    assert json.loads(capsys.readouterr().out)["found"] is False


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["--positive", "7"], "no place of a click"),
        (["--positive", "a,b"], "no place of a click"),
        (["--box", "1,2,3"], "no box"),
        ([], "nothing is marked"),
        (["--positive", "900,3"], "outside the image"),
        (["--positive", "3,3", "--frame", "9"], "no frame 9"),
        (["--positive", "3,3", "--mat-version", "4"], "MAT version"),
        (["--negative", "3,3"], "Click into a structure"),
    ],
)
def test_what_cannot_be_done_is_said(clip, tmp_path, capsys, words, said):
    out = tmp_path / "m.tif"
    assert click(clip, *words, "--label", "cyst", "--out", out, "--engine", "weightless") == 2
    assert said in capsys.readouterr().err
    assert not out.exists()


def test_foreign_endings_and_files_in_the_way_are_refused(clip, tmp_path, capsys):
    words = ["--positive", "70,60", "--label", "cyst", "--engine", "weightless", "--out"]
    assert click(clip, *words, tmp_path / "m.jpg") == 2
    assert ".tif" in capsys.readouterr().err
    there = tmp_path / "m.tif"
    there.write_text("mine")
    assert click(clip, *words, there) == 2
    assert there.read_text() == "mine"
    assert click(clip, *words, there, "--force") == 0
    assert click(clip, *words, clip, "--force") == 2
    assert "recording itself" in capsys.readouterr().err


def test_a_mask_of_another_size_is_refused(clip, tmp_path, capsys):
    start = tmp_path / "start.png"
    Image.fromarray(np.full((4, 4), 255, np.uint8)).save(start)
    words = ["--positive", "70,60", "--label", "cyst", "--engine", "weightless", "--out", tmp_path / "m.tif"]
    assert click(clip, *words, "--start", start) == 2
    assert "not as large" in capsys.readouterr().err


def test_marks_are_read_as_pixels():
    prompt = make_prompt(["3,4"], ["5,6"], "9,8,1,2")
    assert prompt.marks == (Box(1, 2, 10, 9), Click(3.5, 4.5), Click(5.5, 6.5, is_positive=False))
    assert numbers_of("1.5,2", 2, "x") == (1.5, 2.0)
    with pytest.raises(ClickError):
        make_prompt([], [], None)


def test_without_weights_it_is_done_without_or_refused(monkeypatch):
    monkeypatch.setattr("lusgui.io.click_model.find_click_model", lambda: None)
    assert load_engine(Engine.AUTO, None).name == NAME
    with pytest.raises(LusguiError, match="no click network"):
        load_engine(Engine.NETWORK, None)


def test_the_plan_can_be_run_by_itself(clip, tmp_path):
    plan = Plan(
        clip, 0, make_prompt([], [], "42,24,98,96"), None, "x", tmp_path / "m.mat", "7.3", False, False
    )
    values = run(plan, load_engine(Engine.WEIGHTLESS, None))
    assert values["found"]
    assert (tmp_path / "m.mat").stat().st_size > 0
