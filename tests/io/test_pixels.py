import numpy as np
import pytest

from lusgui.base.errors import NotAnImageError, TooLargeError
from lusgui.core.recipe import Recipe
from lusgui.core.recording import ArraySource, Intensity, Provenance, Recording
from lusgui.io.pixels import apply_recipe, check_frame_size, guess_range, to_gray, usable_rate, usable_spacing


def test_gray_keeps_type_and_exact_numbers():
    gray = np.arange(12, dtype=np.uint16).reshape(3, 4) * 5000
    np.testing.assert_array_equal(to_gray(np.dstack([gray] * 3)), gray)
    colour = np.zeros((2, 2, 3), np.uint8)
    colour[..., 1] = 255
    assert to_gray(colour).tolist() == [[150, 150], [150, 150]]
    with pytest.raises(NotAnImageError):
        to_gray(np.zeros((2, 2, 7)))


def test_ranges():
    assert guess_range(np.dtype(np.uint16), [np.array([[1023]])]) == (0.0, 1023.0)
    assert guess_range(np.dtype(np.int16), [np.array([[-5]])]) == (-32768.0, 32767.0)
    assert guess_range(np.dtype(np.float32), [np.array([[0.2, np.nan]])]) == (0.0, 1.0)
    assert guess_range(np.dtype(np.float32), [np.array([[-0.2]])]) == (-1.0, 1.0)
    assert guess_range(np.dtype(np.float32), [np.array([[3.0, 900.0]])]) == (3.0, 900.0)


def test_sizes_and_facts_that_cannot_be(tmp_path):
    with pytest.raises(TooLargeError):
        check_frame_size(10**5, 10**5, tmp_path / "a")
    with pytest.raises(NotAnImageError):
        check_frame_size(0, 5, tmp_path / "a")
    assert usable_spacing(0.0, 1.0) is None
    assert usable_spacing(float("nan"), 1.0) is None
    assert usable_rate(float("inf")) is None
    assert usable_rate(20) == 20.0


def test_a_recipe_overrules(tmp_path):
    recording = Recording(
        ArraySource(np.ones((1, 2, 2))), (1, 2, 2), np.dtype(float), Intensity.DISPLAY, Provenance(tmp_path),
        (1.0, 1.0), value_range=(0.0, 1.0),
    )  # fmt: skip
    recipe = Recipe("r", None, None, Intensity.LINEAR, (0.1, 0.2), frame_rate_hz=30.0)
    assert apply_recipe(recording, None) is recording
    apply_recipe(recording, recipe)
    assert recording.intensity is Intensity.LINEAR
    assert recording.value_range is None
    assert recording.spacing_mm == (0.1, 0.2)
    assert recording.frame_rate_hz == 30.0
