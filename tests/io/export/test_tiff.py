import numpy as np
import tifffile
from PIL import Image

from lusgui.core.recording import Intensity
from lusgui.io.export.tiff import write_image_tiff, write_mask_tiff
from lusgui.io.tiff_stack import open_tiff

MASKS = np.random.default_rng(0).random((3, 12, 8)) > 0.5


def test_masks_by_tifffile_and_pillow_with_spacing(tmp_path):
    path = tmp_path / "m.tif"
    write_mask_tiff(path, MASKS, MASKS.shape, spacing_mm=(0.05, 0.3), frames=(4, 0, 9), label="rib")
    with tifffile.TiffFile(path) as found:
        assert found.is_imagej
        assert found.imagej_metadata["unit"] == "mm"
        assert found.imagej_metadata["Labels"] == ["frame 5", "frame 1", "frame 10"]
        np.testing.assert_array_equal(found.asarray(), MASKS * np.uint8(255))
    with Image.open(path) as image:
        assert image.n_frames == 3
        assert abs(1 / float(image.tag_v2[282]) - 0.3) < 1e-6
        assert abs(1 / float(image.tag_v2[283]) - 0.05) < 1e-6
        for k in range(3):
            image.seek(k)
            np.testing.assert_array_equal(np.array(image), MASKS[k] * np.uint8(255))


def test_images_come_back_with_their_state(tmp_path):
    path = tmp_path / "d.tif"
    frames = np.random.default_rng(0).random((3, 12, 8)).astype(np.float32) * 9e4
    write_image_tiff(
        path, frames, frames.shape, np.dtype(np.float32), spacing_mm=(0.05, 0.3), intensity="linear"
    )
    with open_tiff(path) as recording:
        assert recording.intensity is Intensity.LINEAR
        assert recording.value_range is None
        assert np.allclose(recording.spacing_mm, (0.05, 0.3))
        np.testing.assert_array_equal(np.stack(list(recording)), frames)
    with Image.open(path) as image:
        np.testing.assert_array_equal(np.array(image), frames[0])


def test_eight_bits(tmp_path):
    path = tmp_path / "g.tif"
    write_image_tiff(path, [np.full((4, 5), 7.0)], (1, 4, 5), np.dtype(np.uint8))
    assert tifffile.imread(path).dtype == np.uint8
