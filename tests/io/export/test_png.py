import numpy as np
from PIL import Image

from lusgui.io.export.png import frame_name, write_mask_png


def test_zero_and_255(tmp_path):
    mask = np.eye(5, 4, dtype=bool)
    write_mask_png(tmp_path / "a.png", mask)
    with Image.open(tmp_path / "a.png") as image:
        assert image.mode == "L"
        np.testing.assert_array_equal(np.array(image), mask * np.uint8(255))


def test_frames_are_counted_from_one():
    assert frame_name("a_rib", 11, 300) == "a_rib_00012"
    assert frame_name("a_rib", 0, 1) == "a_rib"
