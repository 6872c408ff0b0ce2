import json

import numpy as np
import pytest
import tifffile
from PIL import Image
from scipy.io import loadmat

from lusgui.base.errors import OverwriteRefusedError
from lusgui.core.annotation import Status
from lusgui.io.export.masks import write_masks


@pytest.fixture
def masks():
    return np.random.default_rng(1).random((4, 20, 7)) > 0.6


@pytest.mark.parametrize("version", ["5", "7.3"])
def test_every_format_has_its_exact_name_and_the_same_pixels(tmp_path, masks, version):
    out = tmp_path / "OUT"
    written = write_masks(
        "clip", "rib", masks, out, ("tiff", "mat", "png"), mat_version=version, spacing_mm=(0.1, 0.3)
    )
    names = {path.name for path in written}
    assert names == {"clip_rib.tif", "clip_rib.mat"} | {f"clip_rib_{k:05d}.png" for k in range(1, 5)}
    assert {path.name for path in out.iterdir()} == names | {"clip_rib.provenance.json"}
    stack = tifffile.imread(out / "clip_rib.tif")
    assert stack.dtype == np.uint8
    np.testing.assert_array_equal(stack, masks * np.uint8(255))
    for k in range(4):
        with Image.open(out / f"clip_rib_{k + 1:05d}.png") as image:
            np.testing.assert_array_equal(np.array(image), masks[k] * np.uint8(255))
    facts = json.loads((out / "clip_rib.provenance.json").read_text())
    assert facts["lusgui_version"]
    assert set(facts["files"]) == names
    if version == "5":
        found = loadmat(out / "clip_rib.mat")
        np.testing.assert_array_equal(np.moveaxis(found["mask_rib"], 2, 0), masks)
        assert found["status"][0, 0].item() == "untouched"


def test_one_frame_png_has_no_number(tmp_path, masks):
    (path,) = write_masks("clip", "rib", masks[:1], tmp_path, ("png",))
    assert path == tmp_path / "clip_rib.png"


def test_a_file_in_the_way_is_refused_before_the_first_byte(tmp_path, masks):
    (tmp_path / "clip_rib.mat").write_bytes(b"mine")
    with pytest.raises(OverwriteRefusedError, match="nothing was written"):
        write_masks("clip", "rib", masks, tmp_path, ("tiff", "mat"))
    assert [path.name for path in tmp_path.iterdir()] == ["clip_rib.mat"]
    write_masks("clip", "rib", masks, tmp_path, ("tiff", "mat"), overwrite=True, status=Status.ACCEPTED)
    assert loadmat(tmp_path / "clip_rib.mat")["status"][3, 0].item() == "accepted"


def test_the_source_recording_is_never_replaced(tmp_path, masks):
    source = tmp_path / "clip_rib.mat"
    source.write_bytes(b"raw")
    with pytest.raises(OverwriteRefusedError, match="never replaced"):
        write_masks("clip", "rib", masks, tmp_path, ("mat",), source_path=source, overwrite=True)
    assert source.read_bytes() == b"raw"
