from __future__ import annotations

import json

import pytest

from lusgui.base.errors import OverwriteRefusedError
from training.simulate.clip_files import Job, write_clips
from training.simulate.former import clear


def everything_in(folder):
    return {path: path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def own_frames(folder):
    for part in ("images", "masks"):
        (folder / part).mkdir(parents=True)
        (folder / part / "p1.png").write_bytes(b"mine")
    return folder


def simulated(folder, **more):
    write_clips(Job("cyst", folder, 2, shape=(64, 64), **more))
    return folder


def test_frames_and_masks_of_ones_own_are_never_replaced(tmp_path):
    mine = own_frames(tmp_path / "mine")
    before = everything_in(mine)
    with pytest.raises(OverwriteRefusedError, match="holds no simulation"):
        simulated(mine, force=True)
    assert everything_in(mine) == before


def test_a_table_called_truth_makes_no_simulation(tmp_path):
    mine = own_frames(tmp_path / "mine")
    (mine / "truth.csv").write_text("name\np1\n")
    with pytest.raises(OverwriteRefusedError, match="holds no simulation"):
        clear(mine, force=True)


@pytest.mark.parametrize("name", ["mine.txt", "images/p1.png", "masks/cyst/p1.png"])
def test_a_simulation_with_other_files_beside_is_left_alone(tmp_path, name):
    folder = simulated(tmp_path / "set")
    (folder / name).write_bytes(b"mine")
    before = everything_in(folder)
    with pytest.raises(OverwriteRefusedError, match=name):
        simulated(folder, force=True, seed=5)
    assert everything_in(folder) == before


def test_a_manifest_cannot_reach_outside_its_folder(tmp_path):
    folder = tmp_path / "set"
    folder.mkdir()
    outside = tmp_path / "precious.txt"
    outside.write_text("x")
    files = ["../precious.txt", str(outside)]
    (folder / "simulation.json").write_text(json.dumps({"kind": "cyst", "files": files}))
    clear(folder, force=True)
    assert outside.exists()


@pytest.mark.parametrize("text", ["{", "[]", "{}", '{"kind": "cyst"}', '{"kind": "x", "files": []}'])
def test_a_damaged_manifest_is_refused(tmp_path, text):
    (tmp_path / "simulation.json").write_text(text)
    with pytest.raises(OverwriteRefusedError, match="damaged"):
        clear(tmp_path, force=True)


def test_a_file_in_place_of_the_folder(tmp_path):
    (tmp_path / "afile").write_text("x")
    with pytest.raises(OverwriteRefusedError, match="a file, not a folder"):
        clear(tmp_path / "afile", force=True)


def test_new_and_empty_folders_are_fine(tmp_path):
    clear(tmp_path / "new", force=False)
    clear(tmp_path, force=False)
