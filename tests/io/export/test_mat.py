"""The MAT files, read by readers we did not write."""

import shutil
import subprocess

import hdf5storage
import numpy as np
import pymatreader
import pytest
from scipy.io import loadmat, savemat

from lusgui.base.errors import LusguiError, TooLargeError
from lusgui.core.annotation import Status
from lusgui.core.label import Label
from lusgui.io.export.mat import ExportFrames, FrameStack, write_mat

ORDER = (3, 4, 1, 2)  # a ring buffer of four whose oldest frame lies third
LABELS = (Label("rib", "Rib", "#E69F00"), Label("größe", "Größe 骨", "#56B4E9"))


@pytest.fixture
def movie():
    return np.random.default_rng(2).random((11, 6, 1, 4)).astype(np.float32)


@pytest.fixture
def content(movie):
    bright = [movie[:, :, 0, number - 1] > 0.5 for number in ORDER]
    stacks = {"rib": bright, "größe": [~mask for mask in bright]}
    accepted, nothing, untouched = Status.ACCEPTED, Status.NOTHING_HERE, Status.UNTOUCHED
    return ExportFrames(
        shape=(11, 6),
        frame_numbers=ORDER,
        labels=LABELS,
        masks=lambda key: stacks[key],
        statuses=((accepted, untouched), (nothing, untouched), (accepted, accepted), (untouched, nothing)),
        spacing_mm=(0.1, 0.3),
        despeckled=lambda: (movie[:, :, 0, number - 1] * 2 for number in ORDER),
        provenance={"source_file": "clip.mat", "sha256": None, "n": 3, "despeckle": {"method": "best"}},
    )


def test_v5_by_scipy(tmp_path, content, movie):
    write_mat(tmp_path / "a.mat", content, "5")
    found = loadmat(tmp_path / "a.mat")
    assert {name for name in found if not name.startswith("__")} == {
        "mask_rib", "mask_groe", "despeckled", "frames", "spacing_mm", "labels", "status", "provenance",
    } | ({"mask_große"} & set(found))  # fmt: skip
    for k, number in enumerate(ORDER):
        np.testing.assert_array_equal(found["mask_rib"][:, :, k], movie[:, :, 0, number - 1] > 0.5)
        np.testing.assert_array_equal(found["despeckled"][:, :, k], movie[:, :, 0, number - 1] * 2)
    assert found["frames"].tolist() == [list(ORDER)]
    assert found["spacing_mm"].tolist() == [[0.1, 0.3]]
    assert [one.item() for one in found["labels"].ravel()] == ["Rib", "Größe 骨"]
    assert found["status"].shape == (4, 2)
    assert found["status"][1, 0].item() == "nothing here"
    assert found["status"][1, 1].item() == "untouched"
    assert found["provenance"]["source_file"].item().item() == "clip.mat"


def test_v73_by_pymatreader(tmp_path, content, movie):
    write_mat(tmp_path / "a.mat", content, "7.3")
    found = pymatreader.read_mat(tmp_path / "a.mat")
    for k, number in enumerate(ORDER):
        np.testing.assert_array_equal(found["mask_rib"][:, :, k], movie[:, :, 0, number - 1] > 0.5)
        np.testing.assert_array_equal(found["despeckled"][:, :, k], movie[:, :, 0, number - 1] * 2)
    assert np.ravel(found["frames"]).tolist() == list(ORDER)
    assert found["labels"] == ["Rib", "Größe 骨"]
    assert found["provenance"]["source_file"] == "clip.mat"
    assert found["provenance"]["despeckle"]["method"] == "best"


def test_v73_by_hdf5storage(tmp_path, content, movie):
    write_mat(tmp_path / "a.mat", content, "7.3")
    found = hdf5storage.loadmat(str(tmp_path / "a.mat"))
    assert found["mask_rib"].dtype == np.bool_
    assert found["mask_rib"].shape == (11, 6, 4)
    for k, number in enumerate(ORDER):
        np.testing.assert_array_equal(found["mask_rib"][:, :, k], movie[:, :, 0, number - 1] > 0.5)
    assert found["despeckled"].dtype == np.float32
    assert str(np.ravel(found["labels"])[1].item()) == "Größe 骨"
    assert str(np.asarray(found["status"])[1, 0].item()) == "nothing here"


def test_octave_finds_the_same_pixels_under_a_reordered_ring_buffer(tmp_path, content, movie):
    octave = shutil.which("octave")
    if octave is None:
        pytest.skip("GNU Octave is not installed")
    write_mat(tmp_path / "v5.mat", content, "5")
    write_mat(tmp_path / "v73.mat", content, "7.3")
    cell = np.empty((1, 1), dtype=object)
    cell[0, 0] = movie
    savemat(tmp_path / "raw.mat", {"ImgData": cell})
    script = """
      raw = load('raw.mat'); v5 = load('v5.mat'); v73 = load('v73.mat');
      assert(islogical(v5.mask_rib)); assert(size(v5.mask_rib), [11 6 4]);
      for k = 1:4
        shown = raw.ImgData{1}(:,:,1,v5.frames(k));
        assert(isequal(v5.mask_rib(:,:,k), shown > 0.5));
        assert(isequal(logical(v73.mask_rib(:,:,k)), shown > 0.5));
        assert(isequal(v5.despeckled(:,:,k), shown * 2));
        assert(isequal(single(v73.despeckled(:,:,k)), shown * 2));
      end
      assert(isequal(v5.spacing_mm, [0.1 0.3])); assert(isequal(v73.frames, v5.frames));
      assert(iscell(v5.status)); assert(strcmp(v5.status{2,1}, 'nothing here'));
      assert(strcmp(v5.labels{1}, 'Rib')); assert(strcmp(v5.provenance.source_file, 'clip.mat'));
      disp('all the same');
    """
    run = subprocess.run(
        [octave, "--no-gui", "--norc", "--eval", script],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert "all the same" in run.stdout, run.stderr


def test_what_v5_cannot_hold_is_refused_with_the_way_out(tmp_path):
    huge = ExportFrames((4000, 4000), tuple(range(1, 201)), (LABELS[0],), lambda key: iter(()))
    with pytest.raises(TooLargeError, match=r"7\.3"):
        write_mat(tmp_path / "a.mat", huge, "5")
    assert not (tmp_path / "a.mat").exists()


def test_empty_things_and_unknown_versions(tmp_path):
    nothing = ExportFrames((3, 4), (1,), (), None, ((),))
    for version in ("5", "7.3"):
        write_mat(tmp_path / f"{version}.mat", nothing, version)
    assert loadmat(tmp_path / "5.mat")["spacing_mm"].size == 0
    assert np.size(pymatreader.read_mat(tmp_path / "7.3.mat")["spacing_mm"]) == 0
    with pytest.raises(LusguiError, match="not written"):
        write_mat(tmp_path / "b.mat", nothing, "6")


def test_a_stack_becomes_an_array_in_matlab_order():
    stack = FrameStack((2, 3, 2), np.dtype(np.float32), lambda: [np.zeros((2, 3)), np.ones((2, 3))])
    array = stack.to_array()
    assert array.flags.f_contiguous
    assert array[:, :, 1].all()
    assert stack.nbytes == 48
