import numpy as np
import pytest
import tifffile

from lusgui.io.tiff_stack import open_tiff

FRAMES = np.zeros((2, 5, 4), np.uint8)


def opened(path, **options):
    tifffile.imwrite(path, FRAMES, photometric="minisblack", **options)
    with open_tiff(path) as recording:
        return recording


@pytest.mark.parametrize(
    ("unit", "scale"), [("mm", 1.0), ("cm", 10.0), ("micron", 0.001), ("\\u00B5m", 0.001)]
)
def test_imagej_units(tmp_path, unit, scale):
    recording = opened(
        tmp_path / "a.tif",
        imagej=True,
        resolution=(1 / 0.4, 1 / 0.2),
        metadata={"unit": unit, "finterval": 0.05},
    )
    assert recording.spacing_mm == pytest.approx((0.2 * scale, 0.4 * scale))
    assert recording.frame_rate_hz == pytest.approx(20.0)


def test_pixels_are_no_unit(tmp_path):
    assert opened(tmp_path / "a.tif", imagej=True, resolution=(2, 2)).spacing_mm is None


def test_centimetres_are_believed_unless_they_are_a_print_resolution(tmp_path):
    recording = opened(tmp_path / "a.tif", resolution=(20, 40), resolutionunit="CENTIMETER")
    assert recording.spacing_mm == pytest.approx((0.25, 0.5))
    assert "check it" in recording.warnings[0]
    recording = opened(tmp_path / "b.tif", resolution=(118.11, 118.11), resolutionunit="CENTIMETER")
    assert recording.spacing_mm is None
    assert opened(tmp_path / "c.tif", resolution=(96, 96), resolutionunit="INCH").spacing_mm is None


def test_ome(tmp_path):
    facts = {"axes": "TYX", "PhysicalSizeX": 400.0, "PhysicalSizeY": 0.2, "PhysicalSizeYUnit": "mm"}
    assert opened(tmp_path / "a.ome.tif", metadata=facts).spacing_mm == pytest.approx((0.2, 0.4))
